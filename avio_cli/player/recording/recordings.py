"""What the record key starts and stops: a stream copy, or an encoded recording."""

import contextlib
import importlib
import logging
import threading
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Protocol

from avio_cli.errors import AvioError
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.url import printable
from avio_cli.media.frame import AudioBlock, Frame
from avio_cli.media.info import AudioStream, MediaInfo, VideoStream
from avio_cli.player.recording.preroll import Item, PrerollBuffer

LOG = logging.getLogger("avio.player")


class Recorder(Protocol):
    """One recording: `CopyRecorder` or `FrameRecorder`."""

    path: Path
    """The output."""
    frames_dropped: int
    """Frames dropped because the encoder was too slow."""

    @property
    def notice(self) -> str:
        """A message to show to the user once; empty for none."""
        ...

    @property
    def done(self) -> bool:
        """Whether the file is complete, or has failed: `close` returns at once."""
        ...

    def take(self, item: Item) -> None:
        """Take a played frame or block; it must not be changed any more."""
        ...

    def mark_discontinuity(self) -> None:
        """The player has jumped: what comes next follows what was recorded."""
        ...

    def stop(self, end: Fraction) -> None:
        """End at a position, in seconds from the start of the source."""
        ...

    def close(self) -> None:
        """Wait until the file is complete.

        Raises:
            AvioError: it could not be written.
        """
        ...


