"""Write a frame as an image file, with one ffmpeg that gets the frame's pixels."""

import contextlib

from avio_cli.errors import FFmpegError, OutputError
from avio_cli.ffmpeg.command import Command, Input, Output
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.process.process import Process
from avio_cli.ffmpeg.url import file_url
from avio_cli.jobs.snapshot.image import ImageConversion, image_coding, image_filters
from avio_cli.media.frame import Frame
from avio_cli.media.info import VideoStream
from avio_cli.output.file import FileOutput

DEEP_PNG = ("-c:v", "png")
"""PNG in the depth of what the filters give: 8 or 16 bits."""


def write_image(
    ffmpeg: FFmpeg,
    frame: Frame,
    video: VideoStream,
    output: FileOutput,
    *,
    deep: bool = False,
) -> ImageConversion:
    """Write a frame into an output's temporary file; the caller commits it.

    Args:
        ffmpeg: the binary to run.
        frame: as it was decoded.
        video: the stream that it belongs to: its colours and sample aspect ratio.
        output: its extension decides the format: see `image_coding`.
        deep: whether more than 8 bits are kept; only for PNG.

    Returns:
        Size of the image, and the warnings to report.

    Raises:
        OutputError: it cannot be written.
    """
    image = image_filters(frame, video, deep=deep)
    coding = DEEP_PNG if deep else image_coding(output.path)
    command = _command(frame, image.filters, coding, output)
    try:
        with Process(command.argv(ffmpeg.path), stdin="pipe") as process:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                for plane in frame.planes:
                    process.stdin.write(memoryview(plane.tobytes()))
            process.finish()
    except FFmpegError as error:
        raise OutputError(
            f"cannot write {output.display_name}: {error.message}", hint=error.hint
        ) from error
    if not output.temporary.exists() or output.temporary.stat().st_size == 0:
        raise OutputError(f"cannot write {output.display_name}: ffmpeg wrote nothing")
    return image


def _command(
    frame: Frame, filters: str, coding: tuple[str, ...], output: FileOutput
) -> Command:
    size = f"{frame.width}x{frame.height}"
    raw = ("-f", "rawvideo", "-pixel_format", frame.pixel_format, "-video_size", size)
    options = ("-frames:v", "1", "-vf", filters, *coding, "-f", "image2pipe", "-y")
    return Command(
        (Input("pipe:0", raw),), (Output(file_url(output.temporary), options),)
    )
