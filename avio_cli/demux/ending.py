"""Find how long a video's last frame is shown, from the packets at its end.

Pipes have no durations, and ffmpeg 5.1 passes none on to its encoders.
"""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from avio_cli.demux.packet_list import Packet, list_copied_packets
from avio_cli.errors import AvioError
from avio_cli.ffmpeg.clock import may_jump
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.media.info import Ending, VideoStream

_MARGINS = tuple(map(Fraction, (1, 10, 60)))
"""Seconds before the end at which listing starts: ever earlier."""


def find_ending(
    source: MediaSource, video: VideoStream, end: Fraction | None = None
) -> Ending | None:
    """Find the last frame of a video by listing the packets at its end.

    Args:
        source: what to read.
        video: which of its videos.
        end: seconds after the source's start; what is shown at or after it is left
            out, and the last frame is shown no longer, if that is not unusually short.

    Returns:
        None where the container declares no durations, or cannot be searched.
    """
    info = source.info
    guessed = may_jump(info) or info.container.split(",")[0] == "image2"
    if not source.can_reopen or guessed or not info.duration:
        return None
    limit = None if end is None else source.origin + end
    goal = info.duration if end is None else min(end, info.duration)
    try:
        for position in _positions(goal):
            listed = _list(source, video, position, limit)
            packets = _declared(source, video, listed, limit)
            ending = _last_of(packets, video, limit)
            if ending is not None and _is_reordered(source, packets):
                shorter = min(ending.duration, ending.step or ending.duration)
                ending = replace(ending, duration=shorter)
            if ending is not None and (ending.step or not position):
                return ending
    except AvioError:
        pass  # whoever reads all of it says what is wrong
    return None


def _positions(goal: Fraction) -> Iterator[Fraction]:
    yield from (goal - margin for margin in _MARGINS if goal > margin)
    yield Fraction(0)


def _list(
    source: MediaSource, video: VideoStream, seek: Fraction, limit: Fraction | None
) -> list[Packet]:
    """The packets after a seek, up to the first that is decoded after the limit."""
    found = []
    with closing(list_copied_packets(source, [video], source.seek(seek))) as packets:
        for packet in packets:
            decoded = packet.pts if packet.dts is None else packet.dts
            if limit is not None and (decoded or 0) * video.time_base > limit:
                break
            found.append(packet)
    return found


def _declared(
    source: MediaSource,
    video: VideoStream,
    packets: list[Packet],
    limit: Fraction | None,
) -> list[Packet]:
    """The same packets with the durations that the container declares.

    Where frames are stored out of order in MP4, ffmpeg 5.1 fills in those of the
    average rate. There a packet lasts until the next one is decoded.
    """
    times = [packet.dts for packet in packets if packet.dts is not None]
    steps = [late - early for early, late in pairwise(times)]
    filled = {packet.duration for packet in packets}
    right = len(filled) > 1 or set(steps) <= filled
    if (
        right
        or not source.info.container.startswith("mov")
        or len(times) < len(packets)
    ):
        return packets
    last = packets[-1].duration
    if video.duration is not None and limit is None:
        # Of a file that is cut off, the rest of its duration is not that of a frame.
        every = list(list_copied_packets(source, [video]))
        if len(every) == video.frame_count:
            length = round(video.duration / video.time_base)
            last = (every[0].dts or 0) + length - times[-1]
    durations = (*steps, last)
    pairs = zip(packets, durations, strict=True)
    return [replace(packet, duration=duration) for packet, duration in pairs]


def _is_reordered(source: MediaSource, packets: list[Packet]) -> bool:
    """Whether the frame that is shown last is decoded before others, in MP4.

    What is stored there is the time until the next one is decoded.
    """
    times = [packet.pts for packet in packets if packet.pts is not None]
    return source.info.container.startswith("mov") and times[-1] != max(times)


def _last_of(
    packets: list[Packet], video: VideoStream, limit: Fraction | None
) -> Ending | None:
    base = video.time_base
    shown = sorted(
        (packet.pts * base, (packet.duration or 0) * base)
        for packet in packets
        if packet.pts is not None and not packet.discard
    )
    if limit is not None:
        shown = [frame for frame in shown if frame[0] < limit]
    if not shown:
        return None
    (time, duration), before = shown[-1], shown[-2:-1]
    step = time - before[0][0] if before else Fraction(0)
    if limit is not None:
        duration = min(duration, max(limit - time, step))
    return Ending(time, duration, step) if duration > 0 else None
