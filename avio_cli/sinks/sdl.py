"""SDL2, loaded where a window or a loudspeaker is opened; quietly."""

import warnings
from types import ModuleType


def load_sdl() -> ModuleType:
    """Import PySDL2 with the library that pysdl2-dll ships."""
    with warnings.catch_warnings():
        # It tells on every import which library it has found.
        warnings.simplefilter("ignore")
        import sdl2
    return sdl2


def last_error(sdl: ModuleType) -> str:
    """What SDL says of its last failure, as plain text."""
    return str(sdl.SDL_GetError().decode(errors="replace")).strip() or "no reason given"


def version(sdl: ModuleType) -> str:
    """The version of the library that is loaded: ``2.30.9``."""
    number = sdl.SDL_version()
    sdl.SDL_GetVersion(number)
    return f"{number.major}.{number.minor}.{number.patch}"
