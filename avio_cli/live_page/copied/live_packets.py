"""The packets of a live source: its decoder passes them on, so it is opened once."""

import os
import threading
from typing import IO

from avio_cli.closing import ClosedOnExit
from avio_cli.errors import AvioError
from avio_cli.ffmpeg.command import Input
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.process.process import Process
from avio_cli.live_page.copied.fragments import Header, read_fragments
from avio_cli.live_page.copied.muxing import LATER, muxing_command
from avio_cli.live_page.copied.store import PacketStore
from avio_cli.media.frame import Frame
from avio_cli.media.info import VideoStream

_NUT = ("-protocol_whitelist", "pipe", "-format_whitelist", "nut", "-f", "nut")
_AT_ONCE = ("-analyzeduration", "500000", "-fpsprobesize", "0")
"""The stream is described before its first packet."""
_JOIN_SECONDS = 5.0


class LivePackets(ClosedOnExit):
    """A `PacketTap`: for each opening of a source, a child makes fragments of it.

    What the decoder writes is always read, whatever becomes of that child: the run
    does not wait for viewers.

    Args:
        ffmpeg: the binary to run.
        video: the stream.
        store: gets the fragments.
    """

    def __init__(self, ffmpeg: FFmpeg, video: VideoStream, store: PacketStore) -> None:
        self._ffmpeg, self._video, self._store = ffmpeg, video, store
        self._opened, self._current, self._is_closed = 0, 0, False
        self._process: Process | None = None
        self._thread: threading.Thread | None = None

    def open(self, shift: int) -> tuple[int, int]:
        """Begin with another opening of the source: see `PacketTap`."""
        self._opened += 1
        clock = ("-output_ts_offset", str(LATER - shift))
        given = Input("pipe:0", (*_NUT, *_AT_ONCE))
        command = muxing_command(given, "0:v:0", self._video, clock)
        read_end, write_end = os.pipe()
        packets = os.fdopen(read_end, "rb", buffering=0)
        argv = command.argv(self._ffmpeg.path)
        process, why = None, ""
        try:
            process = Process(argv, stdin=packets, stdout=True)
        except AvioError as error:
            why = str(error)
        self._process = process
        self._thread = threading.Thread(
            target=self._run,
            args=(self._opened, process, packets, why),
            name="avio-packets",
            daemon=True,
        )
        self._thread.start()
        return self._opened, write_end

    def time_of(self, frame: Frame) -> float | None:
        """When a frame is shown on the clock of the fragments; None: in no stream."""
        if frame.packet is None or frame.packet[0] != self._current:
            return None
        return float(frame.packet[1] * frame.time_base) + LATER

    def close(self) -> None:
        """End the child; safe to call twice."""
        self._is_closed = True
        if (process := self._process) is not None:
            process.kill()
        if self._thread is not None:
            self._thread.join(_JOIN_SECONDS)

    def _run(
        self, number: int, process: Process | None, packets: IO[bytes], why: str
    ) -> None:
        with packets:
            if process is not None:
                why = self._kept(number, process)
            if packets.read(1 << 16):  # the decoder still writes: it is no end
                self._fail(number, why)
            while packets.read(1 << 16):  # else the decoder would wait
                pass

    def _fail(self, number: int, why: str) -> None:
        if number == self._opened and not self._is_closed:
            self._store.fail(f"the source is not passed on: {why}")

    def _kept(self, number: int, process: Process) -> str:
        """Keep what a child makes until it ends; returns why it did."""
        try:
            with process:
                self._keep(number, process)
                process.finish(timeout=_JOIN_SECONDS)
        except Exception as error:  # viewers see images, and the run goes on
            return str(error) or type(error).__name__
        return "ffmpeg ended"

    def _keep(self, number: int, process: Process) -> None:
        for part in read_fragments(process.stdout):
            if isinstance(part, Header):
                self._store.begin(part, new_clock=True)
                self._current = number
            else:
                self._store.add(part)
