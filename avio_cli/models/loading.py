"""Inference engines, imported where a model is opened."""

import importlib
from typing import Any

from avio_cli.errors import AvioError


def load(module: str, name: str, install: str) -> Any:
    """Import an engine.

    Args:
        module: what to import.
        name: what its makers call it.
        install: the command that installs it.

    Returns:
        The module; typed Any because the engines ship no types.

    Raises:
        AvioError: it is not installed, or broken.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        missing = isinstance(error, ModuleNotFoundError) and error.name == module
        what = "is not installed" if missing else f"cannot be imported ({error})"
        raise AvioError(f"{name} {what}", hint=install) from error


def first_line(error: Exception) -> str:
    """The first line of an engine's error that says something."""
    lines = (line.strip() for line in str(error).splitlines())
    return next((line for line in lines if line), type(error).__name__)
