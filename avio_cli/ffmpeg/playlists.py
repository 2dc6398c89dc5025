"""Playlists in files: HLS, whose parts ffmpeg reads itself, and lists to be played.

Both name other files, and whoever wrote one may name any file of the machine. Only what
is in the playlist's own folder, or below it, is opened.
"""

import codecs
import re
from collections.abc import Iterator
from pathlib import Path

from avio_cli.errors import InputError

LARGEST = 16 << 20
"""Bytes of a playlist: a day in parts of a second has 5 MB."""
HLS_PATIENCE = ("-m3u8_hold_counters", "2")
"""For a probe: how often a list without an end is read again that names nothing new.
By default it is 1000 times (5.1, 9.0), each after half the length of a part."""
HLS_OPTIONS = (
    *("-protocol_whitelist", "file,crypto"),
    *("-format_whitelist", "hls,mpegts,mov,aac,mp3,ac3,eac3,webvtt"),
    *("-f", "hls"),
)
"""Options with which ffmpeg reads a list that `check_hls` has passed."""
_EXTENSIONS = frozenset({".m3u", ".m3u8", ".pls"})
_URI = re.compile(r'URI="([^"]*)"')
_PLS_ENTRY = re.compile(r"File\d+=(.*)", re.IGNORECASE)
_DEEPEST = 2
"""A master playlist names others; those name none."""


def is_playlist(path: Path) -> bool:
    """Whether the name is that of a playlist."""
    return path.suffix.lower() in _EXTENSIONS


def is_hls(path: Path) -> bool:
    """Whether a playlist lists the parts of one video, not several files to play."""
    if path.suffix.lower() not in (".m3u", ".m3u8"):
        return False
    lines = _lines(path)
    return lines[:1] == ["#EXTM3U"] and any(s.startswith("#EXT-X-") for s in lines)


def check_hls(path: Path, depth: int = 1) -> None:
    """Make sure that an HLS playlist names nothing but parts that are there.

    Raises:
        InputError: it names something else, or a part is missing.
    """
    folder = path.parent.resolve()
    for name in _hls_names(_lines(path)):
        part = _inside(path, name, folder)
        if not part.is_file():
            raise InputError(f"{path.name} names {name}, which is not there")
        if is_playlist(part):
            if depth == _DEEPEST:
                raise InputError(f"{path.name} names playlists that name playlists")
            check_hls(part, depth + 1)


def listed_files(path: Path) -> list[Path]:
    """The files that a list (m3u, pls) names, in order.

    Raises:
        InputError: it names none, or one that is not in its folder.
    """
    names = _listed_names(_lines(path), pls=path.suffix.lower() == ".pls")
    folder = path.parent.resolve()
    found = [_inside(path, name, folder) for name in names]
    if not found:
        raise InputError(f"the playlist {path.name} is empty")
    return found


def _lines(path: Path) -> list[str]:
    if path.stat().st_size > LARGEST:
        raise InputError(f"the playlist {path.name} is larger than {LARGEST >> 20} MB")
    text = _decoded(path.read_bytes())
    return [line.strip() for line in text.splitlines() if line.strip()]


def _decoded(data: bytes) -> str:
    """By its byte order mark, else UTF-8, else what Windows wrote."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _hls_names(lines: list[str]) -> Iterator[str]:
    for line in lines:
        if line.startswith("#"):
            yield from _URI.findall(line)
        else:
            yield line


def _listed_names(lines: list[str], *, pls: bool) -> Iterator[str]:
    for line in lines:
        if not pls:
            if not line.startswith("#"):
                yield line
        elif found := _PLS_ENTRY.fullmatch(line):
            yield found[1].strip()


def _inside(playlist: Path, name: str, folder: Path) -> Path:
    """The file that a name stands for.

    ffmpeg reads a question mark and what follows as no part of the name.
    """
    part = folder / name
    has_scheme = re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", name)
    plain = name.isprintable() and not has_scheme and not set(name) & {"?", "\\"}
    if not plain or not part.resolve().is_relative_to(folder):
        raise InputError(
            f"{playlist.name} names {name!r}, which is not in its folder",
            hint="a playlist opens only files beside it; name others yourself",
        )
    return part
