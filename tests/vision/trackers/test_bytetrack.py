import json
import pickle
from dataclasses import replace
from fractions import Fraction
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avio_cli.detections import Detections, Tracks
from avio_cli.errors import InputError, UsageError
from avio_cli.vision.trackers.bytetrack import ByteTrack
from avio_cli.vision.trackers.bytetrack_settings import REFERENCE, ByteTrackSettings
from tests.vision.scenes import NOTHING, detections, drawn_scene, person, same

DEFAULTS = ByteTrackSettings()
BOTH = pytest.mark.parametrize("rules", [DEFAULTS, REFERENCE], ids=["ours", "original"])


def run(tracker: ByteTrack, scene: list[Detections], first: int = 0) -> list[Tracks]:
    """Track a scene at 30 frames a second."""
    return [
        tracker.update(found, (first + index) / 30) for index, found in enumerate(scene)
    ]


def ids(tracks: Tracks) -> list[int]:
    return tracks.ids.tolist()


# Life of a track


@BOTH
def test_tracks_of_the_first_frame_are_shown_at_once(rules: ByteTrackSettings) -> None:
    tracker = ByteTrack(rules)
    assert ids(tracker.update(person(100), 0)) == [1]


@BOTH
def test_later_tracks_are_shown_when_seen_again(rules: ByteTrackSettings) -> None:
    shown = run(ByteTrack(rules), [NOTHING, person(100), person(100)])
    assert [ids(tracks) for tracks in shown] == [[], [], [1]]


@BOTH
def test_a_track_never_confirmed_uses_up_its_id(rules: ByteTrackSettings) -> None:
    scene = [NOTHING, person(100), NOTHING, person(400), person(400)]
    assert ids(run(ByteTrack(rules), scene)[-1]) == [2]


@BOTH
def test_a_track_begins_from_the_new_threshold_on(rules: ByteTrackSettings) -> None:
    assert ids(ByteTrack(rules).update(person(100, 0.7), 0)) == [1]
    assert ids(ByteTrack(rules).update(person(100, 0.699), 0)) == []
    low = replace(rules, new_thresh=0.65)
    assert ids(ByteTrack(low).update(person(100, 0.66), 0)) == [1]


@BOTH
def test_a_weak_detection_keeps_a_track_but_finds_no_lost_one(
    rules: ByteTrackSettings,
) -> None:
    weak = person(100, 0.2)
    shown = run(ByteTrack(rules), [person(100), weak, weak, NOTHING, weak, person(100)])
    assert [ids(tracks) for tracks in shown] == [[1], [1], [1], [], [], [1]]


@BOTH
def test_the_box_is_filtered_and_the_score_is_not(rules: ByteTrackSettings) -> None:
    tracks = run(ByteTrack(rules), [person(100), person(110, 0.8)])[-1]
    assert 100 < tracks.boxes[0, 0] < 110
    assert tracks.scores[0] == np.float32(0.8)
    assert tracks.boxes.dtype == np.float32


@BOTH
def test_scores_decide_between_equal_overlaps_unless_not_fused(
    rules: ByteTrackSettings,
) -> None:
    rules = replace(rules, match_thresh=0.7, track_thresh=0.3, new_thresh=0.99)
    faint = [person(100, 0.99), person(112, 0.5)]  # IoU 0.55 or so, times 0.5
    assert ids(run(ByteTrack(rules), faint)[-1]) == []
    assert ids(run(ByteTrack(replace(rules, fuse_score=False)), faint)[-1]) == [1]


@BOTH
@pytest.mark.parametrize("frames", [1, 5])
def test_a_new_track_in_the_place_of_a_lost_one_goes(
    rules: ByteTrackSettings, frames: int
) -> None:
    """Too far for this match limit (cost 0.14), near enough for a duplicate."""
    tracker = ByteTrack(replace(rules, match_thresh=0.1, fuse_score=False))
    run(tracker, [person(100)] * frames + [person(103)])
    state = tracker.state()
    assert (state["ids"].tolist(), state["next_id"]) == ([1], 3)
    assert state["lost"].all()


