"""Boxes are hidden: in every plane, to their edges, and while a track is gone."""

import numpy as np
import pytest

from avio_cli.detections import Detections
from avio_cli.errors import UsageError
from avio_cli.media.frame import PIXEL_FORMATS, Frame
from avio_cli.vision.annotators.draw import Drawer
from avio_cli.vision.annotators.parts import parse_drawing
from tests.vision.frames import blank, copies, tracks

WIDTH, HEIGHT = 161, 121
BOXES = (
    (20.5, 10.5, 60.2, 100.9),
    (-300.0, 20.0, 15.0, 90.0),
    (120.0, 80.0, 400.0, 500.0),
    (70.0, 24.0, 97.0, 55.0),
    (70.0, 60.0, 200.0, 75.0),
)


def _noise(pixel_format: str, index: int = 0) -> Frame:
    frame = blank(pixel_format, WIDTH, HEIGHT, index)
    random = np.random.default_rng(5)
    for plane in frame.planes:
        top = 1 << PIXEL_FORMATS[pixel_format].bits
        plane[...] = random.integers(0, top, plane.shape)
    return frame


def _touched(box: tuple[float, ...], divisors: tuple[int, int]) -> tuple[slice, slice]:
    """The samples of a plane that a box touches."""
    x1, y1, x2, y2 = (max(0.0, value) for value in box)
    across, down = divisors
    rows = slice(int(y1 / down), int(np.ceil(y2 / down)))
    return rows, slice(int(x1 / across), int(np.ceil(x2 / across)))


@pytest.mark.parametrize("how", ["blur", "pixelate"])
@pytest.mark.parametrize("pixel_format", tuple(PIXEL_FORMATS))
def test_no_sample_of_a_box_keeps_its_detail(pixel_format: str, how: str) -> None:
    frame, sharp = _noise(pixel_format), copies(_noise(pixel_format))
    frame.tracks = tracks(*((n, *box) for n, box in enumerate(BOXES, 1)))

    Drawer(WIDTH, HEIGHT, what=(how,))(frame)

    chroma = PIXEL_FORMATS[pixel_format].chroma
    planes = zip(copies(frame), sharp, ((1, 1), chroma, chroma), strict=False)
    for plane, before, divisors in planes:
        for box in BOXES:
            inside = _touched(box, divisors)
            # Detail: what the samples still have of those that were there.
            was, now = (
                p[inside] - p[inside].mean(axis=(0, 1)) for p in (before, plane)
            )
            assert np.var(now) < 0.1 * np.var(was)
            assert abs((now * was).mean()) < 0.1 * np.var(was)
            assert (plane[inside] == before[inside]).mean() < 0.03


@pytest.mark.parametrize("how", ["blur", "pixelate"])
def test_what_is_beyond_the_margin_stays_as_it_is(how: str) -> None:
    frame, sharp = _noise("yuv420p"), copies(_noise("yuv420p"))
    frame.tracks = tracks((1, 40, 40, 80, 100))

    Drawer(WIDTH, HEIGHT, what=(f"{how}:margin=0.1",))(frame)

    changed = copies(frame)[0] != sharp[0]
    rows, columns = np.nonzero(changed)
    assert (columns.min(), columns.max()) == (36, 83)
    assert (rows.min(), rows.max()) == (34, 105)


def test_pixelation_leaves_at_most_eight_cells_also_of_a_box_hardly_in_sight() -> None:
    frame = _noise("gray")
    frame.tracks = tracks((1, -720, 0, 80, 120), (2, 100, 0, 160, 120))

    Drawer(WIDTH, HEIGHT, what=("pixelate:margin=0",))(frame)

    (plane,) = frame.planes
    assert len(np.unique(plane[:120, :80])) == 1
    assert len(np.unique(plane[:120, 100:160])) <= 4 * 8


def _hidden(drawer: Drawer, index: int, *rows: tuple[float, ...]) -> bool:
    frame = _noise("yuv420p", index)
    frame.tracks = tracks(*rows)
    drawer(frame)
    sharp = _noise("yuv420p").planes[0][40:80, 40:60]
    return bool((frame.planes[0][40:80, 40:60] != sharp).mean() > 0.9)


