"""Frames that wait for their tracks."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from fractions import Fraction

import pytest

from avio_cli.detections import Detections
from avio_cli.media.frame import Frame
from avio_cli.vision.trackers.lagged import LaggedTracker, LagSettings
from avio_cli.vision.trackers.registry import build_tracker
from avio_cli.vision.trackers.step import LaggedStep
from tests.vision.frames import blank
from tests.vision.scenes import person

RATE = Fraction(25)


class Untimed:
    def stage(self, name: str) -> AbstractContextManager[None]:
        return nullcontext()


@pytest.mark.parametrize("keep", [True, False])
def test_images_are_held_only_where_anybody_looks_at_them(keep: bool) -> None:
    frames: list[Frame] = []
    held = []

    def detected() -> Iterator[tuple[Frame, Detections]]:
        for index in range(20):
            held.append(sum(frame.nbytes for frame in frames))
            frames.append(blank("yuv420p", 64, 48, index))
            yield frames[-1], person(index)

    inner = build_tracker("bytetrack", {}, RATE)
    tracker = LaggedTracker(inner, RATE, LagSettings(lag=5))
    step = LaggedStep(tracker, keep_images=keep)
    given = [frame for frame, _ in step.follow(detected(), Untimed())]
    size = 64 * 48 * 3 // 2
    assert held == [index * size * keep for index in range(20)]
    assert [frame.index for frame in given] == list(range(20))
    assert all(len(frame.tracks) == 1 for frame in given)
