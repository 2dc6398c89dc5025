"""TextRenderer: an ffmpeg that draws a script at any time, as often as it is asked."""

import threading
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from avio_cli.errors import FFmpegError
from avio_cli.ffmpeg.command import QUIET, Command, Input, Output
from avio_cli.ffmpeg.nut.stream import FOURCCS, NutStream
from avio_cli.ffmpeg.nut.writer import NutWriter
from avio_cli.ffmpeg.process.process import Process
from avio_cli.player.subtitles.image import SubtitleImage, matted

_TICKS = 1000
"""A second: libass counts milliseconds."""
_SEED = 2
"""Pixels of a side of the frame that ffmpeg gets, and makes as large as the canvas."""
_AT_ONCE = (
    *("-probesize", "32", "-analyzeduration", "0", "-fpsprobesize", "0"),
    *("-threads", "1"),
)
"""For the input: no frame waits for the one after it (5.1 and 9.0)."""

_NO_FONT = "failed to find any fallback with glyph 0x0 "
"""In the log of libass where it has no font at all; then it draws nothing."""
_LOG_SECONDS = 0.2
"""A line of the log may come later than what is drawn."""
_SEEDS = NutStream(
    kind="video",
    fourcc=FOURCCS["bgr24"],
    time_base=Fraction(1, _TICKS),
    width=_SEED,
    height=_SEED,
    frame_rate=Fraction(25),
)


class TextRenderer:
    """Draws a script on a canvas of one size; used by one thread, closed by any.

    ffmpeg gets a small frame with the time that is wanted, and returns a large one.
    So what is drawn is what its filter draws, a few milliseconds after it is asked for.

    Args:
        binary: the ffmpeg to run.
        script: a file in ASS.
        fonts: folder of further fonts.
        size: width and height of the canvas.
        video_size: of the video, in square pixels: what styles in pixels refer to.

    Raises:
        FFmpegError: it cannot be started.
    """

    def __init__(
        self,
        binary: str,
        script: Path,
        fonts: Path,
        size: tuple[int, int],
        video_size: tuple[int, int],
    ) -> None:
        self.size = size
        filters = _filters(script, fonts, size, video_size)
        self._fontless = threading.Event()
        self._child = Process(
            _command(filters).argv(binary),
            stdin="pipe",
            stdout=True,
            watch=self._watch,
        )
        self._writer: NutWriter | None = None
        self._closing = threading.Lock()

    def render(self, time: Fraction) -> SubtitleImage:
        """Draw what is shown at a time, in seconds of the script.

        Raises:
            FFmpegError: ffmpeg has ended, or has no font.
        """
        ticks = max(round(time * _TICKS), 0)
        try:
            if self._writer is None:
                self._writer = NutWriter(self._child.stdin, [_SEEDS], endless=True)
            self._ask(ticks, 0)
            self._ask(ticks, 255)
            image = matted(self._read(), self._read())
        except (OSError, ValueError) as error:
            raise FFmpegError("subtitles cannot be drawn") from error
        if image.is_empty and self._fontless.wait(_LOG_SECONDS):
            raise FFmpegError(
                "subtitles cannot be drawn: there is no font for them",
                hint="install one, for example DejaVu Sans",
            )
        return image

    def _watch(self, line: str) -> None:
        if _NO_FONT in line:
            self._fontless.set()

    def close(self) -> None:
        """End the child; safe to call twice."""
        with self._closing:
            self._child.kill()
            self._child.stop()

    def kill(self) -> None:
        """Have `render` fail at once; from any thread."""
        self._child.kill()

    def _ask(self, ticks: int, level: int) -> None:
        if self._writer is not None:
            self._writer.write(0, ticks, bytes([level]) * (_SEED * _SEED * 3))

    def _read(self) -> NDArray[np.uint8]:
        width, height = self.size
        pixels = np.empty((height, width, 3), np.uint8)
        rest = pixels.reshape(-1).data
        while rest:
            count = self._child.stdout.readinto(rest)  # type: ignore[attr-defined]
            if not count:
                raise ValueError("it has ended")
            rest = rest[count:]
        return pixels


def _filters(
    script: Path, fonts: Path, size: tuple[int, int], video_size: tuple[int, int]
) -> str:
    width, height = size
    words = (
        f"ass=filename={escaped(str(script))}",
        f"fontsdir={escaped(str(fonts))}",
        f"original_size={video_size[0]}x{video_size[1]}",
    )
    large = f"scale={width}:{height}:flags=neighbor"
    return f"{large},{':'.join(words)},setpts=N"  # times that go back are refused


def _command(filters: str) -> Command:
    source = Input("pipe:0", (*_AT_ONCE, "-f", "nut"))
    output = Output(
        "pipe:1",
        (
            *("-filter_threads", "1", "-vf", filters, "-fps_mode", "passthrough"),
            # With more threads the encoder keeps a frame until the next one comes.
            *("-c:v", "rawvideo", "-threads:v", "1", "-pix_fmt", "bgr24"),
            *("-f", "rawvideo", "-flush_packets", "1"),
        ),
    )
    return Command((source,), (output,), (*QUIET, "-copyts"))


def escaped(path: str) -> str:
    """Escape a path for a filter's option, inside a filter chain."""
    option = "".join(f"\\{c}" if c in "\\':" else c for c in path)
    return "".join(f"\\{c}" if c in "\\'[],;" else c for c in option)
