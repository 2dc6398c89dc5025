"""Whether every browser plays a video, and finds each of its frames.

Browsers seek by when a frame ends. Where packets are stored in another order than they
are shown, as with B-frames, MP4 says how long after a packet the next one is decoded,
not how long its frame is shown: at an even rate that is the same.
"""

from collections.abc import Sequence
from contextlib import closing
from itertools import pairwise
from pathlib import Path

from avio_cli.decode.settings import select_video
from avio_cli.demux.packet_list import list_packets
from avio_cli.errors import InputError
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.media.info import MediaInfo

CONTAINERS = {".mp4": "mp4", ".m4v": "mp4", ".webm": "webm"}
"""By extension: what ffmpeg calls it, among other names."""
_VIDEO = {
    "h264": ("yuv420p", "yuvj420p"),
    "vp8": ("yuv420p",),
    "vp9": ("yuv420p",),
    "av1": ("yuv420p", "yuv420p10le"),
}
"""What all browsers decode, and in which pixel formats."""
_AUDIO = ("aac", "mp3", "opus", "vorbis", "flac")
AT_ONCE = 0.001
"""Seconds after zero at which a video may start that pages play as it is."""
_EVEN = 0.1
"""Share of the shortest step by which a longer one may exceed it: times are rounded."""


def unplayable(info: MediaInfo, path: Path) -> str:
    """Why not every browser plays a file; empty where all do."""
    container = CONTAINERS.get(path.suffix.lower(), "")
    if not container or container not in info.container.split(","):
        return f"browsers do not play {path.suffix.lower() or 'such'} files"
    video = select_video(info, 0)
    formats = _VIDEO.get(video.codec, ())
    if video.pixel_format not in formats:
        return f"not every browser plays {video.codec} {video.pixel_format}".rstrip()
    for audio in info.audios[:1]:
        if audio.codec not in _AUDIO:
            return f"not every browser plays {audio.codec}"
    # Chromium 156 counts the time before a late start, and Firefox 153 does not.
    if abs(start_of(info)) > AT_ONCE:
        return (
            f"browsers disagree about times: its video starts at {start_of(info):g} s"
        )
    return ""


def start_of(info: MediaInfo) -> float:
    """When the first frame is shown, in seconds on the file's own clock."""
    video = select_video(info, 0)
    return float((video.start_pts or 0) * video.time_base)


def is_sought_exactly(source: MediaSource) -> bool:
    """Whether any frame can be found by its time; reads all packets of the video.

    What cannot be read to its end is no matter of seeking: true.
    """
    video = select_video(source.info, 0)
    listed = list_packets(source.ffmpeg, source.url, video.index)
    try:
        with closing(listed) as packets:
            times = [
                packet.pts
                for packet in packets
                if packet.pts is not None and not packet.discard
            ]
    except InputError:
        return True
    return _are_ordered(times) or _are_even(sorted(times))


def _are_ordered(times: Sequence[int]) -> bool:
    return all(time < later for time, later in pairwise(times))


def _are_even(times: Sequence[int]) -> bool:
    steps = [later - time for time, later in pairwise(times)]
    return not steps or max(steps) <= min(steps) * (1 + _EVEN) + 1
