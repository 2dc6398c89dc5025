"""Read files saved by PyTorch as data: whatever would run code is refused."""

import re
import warnings
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from avio_cli.errors import AvioError, InputError
from avio_cli.models.yolox_variants import Architecture, recognise
from avio_cli.optional import load

INSTALL = 'pip install "avio-cli[torch]"'


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
    inner = saved.get("model", saved)
    weights = {k: v for k, v in _items(inner) if hasattr(v, "shape")}
    if not weights:
        raise InputError(f"{path}: contains no weights by name, only {_listed(saved)}")
    return weights


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
    return InputError(
        f"{path}: not a file that PyTorch saved ({_reason(error)})",
        hint="the file may be cut off, or a web page saved under this name",
    )


def _reason(error: Exception) -> str:
    # PyTorch's reason comes with advice on how to load the file unsafely.
    lines = [line.strip() for line in str(error).splitlines()]
    reasons = (line for line in lines if line and not line.startswith(_ADVICE))
    return next(
        reasons, "it ends too early" if isinstance(error, EOFError) else lines[0]
    )


_ADVICE = ("Weights only load", "Please file", "Check the documentation")
