"""The trackers by name, and how to build one from text options."""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol, get_args, get_type_hints

import numpy as np
from numpy.typing import NDArray

from avio_cli.errors import UsageError, did_you_mean
from avio_cli.number_text import parse_float, parse_fraction, parse_int
from avio_cli.protocols import Tracker
from avio_cli.vision.trackers.bytetrack import ByteTrack
from avio_cli.vision.trackers.bytetrack_settings import REFERENCE, ByteTrackSettings
from avio_cli.vision.trackers.camera_motion import BoxCamera
from avio_cli.vision.trackers.steadytrack.settings import SteadyTrackSettings
from avio_cli.vision.trackers.steadytrack.tracker import SteadyTrack


class BoxTracker(Tracker, Protocol):
    """A tracker that knows nothing but boxes: several runs of it can be combined.

    The id of a new track is higher than all before it.
    """

    camera: BoxCamera
    """How predictions follow the camera."""

    def assign(
        self,
        boxes: NDArray[np.float64],
        scores: NDArray[np.float32],
        classes: NDArray[np.int64],
        seconds: float | None = None,
    ) -> NDArray[np.int64]:
        """Take one frame's detections as `update` does.

        Args:
            boxes: (n, 4): x1 y1 x2 y2.
            scores: (n,).
            classes: (n,).
            seconds: the frame's time; None: one frame of the nominal rate later.

        Returns:
            (n,): the id of the track that took each detection, one that is not yet
            confirmed too; 0 for none.
        """
        ...


@dataclass(frozen=True, slots=True)
class TrackerEntry:
    """A tracker that can be chosen by name."""

    summary: str
    """One line for lists and help."""
    defaults: Callable[[Fraction], Any]
    """Settings, a frozen dataclass, for a source of that many frames a second."""
    build: Callable[[Any], BoxTracker]
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
    "steadytrack": TrackerEntry(
        "follows a moving camera, by boxes alone; most accurate with good detectors",
        lambda rate: SteadyTrackSettings(frame_rate=rate),
        SteadyTrack,
    ),
}
"""A new tracker is one more row."""


def build_tracker(
    name: str, options: Mapping[str, str], frame_rate: Fraction
) -> BoxTracker:
    """Build a tracker from a name and text options.

    Args:
        name: a key of `TRACKERS`.
        options: settings that differ from the defaults, as text.
        frame_rate: the source's nominal frames a second.

    Raises:
        UsageError: the name, an option or its value is wrong.
    """
    return _entry(name).build(_settings(name, options, frame_rate))


def birth_score(name: str, options: Mapping[str, str], frame_rate: Fraction) -> float:
    """The score from which a detection may start a track; errors: `build_tracker`."""
    return float(_settings(name, options, frame_rate).birth_score)


def changed_options(name: str, options: Mapping[str, str]) -> dict[str, str]:
    """Those of the options that change something, each value spelled in one way.

    Raises:
        UsageError: the name, an option or its value is wrong.
    """
    changed = {}
    for key in options:
        # The frame rate is the source's by default, so it is no default of its own.
        given, *defaults = (
            getattr(settings, key)
            for settings in (
                _settings(name, options, Fraction(25)),
                *(_entry(name).defaults(Fraction(rate)) for rate in (25, 30)),
            )
        )
        if any(given != default for default in defaults):
            changed[key] = str(given)
    return changed


def _entry(name: str) -> TrackerEntry:
    entry = TRACKERS.get(name)
    if entry is None:
        raise UsageError(
            f"unknown tracker {name!r}",
            hint=did_you_mean(name, TRACKERS, count=1, list_all=True),
        )
    return entry


def _settings(name: str, options: Mapping[str, str], frame_rate: Fraction) -> Any:
    return _changed(name, _entry(name).defaults(frame_rate), options)


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
    str: ("a word", str),
    int: ("a whole number", parse_int),
    float: ("a number", parse_float),
    Fraction: ("a rate such as 25 or 30000/1001", parse_fraction),
}
