"""Embeddings of crops, by a neural network."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from avio_cli.errors import InputError
from avio_cli.media.frame import Frame
from avio_cli.models.appearance.spec import AppearanceSpec
from avio_cli.optional import load_opencv
from avio_cli.protocols import Runtime
from avio_cli.vision.reid.crops import Bytes, ToBgr, crop

Floats = NDArray[np.float64]
Embeddings = NDArray[np.float32]
_AT_ONCE = 32
"""Crops: more of them would only fill the memory."""


class Embedder:
    """Embed what boxes contain; for one thread.

    Args:
        runtime: the opened model; its owner closes it.
        spec: its preprocessing.
        to_bgr: converts YUV, for the colours of the video.

    Raises:
        InputError: the model does not run, or gives no embeddings.
    """

    def __init__(self, runtime: Runtime, spec: AppearanceSpec, to_bgr: ToBgr) -> None:
        self._runtime, self._spec, self._to_bgr = runtime, spec, to_bgr
        self._cv2 = load_opencv()
        width, height = spec.input_size
        blank = np.zeros((height, width, 3), np.uint8)
        self.length = self._infer([blank]).shape[1]
        """How many numbers an embedding has."""

    def embed(self, frame: Frame, boxes: Floats) -> Embeddings:
        """Embed what boxes of a frame contain.

        Args:
            frame: with its full planes.
            boxes: (n, 4): x1 y1 x2 y2.

        Returns:
            (n, length): each of length 1; zeros where too little of a box is seen.

        Raises:
            InputError: the model gave what is no embedding.
        """
        found = np.zeros((len(boxes), self.length), np.float32)
        crops = [crop(frame, box, self._to_bgr) for box in boxes]
        seen = [row for row, cut in enumerate(crops) if cut is not None]
        for start in range(0, len(seen), _AT_ONCE):
            rows = seen[start : start + _AT_ONCE]
            cuts = [cut for row in rows if (cut := crops[row]) is not None]
            found[rows] = unit(self._infer(cuts))
        return found

    def _infer(self, cuts: Sequence[Bytes]) -> Embeddings:
        outputs = self._runtime.run(self._prepared(cuts))
        arrays = list(outputs.values())
        shapes = ", ".join(str(array.shape) for array in arrays)
        if len(arrays) != 1 or arrays[0].ndim != 2 or arrays[0].shape[0] != len(cuts):
            raise InputError(
                f"{self._spec.name} gives no embeddings: for {len(cuts)} images its "
                f"outputs have the shapes {shapes}",
                hint="--reid needs a model with one output: a row an image",
            )
        (array,) = arrays
        if array.dtype.kind != "f" or not np.isfinite(array).all():
            raise InputError(f"{self._spec.name} gives embeddings that are no numbers")
        return array

    def _prepared(self, cuts: Sequence[Bytes]) -> NDArray[np.float32]:
        """The model's input (n, 3, H, W)."""
        spec, cv2 = self._spec, self._cv2
        width, height = spec.input_size
        batch = np.empty((len(cuts), height, width, 3), np.float32)
        for image, cut in zip(batch, cuts, strict=True):
            smaller = cut.shape[0] > height or cut.shape[1] > width
            how = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
            whole = np.ascontiguousarray(cut)
            image[:] = cv2.resize(whole, (width, height), interpolation=how)
        planes = batch[..., ::-1] if spec.color == "rgb" else batch
        fed = planes * np.float32(spec.scale) - np.array(spec.mean, np.float32)
        fed /= np.array(spec.std, np.float32)
        return np.ascontiguousarray(fed.transpose(0, 3, 1, 2))


def unit(vectors: NDArray[np.floating]) -> Embeddings:
    """Vectors (n, d) of length 1; zeros stay zeros."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: Embeddings = (vectors / np.maximum(lengths, 1e-12)).astype(np.float32)
    return scaled
