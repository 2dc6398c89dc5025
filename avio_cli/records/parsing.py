"""Read line-based files, whose last line may be truncated, into arrays."""

import codecs
import io
import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
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
MAX_FLOAT = float(np.finfo(np.float32).max)


def read_text(path: Path) -> str:
    """Read a text file; a truncated last character is dropped.

    Raises:
        InputError: it cannot be opened, or is not text.
    """
    try:
        content = path.read_bytes()
        return codecs.getincrementaldecoder("utf-8-sig")().decode(content)
    except OSError as error:
        raise InputError(
            f"cannot read {display_name(path)}: {error.strerror}"
        ) from error
    except UnicodeDecodeError as error:
        raise InputError(f"{display_name(path)} is not text in UTF-8") from error


def parse_lines(
    path: Path,
    parse: Callable[[str], Parsed],
    *,
    whole: bool = False,
) -> Iterator[Parsed]:
    """Parse each line that is not blank; a last one without a line end may fail.

    Not where no line stands before it: then nothing shows that the file is of this
    format at all.

    Args:
        path: the file.
        parse: parses a line; raises one of `INVALID` if it is wrong.
        whole: whether a last line that is truncated is an error too.

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


Row = tuple[int, list[float], float, str]
"""Track id, x1 y1 x2 y2, score, class name."""


@dataclass(slots=True)
class ClassNames:
    """Numbers class names in the order of their first use."""

    names: list[str] = field(default_factory=list)

    def number(self, name: str) -> int:
        """Return a name's number; a new name gets the next one."""
        if name not in self.names:
            self.names.append(name)
        return self.names.index(name)


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
