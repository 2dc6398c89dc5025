"""Presets: typed data that says what a result shall be; found, read and checked."""

import difflib
import os
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NoReturn

import platformdirs

from avio_cli.errors import UsageError

SCHEMA = 1
ENCODER_OPTIONS = frozenset(
    {
        *("preset", "tune", "profile", "level", "g", "bf", "refs"),
        *("b", "maxrate", "bufsize"),
        *("row-mt", "deadline", "cpu-used", "lag-in-frames", "auto-alt-ref"),
        *("tile-columns", "tile-rows", "svtav1-params", "rc-lookahead", "aq-mode"),
        *("coder", "context", "slices", "slicecrc"),
    }
)
"""What a preset may set on an encoder: none of these names a file or a command."""

_QUALITY_OPTIONS = frozenset({"crf", "cq", "global_quality", "q", "qp", "none"})
_VALUE = re.compile(r"[A-Za-z0-9 _.,:=|+-]{0,64}")
_WORD = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoPreset:
    """How the picture is encoded."""

    encoder: str
    """ffmpeg's encoder name."""
    pixel_formats: tuple[str, ...]
    """What the result may hold; the first is taken where the source has another."""
    quality: int | None = None
    """In the encoder's own scale; lower is better and larger."""
    quality_option: str = "crf"
    """The encoder's name for its quality scale; ``none`` for lossless ones."""
    even_size: bool = False
    """Whether width and height must be even."""
    options: Mapping[str, str] = field(default_factory=dict)
    """Keys of `ENCODER_OPTIONS` and their values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioPreset:
    """How sound is encoded, where it is not copied."""

    encoder: str
    bit_rate_per_channel: int | None = None
    """Bits a second; None for lossless encoders."""
    copy: tuple[str, ...] = ()
    """Codecs left as they are; ``any``: all that the container can hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """What a result shall be: container, picture, sound."""

    name: str
    description: str
    container: str
    """ffmpeg's muxer name."""
    suffixes: tuple[str, ...]
    """File name endings for which this preset is meant; lower case, with the dot."""
    video: VideoPreset
    audio: AudioPreset
    path: Path = Path()
    """Where it was read."""


def find_preset(name: str) -> Preset:
    """Read the preset of that name; a user's own wins over a built-in one.

    Raises:
        UsageError: there is none; the hint names the nearest.
    """
    paths = preset_paths()
    if name not in paths:
        raise UsageError(f"unknown preset {name!r}", hint=_near(name, paths))
    return read_preset(paths[name])


def preset_for(output: Path) -> Preset:
    """The built-in preset for a file name's ending.

    Raises:
        UsageError: no preset is meant for it.
    """
    suffix = output.suffix.lower()
    known: dict[str, str] = {}
    for name, path in sorted(_in(_built_in_folder()).items()):
        preset = read_preset(path)
        if suffix in preset.suffixes:
            return preset
        known |= dict.fromkeys(preset.suffixes, name)
    raise UsageError(
        f"no preset for the suffix {suffix or '(none)'!r} of {output.name!r}",
        hint=f"known: {', '.join(sorted(known))}; or choose one with --preset",
    )


def preset_paths() -> dict[str, Path]:
    """All presets by name, built in and the user's own."""
    return {**_in(_built_in_folder()), **_in(user_folder())}


def user_folder() -> Path:
    """Where a user's own presets lie: below ``AVIO_CONFIG_DIR``, or the system's."""
    named = os.environ.get("AVIO_CONFIG_DIR")
    base = Path(named) if named else platformdirs.user_config_path("avio")
    return base / "presets"


def read_preset(path: Path) -> Preset:
    """Read and check one file.

    Raises:
        UsageError: it is not TOML, or a key or value is wrong; the message names it.
    """
    return _Checker(path).preset(_load(path))


def _built_in_folder() -> Path:
    shipped = Path(__file__).parent / "_presets"
    return shipped if shipped.is_dir() else Path(__file__).parent.parent / "presets"


def _in(folder: Path) -> dict[str, Path]:
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