@BOTH
def test_a_lost_track_in_the_place_of_one_followed_longer_goes(
    rules: ByteTrackSettings,
) -> None:
    walker, other = (100.0, 100.0, 140.0, 200.0, 0.9), (300.0, 100.0, 340.0, 200.0, 0.9)
    tracker = ByteTrack(replace(rules, track_buffer=100))
    run(tracker, [detections(walker, other)] * 3)
    run(tracker, [person(float(x)) for x in range(103, 296, 3)], 3)
    assert tracker.state()["ids"].tolist() == [1, 2]
    assert ids(run(tracker, [person(298)], 68)[-1]) == [1]
    assert tracker.state()["ids"].tolist() == [1]


# What the original does and `bytetrack` does not, each with its option


def gap(rules: ByteTrackSettings, missed: int) -> list[int]:
    """The ids shown when a person returns after so many frames without."""
    scene = [person(100)] * 2 + [NOTHING] * missed + [person(100)] * 2
    return ids(run(ByteTrack(rules), scene)[-1])


@pytest.mark.parametrize(("missed", "kept"), [(30, True), (31, False), (32, False)])
def test_a_lost_track_is_remembered_for_exactly_the_buffer(
    missed: int, kept: bool
) -> None:
    assert gap(DEFAULTS, missed) == ([1] if kept else [2])


@pytest.mark.parametrize(("missed", "kept"), [(30, True), (31, True), (32, False)])
def test_late_removal_remembers_it_one_frame_longer(missed: int, kept: bool) -> None:
    for rules in (REFERENCE, replace(DEFAULTS, late_removal=True)):
        assert gap(rules, missed) == ([1] if kept else [2])


@pytest.mark.parametrize(
    ("rules", "missed", "expected"),
    [(REFERENCE, 31, 2), (REFERENCE, 30, 1), (DEFAULTS, 30, 1)],
)
def test_late_removal_drops_a_track_found_in_its_last_frame_at_the_next_miss(
    rules: ByteTrackSettings, missed: int, expected: int
) -> None:
    scene = [person(100)] * 2 + [NOTHING] * missed
    scene += [person(100)] * 3 + [NOTHING] + [person(100)] * 2
    assert ids(run(ByteTrack(rules), scene)[-1]) == [expected]


@pytest.mark.parametrize("score", [0.6, 0.1])
def test_a_score_equal_to_a_threshold_counts_unless_dropped(score: float) -> None:
    scene = [person(100), person(100, score)]
    assert ids(run(ByteTrack(DEFAULTS), scene)[-1]) == [1]
    dropping = replace(DEFAULTS, drop_equal_scores=True)
    for rules in (REFERENCE, dropping):
        assert ids(run(ByteTrack(rules), scene)[-1]) == []


def after_missing_frames(rules: ByteTrackSettings, stride: int) -> list[int]:
    """The ids shown of a walker, seen in every so many frames once under way."""
    tracker = ByteTrack(rules)
    for frame in [*range(30), *range(30, 300, stride)]:
        tracks = tracker.update(person(3.0 * frame), frame / 30)
    return ids(tracks)


def test_motion_follows_the_true_time_unless_frames_are_counted() -> None:
    assert after_missing_frames(DEFAULTS, 20) == [1]
    for rules in (REFERENCE, replace(DEFAULTS, count_frames=True)):
        assert after_missing_frames(rules, 1) == [1]
        assert after_missing_frames(rules, 20) == []


def test_an_uneven_rate_is_as_good_as_an_even_one() -> None:
    times = np.cumsum(np.random.default_rng(3).uniform(0.2, 5, 200)) / 30
    tracker = ByteTrack(DEFAULTS)
    shown = [tracker.update(person(120 * t), t) for t in times]
    assert {one for tracks in shown for one in ids(tracks)} == {1}
    late = np.array([tracks.boxes[0, 0] for tracks in shown[100:]])
    np.testing.assert_allclose(late, 120 * times[100:], atol=2)


