"""Content of records: one entry a frame, and properties of the video."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from avio_cli.detections import Tracks

CountEvent = Mapping[str, str | int]
"""An event at a frame: a line or a zone was crossed.

Keys: ``name`` of the line or zone, ``kind`` (line, zone), ``direction`` (in, out),
``id`` of the track, ``class`` (its name).
"""


ZoneRecord = Mapping[str, Any]
"""Who is in a zone at a frame.

Keys: ``name`` of the zone, ``ids`` of the tracks in it, and of each its ``dwell``: the
seconds that it has been in it so far, to the microsecond.
"""


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """Properties of the tracked video that records contain."""

    name: str
    """The source's file name as the user gave it, without folders."""
    width: int
    height: int
    rate: Fraction | None = None
    """Frames a second, where known."""
    class_names: tuple[str, ...] = ()
    """Names of the classes; a class beyond them is named by its number."""

    def class_name(self, number: int) -> str:
        """Name a class."""
        known = 0 <= number < len(self.class_names)
        return self.class_names[number] if known else str(number)


@dataclass(frozen=True, slots=True)
class FrameRecord:
    """One frame's tracks."""

    number: int
    """Frame number; the first of the source is 1."""
    pts: int | None
    """Presentation time in ticks of the stream; None where the format has no times."""
    seconds: float | None
    """Presentation time, to the microsecond."""
    tracks: Tracks
    events: Sequence[CountEvent] = ()
    gap: float | None = None
    """Seconds since the frame before, where a live source was lost or frames were
    dropped; None: it is the next one."""
    zones: Sequence[ZoneRecord] = ()
    """The zones that some track is in."""


class Happenings(NamedTuple):
    """What is in the record of a frame beside its tracks; see `FrameRecord`."""

    events: Sequence[CountEvent] = ()
    gap: float | None = None
    zones: Sequence[ZoneRecord] = ()


class FileContent(NamedTuple):
    """What a file of records contains."""

    entries: list[FrameRecord]
    video: VideoInfo | None = None
    """None where the format says nothing of the video."""
    each_frame: bool = False
    """Whether every frame has an entry, without tracks too."""


def finite(tracks: Tracks) -> Tracks:
    """Drop tracks whose box or score is not finite: no format stores those."""
    usable = np.isfinite(tracks.boxes).all(axis=1) & np.isfinite(tracks.scores)
    return tracks if usable.all() else tracks[np.flatnonzero(usable)]


def as_recorded(tracks: Tracks) -> Tracks:
    """The tracks as records have them: rounded, and only finite ones.

    What is drawn and counted is the same where they are read again.
    """
    usable = finite(tracks)
    boxes, scores = usable.boxes.astype(np.float64), usable.scores.astype(np.float64)
    return replace(
        usable,
        boxes=(np.rint(boxes * 100) / 100).astype(np.float32),
        scores=(np.rint(scores * 10_000) / 10_000).astype(np.float32),
    )