class RecordingManager:
    """Starts, feeds and stops the recordings of one run of the player.

    Of a file that is shown unchanged, the range between the two presses of the key is
    copied. Else, with a callback, drawings or a live source, the frames and audio as
    played are encoded. Files are finished in the background: `poll` returns messages.

    Args:
        ffmpeg: the binary to run.
        folder: for recordings without a given path.
        pre_roll: seconds by which they start earlier.
        changed: whether what is shown differs from the source.
    """

    def __init__(
        self,
        ffmpeg: FFmpeg,
        folder: Path,
        pre_roll: Fraction = Fraction(0),
        *,
        changed: bool = False,
    ) -> None:
        self._ffmpeg, self._folder = ffmpeg, folder
        self._seconds, self._changed = pre_roll, changed
        self._source: MediaSource | None = None
        self._video: VideoStream | None = None
        self._audio: AudioStream | None = None
        self._recent = PrerollBuffer(Fraction(0))
        self._lock = threading.Lock()
        self._recorder: Recorder | None = None
        self._finishing: list[Recorder] = []
        self._named: Recorder | None = None
        self._failure: AvioError | None = None
        self.trouble = ""
        """Why the latest recording failed, until another begins; empty: it did not."""
        self._warned = False

    @property
    def recording(self) -> bool:
        """Whether a recording is running."""
        return self._recorder is not None

    @property
    def can_record(self) -> bool:
        """Whether the media can be recorded."""
        return self._copies or self._video is not None

    @property
    def takes_frames(self) -> bool:
        """Whether frames are recorded now, or kept for a recording."""
        return not self._copies and (self.recording or self._seconds > 0)

    def set_media(
        self,
        source: MediaSource,
        video: VideoStream | None,
        audio: AudioStream | None,
    ) -> None:
        """Set the media that is played; stop a recording of the last one before.

        Args:
            source: what is played.
            video: the video stream that is shown; None for none.
            audio: what `add_audio` will get (`preroll.pcm_stream`); None for none.
        """
        self._source, self._video, self._audio = source, video, audio
        self._recent = PrerollBuffer(Fraction(0) if self._copies else self._seconds)

    def prepare(self) -> None:
        """Import what records: where that is asked for before the clock starts.

        Later it would take so long that the next frames come too late to be shown.
        """
        name = "copy_recorder" if self._copies else "frame_recorder"
        importlib.import_module(f"avio_cli.player.recording.{name}")

    def toggle(self, position: Fraction) -> str:
        """Start or stop at the current position; returns a message for the user.

        Args:
            position: seconds from the start of the source.
        """
        if self.recording:
            return self.stop(position)
        try:
            return self.start(position)
        except AvioError as error:
            return _report_error(error)

    def start(
        self, position: Fraction, path: Path | None = None, *, force: bool = False
    ) -> str:
        """Start a recording; returns a message for the user.

        Args:
            position: seconds from the start of the source.
            path: the output; None for a name by date and time.
            force: whether an existing file is replaced, at once.

        Raises:
            AvioError: it cannot be recorded, or not to that path.
        """
        if self._source is None or not self.can_record:
            return "This cannot be recorded"
        named = path is not None
        path = path or self._path(self._source.info)
        self.trouble = ""
        self._recorder = self._open(self._source, path, position, force=force)
        if named:
            self._named = self._recorder
        self._warned = False
        return f"Recording to {printable(path.name)}"

    def _open(
        self, source: MediaSource, path: Path, position: Fraction, *, force: bool
    ) -> Recorder:
        # Slow to import: the first frame must not wait for it.
        if self._copies:
            from avio_cli.player.recording.copy_recorder import CopyRecorder

            start = max(position - self._seconds, Fraction(0))
            return CopyRecorder(source, path, start, force=force)
        from avio_cli.player.recording.frame_recorder import FrameRecorder

        return FrameRecorder(
            self._ffmpeg,
            path,
            video=self._video,
            audio=self._audio,
            pre_roll=self._kept(),
            force=force,
        )

    def _kept(self) -> tuple[Item, ...]:
        with self._lock:
            return self._recent.items()

    def stop(self, position: Fraction) -> str:
        """Stop the running recording; its file is finished in the background."""
        recorder, self._recorder = self._recorder, None
        if recorder is None:
            return ""
        recorder.stop(position)
        self._finishing.append(recorder)
        return f"Finishing {printable(recorder.path.name)}"

    def add_frame(self, frame: Frame) -> None:
        """Take a frame that is shown; it must not be changed any more."""
        self._take(frame)

    def add_audio(self, block: AudioBlock) -> None:
        """Take audio that is played at normal speed; from any thread."""
        self._take(block)

    def _take(self, item: Item) -> None:
        with self._lock:
            self._recent.add(item)
        recorder = self._recorder
        if recorder is not None:
            with contextlib.suppress(AvioError):  # `poll` reports it
                recorder.take(item)

    def mark_discontinuity(self) -> None:
        """Playback continues at another position."""
        with self._lock:
            self._recent.clear()
        if self._recorder is not None:
            self._recorder.mark_discontinuity()

    def poll(self) -> str:
        """The next message for the user; empty if there is none."""
        for recorder in self._finishing:
            if recorder.done:
                self._finishing.remove(recorder)
                return self._end(recorder)
        running = self._recorder
        if running is not None and running.done:
            self._recorder = None  # it has failed
            return self._end(running)
        if running is not None and not self._warned:
            self._warned = bool(running.notice)
            return running.notice
        return ""

    def close(self, position: Fraction) -> None:
        """Stop all recordings, and wait until the files are complete.

        Raises:
            AvioError: one could not be written, or that with a given path failed
                earlier; the others are complete.
        """
        self.stop(position)
        finishing, self._finishing = self._finishing, []
        errors = [] if self._failure is None else [self._failure]
        for recorder in finishing:
            try:
                recorder.close()
            except AvioError as error:
                errors.append(error)
        if errors:
            raise errors[0]

    def _end(self, recorder: Recorder) -> str:
        """Close a recorder that is done; returns a message about its result."""
        try:
            recorder.close()
        except AvioError as error:
            if recorder is self._named:
                self._failure = error  # what the user named decides the exit status
            self.trouble = f"Recording failed: {error.message}"
            return _report_error(error)
        name = printable(recorder.path.name)
        dropped = recorder.frames_dropped
        lost = f", {dropped} frames dropped: encoding was too slow" if dropped else ""
        return f"Recorded {name}{lost}"

    @property
    def _copies(self) -> bool:
        if self._source is None or self._changed:
            return False
        url, duration = self._source.url, self._source.info.duration
        return url.can_reopen and (url.kind == "file" or duration is not None)

    def _path(self, info: MediaInfo) -> Path:
        from avio_cli.player.recording.copy_recorder import (
            recording_extension,
            recording_path,
        )

        extension = recording_extension(info) if self._copies else ".mp4"
        return recording_path(self._folder, datetime.now(), extension)


def _report_error(error: AvioError) -> str:
    LOG.warning("%s", error.message)
    return f"Not recorded: {error.message}"
