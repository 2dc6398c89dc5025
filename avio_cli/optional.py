"""Lazy imports: modules that are slow to import or may be missing."""

import importlib
import os
import sys
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from avio_cli.errors import AvioError

_SWITCHED_OFF = {"onnxruntime": "ORT_DISABLE_TELEMETRY"}
"""Variables that engines read while they are imported. ONNX Runtime 1.32 then writes a
device id and a database into the home folder."""


def import_engine(module: str) -> Any:
    """Import a module that would collect statistics, without those.

    Raises:
        ImportError: it is not installed, or broken.
    """
    if variable := _SWITCHED_OFF.get(module.partition(".")[0]):
        os.environ.setdefault(variable, "1")
    return importlib.import_module(module)


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
    except ImportError as error:
        missing = isinstance(error, ModuleNotFoundError) and error.name == module
        what = "is not installed" if missing else f"cannot be imported ({error})"
        raise AvioError(f"{name} {what}", hint=install) from error


def first_line(error: Exception) -> str:
    """The first non-empty line of an engine's error."""
    lines = (line.strip() for line in str(error).splitlines())
    return next((line for line in lines if line), type(error).__name__)


@lru_cache(maxsize=1)
def load_opencv() -> Any:
    """Return the module ``cv2``.

    Any OpenCV from 4.10 on will do; 5 has a TrueType font for labels.

    Returns:
        The module; typed Any because OpenCV's stubs differ between 4 and 5.

    Raises:
        AvioError: OpenCV is not installed.
    """
    try:
        return importlib.import_module("cv2")
    except ImportError as error:
        raise AvioError(
            f"OpenCV is needed here but cannot be imported ({error})",
            hint="pip install 'opencv-python-headless>=4.10'",
        ) from error


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