@pytest.mark.parametrize(
    ("rate", "absent", "kept"),
    [(60, 0.95, True), (60, 1.1, False), (30, 1.0, True), (10, 2.9, True)],
)
def test_the_buffer_is_time_and_never_below_its_frames(
    rate: int, absent: float, kept: bool
) -> None:
    tracker = ByteTrack(replace(DEFAULTS, frame_rate=Fraction(rate)))
    tracker.update(person(100), 0)
    tracker.update(NOTHING, 1 / rate)
    tracker.update(NOTHING, absent / 2)  # nearly all frames between are missing
    assert ids(tracker.update(person(100), 1 / rate + absent)) == ([1] if kept else [])


@pytest.mark.parametrize(
    ("rate", "ours", "original"),
    [(10, 30, 10), (30, 30, 30), (60, 60, 60), (Fraction(30000, 1001), 30, 29)],
)
def test_the_buffer_grows_with_the_rate_and_shrinks_only_if_set(
    rate: Fraction, ours: int, original: int
) -> None:
    assert replace(DEFAULTS, frame_rate=Fraction(rate)).buffer == ours
    assert replace(REFERENCE, frame_rate=Fraction(rate)).buffer == original


def test_the_order_of_detections_does_not_matter_by_default() -> None:
    scene = drawn_scene(5, 12, 60)
    turned = [found[::-1] for found in scene]
    ours = zip(
        run(ByteTrack(DEFAULTS), scene), run(ByteTrack(DEFAULTS), turned), strict=True
    )
    assert all(same(one, other) for one, other in ours)
    kept = replace(DEFAULTS, sort_detections=False)
    theirs = zip(run(ByteTrack(kept), scene), run(ByteTrack(kept), turned), strict=True)
    assert not all(same(one, other) for one, other in theirs)


def test_the_pixel_margin_helps_small_boxes_to_meet() -> None:
    small = [detections((9, 9, 13, 13, 1)), detections((11, 11, 15, 15, 1))]
    assert ids(run(ByteTrack(DEFAULTS), small)[-1]) == [1]
    edges = replace(DEFAULTS, pixel_iou=False)
    assert ids(run(ByteTrack(edges), small)[-1]) == []


def test_classes_separate_only_if_set() -> None:
    scene = [person(100, kind=1), person(100, kind=2)]
    tracks = run(ByteTrack(DEFAULTS), scene)[-1]
    assert (ids(tracks), tracks.classes.tolist()) == ([1], [2])
    aware = ByteTrack(replace(DEFAULTS, class_aware=True))
    tracks = run(aware, [*scene, scene[1], scene[0]])[-2]
    assert (ids(tracks), tracks.classes.tolist()) == ([2], [2])


def test_each_tracker_counts_its_own_ids() -> None:
    for _ in range(2):
        assert ids(ByteTrack(DEFAULTS).update(person(100), 0)) == [1]


def test_every_option_turned_back_gives_the_original() -> None:
    """The settings are the only difference between the two."""
    scene = drawn_scene(8, 12, 120)
    back = replace(
        DEFAULTS,
        sort_detections=False,
        drop_equal_scores=True,
        count_frames=True,
        shrink_buffer=True,
        late_removal=True,
    )
    pairs = zip(
        run(ByteTrack(back), scene), run(ByteTrack(REFERENCE), scene), strict=True
    )
    assert all(same(one, other) for one, other in pairs)


# Times and boxes that are not as they should be


def test_a_restarted_stream_continues_as_after_one_frame() -> None:
    tracker = ByteTrack(DEFAULTS)
    tracker.update(person(100), 5000)
    assert ids(tracker.update(person(100), 0)) == [1]
    assert ids(tracker.update(person(100), 1 / 30)) == [1]


def test_two_frames_at_one_time_are_no_harm() -> None:
    tracker = ByteTrack(DEFAULTS)
    assert [ids(tracker.update(person(100), 1)) for _ in range(3)] == [[1]] * 3