def _load(path: Path) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        from tomllib import loads
    else:
        from tomli import loads
    try:
        return dict(loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise UsageError(f"cannot read preset {path}: {error.strerror}") from error
    except (ValueError, UnicodeDecodeError) as error:
        raise UsageError(f"preset {path} is not TOML: {error}") from error


def _near(word: str, known: Iterable[str]) -> str:
    names = sorted(known)
    near = difflib.get_close_matches(word, names, n=3, cutoff=0.4)
    return f"did you mean {' or '.join(near)}?" if near else f"known: {_list(names)}"


def _list(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


@dataclass(frozen=True, slots=True)
class _Checker:
    """Turns a table into a Preset, naming file and key of whatever is wrong."""

    path: Path
    section: str = ""
    """What stands before a key in a message: ``video.`` or nothing."""

    def preset(self, table: dict[str, Any]) -> Preset:
        known = {"schema", "description", "container", "suffixes", "video", "audio"}
        self._only(table, known)
        if self._value(table, "schema", int) != SCHEMA:
            hint = "written for another avio version?"
            self._fail("schema", f"must be {SCHEMA}", hint)
        return Preset(
            name=self.path.stem,
            description=self._value(table, "description", str),
            container=self._word(table, "container"),
            suffixes=self._words(table, "suffixes", r"\.[a-z0-9]{1,8}"),
            video=replace(self, section="video.").video(table),
            audio=replace(self, section="audio.").audio(table),
            path=self.path,
        )

    def video(self, whole: dict[str, Any]) -> VideoPreset:
        table = self._table(whole, "video")
        known = {"encoder", "pixel_formats", "quality", "quality_option", "even_size"}
        self._only(table, known | {"options"})
        option = self._value(table, "quality_option", str, "crf")
        if option not in _QUALITY_OPTIONS:
            known_options = f"known: {_list(_QUALITY_OPTIONS)}"
            self._fail("quality_option", f"{option!r} is unknown", known_options)
        formats = self._words(table, "pixel_formats", r"[a-z0-9]{2,20}")
        if not formats:
            self._fail("pixel_formats", "is empty")
        return VideoPreset(
            encoder=self._word(table, "encoder"),
            pixel_formats=formats,
            quality=self._value(table, "quality", int, None),
            quality_option=option,
            even_size=self._value(table, "even_size", bool, False),
            options=self._options(self._value(table, "options", dict, {})),
        )

    def audio(self, whole: dict[str, Any]) -> AudioPreset:
        table = self._table(whole, "audio")
        self._only(table, {"encoder", "bit_rate_per_channel", "copy"})
        return AudioPreset(
            encoder=self._word(table, "encoder"),
            bit_rate_per_channel=self._value(table, "bit_rate_per_channel", int, None),
            copy=self._words(table, "copy", r"[a-z0-9_]{1,30}", ()),
        )

    def _table(self, whole: dict[str, Any], name: str) -> dict[str, Any]:
        return dict(replace(self, section="")._value(whole, name, dict))

    def _options(self, table: dict[str, Any]) -> dict[str, str]:
        for key, value in table.items():
            if key not in ENCODER_OPTIONS:
                near = _near(key, ENCODER_OPTIONS)
                self._fail(f"options.{key}", "is an unknown key", near)
            if not isinstance(value, str) or not _VALUE.fullmatch(value):
                self._fail(f"options.{key}", "must be a short plain string")
        return {str(key): str(value) for key, value in table.items()}

    def _only(self, table: dict[str, Any], known: set[str]) -> None:
        for key in table:
            if key not in known:
                self._fail(key, "is an unknown key", _near(key, known))

    def _word(self, table: dict[str, Any], key: str) -> str:
        word = self._value(table, key, str)
        if not _WORD.fullmatch(word):
            self._fail(key, f"{word!r} is not a name")
        return str(word)

    def _words(
        self, table: dict[str, Any], key: str, pattern: str, default: Any = ...
    ) -> tuple[str, ...]:
        words = self._value(table, key, list, default)
        for word in words:
            if not isinstance(word, str) or not re.fullmatch(pattern, word):
                self._fail(key, f"holds {word!r}, which is not a name")
        return tuple(words)

    def _value(
        self, table: dict[str, Any], key: str, kind: type, default: Any = ...
    ) -> Any:
        if key not in table and default is not ...:
            return default
        value = table.get(key)
        if type(value) is not kind:
            names = {dict: "a table", list: "a list", str: "a string", int: "a number"}
            self._fail(key, f"must be {names.get(kind, 'true or false')}")
        return value

    def _fail(self, key: str, problem: str, hint: str = "") -> NoReturn:
        raise UsageError(
            f"preset {self.path}: {self.section}{key} {problem}", hint=hint
        )
