"""The matrix that YUV is converted with."""

from avio_cli.media.info import Color, VideoStream

MATRICES = {
    "bt709": "bt709",
    "smpte170m": "smpte170m",
    "bt470bg": "bt601",
    "fcc": "fcc",
    "smpte240m": "smpte240m",
    "bt2020nc": "bt2020",
    "bt2020c": "bt2020",
}
"""ffprobe's name of a matrix to the scale filter's."""


def yuv_matrix(video: VideoStream) -> str:
    """The scale filter's name for a video's matrix; guessed where untagged.

    Players take large videos for HD television, and small ones for SD.
    """
    known = MATRICES.get(video.color.matrix)
    if known:
        return known
    large = video.coded_width >= 1280 or video.coded_height > 576
    return "bt709" if large else "bt601"


def matrix_of(color: Color, height: int) -> str:
    """Name the YUV matrix of a video: ``bt601``, ``bt709`` or ``bt2020``.

    Where the source does not declare it, small videos are taken as BT.601 and high
    definition as BT.709, as players do.
    """
    if color.matrix in ("smpte170m", "bt470bg", "bt601"):
        return "bt601"
    if color.matrix.startswith("bt2020"):
        return "bt2020"
    if color.matrix == "bt709" or height >= 720:
        return "bt709"
    return "bt601"
