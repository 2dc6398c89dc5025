"""SDL2, loaded where a window or a loudspeaker is opened; quickly and quietly."""

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
        # It tells on every import which library it has found.
        warnings.simplefilter("ignore")
        import sdl2
    module: ModuleType = sdl2
    return module


@contextmanager
def _without_search() -> Iterator[None]:
    """Keep it from asking ldconfig and gcc for libraries that it then does not load.

    They are asked even where pysdl2-dll is there: 0.1 s and more (PySDL2 0.9.17).
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
def muffled() -> Iterator[None]:
    """Keep libraries from writing to our stderr while a device is opened.

    ALSA writes ten lines where there is no sound card. What our own threads say in
    this moment is lost as well.
    """
    saved, null = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)
    try:
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(null)


def last_error(sdl: ModuleType) -> str:
    """What SDL says of its last failure, as plain text."""
    return str(sdl.SDL_GetError().decode(errors="replace")).strip() or "no reason given"


def version(sdl: ModuleType) -> str:
    """The version of the library that is loaded: ``2.30.9``."""
    number = sdl.SDL_version()
    sdl.SDL_GetVersion(number)
    return f"{number.major}.{number.minor}.{number.patch}"
