from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avio_cli.detections import Detections, Tracks
from avio_cli.vision.boxes import overlaps
from avio_cli.vision.refine.refine import refine
from avio_cli.vision.refine.settings import MODES, RefineSettings
from avio_cli.vision.trackers.registry import TRACKERS, build_tracker
from tests.vision.scenes import NOTHING, drawn_scene, person, same

RATE = Fraction(30)
FAST = MODES["fast"]
SCENES = st.builds(drawn_scene, st.integers(0, 99), st.integers(1, 9), st.just(60))


def refined(
    scene: Sequence[Detections],
    how: RefineSettings = FAST,
    tracker: str = "bytetrack",
) -> list[Tracks]:
    make = partial(build_tracker, tracker, {}, RATE)
    return list(refine(timed(scene), make, RATE, how))


def timed(scene: Iterable[Detections]) -> Iterator[tuple[Detections, float]]:
    for number, found in enumerate(scene):
        yield found, number / 30


def alike(first: Sequence[Tracks], second: Sequence[Tracks]) -> float:
    """The share of boxes that are at the same place under one and the same id."""
    shared: Counter[tuple[int, int]] = Counter()
    for one, other in zip(first, second, strict=True):
        pairs = overlaps(one.boxes, other.boxes)
        pairs = pairs[pairs.iou > 0.8]
        ids = zip(one.ids[pairs.rows], other.ids[pairs.columns], strict=True)
        shared.update((int(mine), int(its)) for mine, its in ids)
    partners: dict[int, int] = {}
    for (mine, its), _ in shared.most_common():
        if its not in partners.values():
            partners.setdefault(mine, its)
    most = max(sum(map(len, first)), sum(map(len, second)), 1)
    return sum(shared[pair] for pair in partners.items()) / most


def ids_of(tracks: Iterable[Tracks]) -> set[int]:
    return {number for frame in tracks for number in frame.ids.tolist()}


@settings(max_examples=10, deadline=None)
@given(SCENES)
@pytest.mark.slow
def test_every_id_is_once_in_a_frame_and_ids_have_no_holes(
    scene: list[Detections],
) -> None:
    tracks = refined(scene)
    assert len(tracks) == len(scene)
    for frame in tracks:
        assert len(set(frame.ids.tolist())) == len(frame)
    ids = ids_of(tracks)
    assert ids == set(range(1, len(ids) + 1))


@settings(max_examples=10, deadline=None)
@given(SCENES)
@pytest.mark.slow
def test_rows_are_of_detections_or_in_gaps_between_them(
    scene: list[Detections],
) -> None:
    """So none is before the first or after the last detection of its track."""
    seen: dict[int, list[tuple[int, bool]]] = defaultdict(list)
    for number, (found, tracks) in enumerate(zip(scene, refined(scene), strict=True)):
        pairs = overlaps(tracks.boxes, found.boxes)
        near = set(pairs[pairs.iou > 0.3].rows.tolist())
        for row, id_ in enumerate(tracks.ids.tolist()):
            seen[id_].append((number, row in near))
    for rows in seen.values():
        detected = [number for number, is_seen in rows if is_seen]
        assert len(detected) >= FAST.least_boxes
        assert (rows[0][0], rows[-1][0]) == (detected[0], detected[-1])
        assert np.diff(detected).max() <= FAST.memory
        filled = [number for number, is_seen in rows if not is_seen]
        for number in filled:  # the whole gap is filled, or nothing of it
            after = next(other for other in detected if other > number)
            before = max(other for other in detected if other < number)
            shown = {other for other, _ in rows if before < other < after}
            assert len(shown) == after - before - 1 <= FAST.long_gap


@settings(max_examples=5, deadline=None)
@given(SCENES)
@pytest.mark.slow
def test_a_reversed_file_gives_nearly_the_same_tracks(scene: list[Detections]) -> None:
    backward = refined(scene[::-1])[::-1]
    assert alike(refined(scene), backward) > 0.85


@pytest.mark.parametrize("tracker", TRACKERS)
def test_runs_without_a_perturbation_give_what_the_tracker_gives(tracker: str) -> None:
    scene = [person(3 * number) for number in range(40)]
    how = replace(FAST, box_jitter=0, score_jitter=0)
    online = build_tracker(tracker, {}, RATE)
    plain = [online.update(found, seconds) for found, seconds in timed(scene)]
    assert alike(plain, refined(scene, how, tracker)) == 1


