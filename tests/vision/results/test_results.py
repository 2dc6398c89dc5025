"""Classes by vote, least lengths and ids without holes, of any tracker."""

import itertools
import json
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avio_cli.detections import Detections, Tracks
from avio_cli.errors import InputError, UsageError
from avio_cli.jobs.track.trackers.choice import make_tracker, tracks_of_all
from avio_cli.jobs.track.trackers.options import TrackerOptions
from avio_cli.vision.refine.refine import refine
from avio_cli.vision.refine.settings import MODES
from avio_cli.vision.results.finishing import Finisher
from avio_cli.vision.results.held import AtOnce, HeldTracker
from avio_cli.vision.results.settings import ResultSettings
from avio_cli.vision.results.votes import ClassVotes
from avio_cli.vision.trackers.registry import build_tracker
from tests.vision.scenes import NOTHING, detections, drawn_scene, person, same

RATE = Fraction(30)
SCENES = st.builds(
    drawn_scene, st.integers(0, 10_000), st.integers(1, 9), st.integers(2, 40)
)
WAYS = st.sampled_from([{}, {"lag": 2}, {"lag": 5, "name": "steadytrack"}])


def options(how: dict[str, Any], **results: Any) -> TrackerOptions:
    return TrackerOptions(**how, results=ResultSettings(**results))


def run(scene: list[Detections], choice: TrackerOptions) -> list[Tracks]:
    timed = ((found, index / 30) for index, found in enumerate(scene))
    return list(tracks_of_all(make_tracker(choice, RATE, 1), timed, 1))


@settings(deadline=None, max_examples=25)
@given(SCENES, WAYS, st.integers(2, 6))
@pytest.mark.slow
def test_a_track_begins_where_it_is_in_more_than_half_of_the_frames_ahead(
    scene: list[Detections], how: dict[str, Any], least: int
) -> None:
    plain = run(scene, options(how))
    expected: list[list[int]] = []
    begun: set[int] = set()
    for index, tracks in enumerate(plain):
        ahead = Counter(
            id_
            for later in plain[index : index + 2 * least - 1]
            for id_ in later.ids.tolist()
        )
        begun |= {id_ for id_ in tracks.ids.tolist() if ahead[id_] >= least}
        expected.append([id_ for id_ in tracks.ids.tolist() if id_ in begun])
    shown = run(scene, options(how, min_length=least))
    assert [tracks.ids.tolist() for tracks in shown] == expected
    lengths = Counter(id_ for ids in expected for id_ in ids)
    assert min(lengths.values(), default=least) >= least


@settings(deadline=None, max_examples=20)
@given(SCENES, WAYS, st.integers(0, 6), st.integers(0, 39))
def test_a_restored_one_goes_on_as_if_nothing_had_happened(
    scene: list[Detections], how: dict[str, Any], least: int, split: int
) -> None:
    """Frames that were seen, but not shown, are given again."""
    every = {"class_vote": True, "compact_ids": True, "min_length": least}
    choice = options(how, **every)
    whole = run(scene, choice)
    first, second = (make_tracker(choice, RATE, 1) for _ in range(2))
    timed = [(found, index / 30) for index, found in enumerate(scene)]
    if isinstance(first, HeldTracker):
        shown = [first.push(*frame) for frame in timed[:split]]
        done = sum(tracks is not None for tracks in shown)
    else:
        done = len(list(tracks_of_all(first, timed[:split], 1)))
    second.restore(json.loads(json.dumps(first.state(), default=np.ndarray.tolist)))
    later = list(tracks_of_all(second, timed[done:], 1))
    assert len(later) == len(whole) - done
    assert all(map(same, whole[done:], later))


@pytest.mark.parametrize("how", [{}, {"lag": 2}, {"refine": "fast"}])
def test_one_wrong_class_changes_nothing(how: dict[str, Any]) -> None:
    kinds = [7, 7, 7, 2, 7, 7, 2, 7, 7, 7]
    scene = [person(3 * index, kind=kind) for index, kind in enumerate(kinds)]
    assert [t.classes.tolist() for t in run(scene, options(how))] == [
        [kind] for kind in kinds
    ]
    voted = run(scene, options(how, class_vote=True))
    assert [t.classes.tolist() for t in voted] == [[7]] * 10


@pytest.mark.parametrize("how", [{"min_length": 4}, {"refine": "fast"}])
def test_who_sees_ahead_votes_with_what_is_ahead(how: dict[str, Any]) -> None:
    scene = [person(3 * n, kind=2 if n == 0 else 7) for n in range(10)]
    length = how.pop("min_length", 0)
    shown = run(scene, options(how, class_vote=True, min_length=length))
    assert [t.classes.tolist() for t in shown] == [[7]] * 10


