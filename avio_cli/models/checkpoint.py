"""Read files saved by PyTorch as data: whatever would run code is refused."""

import math
import re
import statistics
import warnings
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from avio_cli.errors import AvioError, InputError
from avio_cli.models.yolox_variants import STEM, Architecture, recognise
from avio_cli.optional import load

INSTALL_NETWORK = "pip install --no-deps pixeltable-yolox"
"""Its requirements would bring a second OpenCV over the first, and a compiler."""
INSTALL = f'pip install "avio-cli[torch]" && {INSTALL_NETWORK}'


class _Ignored:
    """Replaces numbers of numpy: training tools save their best score as one."""

    def __init__(self, *_: object) -> None: ...

    def __setstate__(self, _: object) -> None: ...


_IGNORED = (
    "numpy.core.multiarray.scalar",
    "numpy._core.multiarray.scalar",
    "numpy.dtype",
    "numpy.dtypes.Float64DType",
    "numpy.dtypes.Float32DType",
)


def read_saved(path: Path) -> Mapping[str, Any]:
    """Read what PyTorch saved, without running anything that the file names.

    Weights of a file of today's format are mapped, not read, until they are used.

    Raises:
        AvioError: PyTorch is not installed.
        InputError: the file cannot be read, is no such file, or names code.
    """
    torch = load("torch", "PyTorch", INSTALL)
    allowed = [(_Ignored, name) for name in _IGNORED]
    try:
        mapped = zipfile.is_zipfile(path)
        path.open("rb").close()  # later errors are not about reading
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error
    try:
        with torch.serialization.safe_globals(allowed), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of old formats
            saved = torch.load(
                path,
                map_location="cpu",
                weights_only=True,
                mmap=mapped or None,
            )
    except Exception as error:  # zip, pickle and PyTorch each have their own
        raise _unreadable(path, error) from error
    if not isinstance(saved, Mapping):
        raise InputError(f"{path}: contains a {type(saved).__name__}, not weights")
    return saved


def read_weights(path: Path) -> Mapping[str, Any]:
    """Read a checkpoint's weights: tensors by name, as Megvii's tools name them.

    Raises:
        AvioError: PyTorch is not installed.
        InputError: it cannot be read, or contains no weights.
    """
    return weights_in(path, read_saved(path))


def weights_in(path: Path, saved: Mapping[str, Any]) -> Mapping[str, Any]:
    """The weights in a result of `read_saved`; errors are those of `read_weights`."""
    if is_torch2trt(saved):
        raise InputError(
            f"{path}: was made by torch2trt: a TensorRT engine, not weights",
            hint=f"--trt {path}",
        )
    for places in _PLACES:
        weights = _named(_inside(saved, places))
        if weights:
            return weights
    raise InputError(f"{path}: contains no weights by name, only {_listed(saved)}")


_PLACES: tuple[tuple[str, ...], ...] = (
    ("model",),
    ("ema", "module"),
    ("ema", "state_dict"),
    ("ema",),
    ("state_dict",),
    ("model_state_dict",),
    (),
)
"""Where training tools put weights; the first that has any counts. YOLOX's own tools
save the averaged ones as ``model``."""

_PREFIXES = ("module.", "_orig_mod.", "model.")
"""Put before all names by DistributedDataParallel, torch.compile, and Lightning."""


def _inside(saved: Mapping[str, Any], places: tuple[str, ...]) -> object:
    found: object = saved
    for place in places:
        found = found.get(place) if isinstance(found, Mapping) else None
    return found


def _named(found: object) -> dict[str, Any]:
    """Tensors by name, without what a wrapper put before all names."""
    weights = {k: v for k, v in _items(found) if hasattr(v, "shape")}
    while prefix := next((p for p in _PREFIXES if _all_start(weights, p)), ""):
        weights = {name[len(prefix) :]: v for name, v in weights.items()}
    return weights


