"""Numbered images, and folders of them, read as one video."""

import itertools
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from avio_cli.ffmpeg.image_order import image_input, natural_order
from avio_cli.ffmpeg.image_size import image_size, is_animated_webp

IMAGE_EXTENSIONS = frozenset(
    ".bmp .dpx .exr .gif .hdr .j2k .jp2 .jpeg .jpg .jxl .pam .pbm .pcx .pgm .png .pnm "
    ".ppm .qoi .sgi .tga .tif .tiff .webp".split()
)
_SAME_TYPE = {".jpeg": ".jpg", ".tiff": ".tif"}
_NUMBER = re.compile(r"%(0?)(\d*)d")
_USABLE, _EMPTY, _ANIMATED = "usable", "empty, or no file", "animated"
_LISTED = 3
"""Names in a warning; more would fill the screen."""


@dataclass(frozen=True, slots=True)
class ImageSequence:
    """What ffmpeg's image2 demuxer gets."""

    url: str
    options: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    """Images that are missing, left out or scaled; without the sequence's name."""


def numbered_sequence(path: Path) -> ImageSequence | None:
    """Understand ``shot%04d.png``; None where no file matches it.

    All images that are there are read, whatever numbers are missing between them.
    """
    match = _NUMBER.search(path.name)
    if match is None or path.suffix.lower() not in IMAGE_EXTENSIONS:
        return None
    before, after = path.name[: match.start()], path.name[match.end() :]
    form = re.compile(re.escape(before) + r"(\d+)" + re.escape(after), re.ASCII)
    width = int(match[2] or 0)
    found = {
        int(one[1]): name
        for name in _names(path.parent)
        if (one := form.fullmatch(name)) and one[1] == f"{int(one[1]):0{width}}"
    }
    usable, warnings = _usable(path.parent, (found[n] for n in sorted(found)))
    if not usable:
        return None
    gaps = [*_gaps(sorted(found))]
    if gaps:
        numbers = _listed([*map(_span, gaps)])
        warnings = (f"no image has the number {numbers}", *warnings)
    warnings = (*warnings, *_sizes(path.parent, usable))
    if gaps or len(usable) < len(found):
        return ImageSequence(*image_input(path.parent, usable), warnings)
    folder = str(path.parent.absolute()).replace("%", "%%")
    options = ("-pattern_type", "sequence", "-start_number", str(min(found)))
    return ImageSequence(f"file:{folder}/{path.name}", options, warnings)


def folder_sequence(folder: Path) -> ImageSequence | None:
    """Understand a folder of images, in natural order; None without any.

    Of several image types, the most frequent one is read.
    """
    hidden, types = [], defaultdict(list)
    for name in natural_order(_names(folder)):
        extension = Path(name).suffix.lower()
        if extension in IMAGE_EXTENSIONS and not name.startswith("."):
            types[_SAME_TYPE.get(extension, extension)].append(name)
        elif extension in IMAGE_EXTENSIONS and not name.startswith("._"):
            hidden.append(name)  # ._ are what macOS leaves beside files
    if not types:
        return None
    most = max(sorted(types), key=lambda extension: len(types[extension]))
    names, warnings = _usable(folder, types.pop(most))
    if not names:
        return None
    others = [name for extension in sorted(types) for name in types[extension]]
    warnings = (
        *_left_out(others, f"only {most} images are read"),
        *_left_out(hidden, "hidden"),
        *warnings,
        *_sizes(folder, names),
    )
    return ImageSequence(*image_input(folder, names), warnings)


def _usable(
    folder: Path, names: Iterable[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Those that ffmpeg can open; it ends without a word at an empty one (5.1, 9.0)."""
    found: dict[str, list[str]] = {_USABLE: [], _EMPTY: [], _ANIMATED: []}
    for name in names:
        path = folder / name
        there = path.is_file() and path.stat().st_size > 0
        animated = there and is_animated_webp(path)
        found[_ANIMATED if animated else _USABLE if there else _EMPTY].append(name)
    usable = tuple(found.pop(_USABLE))
    return usable, tuple(
        warning for reason in found for warning in _left_out(found[reason], reason)
    )


def _left_out(names: Sequence[str], reason: str) -> Iterator[str]:
    if names:
        images = "image is" if len(names) == 1 else "images are"
        yield f"{len(names)} {images} left out ({reason}): {_listed(names)}"


def _sizes(folder: Path, names: Sequence[str]) -> Iterator[str]:
    """Warn of images that ffmpeg scales to the size of the first."""
    sizes = [(name, image_size(folder / name)) for name in names]
    first = sizes[0][1]
    others = [name for name, size in sizes if first and size and size != first]
    if first and others:
        are = "image is" if len(others) == 1 else "images are"
        yield (
            f"{len(others)} {are} scaled to {first[0]}x{first[1]}, the size of the "
            f"first: {_listed(others)}"
        )


def _gaps(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    for before, after in itertools.pairwise(numbers):
        if after > before + 1:
            yield before + 1, after - 1


def _span(gap: tuple[int, int]) -> str:
    return str(gap[0]) if gap[0] == gap[1] else f"{gap[0]} to {gap[1]}"


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + more


def _names(folder: Path) -> list[str]:
    try:
        return [entry.name for entry in folder.iterdir()]
    except OSError:
        return []
