"""What the player hides in the frames that it shows."""

from array import array
from fractions import Fraction

import numpy as np
import pytest

from avio_cli.demux.frame_index import FrameIndex
from avio_cli.media.frame import Frame
from avio_cli.player.frame_processor import FrameProcessor
from avio_cli.player.screen import NoThumbnails
from avio_cli.records.entry import FrameRecord
from avio_cli.records.reader import RecordedTracks
from tests.vision.frames import blank, tracks

INDEX = FrameIndex(array("q", range(100)), array("q", [0]), Fraction(1, 25))
NEAR = np.s_[40:80, 40:60]


class _Previews(NoThumbnails):
    pass


def _noise(index: int = 0) -> Frame:
    frame = blank("yuv420p", 160, 96, index)
    frame.planes[0][...] = np.random.default_rng(1).integers(0, 256, (96, 160))
    return frame


def _processor(
    recorded: RecordedTracks | None, index: FrameIndex | None = INDEX
) -> FrameProcessor:
    processor = FrameProcessor((), recorded, ("blur",), lambda: index)
    processor.set_media(None, ())
    return processor


def _changed(processor: FrameProcessor, frame: Frame) -> tuple[float, float]:
    """The shares of samples that changed: near the box of the tests, and far."""
    shown = processor.process(frame)
    assert shown is not None
    changed = shown.planes[0] != _noise().planes[0]
    return float(changed[NEAR].mean()), float(changed[:, 100:].mean())


def _records(*, times: bool, each_frame: bool = False) -> RecordedTracks:
    """Frames 20 to 30 have a track, whose last box is that of frame 30."""
    entries = tuple(
        FrameRecord(
            number + 1,
            number if times else None,
            number / 25 if times else None,
            tracks((1, 40, 40, 60, 80)),
        )
        for number in range(20, 31)
    )
    return RecordedTracks(entries, ("person",), each_frame)


def test_a_frame_whose_tracks_are_not_known_is_hidden_as_a_whole() -> None:
    recorded = RecordedTracks((), ())
    assert min(_changed(_processor(recorded, None), _noise())) > 0.9
    assert _changed(_processor(recorded), _noise()) == (0, 0)


def test_a_frame_that_records_of_each_frame_lack_is_hidden_as_a_whole() -> None:
    processor = _processor(_records(times=True, each_frame=True))
    assert _changed(processor, _noise(30))[1] == 0
    assert min(_changed(processor, _noise(31))) > 0.9


def test_another_video_than_the_recorded_one_is_hidden_as_a_whole() -> None:
    processor = _processor(_records(times=False))
    processor.forget_recorded()
    assert min(_changed(processor, _noise(25))) > 0.9
    assert (processor.still(_noise()).planes[0] != _noise().planes[0]).mean() > 0.9


def test_a_frame_that_was_not_tracked_while_played_is_hidden_as_a_whole() -> None:
    processor, tracked = _processor(None), _noise(3)
    tracked.hidden = ((40, 40, 60, 80),)
    near, far = _changed(processor, tracked)
    assert near > 0.9
    assert far == 0
    assert min(_changed(processor, _noise(2))) > 0.9


@pytest.mark.parametrize("times", [True, False])
def test_recorded_boxes_are_held_after_seeks_and_steps_back_too(times: bool) -> None:
    for number in (42, 40, 35, 31):
        near, far = _changed(_processor(_records(times=times)), _noise(number))
        assert near > 0.9
        assert far == 0
    processor = _processor(_records(times=times))
    for number, is_hidden in ((43, False), (42, True), (41, True), (19, False)):
        near, _ = _changed(processor, _noise(number))
        assert near > 0.9 if is_hidden else near == 0


def test_where_boxes_are_hidden_the_seek_bar_has_no_previews() -> None:
    previews = _Previews()
    assert FrameProcessor((), None, ("boxes",)).previews(previews) is previews
    hidden = FrameProcessor((), None, ("labels", "blur:hold=1")).previews(previews)
    assert type(hidden) is NoThumbnails