def _all_start(weights: Mapping[str, Any], prefix: str) -> bool:
    return bool(weights) and all(name.startswith(prefix) for name in weights)


def architecture_of(path: Path, weights: Mapping[str, Any]) -> Architecture:
    """The network that a checkpoint's weights fit.

    Raises:
        InputError: none of the YOLOX family.
    """
    try:
        return recognise({key: tuple(value.shape) for key, value in weights.items()})
    except ValueError as error:
        raise InputError(
            f"{path}: not a checkpoint of YOLOX ({error})",
            hint="only names of weights as Megvii's and ByteTrack's tools write them "
            "are understood; export other models to ONNX with their own tools",
        ) from error


def takes_pixels(weights: Mapping[str, Any]) -> bool:
    """Whether a network was trained on pixels from 0 to 255, or on normalised ones.

    Normalised pixels are some 60 times smaller, so filters that see them must be larger
    by as much. Measured are the filters of the first convolution with its batch
    normalisation folded in: the median of their norms is 0.013 in YOLOX-nano and 0.015
    in another detector fed with 0 to 255, so about 0.8 where pixels are normalised.

    Args:
        weights: by name, of a network that `architecture_of` knows.
    """
    try:
        return statistics.median(_first_norms(weights)) < _NORMALISED
    except (RuntimeError, TypeError, ValueError):  # sparse, complex, empty: refused
        return False  # where the network is built


def _first_norms(weights: Mapping[str, Any]) -> list[float]:
    filters = weights[STEM]
    rows = filters.reshape(filters.shape[0], -1).tolist()
    layer = STEM.removesuffix("conv.weight")
    gains = _listed_or(weights.get(f"{layer}bn.weight"), len(rows))
    spreads = _listed_or(weights.get(f"{layer}bn.running_var"), len(rows))
    return [
        math.hypot(*row) * abs(gain) / math.sqrt(max(spread, 0.0) + _EPSILON)
        for row, gain, spread in zip(rows, gains, spreads, strict=True)
    ]


_EPSILON = 1e-3
"""That of YOLOX's batch normalisation."""
_NORMALISED = 0.1
"""Norm of a filter, in the middle between those for both kinds of input."""


def _listed_or(tensor: Any, count: int) -> list[float]:
    known = tensor is not None and tuple(tensor.shape) == (count,)
    return tensor.tolist() if known else [1.0] * count


def is_torch2trt(saved: Mapping[str, Any]) -> bool:
    """Whether a saved file is the state of torch2trt's module."""
    return isinstance(saved.get("engine"), bytes | bytearray)


def _items(mapping: object) -> list[tuple[str, Any]]:
    return list(mapping.items()) if isinstance(mapping, Mapping) else []


def _listed(saved: Mapping[str, Any]) -> str:
    names = [str(name) for name in saved][:5]
    return ", ".join(names) or "nothing"


def _unreadable(path: Path, error: Exception) -> AvioError:
    refused = re.search(r"\bGLOBAL (\S+)", str(error))
    if refused:
        return InputError(
            f"{path}: refused: reading it would run {refused[1]}",
            hint="ask for a file of weights alone (torch.save of a state_dict)",
        )
    if "TorchScript" in str(error):
        return InputError(
            f"{path}: is TorchScript: a program, not weights",
            hint="export the model to ONNX with its own tools",
        )
    return InputError(
        f"{path}: not a file that PyTorch saved ({_reason(error)})",
        hint="the file may be cut off, or a web page saved under this name",
    )


def _reason(error: Exception) -> str:
    # PyTorch's reason comes with advice on how to load the file unsafely, and on what
    # to do about its own internals.
    lines = [line.strip().partition(". ")[0] for line in str(error).splitlines()]
    reasons = (line for line in lines if line and not line.startswith(_ADVICE))
    return next(
        reasons, "it ends too early" if isinstance(error, EOFError) else lines[0]
    )


_ADVICE = ("Weights only load", "Please file", "Check the documentation")
