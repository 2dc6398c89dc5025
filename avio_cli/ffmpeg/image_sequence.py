"""Numbered images, and folders of them, read as one video."""

import re
from pathlib import Path

IMAGE_EXTENSIONS = frozenset(
    ".bmp .dpx .exr .gif .hdr .j2k .jp2 .jpeg .jpg .jxl .pam .pbm .pcx .pgm .png .pnm "
    ".ppm .qoi .sgi .tga .tif .tiff .webp".split()
)
_NUMBER = re.compile(r"%(0?)(\d*)d")
_GLOB_CHARACTERS = re.compile(r"([\\*?\[\]{}])")


def numbered_sequence(path: Path) -> tuple[str, tuple[str, ...]] | None:
    """Understand ``shot%04d.png``; None where no file matches it.

    Returns:
        What ffmpeg's image2 demuxer gets as address, and its options.
    """
    match = _NUMBER.search(path.name)
    if match is None or path.suffix.lower() not in IMAGE_EXTENSIONS:
        return None
    before, after = path.name[: match.start()], path.name[match.end() :]
    digits = rf"\d{{{int(match[2])},}}" if match[2] else r"\d+"
    form = re.compile(re.escape(before) + f"({digits})" + re.escape(after))
    found = [form.fullmatch(entry.name) for entry in _entries(path.parent)]
    numbers = [int(one[1]) for one in found if one]
    if not numbers:
        return None
    folder = str(Path.cwd() / path.parent).replace("%", "%%")
    options = ("-pattern_type", "sequence", "-start_number", str(min(numbers)))
    return f"file:{folder}/{path.name}", options


def folder_sequence(folder: Path) -> tuple[str, tuple[str, ...]] | None:
    """Understand a folder of images, in the order of their names; None without any.

    Of several image types, the most frequent one is read.
    """
    extensions = [entry.suffix for entry in _entries(folder)]
    images = [name for name in extensions if name.lower() in IMAGE_EXTENSIONS]
    if not images:
        return None
    most = max(sorted(set(images)), key=images.count)
    # No ``file:`` here: it would be taken for a part of the names to find.
    name = _GLOB_CHARACTERS.sub(r"\\\1", str(Path.cwd() / folder))
    return f"{name}/*{most}", ("-pattern_type", "glob")


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []
