import json
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avio_cli.detections import Detections, Tracks
from avio_cli.errors import InputError, UsageError
from avio_cli.vision.trackers.steadytrack.settings import SteadyTrackSettings
from avio_cli.vision.trackers.steadytrack.tracker import SteadyTrack
from tests.vision.scenes import NOTHING, detections, drawn_scene, person, same

SCENES = st.builds(
    drawn_scene, st.integers(0, 10_000), st.integers(1, 12), st.integers(2, 40)
)


def run(tracker: SteadyTrack, scene: list[Detections], first: int = 0) -> list[Tracks]:
    """Track a scene at 30 frames a second."""
    return [
        tracker.update(found, (first + index) / 30) for index, found in enumerate(scene)
    ]


def ids(tracks: Tracks) -> list[int]:
    return tracks.ids.tolist()


def moved(scene: list[Detections], shifts: list[float]) -> list[Detections]:
    """Let a camera turn: shift all boxes of each frame sideways."""
    return [
        Detections(
            found.boxes + np.array([shift, 0, shift, 0], np.float32),
            found.scores,
            found.classes,
        )
        for found, shift in zip(scene, shifts, strict=True)
    ]


# Life of a track


def test_tracks_of_the_first_frame_are_shown_at_once() -> None:
    assert ids(SteadyTrack().update(person(100), 0)) == [1]


def test_later_tracks_are_shown_when_seen_again() -> None:
    shown = run(SteadyTrack(), [NOTHING, person(100), person(100)])
    assert [ids(tracks) for tracks in shown] == [[], [], [1]]


def test_a_track_seen_once_is_forgotten() -> None:
    scene = [NOTHING, person(100), NOTHING, person(100), person(100)]
    assert [ids(tracks) for tracks in run(SteadyTrack(), scene)][3:] == [[], [2]]


def test_a_track_starts_from_the_new_threshold_on() -> None:
    scene = [person(100, 0.65)] * 2
    assert ids(run(SteadyTrack(), scene)[-1]) == [1]
    strict = SteadyTrackSettings(new_thresh=0.66)
    assert ids(run(SteadyTrack(strict), scene)[-1]) == []


@pytest.mark.parametrize(("missed", "id_"), [(5, 1), (6, 2)])
def test_a_lost_track_is_remembered_as_long_as_asked(missed: int, id_: int) -> None:
    scene = [person(100), *[NOTHING] * missed, person(100), person(100)]
    tracker = SteadyTrack(SteadyTrackSettings(track_buffer=5))
    assert ids(run(tracker, scene)[-1]) == [id_]


@pytest.mark.parametrize(("missed", "shown"), [(3, [1]), (4, [])])
def test_a_weak_detection_finds_a_track_that_was_not_lost_for_long(
    missed: int, shown: list[int]
) -> None:
    scene = [person(100), *[NOTHING] * missed, person(100, 0.3)]
    tracker = SteadyTrack(SteadyTrackSettings(weak_buffer=4))
    assert ids(run(tracker, scene)[-1]) == shown


def test_classes_are_matched_with_their_own_only_if_asked() -> None:
    scene = [person(100), person(100, kind=1), person(100, kind=1)]
    assert ids(run(SteadyTrack(), scene)[-1]) == [1]
    strict = SteadyTrackSettings(class_aware=True)
    assert ids(run(SteadyTrack(strict), scene)[-1]) == [2]


def test_useless_boxes_are_ignored() -> None:
    useless = detections((5, 5, 5, 9, 0.9), (1, 2, float("inf"), 9, 0.9))
    tracker = SteadyTrack()
    assert ids(tracker.update(useless, 0)) == []
    assert tracker.taken.tolist() == [0, 0]


# What it returns


@settings(deadline=None, max_examples=30)
@given(SCENES)
def test_every_id_is_once_in_a_frame_and_on_a_detection(
    scene: list[Detections],
) -> None:
    tracker = SteadyTrack()
    for found, tracks in zip(scene, run_lazily(tracker, scene), strict=True):
        shown, taken = ids(tracks), tracker.taken[tracker.taken > 0].tolist()
        assert len(set(shown)) == len(shown)
        assert len(set(taken)) == len(taken)
        assert set(shown) <= set(taken)
        assert len(tracker.taken) == len(found)


