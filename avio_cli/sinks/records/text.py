"""Reads files of lines, of which the last may be torn."""

import codecs
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from avio_cli.errors import InputError
from avio_cli.sinks.records.files import shown

Parsed = TypeVar("Parsed")


def read_text(path: Path) -> str:
    """Read a file of text; a last character that is torn is left out.

    Raises:
        InputError: it cannot be opened, or is no text.
    """
    try:
        content = path.read_bytes()
        return codecs.getincrementaldecoder("utf-8-sig")().decode(content)
    except OSError as error:
        raise InputError(f"cannot read {shown(path)}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{shown(path)} is not text in UTF-8") from error


def parse_lines(path: Path, parse: Callable[[str], Parsed]) -> Iterator[Parsed]:
    """Parse each line that is not blank; a last one without its end may fail.

    Args:
        path: the file.
        parse: takes a line; raises ValueError, KeyError or TypeError at a wrong one.

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
            problem = f"there is no {error}" if lacking else str(error)
            raise InputError(f"{shown(path)}, line {number}: {problem}") from error
