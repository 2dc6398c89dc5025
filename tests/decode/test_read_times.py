"""How far a source was read: by its frames, or by its packets where filters change."""

from fractions import Fraction

import numpy as np

from avio_cli.decode.read_times import ReadTimes
from avio_cli.decode.settings import ReaderSettings
from avio_cli.media.frame import Frame
from tests.decode.test_command import video_stream

BASE = Fraction(1, 25)


def reading(video_filter: str) -> ReadTimes:
    """What ten frames of 1/25 s say, and a pause before the last one."""
    video = video_stream(time_base=BASE, average_rate=Fraction(25))
    settings = ReaderSettings(video_filter=video_filter)
    times = ReadTimes(video, settings, None)
    planes = (np.zeros((2, 2, 3), np.uint8),)
    for index, pts in enumerate([*range(9), 20]):
        times.take(Frame(planes, "bgr24", index, pts, BASE))
    return times


def test_frames_say_how_far_a_source_was_read() -> None:
    times = reading("hflip")
    assert times.read_to == 21 * BASE
    assert times.gap is not None
    assert times.gap.missing


def test_frames_whose_times_filters_may_change_prove_nothing() -> None:
    times = reading("setpts=PTS/2")
    assert times.read_to is None
    assert times.gap is None
    assert times.end == 21 * BASE


def test_packets_stand_in_for_such_frames() -> None:
    times = reading("setpts=PTS/2")
    times.take_packets(range(50), BASE, 50 * BASE)
    assert times.read_to == 50 * BASE
    assert times.gap is not None
    assert not times.gap.missing
