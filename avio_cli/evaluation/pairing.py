"""Finds the files to compare: tracks and ground truth of each sequence."""

import configparser
import contextlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from avio_cli.errors import InputError, UsageError
from avio_cli.records.files import display_name
from avio_cli.records.reader import READERS

_LISTED = READERS.keys() - {".zip"}
"""Extensions of files that are taken of a folder: archives there may be anything."""
_SELECT = "--sequence NAME (several times) compares only those named"
_EMPTY = f"an empty file is of a run that found nothing; {_SELECT}"


@dataclass(frozen=True, slots=True)
class Pairing:
    """One sequence: its tracks and its ground truth."""

    name: str
    records: Path
    truth: Path


def pair_up(
    records: Path, truth: Path, sequences: Collection[str] = ()
) -> tuple[Pairing, ...]:
    """Find the ground truth of each file of tracks.

    Args:
        records: a file, or a folder of files named after the sequences.
        truth: a file, or a folder of sequences.
        sequences: only these of two folders; all if empty.

    Raises:
        InputError: something is missing, on either side, or there is a choice.
        UsageError: a sequence is named, and the tracks are one file.
    """
    for path in (records, truth):
        with _reporting(path):
            path.stat()
    if not records.is_dir():
        if sequences:
            raise UsageError(
                f"--sequence chooses of a folder, and {display_name(records)} is a file"
            )
        return (Pairing(records.stem, records, _truth_of(records, truth)),)
    if not truth.is_dir():
        raise InputError(
            f"{display_name(records)} is a folder, {display_name(truth)} a file",
            hint="give a folder of sequences",
        )
    tracked, true = _files(records), _truths(truth)
    if not tracked:
        raise InputError(
            f"{display_name(records)} contains no file of tracks",
            hint=f"known: {', '.join(e for e in READERS if e in _LISTED)}",
        )
    names = sorted(set(sequences) or tracked | true)
    for name in names:
        _refuse_missing(name, tracked, f"no tracks of {name} in", records, _EMPTY)
        _refuse_missing(name, true, f"no ground truth for {name} in", truth, _SELECT)
    return tuple(Pairing(name, tracked[name], true[name]) for name in names)


def _refuse_missing(
    name: str, files: dict[str, Path], what: str, folder: Path, hint: str
) -> None:
    if name not in files:
        raise InputError(f"{what} {display_name(folder)}", hint=hint)


@contextlib.contextmanager
def _reporting(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InputError(
            f"cannot read {display_name(path)}: {error.strerror}"
        ) from error


def _truth_of(records: Path, truth: Path) -> Path:
    """The ground truth of one file of tracks."""
    if not truth.is_dir():
        return truth
    if (truth / "gt" / "gt.txt").is_file():
        return truth / "gt" / "gt.txt"
    found = _truths(truth)
    if records.stem not in found:
        expected = truth / records.stem / "gt" / "gt.txt"
        raise InputError(
            f"there is no ground truth for {records.stem} in {display_name(truth)}",
            hint=f"expected {display_name(expected)} or "
            f"{display_name(truth / records.stem)}.txt",
        )
    return found[records.stem]


def _truths(folder: Path) -> dict[str, Path]:
    """The ground truth of each sequence in a folder, by name."""
    folders = {path.parts[-3]: path for path in folder.glob("*/gt/gt.txt")}
    return folders or _files(folder)


def _files(folder: Path) -> dict[str, Path]:
    """Files of tracks in a folder, by name."""
    found: dict[str, Path] = {}
    with _reporting(folder):
        paths = sorted(folder.iterdir())
    for path in paths:
        if path.suffix.lower() in _LISTED and path.is_file():
            if path.stem in found:
                raise InputError(
                    f"{display_name(found[path.stem])} and {path.name} are both of "
                    f"{path.stem}",
                    hint="keep one of them in the folder, or name the file itself",
                )
            found[path.stem] = path
    return found


def declared_length(truth: Path) -> int:
    """Frames of a sequence as its ``seqinfo.ini`` has them; 0 without one."""
    if truth.parent.name != "gt":
        return 0
    seqinfo = truth.parent.parent / "seqinfo.ini"
    parser = configparser.ConfigParser()
    with contextlib.suppress(OSError, configparser.Error, KeyError, ValueError):
        parser.read(seqinfo)
        return max(0, int(parser["Sequence"]["seqLength"]))
    return 0
