"""Checks of what runs models: which runtimes there are, and whether they use a GPU."""

import importlib.util
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from avio_cli.errors import AvioError
from avio_cli.jobs.doctor.findings import Finding, State
from avio_cli.optional import import_engine
from avio_cli.vision.runtimes.cuda_memory import INSTALL as INSTALL_MEMORY
from avio_cli.vision.runtimes.device import gpu_count
from avio_cli.vision.runtimes.registry import RUNTIMES
from avio_cli.vision.runtimes.runtime_info import RuntimeKind
from avio_cli.vision.runtimes.yolox_network import yolox_models

_LARGEST_LIST = 12
_REINSTALL = {"onnx": "pip install --force-reinstall onnxruntime"}
"""How to mend what is installed and broken, where it is not by its `install`."""


class _DoubtError(Exception):
    """A runtime can be imported, and yet something is amiss."""

    def __init__(self, detail: str, hint: str) -> None:
        super().__init__(detail)
        self.detail, self.hint = detail, hint


def about_runtimes() -> Iterator[Finding]:
    """Runtimes for models, and the devices that they can use."""
    gpus = gpu_count()
    state: State = "ok" if gpus else "missing"
    detail = f"{gpus} found" if gpus else "no NVIDIA driver, or no card"
    yield _finding("NVIDIA GPU", state, detail)
    for kind in RUNTIMES.values():
        yield _runtime(kind, gpus)


def _runtime(kind: RuntimeKind, gpus: int) -> Finding:
    if not kind.installed:
        # Without a GPU there is no use in installing what needs one.
        hint = kind.install if gpus or "cpu" in kind.devices else ""
        return _finding(kind.name, "missing", "not installed", hint)
    version = kind.version or "of unknown version"
    try:
        module = import_engine(kind.module)
        version += _ABOUT.get(kind.name, _nothing)(module, gpus)
    except _DoubtError as doubt:
        detail = f"{version}, but {doubt.detail}"
        return _finding(kind.name, "warning", detail, doubt.hint)
    except Exception as error:  # broken packages raise all kinds
        reason = " ".join(str(error).split())[:200]
        detail = f"{version}, cannot be loaded: {reason}"
        hint = _REINSTALL.get(kind.name, kind.install)
        return _finding(kind.name, "broken", detail, hint)
    if "cpu" not in kind.devices and not gpus:
        return _finding(kind.name, "missing", f"{version}; of no use without a GPU")
    if gpus and "cuda" in kind.devices and not kind.uses_gpu:
        version += "; this build does not use the GPU"
    return _finding(kind.name, "ok", version)


def _nothing(module: Any, gpus: int) -> str:
    return ""


def _about_onnx(module: Any, gpus: int) -> str:
    providers = module.get_available_providers()[:_LARGEST_LIST]
    return f" ({', '.join(providers)})"


def _about_torch(module: Any, gpus: int) -> str:
    try:
        yolox_models()
    except AvioError as error:
        detail = f"no checkpoint can be opened: {error.message}"
        raise _DoubtError(detail, error.hint) from error
    if not gpus or not module.backends.cuda.is_built():
        return ""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a driver that is too old
        if module.cuda.is_available():
            return f" ({module.cuda.get_device_name(0)})"
    detail = f"its CUDA {module.version.cuda} cannot use the GPU"
    raise _DoubtError(detail, "install a newer driver, or PyTorch for an older CUDA")


def _about_tensorrt(module: Any, gpus: int) -> str:
    if any(map(_is_there, ("cuda.bindings.runtime", "torch"))):
        return ""
    detail = "it needs cuda-python or PyTorch to reach the GPU's memory"
    raise _DoubtError(detail, INSTALL_MEMORY)


def _is_there(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):  # no such parent; put there by hand
        return False


_ABOUT: Mapping[str, Callable[[Any, int], str]] = {
    "onnx": _about_onnx,
    "torch": _about_torch,
    "tensorrt": _about_tensorrt,
}
"""What is said of each behind its version."""


def _finding(name: str, state: State, detail: str, hint: str = "") -> Finding:
    return Finding(section="runtimes", name=name, state=state, detail=detail, hint=hint)