def test_the_same_detections_give_the_same_bytes() -> None:
    scene = drawn_scene(3, 8, 80)
    assert all(map(same, refined(scene), refined(scene)))


def test_other_noise_gives_other_boxes_nowhere() -> None:
    """The noise decides what belongs together; boxes are the detections', smoothed."""
    scene = [person(3 * number) for number in range(30)]
    other = refined(scene, replace(FAST, seed=1))
    assert all(map(same, refined(scene), other))


@pytest.mark.parametrize("block", [20, 50])
@pytest.mark.slow
def test_blocks_give_nearly_what_the_whole_file_gives(block: int) -> None:
    scene = drawn_scene(5, 6, 200)
    how = replace(FAST, block=block, lookahead=40, context=60)
    pieces = refined(scene, how)
    assert len(pieces) == len(scene)
    assert all(len(set(frame.ids.tolist())) == len(frame) for frame in pieces)
    assert alike(refined(scene), pieces) > 0.85


def test_one_track_goes_through_many_blocks() -> None:
    scene = [person(2 * number) for number in range(300)]
    how = replace(FAST, block=25, lookahead=10, context=30)
    tracks = refined(scene, how)
    assert ids_of(tracks) == {1}
    assert all(len(frame) == 1 for frame in tracks)


def test_no_more_than_a_block_and_its_surroundings_is_read_ahead() -> None:
    read, how = 0, replace(FAST, block=20, lookahead=10, context=10)

    def counted() -> Iterator[tuple[Detections, float]]:
        nonlocal read
        for frame in timed(person(2 * number) for number in range(200)):
            read += 1
            yield frame

    make = partial(build_tracker, "bytetrack", {}, RATE)
    for number, _ in enumerate(refine(counted(), make, RATE, how)):
        assert read <= number + 20 + 10 + 20


def test_a_short_gap_is_filled_and_a_long_one_is_not() -> None:
    for length, expected in ((8, 60), (20, 40)):
        gap = range(30, 30 + length)
        scene = [NOTHING if n in gap else person(2 * n) for n in range(60)]
        tracks = refined(scene)
        shown = sum(len(frame) for frame in tracks)
        assert shown == expected, length
        assert ids_of(tracks) == {1}


def test_a_filled_box_is_on_the_way_from_the_last_to_the_next() -> None:
    scene = [NOTHING if 30 <= n < 38 else person(2 * n) for n in range(60)]
    lefts = [float(frame.boxes[0, 0]) for frame in refined(scene)]
    assert np.allclose(lefts, [2 * n for n in range(60)], atol=0.5)


def test_nothing_is_before_the_first_or_after_the_last_detection() -> None:
    scene = [person(2 * n) if 10 <= n < 40 else NOTHING for n in range(60)]
    shown = [number for number, frame in enumerate(refined(scene)) if len(frame)]
    assert shown == list(range(10, 40))


def test_a_track_of_fewer_than_five_boxes_is_dropped() -> None:
    scene = [person(100) if n < 4 else NOTHING for n in range(20)]
    assert not ids_of(refined(scene))
    scene[4] = person(100)
    assert ids_of(refined(scene)) == {1}


def test_two_that_pass_each_other_keep_their_ids() -> None:
    def frame(n: int) -> Detections:
        one, other = person(4 * n), person(240 - 4 * n, y=130)
        return Detections(
            np.concatenate((one.boxes, other.boxes)),
            np.concatenate((one.scores, other.scores)),
            np.concatenate((one.classes, other.classes)),
        )

    tracks = refined([frame(n) for n in range(60)])
    assert ids_of(tracks) == {1, 2}
    for mine in (1, 2):
        lefts = [float(f.boxes[f.ids == mine][0, 0]) for f in tracks]
        assert (np.diff(lefts) > 2).all() or (np.diff(lefts) < -2).all()


def test_boxes_that_are_none_are_ignored() -> None:
    bad = np.array([[5, 5, 5, 50], [np.nan, 0, 9, 9]], np.float32)
    scene = []
    for n in range(20):
        good = person(2 * n)
        scene.append(
            Detections(
                np.concatenate((bad, good.boxes)),
                np.full(3, 0.9, np.float32),
                np.zeros(3, np.int64),
            )
        )
    assert [len(frame) for frame in refined(scene)] == [1] * 20


def test_no_frame_and_no_detection_are_no_error() -> None:
    assert refined([]) == []
    assert [len(frame) for frame in refined([NOTHING] * 5)] == [0] * 5
