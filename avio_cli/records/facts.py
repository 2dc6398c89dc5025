"""What records may say, and which of it a format cannot keep."""

import re
from collections.abc import Collection, Iterable
from enum import StrEnum

from avio_cli.records.entry import FrameRecord
from avio_cli.records.recorded import RecordedTracks, number_of, used_names


class Fact(StrEnum):
    """Something that is in the records of some formats, as messages name it."""

    EMPTY = "frames without tracks"
    TIMES = "times"
    SCORES = "scores"
    LOW_SCORES = "scores below 0.0001"
    CLASSES = "classes"
    NAMES = "names of classes"
    CONTROLS = "control characters in names of classes"
    BLANKS = "blanks in names of classes"
    CROSSINGS = "crossings"
    KINDS = "whether a line or a zone was crossed"
    HIDDEN_CROSSINGS = "crossings of tracks without a box"
    ZONES = "who is in a zone"
    HIDDEN_ZONES = "who is in a zone without a box"
    GAPS = "gaps"
    SIZE = "the size of the frame"


EVERYTHING = frozenset(Fact)
_PART_OF = {
    Fact.LOW_SCORES: Fact.SCORES,
    Fact.CONTROLS: Fact.NAMES,
    Fact.BLANKS: Fact.NAMES,
    Fact.KINDS: Fact.CROSSINGS,
    Fact.HIDDEN_CROSSINGS: Fact.CROSSINGS,
    Fact.HIDDEN_ZONES: Fact.ZONES,
}
"""What is not named where all that it is a part of is lost."""
LEAST_SCORE = 0.0001
"""Of formats where 0 says that a box is to be ignored."""
NOT_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML cannot have."""


def one_line(name: str) -> str:
    """A name as a line of its own, which no reader leaves out."""
    return " ".join(name.split()) or "object"


def lost(recorded: RecordedTracks, kept: Collection[Fact]) -> list[Fact]:
    """What these records say and a format does not keep."""
    missing = set(_said(recorded)) - set(kept)
    missing -= {part for part, whole in _PART_OF.items() if whole in missing}
    return [fact for fact in Fact if fact in missing]


def _said(recorded: RecordedTracks) -> Iterable[Fact]:
    for entry in recorded.entries:
        yield from _said_of_a_frame(entry)
        yield from _said_of_hidden(entry)
    names = used_names(recorded)
    if len(names) > 1 or any(map(number_of, names)):
        yield Fact.CLASSES
    if names != {"object"} and any(number_of(name) is None for name in names):
        yield Fact.NAMES
    if any(map(NOT_XML.search, names)):
        yield Fact.CONTROLS
    if any(one_line(name) != name for name in names):
        yield Fact.BLANKS
    if recorded.video is not None:
        yield Fact.SIZE


def _said_of_a_frame(entry: FrameRecord) -> Iterable[Fact]:
    if not len(entry.tracks):
        yield Fact.EMPTY
    if entry.seconds is not None or entry.pts is not None:
        yield Fact.TIMES
    if (entry.tracks.scores != 1).any():
        yield Fact.SCORES
    if (entry.tracks.scores < LEAST_SCORE).any():
        yield Fact.LOW_SCORES
    if entry.events:
        yield Fact.CROSSINGS
    if any("kind" in event for event in entry.events):
        yield Fact.KINDS
    if entry.zones:
        yield Fact.ZONES
    if entry.gap is not None:
        yield Fact.GAPS


def _said_of_hidden(entry: FrameRecord) -> Iterable[Fact]:
    """What is said of tracks that have no box in the frame."""
    seen = set(entry.tracks.ids.tolist())
    if any(event["id"] not in seen for event in entry.events):
        yield Fact.HIDDEN_CROSSINGS
    if any(not seen.issuperset(zone["ids"]) for zone in entry.zones):
        yield Fact.HIDDEN_ZONES
