"""The order of images in a folder, and how ffmpeg is brought to read them in it."""

import atexit
import functools
import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from avio_cli.errors import InputError
from avio_cli.temporary import TemporaryFolder

_GLOB_CHARACTERS = re.compile(r"([\\*?\[\]{},])")
_NUMBER = re.compile(r"([0-9]+)")
_folders: list[TemporaryFolder] = []
"""Of links: removed when the program ends."""
_LONGEST = 1000
"""Bytes of a pattern: ffmpeg 5.1 and 9.0 cut it off after 1023."""


def natural_order(names: Iterable[str]) -> list[str]:
    """Sort names as people count: ``2.png`` before ``10.png``."""
    return sorted(names, key=_natural)


def _natural(name: str) -> tuple[list[str | int], str]:
    parts = _NUMBER.split(name.casefold())
    return [int(part) if i % 2 else part for i, part in enumerate(parts)], name


def image_input(folder: Path, names: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """Make the image2 demuxer read just these images, in this order.

    Args:
        folder: that they are in.
        names: of files of one type.

    Returns:
        Its URL, and its options.

    Raises:
        InputError: no pattern describes them, and they cannot be linked to.
    """
    absolute = folder.absolute()
    for alternatives in () if sys.platform == "win32" else _patterns(names):
        url = _glob(absolute, alternatives)
        fits = len(os.fsencode(url)) < _LONGEST
        if fits and _matches(absolute, alternatives) == [*names]:
            return url, ("-pattern_type", "glob")
    return _linked(absolute, tuple(names))


_Alternative = tuple[str, str]
"""A pattern for glob, and the same as a regular expression."""


def _patterns(names: Sequence[str]) -> Iterator[list[_Alternative]]:
    extension = Path(names[0]).suffix
    escaped, literal = _escaped(extension), re.escape(extension)
    yield [(f"*{escaped}", rf"[^.].*{literal}")]
    prefix = names[0].removesuffix(extension).rstrip("0123456789")
    lengths = sorted({len(name) - len(prefix + extension) for name in names})
    yield [
        (
            f"{_escaped(prefix)}{'[0-9]' * length}{escaped}",
            f"{re.escape(prefix)}[0-9]{{{length}}}{literal}",
        )
        for length in lengths
    ]


def _glob(folder: Path, alternatives: Sequence[_Alternative]) -> str:
    # No ``file:`` here: it would be taken for a part of the names to find.
    patterns = [pattern for pattern, _ in alternatives]
    base = _escaped(str(folder))
    if len(patterns) == 1:
        return f"{base}/{patterns[0]}"
    # The extension stays outside: ffmpeg finds the type by it.
    extension = Path(patterns[0]).suffix
    inner = ",".join(pattern.removesuffix(extension) for pattern in patterns)
    return f"{base}/{{{inner}}}{extension}"


def _matches(folder: Path, alternatives: Sequence[_Alternative]) -> list[str]:
    """What glob finds: for each alternative in turn, in the order of bytes."""
    there = sorted((entry.name for entry in folder.iterdir()), key=os.fsencode)
    forms = [re.compile(form, re.DOTALL) for _, form in alternatives]
    return [name for form in forms for name in there if form.fullmatch(name)]


def _escaped(text: str) -> str:
    return _GLOB_CHARACTERS.sub(r"\\\1", text)


@atexit.register
def remove_links() -> None:
    """Remove the links that were made; nothing can be read through them any more."""
    while _folders:
        _folders.pop().close()


@functools.lru_cache(maxsize=64)
def _linked(folder: Path, names: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """Links to the images, numbered in their order."""
    extension = Path(names[0]).suffix.lower()
    folder_of_links = TemporaryFolder()
    _folders.append(folder_of_links)
    links = folder_of_links.path
    for number, name in enumerate(names, 1):
        _link(links / f"{number}{extension}", folder / name)
    parent = str(links).replace("%", "%%")
    options = ("-pattern_type", "sequence", "-start_number", "1")
    return f"file:{parent}/%d{extension}", options


def _link(link: Path, target: Path) -> None:
    try:
        link.symlink_to(target)
    except OSError:  # Windows allows it to few
        try:
            os.link(target, link)
        except OSError as error:
            raise InputError(
                f"the images in {target.parent} cannot be read in order: "
                f"{error.strerror}",
                hint="give them names of one form, such as shot0001.png",
            ) from error
