"""Names of parts: from the name of the output, and the time at which one starts."""

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path, PurePosixPath

from avio_cli.errors import OutputError, UsageError
from avio_cli.ffmpeg.output_place import check_place, place_kind
from avio_cli.ffmpeg.url import printable

_BY_DEFAULT = "-%Y%m%d-%H%M%S"
"""What is put behind a name that has no time in it."""
_FIELDS = {
    "Y": r"\d{4}",
    "F": r"\d{4}-\d\d-\d\d",
    "j": r"\d{3}",
    **dict.fromkeys("ymdHMS", r"\d\d"),
    "%": "%",
}
"""Fields of strftime, and what they become: digits that sort and need no language."""
_FIELD = re.compile("%(.?)")
_GROWING = ".recording"
"""Before the extension, while a part is written."""


class PartNames:
    """Names files by the time at which they start, in UTC.

    Local time would name two hours alike when summer time ends.

    Args:
        output: the output as typed, with fields of strftime or without.

    Raises:
        UsageError: it has an unknown field.
        OutputError: its folder is not there, or it names no regular file.
    """

    def __init__(self, output: Path) -> None:
        _check_fields(str(output))
        self.display_name = printable(str(output))
        dated = [bool(_FIELD.search(part)) for part in output.parts]
        first = dated.index(True) if any(dated) else len(dated) - 1
        self.base = Path(*output.parts[:first]).absolute()
        template = PurePosixPath(*output.parts[first:])
        if not any(dated):
            _check_plain(output)
            template = template.with_stem(template.stem + _BY_DEFAULT)
        self._template = str(template)
        if not self.base.is_dir():
            raise OutputError(
                f"cannot write {self.display_name}: "
                f"there is no folder {printable(str(self.base))}"
            )
        self._pattern = _pattern(template)

    @property
    def index(self) -> Path:
        """Where the parts are listed: beside the first thing that a time names."""
        template = PurePosixPath(self._template)
        constant = _FIELD.sub("", template.name.removesuffix(template.suffix))
        stem = constant.strip("-_. ") or "parts"
        return self.base / f"{stem}{template.suffix}.parts.jsonl"

    def at(self, start: datetime) -> Iterator[str]:
        """Names of a part, relative to `base`: the first free one is to be used."""
        words = _FIELD.sub(lambda field: start.strftime(field[0]), self._template)
        name = PurePosixPath(words)
        yield str(name)
        for number in range(2, 10_000):
            yield str(name.with_stem(f"{name.stem}-{number}"))

    def is_ours(self, name: str) -> bool:
        """Whether a name relative to `base` is one that `at` gives."""
        return self._pattern.fullmatch(name) is not None


def growing_name(name: str) -> str:
    """The name of a part while it is written: whoever collects parts leaves it."""
    path = PurePosixPath(name)
    return str(path.with_stem(path.stem + _GROWING))


def _pattern(template: PurePosixPath) -> re.Pattern[str]:
    text = str(template).removesuffix(template.suffix)
    words = _FIELD.split(text)
    parts = [
        _FIELDS[word] if number % 2 else re.escape(word)
        for number, word in enumerate(words)
    ]
    extension = re.escape(template.suffix)
    return re.compile(rf"{''.join(parts)}(-\d{{1,4}})?{extension}", re.ASCII)


def _check_fields(output: str) -> None:
    for field in _FIELD.finditer(output):
        if field[1] not in _FIELDS:
            known = " ".join(f"%{name}" for name in _FIELDS)
            raise UsageError(
                f"{printable(field[0])} in {printable(output)} is no field of a time",
                hint=f"there are {known}",
            )


def _check_plain(output: Path) -> None:
    check_place(output)
    if place_kind(output) not in ("nothing", "file"):
        raise OutputError(
            f"{printable(str(output))} cannot be written in parts: it is no file",
            hint="name a file: each part gets its start time in its name",
        )