@BOTH
def test_boxes_that_cannot_be_are_ignored(rules: ByteTrackSettings) -> None:
    odd = (
        (10, 10, 10, 50, 0.9),
        (50, 10, 10, 50, 0.9),
        (10, 50, 50, 10, 0.9),
        (10, 10, np.inf, 50, 0.9),
        (-np.inf, 10, np.inf, 50, 0.9),
        (10, np.nan, 50, 50, 0.9),
        (10, 10, 50, 50, np.nan),
    )
    tracks = ByteTrack(rules).update(detections(*odd, (200, 10, 250, 60, 0.9)), 0)
    assert (ids(tracks), tracks.boxes.tolist()) == ([1], [[200, 10, 250, 60]])


@pytest.mark.parametrize(
    "wrong",
    [
        {"track_thresh": 1.1},
        {"match_thresh": float("nan")},
        {"low_thresh": 0.7},
        {"track_buffer": -1},
        {"frame_rate": Fraction(0)},
        {"new_thresh": -0.1},
    ],
)
def test_settings_out_of_range_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=next(iter(wrong))):
        replace(DEFAULTS, **wrong)


# Between detections


def test_prediction_moves_the_boxes_and_nothing_else() -> None:
    tracker = ByteTrack(DEFAULTS)
    tracks = run(tracker, [person(4 * frame) for frame in range(60)])[-1]
    before = tracker.state()
    ahead = tracker.predict(62 / 30)
    assert ids(ahead) == ids(tracks)
    np.testing.assert_allclose(ahead.boxes - tracks.boxes, [[12, 0, 12, 0]], atol=0.5)
    assert same(tracker.predict(59 / 30), tracks)
    after = tracker.state()
    assert all(np.array_equal(before[name], after[name]) for name in before)


def test_prediction_shows_what_the_last_update_showed() -> None:
    tracker = ByteTrack(DEFAULTS)
    for index, found in enumerate(drawn_scene(2, 10, 60)):
        tracks = tracker.update(found, index / 30)
        assert ids(tracker.predict((index + 0.5) / 30)) == ids(tracks)


def test_prediction_rests_where_frames_are_counted() -> None:
    tracker = ByteTrack(REFERENCE)
    tracks = run(tracker, [person(4 * frame) for frame in range(20)])[-1]
    assert same(tracker.predict(25 / 30), tracks)


# State


def by_npz(state: dict[str, Any]) -> Any:
    file = BytesIO()
    np.savez(file, **state)
    file.seek(0)
    return dict(np.load(file, allow_pickle=False))


def by_json(state: dict[str, Any]) -> Any:
    return json.loads(
        json.dumps({name: np.asarray(value).tolist() for name, value in state.items()})
    )


@BOTH
@pytest.mark.parametrize("carried", [by_npz, by_json])
@pytest.mark.parametrize("cut", [0, 1, 37, 80])
@pytest.mark.sampled(6)
def test_a_restored_tracker_goes_on_to_the_last_bit(
    rules: ByteTrackSettings, carried: Any, cut: int
) -> None:
    scene = drawn_scene(4, 15, 120)
    whole = ByteTrack(rules)
    run(whole, scene[:cut])
    restored = ByteTrack(rules)
    restored.restore(carried(whole.state()))
    rest = run(whole, scene[cut:], cut)
    again = run(restored, scene[cut:], cut)
    assert all(same(one, other) for one, other in zip(rest, again, strict=True))
    assert any(len(tracks) for tracks in rest)


def test_a_state_is_not_changed_by_what_follows() -> None:
    tracker = ByteTrack(DEFAULTS)
    run(tracker, [person(100)] * 3)
    state = tracker.state()
    copy = {name: np.copy(value) for name, value in state.items()}
    run(tracker, [person(110)] * 3, 3)
    assert all(np.array_equal(state[name], copy[name]) for name in state)


@pytest.mark.parametrize(
    "damage",
    [
        {"ids": None},
        {"ids": [1, 2]},
        {"scores": [0.1, 0.2]},
        {"moments": [[1.0]]},
        {"now": "?"},
        {"frames": 1e400},
        {"now": None},
    ],
)
def test_a_damaged_state_is_refused_and_changes_nothing(damage: dict[str, Any]) -> None:
    tracker = ByteTrack(DEFAULTS)
    run(tracker, [person(100)] * 3)
    state = {**by_json(tracker.state()), **damage}
    kept = {name: value for name, value in state.items() if value is not None}
    other = ByteTrack(DEFAULTS)
    with pytest.raises(InputError, match="damaged"):
        other.restore(kept)
    assert ids(other.update(person(100), 0)) == [1]


