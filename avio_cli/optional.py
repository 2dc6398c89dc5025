"""Lazy imports: modules that are slow to import or may be missing."""

import gc
import importlib
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from avio_cli.errors import AvioError

_SWITCHED_OFF = {
    "huggingface_hub": "HF_HUB_DISABLE_TELEMETRY",
    "onnxruntime": "ORT_DISABLE_TELEMETRY",
}
"""Variables that libraries read while they are imported. Without them ONNX Runtime 1.32
writes a device id and a database into the home folder; huggingface_hub reports use."""

_REPORTING = {"openvino": "openvino_telemetry"}
"""What libraries import to report use, and do without: with it OpenVINO 2026.4 writes
an id into the home folder."""

_OPENCV = "opencv-python-headless"


def import_engine(module: str) -> Any:
    """Import a module that would collect statistics, without those.

    Raises:
        ImportError: it is not installed, or broken.
    """
    package = module.partition(".")[0]
    if variable := _SWITCHED_OFF.get(package):
        os.environ.setdefault(variable, "1")
    with _missing(_REPORTING.get(package, "")):
        return importlib.import_module(module)


@contextmanager
def many_imports() -> Iterator[None]:
    """Import in the block without looking for garbage, of which there is next to none.

    Python looks 150 times while the modules of `avio track` are imported: 30 ms.
    """
    wanted = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if wanted:
            gc.enable()


@contextmanager
def _missing(module: str) -> Iterator[None]:
    """As if a module that nobody has imported yet were not installed."""
    hidden = bool(module) and module not in sys.modules
    modules: dict[str, Any] = sys.modules
    if hidden:
        modules[module] = None
    try:
        yield
    finally:
        if hidden:
            del modules[module]


def load(module: str, name: str, install: str) -> Any:
    """Import an engine.

    Args:
        module: what to import.
        name: its name in messages.
        install: the command that installs it.

    Returns:
        The module; typed Any because the engines ship no types.

    Raises:
        AvioError: it is not installed, or broken.
    """
    try:
        return import_engine(module)
    except Exception as error:  # a library for another machine: an OSError
        missing = isinstance(error, ModuleNotFoundError) and error.name == module
        reason = f"cannot be imported ({first_line(error)})"
        what = "is not installed" if missing else reason
        raise AvioError(f"{name} {what}", hint=install) from error


def first_line(error: Exception) -> str:
    """The first non-empty line of an engine's error."""
    lines = (line.strip() for line in str(error).splitlines())
    return next((line for line in lines if line), type(error).__name__)


@lru_cache(maxsize=1)
def load_opencv() -> Any:
    """Return the module ``cv2``.

    Returns:
        The module; typed Any because its stubs lack what is used here.

    Raises:
        AvioError: OpenCV is not installed, broken, or older than 5.
    """
    try:
        module = importlib.import_module("cv2")
        if int(module.__version__.split(".")[0]) < 5:
            raise ImportError(f"{module.__version__} is older than 5")
    except Exception as error:  # half of one package over half of another raises all
        raise AvioError(
            f"OpenCV is needed here but cannot be imported ({first_line(error)})",
            hint=opencv_install(opencv_packages()),
        ) from error
    return module


def opencv_packages() -> tuple[str, ...]:
    """Names of the installed packages that share the folder ``cv2``."""
    from importlib.metadata import packages_distributions

    return tuple(sorted(set(packages_distributions().get("cv2", ()))))


def opencv_install(packages: Sequence[str]) -> str:
    """The command that leaves one OpenCV, the one without windows, and complete.

    Packages for windows need libGL, which servers lack. Packages that share a folder
    overwrite each other, and removing one breaks the other.
    """
    install = f"pip install '{_OPENCV}>=5'"
    if not packages:
        return install
    return f"pip uninstall -y {' '.join(packages)} && {install}"


def lazy_names(package: str, names: Mapping[str, str]) -> Callable[[str], Any]:
    """Make the ``__getattr__`` of a package that re-exports names (PEP 562).

    Args:
        package: its ``__name__``.
        names: the names that each module is asked for, separated by blanks; the key
            ``""`` has the package's own modules.

    Returns:
        A function that imports the module of a name and caches the name.
    """
    modules = {name: module for module in names for name in names[module].split()}

    def load(name: str) -> Any:
        if name not in modules:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        if not modules[name]:
            return importlib.import_module(f"{package}.{name}")
        value = getattr(importlib.import_module(modules[name]), name)
        setattr(sys.modules[package], name, value)
        return value

    return load
