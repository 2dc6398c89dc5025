from fractions import Fraction

import numpy as np
import pytest
from numpy.typing import NDArray

from avio_cli.vision.trackers.camera_motion import (
    LANE,
    BoxCamera,
    CameraMotion,
    SeenMotion,
    follow,
)
from avio_cli.vision.trackers.kalman import BoxStates
from avio_cli.vision.trackers.registry import build_tracker
from avio_cli.vision.trackers.tracklets import Tracklets
from tests.vision.scenes import NOTHING, person

Floats = NDArray[np.float64]
SIZE = np.array([1920.0, 1080.0])


def crowd(count: int, seed: int = 0) -> Floats:
    random = np.random.default_rng(seed)
    corners = random.uniform(0, SIZE - (60, 150), (count, 2))
    return np.concatenate((corners, corners + np.array((60, 150))), axis=1)


def seen_twice(count: int) -> Tracklets:
    tracks = Tracklets.create(
        np.arange(count) + 1,
        np.ones((count, 4)),
        np.ones(count, np.float32),
        np.zeros(count, np.int64),
        now=1,
        confirmed=True,
    )
    tracks.last_seen[:] = 2
    return tracks


def estimate(boxes: Floats, found: Floats, score: float = 0.9) -> CameraMotion | None:
    camera = BoxCamera()
    camera.extent = SIZE.copy()
    scores = np.full(len(found), score, np.float32)
    return camera.estimate(seen_twice(len(boxes)), boxes, found, scores)


def one(shift: complex, turn: complex = 0j) -> CameraMotion:
    return CameraMotion(np.array([shift]), np.array([turn]), complex(*SIZE / 2))


def shift(motion: CameraMotion | None) -> tuple[float, float]:
    assert motion is not None
    return motion.shift[0].real, motion.shift[0].imag


def test_a_pan_is_found() -> None:
    boxes = crowd(12)
    motion = estimate(boxes, boxes + np.tile((20, -8), 2))
    assert motion is not None
    assert shift(motion) == pytest.approx((20, -8), abs=0.2)
    assert abs(motion.turn[0]) * SIZE[0] < 1


def test_zoom_and_roll_are_found() -> None:
    boxes = crowd(20)
    places = (boxes[:, :2] + boxes[:, 2:]) @ (0.5, 0.5j)
    true = one(6 + 3j, (25 + 14j) / SIZE[0])
    by = true.at(places)
    moves = np.stack((by.real, by.imag) * 2, axis=1)
    found = estimate(boxes, boxes + moves)
    assert found is not None
    assert np.abs(found.at(places) - by).max() < np.abs(by).max() / 4


def test_people_who_walk_against_a_fixed_camera_do_not_move_it() -> None:
    boxes = crowd(16)
    walk = np.random.default_rng(1).normal(0, 4, (16, 2))
    motion = estimate(boxes, boxes + np.concatenate((walk, walk), axis=1))
    assert np.hypot(*shift(motion)) < 1


def test_those_who_walk_do_not_disturb_the_estimate() -> None:
    boxes = crowd(16)
    found = boxes + np.tile((15, 0), 2)
    found[:4] -= np.tile((25, 0), 2)
    assert shift(estimate(boxes, found)) == pytest.approx((15, 0), abs=1)


@pytest.mark.parametrize("count", [0, 1, 3])
def test_few_boxes_say_nothing(count: int) -> None:
    boxes = crowd(count)
    assert estimate(boxes, boxes + 9) is None


def test_weak_boxes_say_nothing() -> None:
    boxes = crowd(12)
    assert estimate(boxes, boxes + 9, score=0.5) is None


def test_boxes_that_stay_exactly_are_left_alone() -> None:
    boxes = crowd(12)
    assert shift(estimate(boxes, boxes)) == (0, 0)


def test_half_of_the_motion_is_taken_into_the_velocities() -> None:
    states = BoxStates(np.zeros((5, 2, 4)))
    follow(states, one(4 - 2j))
    assert states.values.tolist() == [[4, -2, 0, 0]] * 2
    assert states.velocities.tolist() == [[2, -1, 0, 0]] * 2