def run_lazily(tracker: SteadyTrack, scene: list[Detections]) -> Any:
    for index, found in enumerate(scene):
        yield tracker.update(found, index / 30)


@settings(deadline=None, max_examples=20)
@given(SCENES, st.randoms(use_true_random=False))
def test_the_order_of_detections_does_not_matter(
    scene: list[Detections], random: Any
) -> None:
    shuffled = [
        found[np.array(random.sample(range(len(found)), len(found)), np.int64)]
        for found in scene
    ]
    both = zip(run(SteadyTrack(), scene), run(SteadyTrack(), shuffled), strict=True)
    assert all(same(one, other) for one, other in both)


@settings(deadline=None, max_examples=20)
@given(SCENES, st.integers(1, 39))
def test_a_restored_tracker_goes_on_as_if_nothing_had_happened(
    scene: list[Detections], split: int
) -> None:
    split = min(split, len(scene) - 1)
    tracker = SteadyTrack()
    run(tracker, scene[:split])
    stored = json.loads(json.dumps(as_lists(tracker.state())))
    other = SteadyTrack()
    other.restore(stored)
    rest = run(tracker, scene[split:], split), run(other, scene[split:], split)
    assert all(same(one, two) for one, two in zip(*rest, strict=True))


def as_lists(state: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value.tolist() if isinstance(value, np.ndarray) else value
        for name, value in state.items()
    }


def test_a_damaged_state_is_refused_and_changes_nothing() -> None:
    tracker = SteadyTrack()
    tracker.update(person(100), 0)
    for name in ("ids", "extent", "next_id", "stamp"):
        state = tracker.state()
        del state[name]
        with pytest.raises(InputError, match="damaged"):
            tracker.restore(state)
    assert ids(tracker.update(person(100), 1 / 30)) == [1]


def test_assign_says_which_track_took_each_detection() -> None:
    found = detections((0, 0, 40, 90, 0.9), (200, 0, 240, 90, 0.7), (99, 0, 99, 9, 0.9))
    tracker = SteadyTrack()
    boxes = found.boxes.astype(np.float64)
    assert tracker.assign(boxes, found.scores, found.classes, 0).tolist() == [1, 2, 0]


# Motion


def test_between_frames_tracks_are_where_their_velocity_takes_them() -> None:
    tracker = SteadyTrack()
    run(tracker, [person(100 + 5 * frame) for frame in range(20)])
    now, later = tracker.predict(19 / 30), tracker.predict(21 / 30)
    assert later.boxes[0, 0] - now.boxes[0, 0] == pytest.approx(10, abs=0.5)


def test_half_the_rate_is_the_same_as_every_second_frame() -> None:
    scene = drawn_scene(5, 8, 60)[::2]
    slow = SteadyTrack(SteadyTrackSettings(frame_rate=Fraction(15)))
    fast = SteadyTrack(SteadyTrackSettings(frame_rate=Fraction(30)))
    ends = [
        ids(tracker.update(found, index / 15))
        for tracker in (slow, fast)
        for index, found in enumerate(scene)
    ]
    assert ends[:30] == ends[30:]


def test_a_camera_that_jerks_loses_nobody() -> None:
    """Shifts of most of a width: without the camera's motion little would overlap."""
    boxes = [
        (x, 100.0 + x / 9, x + 40, 200.0 + x / 9, 0.9) for x in range(100, 900, 120)
    ]
    still = [detections(*boxes)] * 12
    shaken = moved(still, [0] * 6 + [35] * 6)
    steady = run(SteadyTrack(), shaken)
    assert [ids(tracks) for tracks in steady] == [[1, 2, 3, 4, 5, 6, 7]] * 12
    fixed = run(SteadyTrack(SteadyTrackSettings(camera_motion="off")), shaken)
    assert ids(fixed[-1]) != ids(steady[-1])


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("track_thresh", 1.5),
        ("low_thresh", 0.7),
        ("track_buffer", -1),
        ("measurement_noise", 0.0),
        ("frame_rate", Fraction(0)),
        ("camera_motion", "boxen"),
    ],
)
def test_a_setting_out_of_range_is_named(option: str, value: object) -> None:
    changed: Any = {option: value}
    with pytest.raises(UsageError, match=option):
        SteadyTrackSettings(**changed)
