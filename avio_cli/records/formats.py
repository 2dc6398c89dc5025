"""Formats and output files of records."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from avio_cli.errors import OutputError, UsageError
from avio_cli.ffmpeg.output_place import check_place, is_written_into
from avio_cli.records.files import display_name


@dataclass(frozen=True, slots=True)
class Format:
    """One format of records."""

    name: str
    extension: str
    every_frame: bool
    """Whether frames without tracks are in the file too."""


_FORMATS = (
    Format("mot", ".txt", every_frame=False),
    Format("mot-classes", ".txt", every_frame=False),
    Format("csv", ".csv", every_frame=False),
    Format("coco", ".json", every_frame=True),
    Format("jsonl", ".jsonl", every_frame=True),
)
FORMATS = {entry.name: entry for entry in _FORMATS}
"""By name, in the order of writing a frame: formats with every frame come last."""


@dataclass(frozen=True, slots=True)
class RecordTarget:
    """One output of records."""

    path: Path | None
    """None for standard output."""
    format: Format


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
        UsageError: a format is unknown or does not fit, or an output is named twice.
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


def _plan(target: str, name: str) -> RecordTarget:
    first = {f.extension: f for f in reversed(FORMATS.values())}
    known = first | {key.removeprefix("."): f for key, f in first.items()} | FORMATS
    if name not in known:
        listed = ", ".join(f"{f.extension} ({f.name})" for f in FORMATS.values())
        raise UsageError(
            f"unknown record format {name!r} ({target})"
            if name
            else f"{target} has no extension, which would choose the format of records",
            hint=f"known: {listed}",
        )
    if target == "-":
        if known[name].name == "coco":
            raise UsageError("COCO cannot be written to standard output")
        return RecordTarget(None, known[name])
    return RecordTarget(Path(target), known[name])


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
    if format_.name == "coco" and is_written_into(place):
        raise OutputError(
            f"{display_name(path)} is not a regular file, which COCO needs",
            hint="name a file in a folder",
        )
    if not os.access(place if place.exists() else place.parent, os.W_OK):
        raise OutputError(
            f"{display_name(path)} cannot be written", hint="check its permissions"
        )
