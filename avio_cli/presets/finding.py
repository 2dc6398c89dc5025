"""Find presets: built-in ones, and a user's own."""

import os
import sys
from pathlib import Path
from typing import Any

import platformdirs

from avio_cli.errors import UsageError, did_you_mean
from avio_cli.ffmpeg.output_place import is_null_device
from avio_cli.presets.model import Preset
from avio_cli.presets.reading import check_preset

_MAX_BYTES = 64 << 10
"""A larger file is not a preset."""
_DEFAULT = "mp4-h264"
"""For the null device, whose name has no extension."""
_STREAMS = {"rtmp": "stream-rtmp", "rtmps": "stream-rtmp"}
"""Presets for URLs, by their scheme."""


def find_preset(name: str) -> Preset:
    """Read the preset of that name; a user's own overrides a built-in one.

    Raises:
        UsageError: there is none; the hint names similar ones.
    """
    paths = preset_paths()
    if name not in paths:
        raise UsageError(
            f"unknown preset {name!r}", hint=did_you_mean(name, sorted(paths))
        )
    return read_preset(paths[name])


def preset_for(output: str | Path) -> Preset:
    """Choose the built-in preset for a file name extension or a URL's scheme.

    For the null device without an extension it is ``mp4-h264``.

    Raises:
        UsageError: no preset matches.
    """
    scheme = str(output).partition("://")[0].lower() if "://" in str(output) else ""
    if scheme in _STREAMS:
        return read_preset(_in(_built_in_folder())[_STREAMS[scheme]])
    extension = Path(output).suffix.lower()
    known: dict[str, str] = {}
    for name, path in sorted(_in(_built_in_folder()).items()):
        preset = read_preset(path)
        if extension in preset.extensions:
            return preset
        known |= dict.fromkeys(preset.extensions, name)
    if not scheme and not extension and is_null_device(Path(output)):
        return read_preset(_in(_built_in_folder())[_DEFAULT])
    subject = f"URL {scheme}://" if scheme else f"extension {extension or '(none)'!r}"
    raise UsageError(
        f"no preset for the {subject}{'' if scheme else f' of {Path(output).name!r}'}",
        hint=f"known: {', '.join(sorted(known))}; or choose one with --preset",
    )


def preset_paths() -> dict[str, Path]:
    """All presets by name, built-in ones and the user's own."""
    return {**_in(_built_in_folder()), **_in(user_folder())}


def user_folder() -> Path:
    """The folder of a user's presets: in ``AVIO_CONFIG_DIR`` or the system's folder."""
    named = os.environ.get("AVIO_CONFIG_DIR")
    base = Path(named) if named else platformdirs.user_config_path("avio")
    return base / "presets"


def read_preset(path: Path) -> Preset:
    """Read and check one file.

    Raises:
        UsageError: it is not TOML, or a key or value is wrong; the message names it.
    """
    return check_preset(path, _load(path))


def _built_in_folder() -> Path:
    package = Path(__file__).parent.parent
    shipped = package / "_presets"
    return shipped if shipped.is_dir() else package.parent / "presets"


def _in(folder: Path) -> dict[str, Path]:
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


def _load(path: Path) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        from tomllib import loads
    else:
        from tomli import loads
    try:
        if not path.is_file() or path.stat().st_size > _MAX_BYTES:
            raise UsageError(f"preset {path} is not a small regular file")
        return dict(loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise UsageError(f"cannot read preset {path}: {error.strerror}") from error
    except (ValueError, UnicodeDecodeError) as error:
        raise UsageError(f"preset {path} is not TOML: {error}") from error
    except RecursionError as error:
        raise UsageError(f"preset {path} is nested too deeply") from error
