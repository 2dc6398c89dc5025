"""The child that puts copied packets into fragments of MP4."""

from collections.abc import Sequence

from avio_cli.ffmpeg.command import QUIET, Command, Input, Output
from avio_cli.media.info import VideoStream

CODECS = ("h264", "hevc", "vp9", "av1")
"""What some browser plays; each says of itself if it is one."""
LATER = 64
"""Seconds that are added to all times: fragments have none below 0, at which the first
packets of a source may be decoded."""
_FLAGS = "+empty_moov+default_base_moof+frag_every_frame+frag_discont"
"""The last keeps times as they are, instead of counting from the first packet."""


def muxing_command(
    given: Input, selector: str, video: VideoStream, clock: Sequence[str] = ()
) -> Command:
    """Build the command that copies a video into fragments, to its stdout.

    Args:
        given: what it reads.
        selector: the stream in it.
        video: what that is.
        clock: output options for its times.
    """
    words = ["-map", selector, "-c", "copy", *clock]
    words += ["-map_metadata", "-1", "-map_chapters", "-1"]
    if video.codec == "hevc":
        words += ["-tag:v", "hvc1"]  # what browsers ask for
    words += ["-avoid_negative_ts", "disabled", "-use_editlist", "0"]
    words += ["-video_track_timescale", str(video.time_base.denominator)]
    words += ["-movflags", _FLAGS, "-flush_packets", "1", "-f", "mp4"]
    return Command((given,), (Output("pipe:1", tuple(words)),), (*QUIET, "-copyts"))
