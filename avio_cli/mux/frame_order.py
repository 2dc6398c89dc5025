"""Find copies that show frames in the order in which they are stored.

Packets without presentation times get their decoding times for both in a copy: their
times rise one by one, and look right. Only a decoder knows which frames it gives later.
"""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from avio_cli.demux.framecrc import FramecrcReader, framecrc_command, whole_lines
from avio_cli.demux.timeline import StreamTimeline
from avio_cli.errors import FFmpegError
from avio_cli.ffmpeg.command import Input
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.process.process import Process
from avio_cli.ffmpeg.url import file_url
from avio_cli.mux.expected import ExpectedResult

_DECODED = 100
"""Frames: B-frames come within the first GOP."""


def misordered(
    ffmpeg: FFmpeg,
    path: Path,
    expected: ExpectedResult,
    found: Sequence[StreamTimeline],
) -> str:
    """Name the first copied video whose frames are out of order.

    Only those are decoded whose source had no presentation times, and whose times in
    the result are those of decoding: no others are in doubt.

    Args:
        ffmpeg: the binary to read with.
        path: the finished file.
        expected: what its streams must hold.
        found: its packets, video first.

    Returns:
        One clause; empty if there is none.
    """
    for number, (wanted, line) in enumerate(zip(expected.streams, found, strict=False)):
        doubtful = wanted is not None and wanted.is_video and wanted.lacked_pts
        if wanted is None or not doubtful or line.pts != line.dts or not line.has_pts:
            continue
        try:
            times = _decoded_times(ffmpeg, path, number, line.time_base)
        except FFmpegError as error:
            return f"{wanted.name} cannot be decoded: {error.message}"
        if not _follow(times, line.shown(), line.time_base):
            return f"{wanted.name} shows frames in the order in which they are stored"
    return ""


def _decoded_times(
    ffmpeg: FFmpeg, path: Path, number: int, base: Fraction
) -> list[Fraction]:
    """When the first frames of a video are shown, in the order of the decoder."""
    words = ["-map", f"0:V:{number}", "-frames:v", str(_DECODED), "-c:v", "rawvideo"]
    words += ["-vf", "scale=16:16:flags=neighbor", "-fps_mode", "passthrough"]
    words += ["-enc_time_base", f"{base.numerator}/{base.denominator}"]
    command = framecrc_command(Input(file_url(path)), words)
    with Process(command.argv(ffmpeg.path), stdout=True) as process:
        frames = FramecrcReader(whole_lines(process.stdout))
        times = [frame.presentation_time for frame in frames]
        process.finish()
    return [time for time in times if time is not None]


def _follow(
    decoded: Sequence[Fraction], shown: Sequence[Fraction], tick: Fraction
) -> bool:
    """Whether decoded frames have the times of packets, one after the other.

    Where a decoder reorders, it gives frames the times of others, or of none (5.1 and
    9.0). The first packets may not be decodable.
    """
    if not decoded:
        return True  # nothing to compare: other checks count frames
    first = next((i for i, t in enumerate(shown) if abs(t - decoded[0]) <= tick), None)
    if first is None:
        return False
    pairs = zip(decoded, shown[first:], strict=False)
    return all(abs(time - wanted) <= tick for time, wanted in pairs)
