import json
from collections import defaultdict
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avio_cli.detections import Detections, Tracks
from avio_cli.errors import InputError, UsageError
from avio_cli.vision.trackers.lagged import LaggedTracker, LagSettings
from avio_cli.vision.trackers.registry import TRACKERS, build_tracker
from tests.vision.scenes import NOTHING, detections, drawn_scene, person, same

RATE = Fraction(30)
SCENES = st.builds(
    drawn_scene, st.integers(0, 10_000), st.integers(1, 12), st.integers(2, 40)
)
LAGS = st.sampled_from([1, 2, 5, 15])


def lagged(lag: int, tracker: str = "steadytrack", **how: Any) -> LaggedTracker:
    inner = build_tracker(tracker, {}, RATE)
    return LaggedTracker(inner, RATE, LagSettings(lag=lag, **how))


def run(lag: int, scene: list[Detections], **how: Any) -> list[Tracks]:
    timed = ((found, index / 30) for index, found in enumerate(scene))
    return list(lagged(lag, **how).all(timed))


def ids(shown: list[Tracks]) -> list[list[int]]:
    return [tracks.ids.tolist() for tracks in shown]


@settings(deadline=None, max_examples=25)
@given(SCENES, LAGS, st.sampled_from(sorted(TRACKERS)))
def test_rows_are_only_between_detections_of_their_track(
    scene: list[Detections], lag: int, name: str
) -> None:
    """And every id is once in a frame."""
    shown = run(lag, scene, tracker=name)
    tracker = build_tracker(name, {}, RATE)
    taken = defaultdict(list)
    for frame, found in enumerate(scene):
        boxes = found.boxes.astype(np.float64)
        seen = tracker.assign(boxes, found.scores, found.classes, frame / 30)
        for id_ in seen[seen > 0].tolist():
            taken[id_].append(frame)
    assert len(shown) == len(scene)
    for frame, tracks in enumerate(shown):
        assert len(set(tracks.ids.tolist())) == len(tracks)
        for id_ in tracks.ids.tolist():
            assert frame in taken[id_] or in_gap(frame, taken[id_], lag)


def in_gap(frame: int, seen: list[int], lag: int) -> bool:
    before = [other for other in seen if other < frame]
    after = [other for other in seen if frame < other <= frame + lag]
    return len(before) >= 3 and len(after) >= min(3, lag) and after[0] - before[-1] < 31


@settings(deadline=None, max_examples=20)
@given(SCENES, LAGS, st.integers(0, 39))
def test_a_restored_one_goes_on_as_if_nothing_had_happened(
    scene: list[Detections], lag: int, split: int
) -> None:
    """Frames that were seen, but not shown, are given again."""
    whole = run(lag, scene)
    first = lagged(lag)
    shown = [first.push(found, index / 30) for index, found in enumerate(scene[:split])]
    done = sum(tracks is not None for tracks in shown)
    stored = json.loads(json.dumps(first.state(), default=np.ndarray.tolist))
    second = lagged(lag)
    second.restore(stored)
    rest = enumerate(scene[done:], done)
    later = list(second.all((found, index / 30) for index, found in rest))
    assert all(map(same, whole[done:], later))
    assert len(later) == len(whole) - done


def test_what_was_before_the_confirmation_is_shown() -> None:
    scene = [NOTHING, *[person(100)] * 4]
    assert ids(run(1, scene)) == [[], [1], [1], [1], [1]]


@pytest.mark.parametrize("name", ["bytetrack", "steadytrack"])
def test_a_track_that_returns_after_long_is_shown_as_it_is_at_once(name: str) -> None:
    """Its first boxes have left the window, and it is confirmed all the same."""
    scene = [NOTHING, *[person(100)] * 9, *[NOTHING] * 90, person(100), *[NOTHING] * 9]
    options = {"track_buffer": "200"}
    online = build_tracker(name, options, RATE)
    plain = [online.update(found, index / 30) for index, found in enumerate(scene)]
    late = LaggedTracker(build_tracker(name, options, RATE), RATE, LagSettings(lag=5))
    shown = list(late.all((found, index / 30) for index, found in enumerate(scene)))
    assert ids(plain)[100] == ids(shown)[100] == [1]


def test_what_was_never_confirmed_is_not_shown() -> None:
    scene = [NOTHING, person(100), NOTHING, NOTHING]
    assert ids(run(2, scene)) == [[]] * 4


@pytest.mark.parametrize(("lag", "filled"), [(2, 1), (5, 3), (15, 4)])
def test_a_gap_is_filled_as_far_as_its_end_is_seen(lag: int, filled: int) -> None:
    scene = [person(100 + 4 * frame) for frame in range(24)]
    scene[10:14] = [NOTHING] * 4
    shown = run(lag, scene)
    assert sum(map(len, shown[10:14])) == filled
    assert shown[13].boxes[0, 0] == pytest.approx(152, abs=1)


def test_a_gap_of_doubtful_detections_stays_empty() -> None:
    scene = [person(100, 0.9)] * 2 + [person(100, 0.3)] * 22
    scene[12:14] = [NOTHING] * 2
    assert ids(run(5, scene))[11:15] == [[1], [], [], [1]]
    assert ids(run(5, scene, least_score=0.2))[11:15] == [[1]] * 4


@pytest.mark.parametrize(("front", "shown"), [(90, True), (-40, False)])
def test_a_long_gap_is_filled_where_something_in_front_hides_the_object(
    front: int, shown: bool
) -> None:
    """The other one covers the place, its lower edge below or above that one's."""
    back = (100.0, 100.0, 140.0, 200.0, 0.9)
    other = (80.0, 100.0 + front - 90, 160.0, 210.0 + front - 90, 0.9)
    scene = [detections(back, (500, 100, 580, 210, 0.9))] * 8
    scene += [detections((500, 100, 580, 210, 0.9))] * 3
    scene += [detections(other)] * 12
    scene += [detections(back)] * 8
    tracked = run(15, scene)
    assert (1 in tracked[20].ids.tolist()) == shown


def test_boxes_are_smoother_than_those_shown_at_once() -> None:
    random = np.random.default_rng(0)
    scene = [person(100 + 3 * t + random.normal(0, 3)) for t in range(60)]
    true = 100 + 3 * np.arange(60)
    online = build_tracker("steadytrack", {}, RATE)
    errors = [
        np.std([tracks.boxes[0, 0] for tracks in shown][10:50] - true[10:50])
        for shown in (
            [online.update(found, t / 30) for t, found in enumerate(scene)],
            run(5, scene),
        )
    ]
    assert errors[1] < 0.8 * errors[0]


def test_the_history_stays_short() -> None:
    tracker = lagged(5)
    for frame in range(400):
        tracker.push(person(100), frame / 30)
    assert len(tracker.state()["history"]["ids"]) < 100


def test_a_damaged_state_is_refused() -> None:
    tracker = lagged(2)
    tracker.push(person(100), 0)
    for name in ("seen", "history", "tracker"):
        state = tracker.state()
        del state[name]
        with pytest.raises(InputError, match="damaged"):
            tracker.restore(state)
    state = tracker.state()
    state["history"]["frames"] = [1, 2, 3]
    with pytest.raises(InputError, match="damaged"):
        tracker.restore(state)


@pytest.mark.parametrize("lag", [0, -1, 301])
def test_a_lag_out_of_range_is_refused(lag: int) -> None:
    with pytest.raises(UsageError, match="lag"):
        LagSettings(lag=lag)
