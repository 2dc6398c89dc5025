"""FrameIndex: the times of a video's frames and keyframes, read without decoding."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction

from avio_cli.demux.packet_list import (
    Packet,
    ProcessFactory,
    list_copied_packets,
    list_packets,
    start_listing,
)
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.media.info import VideoStream


@dataclass(frozen=True, slots=True)
class FrameIndex:
    """The times of all frames, in ticks, in the order in which they are shown.

    It is what the container declares: decoding may give a frame less, or one more.
    """

    times: "array[int]"
    keys: "array[int]"
    """Times of the frames at which decoding can start."""
    time_base: Fraction

    def __len__(self) -> int:
        return len(self.times)

    def number(self, time: Fraction) -> int:
        """Frames that are shown before this time; the number of the frame there."""
        return bisect_left(self.times, round(time / self.time_base))

    def time(self, number: int) -> Fraction:
        """When the frame of that number is shown; clamped to the first and last."""
        clamped = min(max(number, 0), len(self.times) - 1)
        return self.times[clamped] * self.time_base

    def key_before(self, time: Fraction) -> Fraction:
        """The last keyframe before a time; the first frame where there is none."""
        count = bisect_left(self.keys, round(time / self.time_base))
        return self.keys[count - 1] * self.time_base if count else self.time(0)


def read_index(
    source: MediaSource,
    video: VideoStream,
    start_process: ProcessFactory = start_listing,
) -> FrameIndex | None:
    """List the frames of a video; reads the whole file.

    Args:
        source: the file.
        video: which of its videos.
        start_process: starts the child; an error is raised if it is killed.

    Returns:
        None where there are no frames.

    Raises:
        InputError: it cannot be read.
        DamagedInputError: it cannot be read to its end.
    """
    if source.clock().continues:
        packets = list_copied_packets(source, [video], start_process=start_process)
    else:
        packets = list_packets(
            source.ffmpeg, source.url, video.index, start_process=start_process
        )
    with closing(packets) as listed:
        index = index_of(listed, video)
    return index if len(index) else None


def index_of(listed: Iterable[Packet], video: VideoStream) -> FrameIndex:
    """Make an index of the packets of that video; others are ignored."""
    times, keys = array("q"), array("q")
    for packet in listed:
        # AVI stores only when frames are decoded.
        pts = packet.dts if packet.pts is None else packet.pts
        if packet.stream != video.index or pts is None or packet.discard:
            continue
        times.append(pts)
        if packet.key:
            keys.append(pts)
    return FrameIndex(
        array("q", sorted(times)), array("q", sorted(keys)), video.time_base
    )
