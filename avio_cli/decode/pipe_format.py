"""What pixel format a decoder's pipe carries, which need not be that of the frames.

Light to import, so that a decoder can be started before numpy is imported.
"""

from avio_cli.decode.settings import ReaderSettings
from avio_cli.media.color import MATRICES, is_full_range
from avio_cli.media.info import VideoStream
from avio_cli.media.pixel_formats import PIXEL_FORMATS

_CARRIED = {
    "yuv420p": "yuv420p",
    "yuvj420p": "yuv420p",
    "nv12": "yuv420p",
    "nv21": "yuv420p",
    "yuv422p": "yuv422p",
    "yuvj422p": "yuv422p",
    "yuyv422": "yuv422p",
    "uyvy422": "yuv422p",
    "yuv444p": "yuv444p",
    "yuvj444p": "yuv444p",
    "gray": "yuv420p",
}
"""Sources whose frames become bgr24 or rgb24 here, and what the pipe carries meanwhile.

ffmpeg's own conversion of 8 bits truncates each of its terms: frames are 1.0 to 1.3
levels too dark (5.1 and 9.0); with accurate_rnd it takes 13 ms for 1920x1080."""


def pipe_format(video: VideoStream, settings: ReaderSettings) -> str:
    """A key of `PIXEL_FORMATS`: the layout of the samples in the pipe."""
    if settings.view_only:
        return "bgr24"
    wanted = settings.pixel_format
    if PIXEL_FORMATS[wanted].channels != 3:
        return wanted
    # After a user's filter, the matrix and range can be others than the source's.
    changed = settings.video_filter or settings.tone_map
    known = not changed and video.color.matrix in ("", *MATRICES)
    return _CARRIED.get(video.pixel_format, wanted) if known else wanted


def ffmpeg_format(video: VideoStream, settings: ReaderSettings) -> str:
    """ffmpeg's name for `pipe_format`: its range is part of the name.

    Full-range 4:2:0 is called yuvj420p by ffmpeg's decoders: asking for yuv420p would
    squeeze it into limited range.
    """
    name = pipe_format(video, settings)
    range_ = settings.video_range or ("tv" if settings.tone_map else "")
    full = range_ == "pc" if range_ else is_full_range(video)
    if full and name in ("yuv420p", "yuv422p", "yuv444p"):
        return name.replace("yuv", "yuvj")
    return name
