"""A copy that is joined between two keyframes says that it begins without a frame."""

from array import array
from fractions import Fraction

import pytest

from avio_cli.demux.timeline import StreamTimeline
from avio_cli.encode.live.output import late_video
from avio_cli.media.info import AudioStream, VideoStream
from avio_cli.mux.command import PlannedStream

TICK = Fraction(1, 1000)
VIDEO = VideoStream(
    index=0, codec="h264", time_base=TICK, coded_width=160, coded_height=96
)
AUDIO = AudioStream(index=1, codec="aac", time_base=TICK, sample_rate=48000, channels=2)


def warning(*starts: int | None) -> str:
    """Of a video and audio tracks that begin so many ms after the file."""
    streams = (VIDEO, *[AUDIO] * (len(starts) - 1))
    tracks = []
    for index, start in enumerate(starts):
        times = array("q", [] if start is None else [start, start + 40])
        tracks.append(StreamTimeline(index, TICK, times, times, times))
    return late_video(
        [PlannedStream(stream=stream, copied=True) for stream in streams], tracks
    )


def test_it_says_by_how_much() -> None:
    assert "audio begins 0.8 s before the first frame" in warning(819, 0)
    assert "audio begins 0.8 s before the first frame" in warning(819, 900, 10)


@pytest.mark.parametrize("starts", [(0, 0), (23, 0), (0, 900), (900,), (900, None)])
def test_what_begins_with_a_frame_is_as_it_should_be(starts: tuple[int, ...]) -> None:
    assert not warning(*starts)
