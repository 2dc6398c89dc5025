"""Interfaces of avio: what can be replaced, and what it must do."""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from avio_cli.detections import Detections, Tracks
from avio_cli.media.frame import Frame


class Source(Protocol):
    """A source of frames: iterate it once, then close it."""

    def __iter__(self) -> Iterator[Frame]:
        """Yield frames in presentation order; the receiver owns each one."""
        ...

    def close(self) -> None:
        """Release everything; safe to call twice, and before the end."""
        ...


class Step(Protocol):
    """A function applied to each frame, in order."""

    def __call__(self, frame: Frame) -> Frame | None:
        """Return the frame to pass on, or None to drop it."""
        ...


class Sink(Protocol):
    """An output of frames."""

    def write(self, frame: Frame) -> None:
        """Take one frame; may read it until the call returns, not later."""
        ...

    def finish(self) -> None:
        """Make the result complete; called once, only when all succeeded."""
        ...

    def close(self) -> None:
        """Release everything; without `finish` before it, leave no output behind."""
        ...


class Runtime(Protocol):
    """A model file opened by an inference engine; used from one thread at a time."""

    @property
    def takes_pixels(self) -> bool:
        """Whether preprocessing is a part of the model as it was opened."""
        ...

    def run(
        self, batch: NDArray[np.float32] | NDArray[np.uint8], *others: NDArray[Any]
    ) -> Mapping[str, NDArray[Any]]:
        """Infer.

        Args:
            batch: float32 (n, 3, H, W), already preprocessed; it is converted to the
                type and order of axes that the model declares. Where the runtime takes
                pixels: uint8 (n, 3, H, W) in the order blue, green, red; best a view of
                (n, H, W, 3), which is then not copied.
            others: for the model's other inputs, in their order, a row an image.

        Returns:
            The outputs by name, in the model's order, owned by the caller; floats
            are float32.
        """
        ...

    def close(self) -> None:
        """Release the engine; safe to call twice."""
        ...


class Detector(Protocol):
    """Detects objects in one frame, independent of the frames before it."""

    def detect(self, frame: Frame) -> Detections:
        """Detect objects; boxes are in pixels of the full frame."""
        ...


class Stateful(Protocol):
    """What can be stored, and restored in another process."""

    def state(self) -> dict[str, Any]:
        """Everything that the next step depends on: arrays and numbers by name."""
        ...

    def restore(self, state: Mapping[str, Any]) -> None:
        """Continue from a result of `state`, arrays as nested lists included.

        Raises:
            InputError: it is damaged.
        """
        ...


class Tracker(Stateful, Protocol):
    """Assigns track ids to detections over time."""

    def update(self, detections: Detections, seconds: float) -> Tracks:
        """Take one frame's detections and its true time, in presentation order."""
        ...

    def predict(self, seconds: float) -> Tracks:
        """Where the tracks of the last update are at a later time; changes nothing."""
        ...
