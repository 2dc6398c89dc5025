"""Signs that a model is not what its description says, and their likely causes."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avio_cli.errors import InputError
from avio_cli.models.layouts import COUNT
from avio_cli.models.spec import ModelSpec
from avio_cli.vision.detectors.layouts.candidates import Candidates, Floats, Tensors

LOG = logging.getLogger("avio.track.detector")

FRAMES = 50
"""How many frames are looked at."""
ENOUGH_FRAMES = 5
"""Of a shorter video, where one may be black."""
FAINT = 0.01
"""A score that every detector reaches somewhere in that many frames."""
CLEAR = 0.1
"""A score whose box should be where something is."""
SMALL = 3.0
"""Pixels of the input: no detector has learnt to find smaller objects."""
ENOUGH = 20
"""Boxes from which a rule may be drawn."""
ROUNDING = 1e-3
"""By which half precision may exceed 1."""


def check_valid(found: Candidates, spec: ModelSpec) -> None:
    """Refuse what can be no detection.

    Raises:
        InputError: a box is not finite, or a score is above 1.
    """
    if not len(found.scores):
        return
    highest = float(found.scores.max())
    if not highest <= 1 + ROUNDING:
        raise InputError(
            f"{spec.name}: a score is {highest:.4g}, and scores are 0 to 1",
            hint='activation = "sigmoid" in its description, if these are logits',
        )
    if not np.isfinite(found.boxes).all():
        raise InputError(
            f"{spec.name}: a box is not finite",
            hint='layout = "yolox-decoded" in its description, if boxes are in pixels'
            if spec.layout == "yolox"
            else f"the layout may be another than {spec.layout}",
        )


Which = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Sign:
    """Something that is wrong with most clear boxes of a misunderstood model."""

    shows: Callable[[Floats, Floats], Which]
    """Which of some boxes show it, by their corners and the size of the input."""
    share: float
    """Of the boxes; from there on it is no accident."""
    what: str
    cause: str


def _inverted(boxes: Floats, size: Floats) -> Which:
    del size
    return np.minimum(*_sides(boxes)) < 0


def _small(boxes: Floats, size: Floats) -> Which:
    del size
    return np.maximum(*_sides(boxes)) < SMALL


def _outside(boxes: Floats, size: Floats) -> Which:
    away: Floats = np.abs(boxes[:, :2] + boxes[:, 2:] - size) / size
    outside: Which = away.max(axis=1, initial=0) > 2
    return outside


def _sides(boxes: Floats) -> tuple[Floats, Floats]:
    return boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]


SIGNS = (
    Sign(
        _inverted,
        0.3,
        "many boxes end before they begin",
        "they may be centres and sizes, and the layout another one",
    ),
    Sign(
        _small,
        0.9,
        f"nearly all boxes are smaller than {SMALL:g} pixels",
        "they may be parts of the image or cells, and the layout another one",
    ),
    Sign(
        _outside,
        0.5,
        "most boxes are far outside of the frame",
        "the layout or input size may be another one",
    ),
)
"""What is looked for, the surest first."""


class FirstLook:
    """Watch the first frames of a run, and warn once; any thread may use it.

    Args:
        name: of the model.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._frames = self._clear = 0
        self._shown = [0] * len(SIGNS)
        self._found = False

    @property
    def is_watching(self) -> bool:
        """Whether it still wants to see frames."""
        return self._frames < FRAMES

    def at(self, found: Candidates, spec: ModelSpec) -> None:
        """Look at one frame.

        Args:
            found: all candidates down to `FAINT`.
            spec: the model.
        """
        boxes = found.boxes[found.scores >= CLEAR]
        size = np.array(spec.input_size, np.float32)
        with self._lock:
            self._frames += 1
            self._found |= bool(len(found.scores))
            self._clear += len(boxes)
            for number, sign in enumerate(SIGNS):
                self._shown[number] += int(sign.shows(boxes, size).sum())
            if self._frames == FRAMES:
                self._conclude()

    def finish(self) -> None:
        """Conclude from fewer frames, where the video had no more."""
        with self._lock:
            if ENOUGH_FRAMES <= self._frames < FRAMES:
                self._conclude()
                self._frames = FRAMES

    def _conclude(self) -> None:
        if not self._found:
            self._warn(
                f"nothing scores above {FAINT:g} anywhere in {self._frames} frames",
                "the frames are empty, or colour, scale, mean, std not as in training",
            )
        if self._clear < ENOUGH:
            return
        for sign, count in zip(SIGNS, self._shown, strict=True):
            if count > sign.share * self._clear:
                self._warn(sign.what, sign.cause)
                return

    def _warn(self, what: str, cause: str) -> None:
        LOG.warning("%s: %s: %s (avio models show FILE)", self._name, what, cause)


def check_numbers(tensors: Tensors, spec: ModelSpec) -> None:
    """Refuse outputs with NaN: a comparison would drop it in silence.

    Args:
        tensors: the outputs for one image; of those with a count, rows beyond it may
            be anything.
        spec: the model.

    Raises:
        InputError: there is one.
    """
    counted = _counted(tensors)
    for content, array in tensors.items():
        if content == COUNT or array.dtype.kind != "f":
            continue
        rows = array[counted]
        if rows.size and np.isnan(rows.max()):  # NaN is the greatest of all
            raise InputError(
                f"{spec.name}: its output of {content} contains NaN",
                hint="the model is damaged, or cannot compute in half precision",
            )


def _counted(tensors: Tensors) -> slice:
    """The rows that count; none where the number is wrong, which decoding reports."""
    if COUNT not in tensors:
        return slice(None)
    number = next(iter(tensors[COUNT].ravel().tolist()), 0)
    return slice(int(number) if 0 <= number < np.inf else 0)
