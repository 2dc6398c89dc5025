"""Boxes of one frame: what they may be made of, and what is taken in their place."""

from typing import Any

import numpy as np
import pytest

from avio_cli.detections import Detections, Tracks
from avio_cli.vision.counting.crossings import CrossingCounter
from avio_cli.vision.trackers.bytetrack import ByteTrack


@pytest.mark.parametrize("given", [np.zeros((2, 6)), [[1, 2, 3, 4]], None, Tracks()])
def test_a_tracker_says_what_it_takes(given: Any) -> None:
    says = r"must be Detections, not \w+: Detections\(boxes, scores, classes\)"
    with pytest.raises(TypeError, match=says):
        ByteTrack().update(given)


def test_a_counter_says_what_it_takes() -> None:
    given: Any = np.zeros((2, 6))
    with pytest.raises(TypeError, match=r"must be Tracks, .*\(boxes, .*, ids\)"):
        CrossingCounter(()).update(given, 0.0)


def test_lists_are_no_arrays() -> None:
    boxes: Any = [[1, 2, 3, 4]]
    with pytest.raises(TypeError, match="boxes must be an array of float32, not list"):
        Detections(boxes)
