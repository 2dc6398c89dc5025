"""The packets of a file: a second reader, which runs only while somebody looks."""

import threading
from fractions import Fraction

from avio_cli.closing import ClosedOnExit
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.process.process import Process
from avio_cli.live_page.copied.fragments import Fragment, Header, read_fragments
from avio_cli.live_page.copied.muxing import LATER, muxing_command
from avio_cli.live_page.copied.store import PacketStore
from avio_cli.media.frame import Frame
from avio_cli.media.info import VideoStream

_AHEAD = 2.0
"""Seconds by which packets are read before their frames are tracked, at most."""
_LOOKS_AHEAD = 3
"""A fast run tracks more than that between two looks: it is these many looks ahead."""
_END_SECONDS = 10
_LOOK_SECONDS = 0.1
"""Between two looks at the run: it is not to wake this thread with each frame."""


class FilePackets(ClosedOnExit):
    """Reads a file beside the run, as far as that is.

    Args:
        source: a file that can be searched exactly.
        video: its stream.
        store: gets the fragments.
    """

    def __init__(
        self, source: MediaSource, video: VideoStream, store: PacketStore
    ) -> None:
        self._source, self._video, self._store = source, video, store
        self._closed, self._ahead = threading.Event(), _AHEAD
        self._process: Process | None = None
        self._thread = threading.Thread(
            target=self._run, name="avio-packets", daemon=True
        )
        self._thread.start()

    def time_of(self, frame: Frame) -> float:
        """When a frame is shown on the clock of the fragments."""
        return float(frame.time) + LATER

    def close(self) -> None:
        """End the reader; safe to call twice."""
        self._closed.set()
        if (process := self._process) is not None:
            process.kill()
        self._thread.join()

    def _run(self) -> None:
        while not self._closed.wait(_LOOK_SECONDS):
            if self._is_wanted():
                try:
                    self._read()
                except Exception as error:  # viewers see images, and the run goes on
                    if self._closed.is_set():
                        return
                    self._store.fail(f"the source is read no further: {error}")
                    return

    def _is_wanted(self) -> bool:
        is_known = self._store.shown > float("-inf")
        return self._store.is_watched and is_known and not self._closed.is_set()

    def _read(self) -> None:
        """Read from the keyframe before what is shown, until nobody looks."""
        position = Fraction(self._store.shown - LATER) - self._source.origin
        given = self._source.input(self._source.seek(position))
        clock = ("-output_ts_offset", str(LATER))
        selector = f"0:{self._video.index}"
        command = muxing_command(given, selector, self._video, clock)
        with Process(command.argv(self._source.ffmpeg.path), stdout=True) as process:
            self._process = process
            for part in read_fragments(process.stdout):
                if isinstance(part, Header):
                    self._store.begin(part, new_clock=False)
                elif not self._add(part):
                    break
            else:
                process.finish(timeout=_END_SECONDS)
                self._hold()
        if not self._closed.is_set():  # else viewers get the last of it
            self._store.clear()

    def _hold(self) -> None:
        """Keep what was read to its end while somebody looks."""
        while self._is_wanted():
            self._closed.wait(_LOOK_SECONDS)

    def _add(self, fragment: Fragment) -> bool:
        """Add it when the run is so far; returns whether it is still wanted."""
        while self._is_wanted() and fragment.time > self._store.shown + self._ahead:
            before = self._store.shown
            self._closed.wait(_LOOK_SECONDS)
            self._ahead = max(_AHEAD, _LOOKS_AHEAD * (self._store.shown - before))
        if self._is_wanted():
            self._store.add(fragment)
        return self._is_wanted()
