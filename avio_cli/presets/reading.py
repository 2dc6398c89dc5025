"""Parse and check preset files; errors name the file and the key."""

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NoReturn

from avio_cli.errors import UsageError, did_you_mean
from avio_cli.ffmpeg.hardware.accelerators import FAMILIES, family_of
from avio_cli.presets.model import (
    ENCODER_OPTIONS,
    SCHEMA,
    AudioPreset,
    HardwareVariant,
    Preset,
    VideoPreset,
)

_QUALITY_OPTIONS = frozenset({"crf", "cq", "global_quality", "q", "qp", "none"})
_VALUE = re.compile(r"[A-Za-z0-9 _.,:=|+-]{0,64}")
_WORD = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_CODEC = r"[a-z0-9_]{1,30}"
_VIDEO_KEYS = {
    *("encoder", "pixel_formats", "quality", "quality_option", "even_size", "options"),
    *("keyframe_seconds", "max_rate", "palette", "keeps_interlacing", "hardware"),
}
_NAMES = {dict: "a table", list: "a list", str: "a string", int: "a number"}


def check_preset(path: Path, table: dict[str, Any]) -> Preset:
    """Check a preset file's table, and convert it.

    Raises:
        UsageError: a key or value is wrong.
    """
    return _Checker(path).preset(table)


@dataclass(frozen=True, slots=True)
class _Checker:
    """Checks and converts TOML tables."""

    path: Path
    section: str = ""
    """Prefix of a key in messages: ``video.`` or nothing."""

    def preset(self, table: dict[str, Any]) -> Preset:
        known = {"schema", "description", "container", "suffixes", "video", "audio"}
        self._only(table, known)
        if self._value(table, "schema", int) != SCHEMA:
            hint = "written for another avio version?"
            self._fail("schema", f"must be {SCHEMA}", hint)
        if not {"video", "audio"} & table.keys():
            self._fail("video", "and audio are both missing: nothing would be made")
        return Preset(
            name=self.path.stem,
            description=self._value(table, "description", str),
            container=self._word(table, "container"),
            extensions=self._words(table, "suffixes", r"\.[a-z0-9]{1,8}"),
            video=self._in("video").video(table) if "video" in table else None,
            audio=self._in("audio").audio(table) if "audio" in table else None,
            path=self.path,
        )

    def video(self, whole: dict[str, Any]) -> VideoPreset:
        table = self._table(whole, "video")
        self._only(table, _VIDEO_KEYS)
        option = self._value(table, "quality_option", str, "crf")
        if option not in _QUALITY_OPTIONS:
            known_options = f"known: {', '.join(sorted(_QUALITY_OPTIONS))}"
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
            keyframe_seconds=self._positive(table, "keyframe_seconds"),
            max_rate=self._positive(table, "max_rate"),
            palette=self._value(table, "palette", bool, False),
            keeps_interlacing=self._value(table, "keeps_interlacing", bool, False),
            hardware=self.hardware(self._value(table, "hardware", dict, {})),
        )

    def hardware(self, whole: dict[str, Any]) -> dict[str, HardwareVariant]:
        here = self._in("hardware")
        here._only(whole, set(FAMILIES))
        return {name: here._in(name).variant(name, whole) for name in whole}

    def variant(self, family: str, whole: dict[str, Any]) -> HardwareVariant:
        table = self._table(whole, family)
        self._only(table, {"encoder", "quality", "options"})
        encoder = self._word(table, "encoder")
        if family_of(encoder) is not FAMILIES[family]:
            self._fail("encoder", f"{encoder!r} is none of {family}'s")
        return HardwareVariant(
            encoder=encoder,
            quality=self._value(table, "quality", int, None),
            options=self._options(self._value(table, "options", dict, {})),
        )

    def audio(self, whole: dict[str, Any]) -> AudioPreset:
        table = self._table(whole, "audio")
        self._only(table, {"encoder", "bit_rate_per_channel", "max_channels", "copy"})
        return AudioPreset(
            encoder=self._word(table, "encoder"),
            bit_rate_per_channel=self._positive(table, "bit_rate_per_channel"),
            max_channels=self._positive(table, "max_channels"),
            copy=self._words(table, "copy", _CODEC, ()),
        )

    def _in(self, name: str) -> "_Checker":
        return replace(self, section=f"{self.section}{name}.")

    def _table(self, whole: dict[str, Any], name: str) -> dict[str, Any]:
        outer = self.section.removesuffix(f"{name}.")
        return dict(replace(self, section=outer)._value(whole, name, dict))

    def _options(self, table: dict[str, Any]) -> dict[str, str]:
        for key, value in table.items():
            if key not in ENCODER_OPTIONS:
                hint = did_you_mean(key, sorted(ENCODER_OPTIONS))
                self._fail(f"options.{key}", "is an unknown key", hint)
            plain = isinstance(value, str) and _VALUE.fullmatch(value)
            if not plain or ".." in value:
                self._fail(f"options.{key}", "must be a short plain string")
        return {str(key): str(value) for key, value in table.items()}

    def _only(self, table: dict[str, Any], known: set[str]) -> None:
        for key in table:
            if key not in known:
                self._fail(key, "is an unknown key", did_you_mean(key, sorted(known)))

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

    def _positive(self, table: dict[str, Any], key: str) -> int | None:
        value = self._value(table, key, int, None)
        if value is not None and value < 1:
            self._fail(key, "must be above 0")
        return None if value is None else int(value)

    def _value(
        self, table: dict[str, Any], key: str, kind: type, default: Any = ...
    ) -> Any:
        if key not in table and default is not ...:
            return default
        value = table.get(key)
        if type(value) is not kind:
            self._fail(key, f"must be {_NAMES.get(kind, 'true or false')}")
        return value

    def _fail(self, key: str, problem: str, hint: str = "") -> NoReturn:
        raise UsageError(
            f"preset {self.path}: {self.section}{key} {problem}", hint=hint
        )
