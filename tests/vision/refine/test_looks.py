"""Looks for the runs of a refinement, and which detections are looked at."""

from fractions import Fraction

import numpy as np

from avio_cli.detections import Tracks
from avio_cli.vision.refine.looks import EmbeddingsAt, worth_embedding
from avio_cli.vision.refine.refine import refine
from avio_cli.vision.refine.settings import RefineSettings
from avio_cli.vision.reid.appearance import Appearance
from avio_cli.vision.reid.settings import AppearanceSettings
from avio_cli.vision.trackers.bytetrack import ByteTrack
from tests.vision.reid.test_appearance import by_height, heights, meeting
from tests.vision.scenes import detections

SETTINGS = AppearanceSettings()


def refined(looks: EmbeddingsAt | None) -> list[Tracks]:
    def make() -> ByteTrack:
        tracker = ByteTrack()
        tracker.appearance = None if looks is None else Appearance(3, SETTINGS)
        return tracker

    frames = [(found, index / 30) for index, found in enumerate(meeting())]
    return list(refine(frames, make, Fraction(30), RefineSettings(runs=4), looks))


def test_runs_that_look_know_who_turned_back() -> None:
    scene = meeting()
    plain = refined(None)
    assert heights(plain[-1])[1] != heights(plain[15])[1]
    seen = [by_height(found.boxes.astype(np.float64)) for found in scene]
    looked = refined(seen.__getitem__)
    assert heights(looked[-1]) == heights(looked[15])


def test_equal_looks_change_nothing() -> None:
    scene = meeting()
    equal = [np.ones((len(found), 3), np.float32) for found in scene]
    for plain, looked in zip(refined(None), refined(equal.__getitem__), strict=True):
        assert plain.ids.tolist() == looked.ids.tolist()
        assert np.array_equal(plain.boxes, looked.boxes)


def test_those_who_are_near_others_are_looked_at_and_now_and_then_all() -> None:
    found = detections(
        (0, 0, 40, 100, 0.9),
        (50, 0, 90, 100, 0.8),
        (300, 0, 340, 100, 0.9),
        (330, 0, 370, 100, 0.3),
    )
    assert worth_embedding(found, 7, SETTINGS).tolist() == [0, 1]
    assert worth_embedding(found, 20, SETTINGS).tolist() == [0, 1, 2]
    assert worth_embedding(found[:0], 20, SETTINGS).tolist() == []
