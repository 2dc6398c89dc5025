"""A model that is not what its description says is noticed in the first frames."""

import logging

import numpy as np
import pytest

from avio_cli.errors import InputError
from avio_cli.models.spec import ModelSpec
from avio_cli.vision.detectors.layouts.candidates import Candidates
from avio_cli.vision.detectors.plausibility import (
    ENOUGH,
    ENOUGH_FRAMES,
    FRAMES,
    FirstLook,
    check_valid,
)

SPEC = ModelSpec(name="mine", input_size=(320, 320), classes=("person",))


def found(box: tuple[float, ...], score: float = 0.8, count: int = 1) -> Candidates:
    return Candidates(
        np.float32([box] * count).reshape(-1, 4),
        np.full(count, score, np.float32),
        np.zeros(count, np.int64),
    )


def warnings_for(candidates: Candidates, caplog: pytest.LogCaptureFixture) -> str:
    caplog.set_level(logging.WARNING)
    look = FirstLook("mine")
    while look.is_watching:
        look.at(candidates, SPEC)
    return caplog.text


GOOD = (10.0, 10.0, 50.0, 90.0)


@pytest.mark.parametrize(
    ("candidates", "says"),
    [
        (found(GOOD, count=0), "nothing scores above 0.01"),
        (found((0.1, 0.1, 0.5, 0.9)), "smaller than 3 pixels"),
        (found((5000, 10, 5100, 90)), "far outside of the frame"),
        (found((200, 200, 40, 80)), "end before they begin"),
    ],
)
def test_a_likely_mistake_is_one_warning_with_its_cause(
    candidates: Candidates, says: str, caplog: pytest.LogCaptureFixture
) -> None:
    text = warnings_for(candidates, caplog)
    assert text.count("WARNING") == 1
    assert f"mine: {says}" in text or says in text


@pytest.mark.parametrize(
    "candidates", [found(GOOD), found(GOOD, score=0.02), found((-30, 10, 40, 400))]
)
def test_what_may_be_right_is_no_warning(
    candidates: Candidates, caplog: pytest.LogCaptureFixture
) -> None:
    assert FRAMES >= ENOUGH
    assert warnings_for(candidates, caplog) == ""


@pytest.mark.parametrize(
    ("candidates", "says"),
    [
        (found(GOOD, score=37.5), "a score is 37.5"),
        (found((0, 0, float("inf"), 3)), "a box is not finite"),
    ],
)
def test_what_can_be_no_detection_is_an_error(
    candidates: Candidates, says: str
) -> None:
    with pytest.raises(InputError, match=says) as caught:
        check_valid(candidates, SPEC)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("frames", "warned"), [(ENOUGH_FRAMES - 1, 0), (ENOUGH_FRAMES, 1), (FRAMES, 1)]
)
def test_nothing_at_all_is_said_at_the_end_of_a_short_video(
    frames: int, warned: int, caplog: pytest.LogCaptureFixture
) -> None:
    look = FirstLook("mine")
    for _ in range(frames):
        look.at(found(GOOD, count=0), SPEC)
    look.finish()
    look.finish()
    assert caplog.text.count(f"anywhere in {frames} frames") == warned


def test_half_precision_may_round_a_score_up() -> None:
    check_valid(found(GOOD, score=1.0005), SPEC)
