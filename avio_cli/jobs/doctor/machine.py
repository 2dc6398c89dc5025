"""Checks of everything but ffmpeg: Python, runtimes, models, the player's SDL."""

import contextlib
import importlib.metadata
import importlib.util
import os
import platform
import sys
import warnings
from collections.abc import Iterator
from typing import Any

from avio_cli.errors import AvioError
from avio_cli.jobs.doctor.findings import Finding
from avio_cli.models.model_files import MODEL_EXTENSIONS
from avio_cli.models.store import ModelStore
from avio_cli.optional import import_engine
from avio_cli.version import __version__
from avio_cli.vision.runtimes.device import gpu_count
from avio_cli.vision.runtimes.registry import RUNTIMES
from avio_cli.vision.runtimes.runtime_info import RuntimeKind

_FURTHER_RUNTIMES = {
    "torch": "pip install torch torchvision",
    "tensorrt": "pip install tensorrt (needs an NVIDIA GPU)",
}
"""Runtimes that are reported even where `RUNTIMES` does not have them."""
_OPENCV = ("opencv-python-headless", "opencv-python", "opencv-contrib-python")
"""Packages that bring OpenCV; any of them will do."""
_LARGEST_LIST = 12


def about_python() -> Iterator[Finding]:
    """Versions that a bug report needs."""
    python = f"Python {platform.python_version()} ({platform.python_implementation()})"
    yield Finding(section="avio", name="avio", state="ok", detail=__version__)
    yield Finding(section="avio", name="python", state="ok", detail=python)
    system = f"{platform.system()} {platform.release()} {platform.machine()}"
    yield Finding(section="avio", name="system", state="ok", detail=system)
    yield _package("avio", ("numpy",), "pip install numpy", needed=True)
    yield _package("avio", _OPENCV, f"pip install {_OPENCV[0]}", needed=True)


def about_runtimes() -> Iterator[Finding]:
    """Runtimes for models, and the devices that they can use."""
    gpus = gpu_count()
    yield Finding(
        section="runtimes",
        name="NVIDIA GPU",
        state="ok" if gpus else "missing",
        detail=f"{gpus} found" if gpus else "no NVIDIA driver, or no card",
    )
    for kind in RUNTIMES.values():
        yield _runtime(kind)
    for name, install in _FURTHER_RUNTIMES.items():
        if name not in RUNTIMES:
            yield _package("runtimes", (name,), install)


def about_models() -> Iterator[Finding]:
    """Model files that are available."""
    try:
        store = ModelStore.from_environment()
        listings = [row for row in store.listings(MODEL_EXTENSIONS) if row.path]
    except AvioError as error:
        yield Finding(
            section="models", name="store", state="broken", detail=error.message
        )
        return
    for row in listings:
        yield Finding(
            section="models", name=row.entry.name, state="ok", detail=str(row.path)
        )
    if not listings:
        yield Finding(
            section="models",
            name="models",
            state="missing",
            detail="none at hand; `avio track` downloads one when it needs it",
            hint="avio models download yolox-tiny",
        )


def about_player() -> Iterator[Finding]:
    """SDL, for the window and the audio of the player."""
    if importlib.util.find_spec("sdl2") is None:
        hint = "pip install pysdl2 pysdl2-dll"
        detail = "pysdl2 is not installed; only `avio play` needs it"
        yield Finding(
            section="player", name="SDL", state="missing", detail=detail, hint=hint
        )
        return
    try:
        sdl = _import_sdl()
        yield from _sdl(sdl)
    except Exception as error:  # whatever goes wrong in the library: report it
        detail = f"cannot be loaded: {' '.join(str(error).split())[:200]}"
        yield Finding(
            section="player",
            name="SDL",
            state="broken",
            detail=detail,
            hint="pip install pysdl2-dll, or install libsdl2",
        )


def _import_sdl() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # on import it prints which library it found
        return importlib.import_module("sdl2")


def _sdl(sdl: Any) -> Iterator[Finding]:
    version = sdl.SDL_version()
    sdl.SDL_GetVersion(version)
    text = f"{version.major}.{version.minor}.{version.patch}"
    yield Finding(section="player", name="SDL", state="ok", detail=text)
    videos = _drivers(sdl.SDL_GetNumVideoDrivers, sdl.SDL_GetVideoDriver)
    audios = _drivers(sdl.SDL_GetNumAudioDrivers, sdl.SDL_GetAudioDriver)
    yield Finding(
        section="player", name="video drivers", state="ok", detail=", ".join(videos)
    )
    yield Finding(
        section="player", name="audio drivers", state="ok", detail=", ".join(audios)
    )
    yield _display()


def _drivers(count: Any, name: Any) -> list[str]:
    return [name(index).decode() for index in range(count())]


def _display() -> Finding:
    shown = [key for key in ("WAYLAND_DISPLAY", "DISPLAY") if os.environ.get(key)] or (
        [sys.platform] if sys.platform in ("win32", "darwin") else []
    )
    return Finding(
        section="player",
        name="display",
        state="ok" if shown else "missing",
        detail=", ".join(shown) or "neither DISPLAY nor WAYLAND_DISPLAY is set",
    )


def _runtime(kind: RuntimeKind) -> Finding:
    if not kind.installed:
        return Finding(
            section="runtimes",
            name=kind.name,
            state="missing",
            detail="not installed",
            hint=kind.install,
        )
    detail = kind.version or "of unknown version"
    if kind.name == "onnx":
        return _onnx(detail)
    return Finding(section="runtimes", name=kind.name, state="ok", detail=detail)


def _onnx(version: str) -> Finding:
    try:
        module = import_engine("onnxruntime")
        providers = ", ".join(module.get_available_providers()[:_LARGEST_LIST])
    except Exception as error:  # a broken wheel raises all kinds
        detail = f"{version}, cannot be loaded: {' '.join(str(error).split())[:200]}"
        return Finding(
            section="runtimes",
            name="onnx",
            state="broken",
            detail=detail,
            hint="pip install --force-reinstall onnxruntime",
        )
    detail = f"{version} ({providers})"
    return Finding(section="runtimes", name="onnx", state="ok", detail=detail)


def _package(
    section: str, names: tuple[str, ...], install: str, needed: bool = False
) -> Finding:
    for name in names:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            version = importlib.metadata.version(name)
            return Finding(section=section, name=name, state="ok", detail=version)
    return Finding(
        section=section,
        name=names[0],
        state="broken" if needed else "missing",
        detail="not installed",
        hint=install,
        essential=needed,
    )
