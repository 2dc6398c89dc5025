import itertools
import sys

import numpy as np
import pytest
from numpy.typing import NDArray

from avio_cli.errors import AvioError, UsageError
from avio_cli.media.frame import PIXEL_FORMATS, Frame
from avio_cli.media.info import Color
from avio_cli.optional import load_opencv
from avio_cli.vision.annotators.canvas import Canvas
from avio_cli.vision.annotators.draw import Drawer
from avio_cli.vision.annotators.label_placement import LabelPlacer, Rectangle
from avio_cli.vision.annotators.palette import Bgr, color_of, plane_values
from avio_cli.vision.annotators.polylines import ribbons
from avio_cli.vision.annotators.text import Typeface
from avio_cli.vision.annotators.trails import Trails
from avio_cli.vision.counting.crossings import CrossingCounter
from avio_cli.vision.counting.zones import parse_line, parse_zone
from tests.vision.frames import blank, copies, tracks

FORMATS = tuple(PIXEL_FORMATS)


def _changed(frame: Frame) -> NDArray[np.bool_]:
    """Which pixels of a once blank frame were drawn on, by the first plane."""
    grey = 128 << (PIXEL_FORMATS[frame.pixel_format].bits - 8)
    different: NDArray[np.bool_] = frame.planes[0] != grey
    return different if different.ndim == 2 else different.any(axis=2)


