"""RecordedTracks: the content of a file of records."""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from avio_cli.detections import Tracks
from avio_cli.media.frame import Frame
from avio_cli.records.detections import MOST_CLASSES
from avio_cli.records.entry import FrameRecord, VideoInfo

_NO_TRACKS = Tracks()


@dataclass(frozen=True, slots=True)
class RecordedTracks:
    """The content of a record file."""

    entries: tuple[FrameRecord, ...]
    """One a frame, in order; MOT and CSV have none for frames without tracks."""
    class_names: tuple[str, ...]
    """Names of the class numbers in the entries' tracks."""
    each_frame: bool = False
    """Whether every frame that was tracked has an entry, without tracks too."""
    video: VideoInfo | None = None
    """What the file says of the video; None where its format says nothing."""
    _by_number: dict[int, FrameRecord] = field(init=False, repr=False, compare=False)
    _by_pts: dict[int, FrameRecord] = field(init=False, repr=False, compare=False)
    _order: list[int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_number = {entry.number: entry for entry in self.entries}
        by_pts = {e.pts: e for e in self.entries if e.pts is not None}
        object.__setattr__(self, "_by_number", by_number)
        object.__setattr__(self, "_by_pts", by_pts)
        object.__setattr__(self, "_order", sorted(by_pts or by_number))

    def at(self, number: int) -> Tracks:
        """Return the tracks of a frame by its number, 1 for the first."""
        entry = self._by_number.get(number)
        return entry.tracks if entry else _NO_TRACKS

    def of(self, frame: Frame) -> Tracks:
        """Return the tracks of a frame of the same video.

        By its time where the records have times, which works after a seek too;
        else by its index.
        """
        entry = self._keyed.get(self._key(frame))
        return entry.tracks if entry else _NO_TRACKS

    def knows(self, frame: Frame) -> bool:
        """Whether a frame of the same video was tracked, as far as the entries show.

        Where `each_frame` has an entry, one without was not: the records may be
        unfinished.
        """
        return not self.each_frame or self._key(frame) in self._keyed

    def before(self, frame: Frame) -> Iterator[FrameRecord]:
        """The entries of the frames before one of the same video, the latest first."""
        for place in range(bisect_left(self._order, self._key(frame)) - 1, -1, -1):
            yield self._keyed[self._order[place]]

    @property
    def _keyed(self) -> dict[int, FrameRecord]:
        return self._by_pts or self._by_number

    def _key(self, frame: Frame) -> int:
        return frame.pts if self._by_pts else frame.index + 1


def number_of(name: str) -> int | None:
    """The number that a class is named by; None where it has a name of its own."""
    digits = name.isascii() and name.isdecimal() and len(name) <= len(str(MOST_CLASSES))
    number = int(name) if digits else MOST_CLASSES
    return number if number < MOST_CLASSES and str(number) == name else None


def used_names(recorded: RecordedTracks) -> set[str]:
    """The names of all classes that some track has."""
    used = {n for e in recorded.entries for n in e.tracks.classes.tolist()}
    return {recorded.class_names[number] for number in used}


def with_own_numbers(recorded: RecordedTracks) -> RecordedTracks:
    """The same tracks, where all classes are named by numbers with these as numbers.

    Readers number names as they come, so formats that write numbers in their place
    would write others than those of the run.
    """
    known = {name: number_of(name) for name in used_names(recorded)}
    numbers = [number for number in known.values() if number is not None]
    if not numbers or len(numbers) < len(known):
        return recorded
    # Numbers of names that no track has are never looked up.
    own = np.array([known.get(name) or 0 for name in recorded.class_names], np.int64)
    entries = tuple(
        replace(e, tracks=replace(e.tracks, classes=own[e.tracks.classes]))
        for e in recorded.entries
    )
    names = tuple(map(str, range(max(numbers) + 1)))
    return replace(recorded, entries=entries, class_names=names)
