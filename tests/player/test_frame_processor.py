"""What the player hides in the frames that it shows."""

import numpy as np

from avio_cli.media.frame import Frame
from avio_cli.player.frame_processor import FrameProcessor
from avio_cli.player.screen import NoThumbnails
from avio_cli.records.reader import RecordedTracks
from tests.vision.frames import blank


class _Previews(NoThumbnails):
    pass


def _noise() -> Frame:
    frame = blank("yuv420p", 160, 96)
    frame.planes[0][...] = np.random.default_rng(1).integers(0, 256, (96, 160))
    return frame


def test_a_frame_whose_tracks_are_not_known_is_hidden_as_a_whole() -> None:
    recorded = RecordedTracks((), ())
    for number, hidden in ((None, True), (5, False)):
        processor = FrameProcessor(
            (), recorded, ("blur",), lambda _, number=number: number
        )
        processor.set_media(None, ())
        shown = processor.process(_noise())
        assert shown is not None
        same = shown.planes[0] == _noise().planes[0]
        assert same.mean() < 0.05 if hidden else same.all()


def test_where_boxes_are_hidden_the_seek_bar_has_no_previews() -> None:
    previews = _Previews()
    assert FrameProcessor((), None, ("boxes",)).previews(previews) is previews
    hidden = FrameProcessor((), None, ("labels", "blur:hold=1")).previews(previews)
    assert type(hidden) is NoThumbnails