def test_lanes_side_by_side_are_estimated_as_if_each_were_alone() -> None:
    crowds = [crowd(count, seed) for seed, count in enumerate((12, 30, 3, 9))]
    moves = (np.array((9 * lane - 5, 4, 9 * lane - 5, 4)) for lane in range(4))
    after = [boxes + move for boxes, move in zip(crowds, moves, strict=True)]
    alone = [estimate(*pair) for pair in zip(crowds, after, strict=True)]
    lanes = [np.array((LANE * lane, 0) * 2) for lane in range(4)]
    together = estimate(
        np.concatenate([a + b for a, b in zip(crowds, lanes, strict=True)]),
        np.concatenate([a + b for a, b in zip(after, lanes, strict=True)]),
    )
    assert together is not None
    for lane, (motion, boxes) in enumerate(zip(alone, crowds, strict=True)):
        points = (boxes[:, :2] + boxes[:, 2:]) @ (0.5, 0.5j)
        moved = together.at(points + LANE * lane)
        expected = np.zeros(3) if motion is None else motion.at(points)
        np.testing.assert_allclose(moved, expected, atol=1e-6)


def steadied(seen: SeenMotion | None, count: int, move: float) -> Floats:
    """How far tracks are moved where boxes moved, and the image says something."""
    boxes = crowd(count)
    tracks = seen_twice(count)
    camera = BoxCamera()
    camera.extent = SIZE.copy()
    camera.seen = seen
    scores = np.full(count, 0.9, np.float32)
    camera.steady(tracks, boxes, boxes + np.tile((move, 0), 2), scores)
    return tracks.states.values[:, 0] - 1


def test_a_camera_at_rest_is_left_alone_whatever_the_boxes_do() -> None:
    assert not steadied(SeenMotion(0j, at_rest=True), 12, 9).any()
    assert (steadied(None, 12, 9) > 8).all()


def test_the_image_counts_where_there_are_few_boxes() -> None:
    seen = SeenMotion(7 + 0j, at_rest=False)
    assert steadied(seen, 2, 0) == pytest.approx([7, 7])
    assert (steadied(seen, 12, 20) > 15).all()


@pytest.mark.parametrize("name", ["bytetrack", "steadytrack"])
def test_a_hidden_track_goes_with_the_image(name: str) -> None:
    """The camera turns by three widths while nobody is seen."""
    tracker = build_tracker(name, {"camera_motion": "image"}, Fraction(30))
    shown, place = [], 300.0
    for frame in range(30):
        hidden = 10 <= frame < 20
        shift = -12.0 if hidden else 0.0
        place += shift
        tracker.camera.seen = SeenMotion(complex(shift), at_rest=False)
        found = NOTHING if hidden else person(place)
        shown.append(tracker.update(found, frame / 30).ids.tolist())
    assert shown == [[1]] * 10 + [[]] * 10 + [[1]] * 10


def test_lanes_after_those_that_were_seen_stay_where_they_are() -> None:
    one = CameraMotion(np.array([5 + 3j]), np.array([0.1 + 0j]), 100 + 50j)
    two = CameraMotion(np.array([5, 7 + 1j]), np.array([0.1, 0.2j]), 100 + 50j)
    points = 110 + 60j + LANE * np.arange(4)
    assert one.at(points)[1:].tolist() == [0, 0, 0]
    assert one.at(points)[0] == 5 + 3j + 0.1 * (10 + 10j)
    moved = two.at(points)
    assert moved[1] == pytest.approx(7 + 1j + 0.2j * (10 + 10j))
    assert moved[2:].tolist() == [0, 0]


@pytest.mark.parametrize("far", [1e9, 1e13, 1e30])
def test_a_box_far_outside_is_no_lane_of_its_own(far: float) -> None:
    """It costs neither a warning nor memory, and the others are seen to pan."""
    boxes = crowd(20)
    boxes[0, [0, 2]] += far
    motion = estimate(boxes, boxes + np.tile((7.0, 0.0), 2))
    assert motion is not None
    assert len(motion.shift) <= 1024
    assert motion.shift[0].real == pytest.approx(7, rel=0.2)


@pytest.mark.parametrize("name", ["bytetrack", "steadytrack"])
def test_a_box_as_large_as_far_disturbs_no_other(name: str) -> None:
    tracker = build_tracker(name, {"camera_motion": "boxes"}, Fraction(30))
    far = np.array([[1e13, 50, 1e13 + 1e8, 150], [1e30, 50, 2e30, 1e30]])
    for frame in range(5):
        boxes = np.concatenate((crowd(12) + 3 * frame, far))
        ids = tracker.assign(
            boxes, np.full(14, 0.9, np.float32), np.zeros(14, np.int64)
        )
    assert ids[:12].tolist() == list(range(1, 13))
