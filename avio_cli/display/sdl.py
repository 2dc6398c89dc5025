"""SDL2, imported quickly and without output when a window or device is opened."""

import ctypes.util
import importlib.util
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType


def load_sdl() -> ModuleType:
    """Import PySDL2 with the library that pysdl2-dll ships, else with the system's."""
    with warnings.catch_warnings(), _without_search():
        # It warns on every import which library it has loaded.
        warnings.simplefilter("ignore")
        import sdl2
    module: ModuleType = sdl2
    return module


@contextmanager
def _without_search() -> Iterator[None]:
    """Keep it from searching libraries with ldconfig and gcc that it does not load.

    It does so even if pysdl2-dll is installed: 0.1 s and more (PySDL2 0.9.17).
    """
    if importlib.util.find_spec("sdl2dll") is None:
        yield
        return
    search = ctypes.util.find_library
    ctypes.util.find_library = lambda name: None
    try:
        yield
    finally:
        ctypes.util.find_library = search


@contextmanager
def silence_stderr() -> Iterator[None]:
    """Keep libraries from writing to our stderr while a device is opened.

    ALSA writes ten lines without an audio device. What our own threads write
    meanwhile is lost as well.
    """
    saved, null = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)
    try:
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(null)


@contextmanager
def video_driver(name: str) -> Iterator[None]:
    """Let SDL choose this video driver meanwhile; empty: as it would.

    By the environment: SDL's "dummy" starts only where it is named there or in a
    hint, and a hint cannot be taken back before SDL 2.24.
    """
    before = os.environ.get("SDL_VIDEODRIVER")
    if name:
        os.environ["SDL_VIDEODRIVER"] = name
    try:
        yield
    finally:
        os.environ.pop("SDL_VIDEODRIVER", None)
        if before is not None:
            os.environ["SDL_VIDEODRIVER"] = before


def last_error(sdl: ModuleType) -> str:
    """SDL's last error, as plain text."""
    return str(sdl.SDL_GetError().decode(errors="replace")).strip() or "no reason given"


def version(sdl: ModuleType) -> str:
    """The version of the loaded library: ``2.30.9``."""
    number = sdl.SDL_version()
    sdl.SDL_GetVersion(number)
    return f"{number.major}.{number.minor}.{number.patch}"
