"""Screenshots: single frames as PNG, by the same conversion as `avio snapshot`."""

import re
from fractions import Fraction
from pathlib import Path

from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.jobs.snapshot.writing import write_image
from avio_cli.media.frame import Frame
from avio_cli.media.info import VideoStream
from avio_cli.output.file import open_file_output
from avio_cli.player.cover_art import COVER_COLOR

_NAME_CHARACTERS = re.compile(r"[^\w. ()+-]+")


def save_screenshot(
    ffmpeg: FFmpeg,
    frame: Frame,
    folder: Path,
    *,
    source: str = "",
    video: VideoStream | None = None,
    origin: Fraction = Fraction(0),
) -> Path:
    """Write a frame as PNG under an unused file name.

    Frames with non-square pixels are scaled to square ones, as players show them; all
    other pixels are kept one by one. Frames of more than 8 bits become 16-bit PNG,
    HDR is mapped to SDR.

    Args:
        ffmpeg: the binary to run.
        frame: what to write.
        folder: where.
        source: name of the source, for the file name.
        video: the stream it is from: its colours and sample aspect ratio; None for
            cover art.
        origin: the source's timestamp at its start, in seconds.

    Returns:
        Where it is: ``video-0-01-07.480.png``.

    Raises:
        OutputError: it cannot be written.
    """
    path = _free_path(folder, source, frame.time - origin)
    with open_file_output(path) as output:
        write_image(ffmpeg, frame, video or _cover_stream(frame), output, deep=True)
        output.commit()
    return output.path


def _cover_stream(frame: Frame) -> VideoStream:
    return VideoStream(
        index=0,
        codec="rawvideo",
        time_base=frame.time_base,
        coded_width=frame.width,
        coded_height=frame.height,
        pixel_format=frame.pixel_format,
        color=COVER_COLOR,
    )


def _free_path(folder: Path, source: str, time: Fraction) -> Path:
    name = _NAME_CHARACTERS.sub("_", Path(source).stem)[:100] or "avio"
    milliseconds = round(abs(time) * 1000)
    seconds, rest = divmod(milliseconds, 1000)
    hours, minutes = seconds // 3600, seconds // 60 % 60
    stem, number = f"{name}-{hours}-{minutes:02}-{seconds % 60:02}.{rest:03}", 1
    path = folder / f"{stem}.png"
    while path.exists():
        number += 1
        path = folder / f"{stem}-{number}.png"
    return path