def _extent(frame: Frame) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of what was drawn; ends are exclusive."""
    rows, columns = np.nonzero(_changed(frame))
    return (
        int(columns.min()),
        int(rows.min()),
        int(columns.max()) + 1,
        int(rows.max()) + 1,
    )


@pytest.mark.parametrize("pixel_format", FORMATS)
def test_a_box_is_drawn_in_pure_colour_and_nothing_else(pixel_format: str) -> None:
    frame = blank(pixel_format, 320, 240)
    frame.tracks = tracks((5, 40, 60, 100, 180))
    drawer = Drawer(320, 240, what=("boxes",), color=Color(range="tv", matrix="bt709"))

    drawer(frame)

    layout = PIXEL_FORMATS[pixel_format]
    color = plane_values(color_of(5), layout, "bt709", "tv")
    edge = np.zeros((240, 320), bool)
    edge[60:180, 40:100] = True
    edge[62:178, 42:98] = False
    divisors = ((1, 1), layout.chroma, layout.chroma)
    grey = 128 << (layout.bits - 8)
    for plane, value, (across, down) in zip(
        frame.planes, color, divisors, strict=False
    ):
        drawn = edge[::down, ::across]
        assert (plane[drawn] == value).all()
        assert (plane[~drawn] == grey).all()


@pytest.mark.parametrize("pixel_format", FORMATS)
@pytest.mark.parametrize("size", [(321, 241), (17, 9), (2, 2), (1, 1)])
def test_any_size_and_any_box_can_be_drawn(
    pixel_format: str, size: tuple[int, int]
) -> None:
    width, height = size
    counter = CrossingCounter(
        [parse_line("a=-50,3,900,4"), parse_zone("b=1,1,500,1,9,500")]
    )
    what = ("boxes", "labels", "trails", "blur", "heatmap")
    drawer = Drawer(width, height, what=what, counter=counter)
    boxes = [
        (-50, -50, 30, 30),
        (width - 3, height - 3, width + 60, height + 60),
        (-500, 2, 5000, 4),
        (3, 3, 3, 3),
        (9, 9, 4, 4),
        (0, 0, width, height),
        (-1e30, -1e30, 1e30, 1e30),
    ]
    for index in range(3):
        frame = blank(pixel_format, width, height, index)
        shift = 3 * index
        rows = [(n, *(v + shift for v in box)) for n, box in enumerate(boxes, 1)]
        frame.tracks = tracks(*rows)
        assert drawer(counter(frame)) is frame


@pytest.mark.parametrize(
    "box",
    [
        (400, 10, 450, 60),
        (-60, 10, -1, 60),
        (10, 300, 60, 350),
        (10, -90, 60, 0),
        (np.nan, 10, 60, 60),
        (10, 10, np.inf, 60),
    ],
)
def test_boxes_outside_or_without_a_place_draw_nothing(
    box: tuple[float, ...],
) -> None:
    frame = blank("yuv420p", 320, 240)
    frame.tracks = tracks((1, *box))

    Drawer(320, 240)(frame)

    assert not _changed(frame).any()


def test_without_tracks_a_frame_is_left_alone() -> None:
    frame = blank("yuv420p", 320, 240)

    Drawer(320, 240)(frame)

    assert all((plane == 128).all() for plane in frame.planes)


def test_unknown_things_to_draw_are_refused() -> None:
    with pytest.raises(UsageError, match="'masks'") as caught:
        Drawer(320, 240, what=("boxes", "masks"))

    assert "boxes, labels, trails" in caught.value.hint


@pytest.mark.parametrize("corner", [(0, 0), (300, 0), (0, 230), (300, 230), (150, 120)])
def test_a_label_stays_whole_and_inside(corner: tuple[int, int]) -> None:
    x, y = corner
    drawer = Drawer(320, 240, what=("labels",), class_names=("person",))
    middle, frame = blank("gray", 320, 240), blank("gray", 320, 240)
    middle.tracks = tracks((12, 100, 100, 160, 160))
    frame.tracks = tracks((12, x, y, x + 20, y + 10))

    whole = _extent(drawer(middle))
    drawn = _extent(drawer(frame))

    assert drawn[2] - drawn[0] == whole[2] - whole[0]
    assert drawn[3] - drawn[1] == whole[3] - whole[1]


def test_a_label_is_dark_letters_on_the_colour_of_its_track() -> None:
    frame = blank("bgr24", 640, 480)
    frame.tracks = tracks((3, 200, 200, 300, 400, 0.87, 0))

    Drawer(640, 480, what=("labels",), class_names=("person",))(frame)

    left, top, right, bottom = _extent(frame)
    assert (left, bottom) == (200, 200)
    label = frame.planes[0][top:bottom, left:right].reshape(-1, 3)
    assert (label == color_of(3)).all(axis=1).mean() > 0.5
    assert (label.max(axis=1) < 40).mean() > 0.02


def test_a_label_is_shorter_where_it_would_fill_the_frame() -> None:
    widths = []
    for width in (640, 300, 200):
        frame = blank("gray", width, 200)
        frame.tracks = tracks((12, 40, 100, 80, 160))
        Drawer(width, 200, what=("labels",), class_names=("person",))(frame)
        left, _, right, _ = _extent(frame)
        widths.append(right - left)

    full, without_score, only_id = widths
    assert full > without_score + 15 > only_id + 40
    assert without_score <= 60
    assert only_id <= 40


def test_labels_give_way_to_each_other() -> None:
    drawer = Drawer(640, 480, what=("labels",))
    apart, close = blank("gray", 640, 480), blank("gray", 640, 480)
    apart.tracks = tracks((1, 100, 200, 140, 300), (2, 400, 200, 440, 300))
    close.tracks = tracks((1, 100, 200, 140, 300), (2, 110, 204, 150, 304))

    assert _changed(drawer(close)).sum() == _changed(drawer(apart)).sum()


def test_a_label_returns_to_its_place_only_when_there_is_ample_room() -> None:
    placement = LabelPlacer(640, 480)
    box = Rectangle(100, 200, 140, 300)

    def place(other: Rectangle) -> tuple[int, int]:
        placement.start()
        placement.place(1, other, 80, 20)
        return placement.place(2, box, 80, 20)

    assert place(Rectangle(400, 200, 440, 300)) == (100, 180)
    moved = place(Rectangle(110, 200, 150, 300))
    assert moved != (100, 180)
    assert place(Rectangle(190, 200, 230, 300)) == moved
    assert place(Rectangle(210, 200, 250, 300)) == (100, 180)


def _colour_distance(one: Bgr, other: Bgr) -> float:
    return float(np.abs(np.subtract(one, other)).sum())


def test_colours_are_stable_and_neighbours_differ() -> None:
    assert color_of(7) == color_of(7) == color_of.__wrapped__(7)
    for track_id in range(1, 300):
        for other in (track_id + 1, track_id + 2):
            distance = _colour_distance(color_of(track_id), color_of(other))
            assert distance > 100, (track_id, other)


def test_black_text_can_be_read_on_every_colour() -> None:
    for track_id in range(300):
        linear = (np.array(color_of(track_id)) / 255) ** 2.2
        luminance = float(linear @ (0.0722, 0.7152, 0.2126))
        assert (luminance + 0.05) / 0.055 > 5.5


@pytest.mark.parametrize(
    ("color", "pixel_format", "matrix", "color_range", "expected"),
    [
        ((255, 255, 255), "yuv420p", "bt709", "tv", (235, 128, 128)),
        ((0, 0, 0), "yuv420p", "bt709", "", (16, 128, 128)),
        ((0, 0, 255), "yuv420p", "bt709", "tv", (63, 102, 240)),
        ((0, 0, 255), "yuv420p", "bt601", "tv", (81, 90, 240)),
        ((255, 0, 0), "yuv444p", "bt601", "pc", (29, 255, 107)),
        ((255, 255, 255), "gray", "bt709", "pc", (255,)),
        ((255, 255, 255), "yuv420p10le", "bt709", "tv", (940, 512, 512)),
        ((0, 0, 255), "yuv422p10le", "bt709", "tv", (250, 409, 960)),
        ((1, 2, 3), "bgr24", "bt709", "tv", ((1, 2, 3),)),
    ],
)
def test_colours_have_the_values_of_the_standards(
    color: Bgr, pixel_format: str, matrix: str, color_range: str, expected: object
) -> None:
    assert (
        plane_values(color, PIXEL_FORMATS[pixel_format], matrix, color_range)
        == expected
    )


def test_text_is_anti_aliased_and_digits_have_one_width() -> None:
    typeface = Typeface(20)

    text = typeface.coverage("#12 person 0.87")
    assert text.shape[0] == typeface.height
    assert text.max() > 200
    assert np.unique(text).size > 20
    widths = {typeface.coverage(digit * 3).shape[1] for digit in "0123456789"}
    assert len(widths) == 1
    assert typeface.coverage("").shape == (typeface.height, 0)
    assert typeface.coverage("ä€\u4e2d").any()


@pytest.mark.parametrize("pixel_format", FORMATS)
def test_a_polygon_hides_what_is_under_it(pixel_format: str) -> None:
    frame = blank(pixel_format, 400, 300)
    layout = PIXEL_FORMATS[pixel_format]
    color = plane_values(color_of(5), layout, "bt709", "tv")
    corners = np.array([(40, 30), (360, 30), (360, 260), (40, 260)], np.int32) * 16

    Canvas.of(frame).polygon(corners, color)

    divisors = ((1, 1), layout.chroma, layout.chroma)
    grey = 128 << (layout.bits - 8)
    for plane, value, (across, down) in zip(
        frame.planes, color, divisors, strict=False
    ):
        assert (
            plane[34 // down : 256 // down, 44 // across : 356 // across] == value
        ).all()
        assert (plane[: 26 // down] == grey).all()
        assert (plane[:, 364 // across :] == grey).all()


def test_10_bits_look_like_8() -> None:
    few, many = blank("yuv420p", 320, 240), blank("yuv420p10le", 320, 240)
    for frame in (few, many):
        drawer = Drawer(320, 240)
        for index in range(20):
            frame.pts = index
            frame.tracks = tracks((1, 20 + 8 * index, 60, 60 + 8 * index, 180))
            drawer(frame)

    for one, other in zip(copies(few), copies(many), strict=True):
        difference = np.abs(one - other / 4)
        assert difference.mean() < 0.5
        assert (difference > 30).mean() < 0.01


def _trail_frame(drawer: Drawer, index: int, *rows: tuple[float, ...]) -> Frame:
    frame = blank("gray", 640, 240, index)
    frame.tracks = tracks(*rows)
    return drawer(frame)


def test_a_trail_is_thin_where_it_is_old() -> None:
    drawer = Drawer(640, 240, what=("trails",), trail_seconds=2)
    for index in range(100):
        x = 10 + 5 * index
        frame = _trail_frame(drawer, index, (2, x, 60, x + 20, 120.5))

    left, _, right, _ = _extent(frame)
    thickness = _changed(frame).sum(axis=0)
    assert 220 <= right - left <= 270
    assert right == pytest.approx(10 + 5 * 99 + 10, abs=3)
    assert thickness[right - 15] > thickness[left + 15] >= 1


def test_a_trail_ends_with_its_track() -> None:
    drawer = Drawer(640, 240, what=("trails",))
    for index in range(30):
        before = _trail_frame(drawer, index, (2, 5 * index, 60, 5 * index + 20, 120))

    assert _changed(before).any()
    assert not _changed(_trail_frame(drawer, 30)).any()


def test_trails_are_forgotten_when_they_are_old_or_time_jumps_back() -> None:
    trails = Trails(2.0, 3.0, 4)
    one = np.array([1], np.int64)
    nobody, nowhere = np.empty(0, np.int64), np.empty((0, 2), np.float32)
    trails.add(one, np.array([[5, 5]], np.float32), 10.0)
    trails.add(nobody, nowhere, 11.5)
    assert len(trails) == 1
    trails.add(nobody, nowhere, 12.5)
    assert len(trails) == 0

    trails.add(one, np.array([[5, 5]], np.float32), 13.0)
    trails.add(nobody, nowhere, 12.9)
    assert len(trails) == 0


def test_a_trail_keeps_few_points_however_long_it_lives() -> None:
    trails = Trails(1e9, 3.0, 4)
    frame = blank("gray", 640, 240)
    for step in range(1000):
        point = np.array([[step % 600, 100]], np.float32)
        trails.add(np.array([1], np.int64), point, float(step))
    trails.draw(Canvas.of(frame), {1: (255,)})

    assert len(trails) == 1
    left, _, right, _ = _extent(frame)
    assert right - left < 64 * 4


def test_a_ribbon_that_turns_back_has_no_holes() -> None:
    there = np.stack([np.linspace(20, 200, 20), np.full(20, 50.0)], axis=1)
    points = np.concatenate([there, there[-2::-1]]).astype(np.float32)
    frame = blank("gray", 240, 100)
    canvas = Canvas.of(frame)
    polygons = list(ribbons(points, np.full(39, 4, np.float32), [39]))

    for _, polygon in polygons:
        canvas.polygon(polygon, (255,))

    assert len(polygons) == 2
    assert (frame.planes[0][47:53, 22:198] == 255).all()


def test_ribbons_of_several_lines_are_separate() -> None:
    points = np.array([(0, 0), (9, 0), (5, 5), (0, 9), (9, 9), (9, 20)], np.float32)
    found = list(ribbons(points, np.ones(6, np.float32), [2, 1, 3]))

    assert [owner for owner, _ in found] == [0, 2]
    assert [len(polygon) for _, polygon in found] == [4, 6]
    assert found[0][1].tolist() == [[0, -16], [144, -16], [144, 16], [0, 16]]


def test_lines_zones_and_their_counts_are_drawn() -> None:
    counter = CrossingCounter(
        [parse_line("door=50,120,250,120"), parse_zone("yard=300,40,380,40,380,200")]
    )
    drawer = Drawer(400, 240, counter=counter)
    frame = drawer(counter(blank("gray", 400, 240)))
    before = copies(frame)[0]

    assert (before[120, 160:240] > 200).all()
    assert (before[119:122, 60:240] < 60).any()
    below, above = before[124:130, 145:156], before[111:117, 145:156]
    assert (below > 200).any()
    assert not (above > 200).any()
    assert (before[60:180, 380] > 200).all()

    for index, y in enumerate((60, 180), 1):
        frame = blank("gray", 400, 240, index)
        frame.tracks = tracks((1, 100, y - 40, 120, y))
        counter(frame)
    counted = blank("gray", 400, 240)
    drawer(counted)
    assert (copies(counted)[0] != before).any()


def test_drawing_touches_each_frame_for_itself() -> None:
    drawer = Drawer(320, 240)
    for pixel_format, index in itertools.product(FORMATS, range(2)):
        frame = blank(pixel_format, 320, 240, index)
        frame.tracks = tracks((1, 50, 60, 100, 180))
        drawer(frame)
        assert _changed(frame).any()


def test_without_opencv_the_hint_is_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "cv2", None)
    load_opencv.cache_clear()
    try:
        with pytest.raises(AvioError, match="OpenCV") as caught:
            Drawer(320, 240)
    finally:
        load_opencv.cache_clear()

    assert "pip install" in caught.value.hint
