"""Recorded tracks on the frames of the file that is played."""

from array import array
from dataclasses import replace
from fractions import Fraction

import pytest

from avio_cli.demux.frame_index import FrameIndex
from avio_cli.media.frame import Frame
from avio_cli.media.info import VideoStream
from avio_cli.player.fitted_tracks import fit_tracks
from avio_cli.records.entry import FrameRecord, VideoInfo
from avio_cli.records.reader import RecordedTracks
from tests.vision.frames import blank, tracks

COUNT = 50
RECORDED = RecordedTracks(
    tuple(
        FrameRecord(n + 1, n * 512, n / 25, tracks((n + 1, 40, 40, 60, 80)))
        for n in range(COUNT)
    ),
    ("person",),
)
"""Of a video of 25 frames a second, in ticks of MP4."""


def index_of(rate: Fraction, base: Fraction, count: int = COUNT) -> FrameIndex:
    ticks = (round(n / rate / base) for n in range(count))
    return FrameIndex(array("q", ticks), array("q", [0]), base)


def fitted(recorded: RecordedTracks, index: FrameIndex) -> RecordedTracks:
    video = VideoStream(
        index=0,
        codec="h264",
        time_base=index.time_base,
        coded_width=160,
        coded_height=96,
    )
    return fit_tracks(recorded, index, video, "t.jsonl", "a.mp4")


def at(index: FrameIndex, number: int) -> Frame:
    frame = blank("yuv420p", 160, 96, number)
    frame.pts, frame.time_base = index.times[number], index.time_base
    return frame


@pytest.mark.parametrize("base", [Fraction(1, 12800), Fraction(1, 1000)])
def test_a_copy_with_other_ticks_has_the_tracks_of_each_frame(
    base: Fraction, caplog: pytest.LogCaptureFixture
) -> None:
    index = index_of(Fraction(25), base)
    found = fitted(RECORDED, index)
    ids = [found.of(at(index, number)).ids.tolist() for number in range(COUNT)]
    assert ids == [[number + 1] for number in range(COUNT)]
    assert not caplog.messages


def test_a_copy_with_another_rate_is_warned_of(
    caplog: pytest.LogCaptureFixture,
) -> None:
    index = index_of(Fraction(10), Fraction(1, 1000), 20)
    found = fitted(RECORDED, index)
    assert caplog.messages == [
        "t.jsonl is not of a.mp4: 40 of its 50 frames are not there"
    ]
    assert found.of(at(index, 2)).ids.tolist() == [6]
    assert found.of(at(index, 1)).ids.tolist() == []


def test_frame_numbers_that_the_video_lacks_are_warned_of(
    caplog: pytest.LogCaptureFixture,
) -> None:
    numbered = tuple(replace(e, pts=None, seconds=None) for e in RECORDED.entries)
    timeless = RecordedTracks(numbered, ("person",))
    fitted(timeless, index_of(Fraction(25), Fraction(1, 1000), 45))
    assert not caplog.messages, "a few may be missing"
    fitted(timeless, index_of(Fraction(25), Fraction(1, 1000), 30))
    assert "20 of its 50 frames are not there" in caplog.text


@pytest.mark.parametrize(
    ("size", "said"), [((320, 192), 1), ((160, 96), 0), ((0, 0), 0)]
)
def test_a_video_of_another_size_is_warned_of(
    size: tuple[int, int], said: int, caplog: pytest.LogCaptureFixture
) -> None:
    recorded = replace(RECORDED, video=VideoInfo("b.mp4", *size))
    fitted(recorded, index_of(Fraction(25), Fraction(1, 12800)))
    assert len(caplog.messages) == said
    assert all("boxes are elsewhere" in text for text in caplog.messages)


def test_frames_of_which_the_index_has_times_of_decoding_keep_their_tracks(
    caplog: pytest.LogCaptureFixture,
) -> None:
    index = index_of(Fraction(25), Fraction(1, 12800))
    early = replace(index, times=array("q", [tick - 1024 for tick in index.times]))
    found = fitted(RECORDED, early)
    assert found.of(at(index, COUNT - 1)).ids.tolist() == [COUNT]
    assert not caplog.messages
