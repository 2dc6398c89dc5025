"""Formats and output files of records."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from avio_cli.errors import OutputError, UsageError
from avio_cli.ffmpeg.output_place import check_place, is_written_into, output_file
from avio_cli.records.facts import EVERYTHING, Fact
from avio_cli.records.files import display_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One format of records."""

    name: str
    extension: str
    keeps: frozenset[Fact]
    grows: bool = False
    """Whether a file is complete after each frame; else it is written at the end."""
    has_key_frames: bool = False
    """Whether its readers interpolate between key frames."""

    @property
    def every_frame(self) -> bool:
        """Whether frames without tracks are in the file too."""
        return Fact.EMPTY in self.keeps

    @property
    def has_lines(self) -> bool:
        """Whether it can be written to standard output."""
        return self.grows and self.name != "coco"


_BOXES = frozenset({Fact.SCORES, Fact.LOW_SCORES})
_NAMED = _BOXES | {Fact.CLASSES, Fact.NAMES, Fact.CONTROLS, Fact.BLANKS}
_FORMATS = (
    Format(name="mot", extension=".txt", keeps=_BOXES, grows=True),
    Format(
        name="mot-classes", extension=".txt", keeps=_BOXES | {Fact.CLASSES}, grows=True
    ),
    Format(
        name="cvat-mot", extension=".zip", keeps=_NAMED - {Fact.LOW_SCORES, Fact.BLANKS}
    ),
    Format(
        name="csv",
        extension=".csv",
        keeps=_NAMED | {Fact.TIMES, Fact.CROSSINGS},
        grows=True,
    ),
    Format(
        name="parquet",
        extension=".parquet",
        keeps=EVERYTHING - {Fact.EMPTY, Fact.HIDDEN_CROSSINGS, Fact.HIDDEN_ZONES},
    ),
    Format(
        name="cvat",
        extension=".xml",
        keeps=_NAMED - {Fact.CONTROLS} | {Fact.EMPTY, Fact.SIZE},
        has_key_frames=True,
    ),
    Format(
        name="label-studio",
        extension=".json",
        keeps=_NAMED | {Fact.EMPTY, Fact.SIZE},
        has_key_frames=True,
    ),
    Format(name="coco", extension=".json", keeps=EVERYTHING, grows=True),
    Format(
        name="jsonl", extension=".jsonl", keeps=EVERYTHING - {Fact.SIZE}, grows=True
    ),
)
FORMATS = {entry.name: entry for entry in _FORMATS}
"""By name, in the order of writing a frame: formats with every frame come last."""
_TITLES = {"coco": "COCO", "cvat": "CVAT", "parquet": "Parquet"}
_OF_EXTENSION = {
    **{entry.extension: entry for entry in reversed(_FORMATS)},
    ".json": FORMATS["coco"],
}


@dataclass(frozen=True, slots=True)
class RecordTarget:
    """One output of records."""

    path: Path | None
    """None for standard output."""
    format: Format

    @property
    def growing(self) -> Path | None:
        """The file that grows during a run: hidden, where the format does not."""
        if self.path is None or self.format.grows:
            return self.path
        return self.path.with_name(f".{self.path.name}.jsonl")


def plan_records(
    targets: Sequence[str], formats: Sequence[str] = ()
) -> tuple[RecordTarget, ...]:
    """Choose the format of each output.

    Args:
        targets: paths, or ``-`` for standard output.
        formats: names or extensions; one for all outputs, or one for each. Without,
            the extensions decide, and standard output is jsonl.

    Returns:
        The outputs in the order in which frames are written to them.

    Raises:
        UsageError: a format is unknown or does not fit, or an output is named twice or
            is a folder.
    """
    if len(formats) not in (0, 1, len(targets)):
        raise UsageError(
            f"{len(formats)} formats for {len(targets)} files of records",
            hint="give one for all, or one for each",
        )
    named = [*formats] if len(formats) == len(targets) else [*formats] * len(targets)
    chosen = named or [_extension_of(target) for target in targets]
    planned = [_plan(t, f) for t, f in zip(targets, chosen, strict=True)]
    _refuse_duplicates(planned)
    order = list(FORMATS.values())
    return tuple(sorted(planned, key=lambda target: order.index(target.format)))


def _extension_of(target: str) -> str:
    return ".jsonl" if target == "-" else Path(target).suffix.lower()


def find_format(name: str, target: str) -> Format:
    """The format of a name or an extension.

    Args:
        name: with or without the point of an extension; empty: there was none.
        target: the file, for messages.

    Raises:
        UsageError: there is no such format.
    """
    known = FORMATS.get(name) or _OF_EXTENSION.get(f".{name.removeprefix('.')}")
    if known is None:
        listed = ", ".join(f"{f.extension} ({f.name})" for f in FORMATS.values())
        raise UsageError(
            f"unknown record format {name!r} ({target})"
            if name
            else f"{target} has no extension, which would choose the format of records",
            hint=f"known: {listed}",
        )
    return known


def _plan(target: str, name: str) -> RecordTarget:
    known = find_format(name, target)
    if target != "-":
        return RecordTarget(output_file(target), known)
    if not known.has_lines:
        title = _TITLES.get(known.name, known.name)
        raise UsageError(f"{title} cannot be written to standard output")
    return RecordTarget(None, known)


def _refuse_duplicates(planned: Sequence[RecordTarget]) -> None:
    paths = [t.path.resolve() if t.path else None for t in planned]
    for path in paths:
        if paths.count(path) > 1:
            raise UsageError(f"records would go to {display_name(path)} twice")


def check_records(
    planned: Sequence[RecordTarget], *, force: bool = False, resume: bool = False
) -> None:
    """Refuse outputs that cannot be written, before the run starts.

    Args:
        planned: results of `plan_records`.
        force: whether existing files may be replaced.
        resume: whether to continue them instead.

    Raises:
        OutputError: names the file and what to do.
    """
    for target in planned:
        if target.path is not None:
            _check(target.path, target.format, replace=force or resume)


def _check(path: Path, format_: Format, *, replace: bool) -> None:
    place = check_place(path)
    if place.is_file() and not replace:
        raise OutputError(
            f"{display_name(path)} exists",
            hint="-y replaces it, --resume continues it",
        )
    if not format_.has_lines and is_written_into(place):
        raise OutputError(
            f"{display_name(path)} is not a regular file, which "
            f"{_TITLES.get(format_.name, format_.name)} needs",
            hint="name a file in a folder",
        )
    if not os.access(place if place.exists() else place.parent, os.W_OK):
        raise OutputError(
            f"{display_name(path)} cannot be written", hint="check its permissions"
        )