def test_the_last_box_stays_hidden_for_a_while_and_not_after_time_jumps_back() -> None:
    drawer, box = Drawer(WIDTH, HEIGHT, what=("blur:hold=0.4",)), (1, 40, 40, 60, 80)
    assert _hidden(drawer, 100, box)
    assert all(_hidden(drawer, 100 + later) for later in range(1, 11))
    assert not _hidden(drawer, 111)
    assert _hidden(drawer, 112, box)
    assert not _hidden(drawer, 20)
    without = Drawer(WIDTH, HEIGHT, what=("blur:hold=0",))
    assert _hidden(without, 0, box)
    assert not _hidden(without, 1)


def test_a_sure_detection_is_hidden_before_it_has_a_track() -> None:
    boxes = np.array([[40, 40, 60, 80], [100, 40, 120, 80]], np.float32)
    scores = np.array([0.6, 0.2], np.float32)
    found = Detections(boxes, scores, np.zeros(2, np.int64))
    frame, sharp = _noise("gray"), _noise("gray").planes[0]

    Drawer(WIDTH, HEIGHT, what=("blur",))(frame, found)

    changed = frame.planes[0] != sharp
    assert changed[40:80, 40:60].mean() > 0.9
    assert not changed[:, 90:].any()


def _found(*rows: tuple[float, ...]) -> Detections:
    boxes = np.array(rows, np.float32).reshape(-1, 4)
    return Detections(
        boxes, np.full(len(rows), 0.6, np.float32), np.zeros(len(rows), np.int64)
    )


def _is_hidden(drawer: Drawer, index: int, found: Detections) -> bool:
    frame = _noise("gray", index)
    drawer(frame, found)
    changed = frame.planes[0] != _noise("gray").planes[0]
    return bool(changed[40:80, 40:60].mean() > 0.9)


def test_a_detection_stays_hidden_for_its_own_time_whatever_is_found_after_it() -> None:
    drawer, other = Drawer(WIDTH, HEIGHT, what=("blur:hold=0.4",)), (100, 40, 120, 80)
    assert _is_hidden(drawer, 0, _found((40, 40, 60, 80)))
    assert all(_is_hidden(drawer, n, _found(other)) for n in range(1, 11))
    assert not _is_hidden(drawer, 11, _found(other))


def test_with_a_stride_detections_stay_hidden_until_the_next_frame_looked_at() -> None:
    drawer = Drawer(WIDTH, HEIGHT, what=("blur:hold=0",), stride=4)
    assert _is_hidden(drawer, 0, _found((40, 40, 60, 80)))
    assert all(_is_hidden(drawer, n, Detections()) for n in (1, 2, 3))
    assert not _is_hidden(drawer, 4, Detections())


def test_what_a_track_has_is_not_held_twice() -> None:
    drawer = Drawer(WIDTH, HEIGHT, what=("blur:margin=0:hold=0.4",))
    for number in range(5):
        frame = _noise("gray", number)
        frame.tracks = tracks((1, 40 + 10 * number, 40, 60 + 10 * number, 80))
        drawer(frame, _found((41 + 10 * number, 41, 61 + 10 * number, 81)))
    assert (frame.planes[0] == _noise("gray").planes[0])[40:80, 40:70].all()


def test_a_frame_of_unknown_tracks_is_hidden_as_a_whole() -> None:
    frame, sharp = _noise("gray"), _noise("gray").planes[0]

    Drawer(WIDTH, HEIGHT, what=("labels",)).hide_all(frame)
    assert (frame.planes[0] == sharp).all()

    Drawer(WIDTH, HEIGHT, what=("pixelate",)).hide_all(frame)
    assert (frame.planes[0] != sharp).mean() > 0.9


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("smear", "nothing called 'smear'"),
        ("boxes:margin=1", "boxes takes no rule"),
        ("blur:margin=3", "margin of '3'"),
        ("blur:hold=x", "hold of 'x'"),
        ("blur:least=nan", "least score of 'nan'"),
        ("pixelate:cells=20", "'20' cells"),
        ("blur:size=3", "'size=3'"),
        ("blur:hold=1:hold=2", "hold twice"),
    ],
)
def test_a_wrong_rule_is_refused_by_name(word: str, message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        parse_drawing((word,))
    assert caught.value.hint


def test_blur_and_pixelate_exclude_each_other() -> None:
    with pytest.raises(UsageError, match="same boxes"):
        parse_drawing(("blur", "pixelate"))
