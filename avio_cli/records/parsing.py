"""Read line-based files, whose last line may be truncated, into arrays."""

import codecs
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import numpy as np

from avio_cli.detections import Tracks
from avio_cli.errors import InputError
from avio_cli.records.files import display_name

Parsed = TypeVar("Parsed")


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


def parse_lines(path: Path, parse: Callable[[str], Parsed]) -> Iterator[Parsed]:
    """Parse each line that is not blank; a last one without a line end may fail.

    Args:
        path: the file.
        parse: parses a line; raises ValueError, KeyError or TypeError if it is wrong.

    Raises:
        InputError: a line cannot be parsed; names file and line.
    """
    for number, line in enumerate(io.StringIO(read_text(path), newline="\n"), 1):
        if not line.strip():
            continue
        try:
            yield parse(line)
        except (ValueError, KeyError, TypeError) as error:
            if not line.endswith("\n"):
                return
            lacking = isinstance(error, KeyError)
            problem = f"missing key {error}" if lacking else str(error)
            raise InputError(
                f"{display_name(path)}, line {number}: {problem}"
            ) from error


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