def test_votes_of_tracks_that_ended_long_ago_are_forgotten() -> None:
    votes = ClassVotes()
    one = run([person(0)], options({}))[0]
    for number in range(1, 12_001):
        votes.add(replace(one, ids=np.array([number // 10 + 1])))
    assert 1000 <= len(votes.state()["rows"]) <= 1101


def test_tracks_that_began_and_ended_long_ago_are_forgotten() -> None:
    """One that lasts is kept."""
    choice = options({}, min_length=2)
    tracker = make_tracker(choice, RATE, 1)
    assert isinstance(tracker, HeldTracker)
    apart = detections((0, 0, 40, 100, 0.9), (200, 0, 240, 100, 0.9))
    both = run([apart], options({}))[0]
    frames = (replace(both, ids=np.array([1, n // 10])) for n in itertools.count(20))

    class Late(AtOnce):
        def push(self, detections: Detections, seconds: float) -> Tracks:
            return next(frames)

    held = HeldTracker(Late(tracker.tracker), choice.results, Finisher(choice.results))
    shown = [held.push(NOTHING, number / 30) for number in range(12_500)]
    accepted = [id_ for id_, _ in held.state()["accepted"]]
    assert 1 in accepted
    assert 1000 <= len(accepted) <= 1102
    assert shown[-1] is not None
    assert shown[-1].ids[0] == 1


def test_a_strong_box_outvotes_two_weak_ones() -> None:
    scene = [person(0, 0.95, 1), person(0, 0.3, 2), person(0, 0.3, 2)]
    shown = run(scene, options({}, class_vote=True))
    assert [t.classes.tolist() for t in shown] == [[1], [1], [1]]


def test_a_refined_track_keeps_its_class_from_block_to_block() -> None:
    """Each block is decided alone: what was shown once is not taken back."""
    scene = [person(2 * n, kind=1 if n < 30 else 5) for n in range(120)]
    timed = [(found, n / 30) for n, found in enumerate(scene)]
    how = replace(MODES["fast"], block=20, lookahead=5, context=30, class_vote=True)
    make = partial(build_tracker, "bytetrack", {}, RATE)
    shown = list(refine(timed, make, RATE, how))
    assert {kind for t in shown for kind in t.classes.tolist()} == {1}


@settings(deadline=None, max_examples=15)
@given(SCENES, WAYS)
def test_compact_ids_count_from_1_in_the_order_in_which_tracks_are_shown(
    scene: list[Detections], how: dict[str, Any]
) -> None:
    plain, compact = (
        run(scene, options(how)),
        run(scene, options(how, compact_ids=True)),
    )
    order: list[int] = []
    for one, other in zip(plain, compact, strict=True):
        order += [id_ for id_ in one.ids.tolist() if id_ not in order]
        assert other.ids.tolist() == [order.index(id_) + 1 for id_ in one.ids.tolist()]
        assert np.array_equal(one.boxes, other.boxes)


def test_frames_between_detections_have_the_same_class_and_ids() -> None:
    failed = detections((300, 100, 340, 200, 0.9))  # takes an id, and is not confirmed
    scene = [NOTHING, failed, *(person(3 * n, kind=int(n == 4)) for n in range(8))]
    timed = [(found, n / 30) for n, found in enumerate(scene)]
    choice = options({}, class_vote=True, compact_ids=True)
    tracker = make_tracker(choice, RATE, 2)
    shown = list(tracks_of_all(tracker, timed, 2))
    ids = {id_ for t in shown for id_ in t.ids.tolist()}
    assert ids == {1}
    assert {kind for t in shown for kind in t.classes.tolist()} == {0}


def test_a_least_length_with_skipped_frames_is_refused() -> None:
    with pytest.raises(UsageError, match="--min-length does not go with --stride"):
        make_tracker(options({}, min_length=3), RATE, 2)


@pytest.mark.parametrize("length", [-1, 151])
def test_a_length_out_of_range_is_refused(length: int) -> None:
    with pytest.raises(UsageError, match="min-length"):
        ResultSettings(min_length=length)


def test_a_damaged_state_is_refused() -> None:
    choice = options({}, min_length=3, class_vote=True)
    tracker = make_tracker(choice, RATE, 1)
    assert isinstance(tracker, HeldTracker)
    tracker.push(person(0), 0)
    for name in ("shown", "held", "tracker", "results"):
        state = tracker.state()
        del state[name]
        with pytest.raises(InputError, match="damaged"):
            tracker.restore(state)
