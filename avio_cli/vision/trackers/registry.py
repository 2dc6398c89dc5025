"""The trackers by name, and how to build one from text options."""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, get_args, get_type_hints

from avio_cli.errors import UsageError, did_you_mean
from avio_cli.protocols import Tracker
from avio_cli.vision.trackers.bytetrack import ByteTrack
from avio_cli.vision.trackers.bytetrack_settings import REFERENCE, ByteTrackSettings


@dataclass(frozen=True, slots=True)
class TrackerEntry:
    """A tracker that can be chosen by name."""

    summary: str
    """One line for lists and help."""
    defaults: Callable[[Fraction], Any]
    """Settings, a frozen dataclass, for a source of that many frames a second."""
    build: Callable[[Any], Tracker]
    """The tracker for such settings."""


TRACKERS = {
    "bytetrack": TrackerEntry(
        "two-stage association by boxes; true time, bounded memory",
        lambda rate: ByteTrackSettings(frame_rate=rate),
        ByteTrack,
    ),
    "bytetrack-reference": TrackerEntry(
        "the authors' code in every detail; treats every source as 30 frames a second",
        lambda rate: REFERENCE,
        ByteTrack,
    ),
}
"""A new tracker is one more row."""


def build_tracker(
    name: str, options: Mapping[str, str], frame_rate: Fraction
) -> Tracker:
    """Build a tracker from a name and text options.

    Args:
        name: a key of `TRACKERS`.
        options: settings that differ from the defaults, as text.
        frame_rate: the source's nominal frames a second.

    Raises:
        UsageError: the name, an option or its value is wrong.
    """
    entry = TRACKERS.get(name)
    if entry is None:
        raise UsageError(
            f"unknown tracker {name!r}",
            hint=did_you_mean(name, TRACKERS, count=1, list_all=True),
        )
    settings = entry.defaults(frame_rate)
    return entry.build(_changed(name, settings, options))


def _changed(name: str, settings: Any, options: Mapping[str, str]) -> Any:
    hints = get_type_hints(type(settings))
    changes = {}
    for key, text in options.items():
        if key not in hints:
            raise UsageError(
                f"{name} has no option {key!r}",
                hint=did_you_mean(key, hints, count=1, list_all=True),
            )
        changes[key] = _parse(key, text, hints[key])
    return dataclasses.replace(settings, **changes)


def _parse(key: str, text: str, hint: Any) -> object:
    kind = next(iter(get_args(hint)), hint)  # float of "float | None"
    what, convert = _KINDS[kind]
    try:
        return convert(text.strip())
    except (ValueError, KeyError, ZeroDivisionError) as error:
        raise UsageError(
            f"tracker option {key} must be {what}, not {text!r}"
        ) from error


_BOOLEANS = {
    **dict.fromkeys(("true", "yes", "on", "1"), True),
    **dict.fromkeys(("false", "no", "off", "0"), False),
}
_KINDS: dict[type, tuple[str, Callable[[str], object]]] = {
    bool: ("true or false", lambda text: _BOOLEANS[text.lower()]),
    int: ("a whole number", int),
    float: ("a number", float),
    Fraction: ("a rate such as 25 or 30000/1001", Fraction),
}
