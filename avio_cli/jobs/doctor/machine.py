"""Checks of Python, models, and the player's SDL."""

import importlib.util
import os
import platform
import sys
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

from avio_cli.errors import AvioError
from avio_cli.jobs.doctor.findings import Finding, State
from avio_cli.models.model_files import MODEL_EXTENSIONS
from avio_cli.models.store import ModelStore
from avio_cli.optional import load_opencv, opencv_install, opencv_packages
from avio_cli.version import __version__


def about_python() -> Iterator[Finding]:
    """Versions that a bug report needs."""
    python = f"Python {platform.python_version()} ({platform.python_implementation()})"
    yield Finding(section="avio", name="avio", state="ok", detail=__version__)
    yield Finding(section="avio", name="python", state="ok", detail=python)
    system = f"{platform.system()} {platform.release()} {platform.machine()}"
    yield Finding(section="avio", name="system", state="ok", detail=system)
    yield Finding(section="avio", name="numpy", state="ok", detail=np.__version__)
    yield _opencv()


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


def _opencv() -> Finding:
    packages = opencv_packages()
    state: State = "ok" if len(packages) < 2 else "warning"
    try:
        version = load_opencv().__version__
        detail = f"{version} ({', '.join(packages) or 'of no package'})"
    except AvioError as error:
        state, detail = "broken", f"{error.message} ({', '.join(packages)})"
    if len(packages) > 1:
        detail += f": {len(packages)} packages overwrite each other in one folder"
    return Finding(
        section="avio",
        name="opencv",
        state=state,
        detail=detail,
        hint=opencv_install(packages),
        essential=True,
    )
