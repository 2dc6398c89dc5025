"""Reads MOT rows: the one parser of tracks, detections and ground truth as text.

A row is ``frame,id,x,y,w,h`` and up to four columns more, separated by commas or by
blanks. What the columns mean, and which numbers are possible, is up to the caller.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from avio_cli.errors import InputError
from avio_cli.ffmpeg.url import printable
from avio_cli.number_text import parse_float
from avio_cli.records.files import display_name
from avio_cli.records.parsing import (
    MAX_FLOAT,
    MAX_WHOLE,
    read_text,
    warn_of_no_end,
    warn_of_torn,
)

WIDTH = 10
"""Columns that any program uses."""
_MEANT = 8
"""Columns that mean something to avio; behind them a cut changes nothing."""

Floats = NDArray[np.float64]
Which = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class MotForm:
    """What a file of rows must be like, besides its numbers."""

    least: int
    """Columns of a row, at least."""
    most: int = 0
    """At most; 0: any number."""
    uniform: bool = False
    """Whether all rows have the columns of the first."""
    whole: bool = False
    """Whether a truncated last line is an error; else it is left out."""
    hint: str = ""
    """What a row is like."""

    def problem(self, count: int, first: int) -> str:
        """What is wrong with the number of columns; empty if nothing."""
        if self.uniform and count != first:
            return f"it has {count} columns, the first has {first}"
        if self.least <= count <= (self.most or count):
            return ""
        most = f"to {self.most} as in MOT files" if self.most else "or more"
        return f"it has {count} columns, not {self.least} {most}"


@dataclass(frozen=True, slots=True)
class MotRows:
    """The rows of a file, in its order."""

    path: Path
    form: MotForm
    values: Floats
    """float64 (n, 10): the first ten columns; 0 where a row has fewer."""
    counts: NDArray[np.int64]
    """int64 (n,): how many columns each row has."""
    lines: Sequence[str]
    """The text of each row."""
    numbers: Sequence[int]
    """The number of its line, 1 for the first of the file."""
    has_end: bool
    """Whether the last line has a line end; without, it may be truncated."""

    def __len__(self) -> int:
        return len(self.values)

    @property
    def corners(self) -> Floats:
        """float64 (n, 4): x1 y1 x2 y2 of each box."""
        corners = self.values[:, 2:6].copy()
        corners[:, 2:] += corners[:, :2]
        return corners

    def integers(self, column: int) -> NDArray[np.int64]:
        """A column of whole numbers; see `refuse_broken`."""
        return self.values[:, column].astype(np.int64)

    def refuse(self, wrong: NDArray[np.bool_], why: str, hint: str = "") -> None:
        """Fail at the first row that is wrong.

        Args:
            wrong: bool (n,), or (n, columns): then ``{value}`` is the wrong one.
            why: names the row's columns as ``{0}`` and up, as they are in the file.
            hint: what to do; empty: what a row is like.

        Raises:
            InputError: names the file and the line.
        """
        if not wrong.any():
            return
        row = int(wrong.reshape(len(wrong), -1).any(axis=1).argmax())
        fields = [printable(text) for text in split_row(self.lines[row])]
        value = fields[int(wrong[row].argmax())] if wrong.ndim > 1 else ""
        raise self.error(self.numbers[row], why.format(*fields, value=value), hint)

    def refuse_infinite(self, columns: int = WIDTH, why: str = "") -> None:
        """Fail where one of the first columns is not finite as a float of 32 bits.

        Raises:
            InputError: names the file and the line.
        """
        largest: Floats = np.abs(self.values[:, :columns])
        wrong: Which = np.logical_not(largest <= MAX_FLOAT)  # NaN is not, either
        self.refuse(wrong, why or "{value!r} is not finite")
        self.refuse(
            np.any(np.abs(self.corners) > MAX_FLOAT, axis=1),
            "a box of {4} x {5} pixels at {2}, {3} is impossible",
        )

    def refuse_broken(self, columns: Sequence[int], why: str = "") -> None:
        """Fail where a number is not whole, or larger than can be meant.

        Raises:
            InputError: names the file and the line.
        """
        wrong = np.zeros(self.values.shape, bool)
        wrong[:, columns] = ~is_whole(self.values[:, columns])
        text = "{value!r} is not a whole number that is possible here"
        self.refuse(wrong, why or text)

    def refuse_negative_sizes(self) -> None:
        """Fail where a box ends before it begins.

        Raises:
            InputError: names the file and the line.
        """
        wrong: Which = np.any(self.values[:, 4:6] < 0, axis=1)
        self.refuse(
            wrong,
            "a box of {4} x {5} pixels is impossible",
            "the columns of a box are x, y of its upper left corner, width, height",
        )

    def warn_of_no_end(self) -> None:
        """Say that the last row may be truncated, where nobody can see whether."""
        is_last_taken = len(self.values) == len(self.lines) > 0
        if is_last_taken and not self.has_end and self.counts[-1] <= _MEANT:
            warn_of_no_end(self.path)

    def error(self, line: int, what: str, hint: str = "") -> InputError:
        """The error for a line."""
        return _error(self.path, line, what, hint or self.form.hint)


def read_mot(path: Path, form: MotForm) -> MotRows:
    """Read a file of rows; an empty one has none.

    Args:
        path: the file.
        form: what it must be like.

    Raises:
        InputError: it cannot be read, or a line is wrong; names file and line.
    """
    return parse_mot(path, read_text(path), form)


def parse_mot(path: Path, text: str, form: MotForm) -> MotRows:
    """Read rows from the text of a file; see `read_mot`.

    Args:
        path: names the file.
        text: all of it.
        form: what it must be like.

    Raises:
        InputError: a line is wrong; names file and line.
    """
    numbered = [pair for pair in enumerate(text.split("\n"), 1) if pair[1].strip()]
    numbers, lines = [pair[0] for pair in numbered], [pair[1] for pair in numbered]
    has_end = text.endswith("\n")
    table = _uniform(lines, form)
    if table is None:
        rows = _row_by_row(path, numbers, lines, form, has_end=has_end)
        counts = np.array([len(row) for row in rows], np.int64)
        table = np.zeros((len(rows), WIDTH))
        for place, row in zip(table, rows, strict=True):
            place[: len(row)] = row[:WIDTH]
    else:
        counts = np.full(len(table), table.shape[1], np.int64)
        table = np.pad(table[:, :WIDTH], ((0, 0), (0, max(WIDTH - table.shape[1], 0))))
    return MotRows(path, form, table, counts, lines, numbers, has_end)


def _uniform(lines: Sequence[str], form: MotForm) -> Floats | None:
    """All rows at once, many times as fast as one by one; None where one is wrong."""
    if not lines:
        return np.zeros((0, form.least))
    separator = "," if "," in lines[0] else None
    try:
        table = np.loadtxt(lines, delimiter=separator, comments=None, ndmin=2)
    except ValueError:
        return None
    return None if form.problem(table.shape[1], table.shape[1]) else table


def _row_by_row(
    path: Path,
    numbers: Sequence[int],
    lines: Sequence[str],
    form: MotForm,
    *,
    has_end: bool,
) -> list[list[float]]:
    """Rows of any columns; a last one that is truncated is left out where it may be."""
    rows: list[list[float]] = []
    for number, line in zip(numbers, lines, strict=True):
        row, wrong = _parse(line)
        first = len(rows[0]) if rows else len(row)
        wrong = form.problem(len(row), first) or wrong
        is_last = number == numbers[-1] and not has_end and bool(rows)
        if is_last and not form.whole and (wrong or len(row) < len(rows[-1])):
            warn_of_torn(path, number)
        elif wrong:
            raise _error(path, number, wrong, form.hint)
        else:
            rows.append(row)
    return rows


def _parse(line: str) -> tuple[list[float], str]:
    """The numbers of a row, and what is wrong with it."""
    row, wrong = [], ""
    for field in split_row(line):
        try:
            row.append(parse_float(field))
        except ValueError:
            wrong = wrong or f"{printable(field)!r} is not a number"
            row.append(0.0)
    return row, wrong


def split_row(line: str) -> list[str]:
    """The columns of a row as texts."""
    if "," not in line:
        return line.split()
    # Not of both: "0,9" between blanks is one number of a country with a decimal comma.
    return [value.strip() for value in line.strip().removesuffix(",").split(",")]


def is_whole(values: Floats) -> Which:
    """Which are whole numbers that a float can have each of."""
    whole: Which = (values == np.round(values)) & (np.abs(values) <= MAX_WHOLE)
    return whole


def by_frame(frames: NDArray[np.int64]) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """The rows of each frame that has any, in the order of frames, then of the file."""
    order = np.argsort(frames, kind="stable")
    numbers, starts = np.unique(frames[order], return_index=True)
    if not len(numbers):
        return
    yield from zip(numbers.tolist(), np.split(order, starts[1:]), strict=True)


def _error(path: Path, line: int, what: str, hint: str) -> InputError:
    return InputError(f"{display_name(path)}, line {line}: {what}", hint=hint)