# What holds for every scene

SCENES = st.builds(
    drawn_scene, st.integers(0, 2**32 - 1), st.integers(0, 12), st.just(30)
)
RULES = st.sampled_from(
    (
        DEFAULTS,
        REFERENCE,
        replace(DEFAULTS, class_aware=True),
        replace(DEFAULTS, track_buffer=3, fuse_score=False),
    )
)


@settings(max_examples=20, deadline=None)
@given(SCENES, RULES)
def test_ids_are_unique_in_a_frame_and_begin_in_rising_order(
    scene: list[Detections], rules: ByteTrackSettings
) -> None:
    tracker = ByteTrack(rules)
    highest = 0
    before: set[int] = set()
    for index, found in enumerate(scene):
        shown = ids(tracker.update(found, index / 30))
        held = tracker.state()["ids"].tolist()
        assert len(shown) == len(set(shown))
        assert len(held) == len(set(held))
        assert set(shown) <= set(held)
        born = set(held) - before
        assert all(one > highest for one in born)  # an id that went never returns
        highest, before = max([highest, *held]), set(held)


@settings(max_examples=10, deadline=None)
@given(SCENES, RULES)
def test_the_same_detections_give_the_same_tracks(
    scene: list[Detections], rules: ByteTrackSettings
) -> None:
    both = zip(run(ByteTrack(rules), scene), run(ByteTrack(rules), scene), strict=True)
    assert all(same(one, other) for one, other in both)


@settings(max_examples=20, deadline=None)
@given(SCENES, RULES, st.randoms(use_true_random=False))
def test_shuffled_detections_give_the_same_tracks(
    scene: list[Detections], rules: ByteTrackSettings, random: Any
) -> None:
    """Under the original's rules ids follow the order, so only they are renamed."""
    shuffled = []
    for found in scene:
        order = np.arange(len(found))
        random.shuffle(order)
        shuffled.append(found[order])
    names: dict[int, int] = {}
    plain, mixed = run(ByteTrack(rules), scene), run(ByteTrack(rules), shuffled)
    for one, other in zip(plain, mixed, strict=True):
        if rules.sort_detections:
            assert same(one, other)
            continue
        row, row_ = np.lexsort(one.boxes.T), np.lexsort(other.boxes.T)
        np.testing.assert_array_equal(one.boxes[row], other.boxes[row_])
        for left, right in zip(one.ids[row], other.ids[row_], strict=True):
            assert names.setdefault(int(left), int(right)) == right


def most_held(tracker: ByteTrack, frames: int) -> int:
    """Most bytes of the tracker while eight objects live for two frames each."""
    random = np.random.default_rng(6)
    most = 0
    for frame in range(frames):
        if frame % 2 == 0:
            corners = random.uniform(0, 2000, (8, 2))
            found = detections(*((x, y, x + 20, y + 50, 0.9) for x, y in corners))
        tracker.update(found, frame / 30)
        if frame % 100 == 0:
            most = max(most, len(pickle.dumps(tracker)))
    return most


ENOUGH = 8 * (30 + 3) * 250
"""Bytes for every object of the last 33 frames; a tenth of what 1500 frames bring."""


@BOTH
@pytest.mark.slow
def test_memory_does_not_grow(rules: ByteTrackSettings) -> None:
    tracker = ByteTrack(rules)
    assert most_held(tracker, 1500) < ENOUGH
    assert tracker.state()["next_id"] > 5000


@pytest.mark.slow
@BOTH
def test_memory_does_not_grow_over_100_000_frames(rules: ByteTrackSettings) -> None:
    tracker = ByteTrack(rules)
    assert most_held(tracker, 100_000) < ENOUGH
    assert tracker.state()["next_id"] > 300_000
