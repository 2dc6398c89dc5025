"""Trackers with appearance: what it changes, and what it never may."""

import json
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from avio_cli.detections import Detections, Tracks
from avio_cli.errors import InputError
from avio_cli.vision.reid.appearance import Appearance
from avio_cli.vision.reid.embedder import Embeddings, unit
from avio_cli.vision.reid.gallery import Floats
from avio_cli.vision.reid.settings import AppearanceSettings
from avio_cli.vision.reid.tracker_hooks import Recognises
from avio_cli.vision.trackers.bytetrack import ByteTrack
from avio_cli.vision.trackers.lagged import LaggedTracker, LagSettings
from avio_cli.vision.trackers.registry import TRACKERS, build_tracker
from avio_cli.vision.trackers.steadytrack.tracker import SteadyTrack
from tests.vision.scenes import NOTHING, detections, drawn_scene, same

Kind = type[ByteTrack] | type[SteadyTrack]
KINDS = pytest.mark.parametrize("kind", [ByteTrack, SteadyTrack])
SCENES = st.builds(
    drawn_scene, st.integers(0, 10_000), st.integers(1, 10), st.integers(2, 40)
)
GAP = AppearanceSettings(gap=20)


def run(
    tracker: ByteTrack | SteadyTrack,
    scene: list[Detections],
    look: Callable[[Floats], Embeddings],
    first: int = 0,
) -> list[Tracks]:
    """Track a scene at 30 frames a second; a look makes embeddings of boxes."""
    shown = []
    for index, found in enumerate(scene, first):
        if tracker.appearance is not None:
            boxes = found.boxes.astype(np.float64)
            tracker.appearance.look(found, index / 30, partial(_at, look, boxes))
        shown.append(tracker.update(found, index / 30))
    return shown


def _at(
    look: Callable[[Floats], Embeddings], boxes: Floats, rows: NDArray[np.intp]
) -> Embeddings:
    return look(boxes[rows])


def with_appearance(
    kind: Kind, settings: AppearanceSettings = GAP
) -> ByteTrack | SteadyTrack:
    tracker = kind()
    tracker.appearance = Appearance(3, settings)
    return tracker


def alike(boxes: Floats) -> Embeddings:
    """All look the same."""
    return unit(np.ones((len(boxes), 3)))


def by_height(boxes: Floats) -> Embeddings:
    """Objects of different heights look different."""
    angles = 0.3 * (boxes[:, 3] - boxes[:, 1])
    return unit(np.stack((np.cos(angles), np.sin(angles), 0 * angles), axis=1))


def by_chance(boxes: Floats) -> Embeddings:
    """Nothing looks like itself twice."""
    random = np.random.default_rng(int(boxes.sum() * 1000) % 2**32)
    return unit(random.normal(size=(len(boxes), 3)))


@KINDS
@settings(max_examples=25, deadline=None)
@given(scene=SCENES)
@pytest.mark.slow
def test_equal_looks_change_nothing(kind: Kind, scene: list[Detections]) -> None:
    tracker = with_appearance(kind, AppearanceSettings())
    for plain, looked in zip(
        run(kind(), scene, alike), run(tracker, scene, alike), strict=True
    ):
        assert same(plain, looked)


@KINDS
@settings(max_examples=25, deadline=None)
@given(scene=SCENES, look=st.sampled_from([alike, by_height, by_chance]))
def test_no_id_is_twice_in_a_frame_and_no_box_is_lost(
    kind: Kind, scene: list[Detections], look: Callable[[Floats], Embeddings]
) -> None:
    for tracks in run(with_appearance(kind), scene, look):
        assert len(set(tracks.ids.tolist())) == len(tracks)
        assert (tracks.ids > 0).all()


def two_of_which_one_returns(after: int) -> list[Detections]:
    """One stays; another one, taller, leaves and comes back elsewhere."""
    stays, here, there = (
        (50, 50, 80, 110, 0.9),
        (300, 50, 340, 140),
        (400, 60, 440, 150),
    )
    both = detections(stays, (*here, 0.9))
    back = detections(stays, (*there, 0.9))
    return [both] * 30 + [detections(stays)] * after + [back] * 5


@KINDS
@pytest.mark.parametrize("after", [10, 60, 200])
@pytest.mark.sampled(3)
def test_a_track_that_comes_back_keeps_its_number(kind: Kind, after: int) -> None:
    scene = two_of_which_one_returns(after)
    assert run(kind(), scene, by_height)[-1].ids.tolist() == [1, 3]
    assert run(with_appearance(kind), scene, by_height)[-1].ids.tolist() == [1, 2]


