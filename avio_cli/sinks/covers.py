"""Cover art on its way into a container that keeps it as an attachment."""

from collections.abc import Sequence
from pathlib import Path

from avio_cli.errors import OutputError
from avio_cli.ffmpeg.address import Address, file_url
from avio_cli.ffmpeg.command import QUIET, Command, Output, source_input
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.process import Process
from avio_cli.media import VideoStream


def extract_covers(
    ffmpeg: FFmpeg, address: Address, covers: Sequence[tuple[VideoStream, Path]]
) -> None:
    """Write each picture, as it is stored, into its file.

    Raises:
        FFmpegError: a picture cannot be read.
        OutputError: a picture is empty.
    """
    if not covers:
        return
    outputs = tuple(
        Output(
            file_url(path),
            (
                *("-map", f"0:{cover.index}", "-c", "copy", "-frames:v", "1"),
                *("-f", "image2pipe"),
            ),
        )
        for cover, path in covers
    )
    command = Command((source_input(address),), outputs, (*QUIET, "-y"))
    with Process(command.argv(ffmpeg.path)) as process:
        process.finish()
    for cover, path in covers:
        if not path.is_file() or path.stat().st_size == 0:
            raise OutputError(f"the cover art in stream #{cover.index} is empty")
