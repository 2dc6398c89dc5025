"""Find presets: built-in ones, and a user's own."""

import os
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import platformdirs

from avio_cli.errors import UsageError, did_you_mean, similar_names
from avio_cli.ffmpeg.output_place import is_null_device, refuse_no_name
from avio_cli.ffmpeg.url import printable
from avio_cli.presets.model import Preset
from avio_cli.presets.reading import check_preset

_MAX_BYTES = 64 << 10
"""A larger file is not a preset."""
_DEFAULT = "mp4-h264"
"""For the null device, whose name has no extension."""
_STREAMS = {"rtmp": "stream-rtmp", "rtmps": "stream-rtmp"}
"""Presets for URLs, by their scheme."""
_IMAGES = (".png", ".jpg", ".jpeg", ".webp", ".bmp")


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
    if scheme:
        servers = " or ".join(f"{name}://" for name in _STREAMS)
        raise UsageError(
            f"no preset for URLs of {scheme}://",
            hint=f"OUTPUT is a file, or {servers}",
        )
    refuse_no_name(output)
    name = printable(str(output))
    if not extension:
        raise UsageError(
            f"{name} has no extension, which would choose the preset",
            hint=f"such as {name}.mp4, or choose one with --preset",
        )
    raise UsageError(
        f"no preset for the extension {extension} of {name}",
        hint=_meant_extension(extension, known),
    )


def _meant_extension(extension: str, known: Iterable[str]) -> str:
    if extension in _IMAGES:
        return "avio snapshot saves a frame as an image"
    near = similar_names(extension, known, count=1, cutoff=0.7)
    listed = f"known: {', '.join(sorted(known))}; or choose one with --preset"
    return f"did you mean {near[0]}?" if near else listed


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
    try:
        if not path.is_file() or path.stat().st_size > _MAX_BYTES:
            raise UsageError(f"preset {path} is not a small regular file")
        return dict(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise UsageError(f"cannot read preset {path}: {error.strerror}") from error
    except (ValueError, UnicodeDecodeError) as error:
        raise UsageError(f"preset {path} is not TOML: {error}") from error
    except RecursionError as error:
        raise UsageError(f"preset {path} is nested too deeply") from error