@pytest.mark.parametrize("name", sorted(TRACKERS))
@pytest.mark.parametrize("after", [35, 80])  # with and without its past still held
@pytest.mark.parametrize("lag", [1, 5])
@pytest.mark.sampled(4)
def test_seen_once_after_a_gap_it_is_shown_no_more_with_a_lag_than_without(
    name: str, after: int, lag: int
) -> None:
    """And twice, it is shown with both; with a lag from its first detection on."""
    here = detections((100, 100, 140, 200, 0.9))
    for times in (1, 2):
        scene = [here] * 12 + [NOTHING] * (after - 12) + [here] * times
        scene += [NOTHING] * 20
        inner = build_tracker(name, {"track_buffer": "10"}, Fraction(30))
        assert isinstance(inner, Recognises)
        inner.appearance = Appearance(3, GAP)
        late = LaggedTracker(inner, Fraction(30), LagSettings(lag=lag))
        shown = [late.push(found, seconds) for found, seconds in seen_by(inner, scene)]
        frames = [tracks for tracks in (*shown, *late.flush()) if tracks is not None]
        with_ids = [index for index, tracks in enumerate(frames) if len(tracks)]
        again = list(range(after, after + times)) if times > 1 else []
        assert with_ids == [*range(12), *again]


def seen_by(
    tracker: Recognises, scene: list[Detections]
) -> Iterator[tuple[Detections, float]]:
    """Frames at 30 a second, each shown to the tracker's appearance before."""
    for index, found in enumerate(scene):
        assert tracker.appearance is not None
        boxes = found.boxes.astype(np.float64)
        tracker.appearance.look(found, index / 30, partial(_at, by_height, boxes))
        yield found, index / 30


@KINDS
def test_not_after_the_gap_nor_where_another_one_comes(kind: Kind) -> None:
    scene = two_of_which_one_returns(100)
    soon = with_appearance(kind, AppearanceSettings(gap=2))
    assert run(soon, scene, by_height)[-1].ids.tolist() == [1, 3]
    other = [*scene[:-5], *([detections((400, 60, 440, 120, 0.9))] * 5)]
    tracks = run(with_appearance(kind), other, by_height)[-1]
    assert 2 not in tracks.ids.tolist()


def meeting() -> list[Detections]:
    """Two that meet, hide each other and turn back; motion says that they passed."""
    scene = []
    for frame in range(60):
        away = abs(frame - 30)
        tall = (200 - away, 60, 240 - away, 160, 0.9)
        short = (210 + away, 63, 250 + away, 158, 0.88)
        scene.append(NOTHING if away < 6 else detections(tall, short))
    return scene


def heights(tracks: Tracks) -> dict[int, int]:
    rows = zip(tracks.ids.tolist(), tracks.boxes, strict=True)
    return {name: round(float(box[3] - box[1])) for name, box in rows}


@KINDS
def test_looks_decide_who_is_who_after_a_meeting(kind: Kind) -> None:
    plain = run(kind(), meeting(), by_height)
    assert heights(plain[20]) == pytest.approx({1: 100, 2: 95}, abs=2)
    assert heights(plain[-1]) == pytest.approx({1: 95, 2: 100}, abs=2)
    tracker = with_appearance(kind, AppearanceSettings())
    last = run(tracker, meeting(), by_height)[-1]
    assert heights(last) == pytest.approx({1: 100, 2: 95}, abs=2)


@KINDS
@settings(max_examples=15, deadline=None)
@given(scene=SCENES, share=st.floats(0, 1))
@pytest.mark.slow
def test_restored_it_goes_on_as_if_never_stopped(
    kind: Kind, scene: list[Detections], share: float
) -> None:
    middle = int(share * len(scene))
    whole = run(with_appearance(kind), scene, by_height)
    first = with_appearance(kind)
    run(first, scene[:middle], by_height)
    stored = json.loads(json.dumps(first.state(), default=lambda a: a.tolist()))
    second = with_appearance(kind)
    second.restore(stored)
    for one, other in zip(
        run(second, scene[middle:], by_height, middle), whole[middle:], strict=True
    ):
        assert same(one, other)


@pytest.mark.parametrize(
    "change",
    [
        {"appearance": None},
        {"appearance": {"length": 3, "frames": 1, "ids": [1]}},
        {"appearance": {"frames": 1}},
        {"appearance": {"length": 4, "frames": 1}},
        {"appearance": {"length": 3, "frames": "many"}},
    ],
)
def test_a_damaged_state_is_refused(change: dict[str, Any]) -> None:
    tracker = with_appearance(ByteTrack)
    with pytest.raises(InputError, match="stored"):
        tracker.restore({**tracker.state(), **change})


def test_crops_are_looked_at_only_where_it_matters() -> None:
    tracker = with_appearance(ByteTrack, AppearanceSettings())
    run(tracker, two_of_which_one_returns(60), by_height)
    assert tracker.appearance is not None
    frames = 30 + 60 + 5
    assert tracker.appearance.crops <= 2 * frames / 10 + 4
