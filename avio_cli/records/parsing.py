"""Read line-based files, whose last line may be truncated, into arrays."""

import codecs
import io
import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TypeVar

import numpy as np

from avio_cli.detections import Tracks
from avio_cli.errors import InputError
from avio_cli.ffmpeg.url import printable
from avio_cli.number_text import parse_float
from avio_cli.records.files import display_name

LOG = logging.getLogger("avio.records")
Parsed = TypeVar("Parsed")
INVALID = (
    *(ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError),
    RecursionError,
)
"""What parsing a file may raise whose content is not as expected."""
MAX_WHOLE = 2**53
"""Beyond it a float cannot have every whole number."""
MOST_RATE = 100_000
"""Frames a second of no camera."""
MAX_FLOAT = float(np.finfo(np.float32).max)


def read_text(path: Path) -> str:
    """Read a text file; a truncated last character is dropped.

    Raises:
        InputError: it cannot be opened, or is not text.
    """
    return text_of(display_name(path), read_bytes(path))


def read_bytes(path: Path) -> bytes:
    """Read a file.

    Raises:
        InputError: it cannot be opened.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(
            f"cannot read {display_name(path)}: {error.strerror}"
        ) from error


def text_of(name: str, content: bytes) -> str:
    """The text of a file; a truncated last character is dropped.

    Args:
        name: of the file in messages.
        content: its bytes.

    Raises:
        InputError: it is not text.
    """
    try:
        return codecs.getincrementaldecoder("utf-8-sig")().decode(content)
    except UnicodeDecodeError as error:
        raise InputError(f"{name} is not text in UTF-8") from error


def parse_lines(
    path: Path,
    parse: Callable[[str], Parsed],
    *,
    whole: bool = False,
    has_end: bool = True,
) -> Iterator[Parsed]:
    """Parse each line that is not blank; a last one without a line end may fail.

    Not where no line stands before it: then nothing shows that the file is of this
    format at all.

    Args:
        path: the file.
        parse: parses a line; raises one of `INVALID` if it is wrong.
        whole: whether a last line that is truncated is an error too.
        has_end: whether a truncated line cannot be parsed; else it is said where the
            last one has no line end.

    Raises:
        InputError: a line cannot be parsed; names file and line.
    """
    parsed_any = False
    for number, line in enumerate(io.StringIO(read_text(path), newline="\n"), 1):
        if not line.strip():
            continue
        try:
            yield parse(line)
            parsed_any = True
            if not has_end and not line.endswith("\n"):
                warn_of_no_end(path)
        except INVALID as error:
            truncated = not line.endswith("\n") and not isinstance(error, NumberError)
            if truncated and not whole and parsed_any:
                warn_of_torn(path, number)
                return
            raise InputError(
                f"{display_name(path)}, line {number}: {problem(error)}"
            ) from error


def warn_of_torn(path: Path, line: int) -> None:
    """Say that the last line is left out."""
    LOG.warning("%s, line %d is incomplete and left out", display_name(path), line)


def warn_of_no_end(path: Path) -> None:
    """Say that the last line, which is taken, may be truncated."""
    LOG.warning(
        "%s ends without a line end: its last line may be incomplete",
        display_name(path),
    )


def problem(error: Exception) -> str:
    """Describe one of `INVALID`, as it may be shown."""
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    if isinstance(error, KeyError):
        return f"missing key {error}"
    return printable(str(error))


class NumberError(ValueError):
    """A number that no truncation explains."""


def whole_number(value: object, *, least: int = -MAX_WHOLE) -> int:
    """Convert what should be a whole number, such as ``7``, ``"7"`` or ``"7.0"``.

    Raises:
        ValueError: it is not, or is too large to be meant.
    """
    number = finite(value)
    if number != int(number) or not least <= number <= MAX_WHOLE:
        raise NumberError(f"{value!r} is not a whole number that is possible here")
    return int(number)


def finite(value: object) -> float:
    """Convert a number.

    Raises:
        ValueError: it is not one, or not finite as a float of 32 bits.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise ValueError(f"{value!r} is not a number")
    number = parse_float(value) if isinstance(value, str) else float(value)
    if not abs(number) <= MAX_FLOAT:  # NaN is not, either
        raise NumberError(f"{value!r} is not finite")
    return number


def optional_times(pts: object, seconds: object) -> tuple[int | None, float | None]:
    """Check the times of a frame, where it has any.

    Raises:
        ValueError: one is not a number.
    """
    if pts is not None and (isinstance(pts, bool) or not isinstance(pts, int)):
        raise ValueError(f"{pts!r} is not a presentation time")
    # Ticks may be nanoseconds since 1970.
    if pts is not None and abs(pts) >= 2**63:
        raise NumberError(f"{pts!r} is not a presentation time")
    return pts, None if seconds is None else finite(seconds)


def common(number: int, what: str, values: Iterable[Parsed]) -> Parsed:
    """What all rows of a frame say of it.

    Args:
        number: of the frame.
        what: the values are, for the message.
        values: one a row.

    Raises:
        ValueError: two of them differ.
    """
    first, *others = dict.fromkeys(values)
    if others:
        raise ValueError(f"frame {number} has two {what}s, {first} and {others[0]}")
    return first


def class_text(value: object) -> str:
    """The name of a class, which may be its number.

    Raises:
        ValueError: it is something else.
    """
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise ValueError(f"{value!r} is not the name of a class")
    return str(value)


def rate_of(value: object) -> Fraction:
    """Frames a second of a decimal number; the usual ones are exact again.

    Raises:
        ValueError: it is none.
    """
    number = finite(value)
    if not 0 < number <= MOST_RATE:
        raise ValueError(f"{value!r} is not a rate")
    return Fraction(number).limit_denominator(1001)


Row = tuple[int, list[float], float, str]
"""Track id, x1 y1 x2 y2, score, class name."""


@dataclass(slots=True)
class ClassNames:
    """Numbers class names in the order of their first use."""

    names: list[str] = field(default_factory=list)
    _numbers: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        numbered = [*enumerate(self.names)]
        self._numbers = {name: number for number, name in reversed(numbered)}

    def number(self, name: str) -> int:
        """Return a name's number; a new name gets the next one."""
        if name not in self._numbers:
            # JSON may have halves of characters, which no file can be written with.
            name = name.encode("utf-8", "replace").decode()
        if name not in self._numbers:
            self._numbers[name] = len(self.names)
            self.names.append(name)
        return self._numbers[name]


def make_tracks(rows: Iterable[Row], names: ClassNames) -> Tracks:
    """Convert one frame's rows to arrays."""
    listed = list(rows)
    boxes = [box for _, box, _, _ in listed]
    return Tracks(
        np.array(boxes, np.float32).reshape(-1, 4),
        np.array([score for _, _, score, _ in listed], np.float32),
        np.array([names.number(name) for *_, name in listed], np.int64),
        np.array([track_id for track_id, *_ in listed], np.int64),
    )
