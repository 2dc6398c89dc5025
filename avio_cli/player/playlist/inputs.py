"""The inputs of a run: files, URLs, the media files of folders, and what is dropped."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from avio_cli.errors import InputError
from avio_cli.ffmpeg.image_order import natural_order
from avio_cli.ffmpeg.limits import Limits
from avio_cli.ffmpeg.playlists import is_hls, is_playlist, listed_files
from avio_cli.ffmpeg.url import (
    MEDIA_EXTENSIONS,
    MediaUrl,
    cannot_open,
    parse_url,
    printable,
)
from avio_cli.player.subtitles.file_names import SUBTITLE_FILES


def expand_inputs(
    inputs: list[str], limits: Limits | None = None
) -> tuple[MediaUrl, ...]:
    """Parse all inputs of a command line, in order.

    A folder stands for the media files in it, in natural order, without subfolders; a
    folder of images is one video.

    Args:
        inputs: as typed.
        limits: of each; see `parse_url`.

    Raises:
        InputError: one does not exist, or a folder holds nothing to play.
    """
    urls: list[MediaUrl] = []
    for text in inputs:
        if text not in ("", "-") and _stands_for_files(text):
            urls += expand_paths([Path(text)], limits)
        else:
            urls.append(parse_url(text, limits))
    return tuple(urls)


def expand_paths(
    paths: Sequence[Path], limits: Limits | None = None
) -> tuple[MediaUrl, ...]:
    """The media files of files, folders and playlists, in order.

    Raises:
        InputError: one does not exist, or a folder holds nothing to play.
    """
    urls: list[MediaUrl] = []
    for path in paths:
        try:
            urls += _files_of(path, limits)
        except OSError as error:  # it may not be read, or its name is too long
            raise cannot_open(str(path), error) from error
    return tuple(urls)


def _stands_for_files(text: str) -> bool:
    path = Path(text)
    try:
        return ("://" not in text and path.is_dir()) or _is_list(path)
    except OSError:  # of a URL, a part is too long for a file; else `parse_url` says it
        return False


def _files_of(path: Path, limits: Limits | None) -> list[MediaUrl]:
    if path.is_dir():
        return _in_folder(path, limits)
    if _is_list(path):
        return [parse_url(listed, limits) for listed in listed_files(path)]
    return [parse_url(path, limits)]


def _is_list(path: Path) -> bool:
    return is_playlist(path) and path.is_file() and not is_hls(path)


def _in_folder(folder: Path, limits: Limits | None) -> list[MediaUrl]:
    names = natural_order(entry.name for entry in folder.iterdir())
    files = [
        folder / name
        for name in names
        if Path(name).suffix.lower() in MEDIA_EXTENSIONS and (folder / name).is_file()
    ]
    if not files and (images := parse_url(folder, limits)).kind == "images":
        return [images]
    if not files:
        raise InputError(f"the folder {printable(str(folder))} holds no media files")
    return [parse_url(path, limits) for path in files]


@dataclass(frozen=True, slots=True)
class Dropped:
    """What was dropped together, sorted by what is done with it."""

    media: tuple[MediaUrl, ...]
    """Played instead of the inputs; empty: those go on."""
    subtitles: tuple[Path, ...]
    """Shown over what is played then."""


def sort_dropped(names: Sequence[str], limits: Limits | None) -> Dropped:
    """Sort files that were dropped; folders and playlists stand for what is in them.

    Args:
        names: as the desktop gives them.
        limits: of each; see `parse_url`.

    Raises:
        InputError: one does not exist, or a folder holds nothing to play.
    """
    paths = [Path(name) for name in names]
    subtitles = tuple(filter(_is_subtitles, paths))
    media = expand_paths([p for p in paths if p not in subtitles], limits)
    return Dropped(media, tuple(_once(subtitles)))


def _is_subtitles(path: Path) -> bool:
    try:
        return path.suffix.lower() in SUBTITLE_FILES and not path.is_dir()
    except OSError:  # the name is too long; reported where it is opened
        return True


def _once(paths: Sequence[Path]) -> Iterator[Path]:
    """Each file, and of a pair of .idx and .sub the one that names the tracks."""
    for path in dict.fromkeys(paths):
        if path.suffix.lower() != ".sub" or path.with_suffix(".idx") not in paths:
            yield path


def without_folders(message: str, names: Sequence[str]) -> str:
    """A message for the screen: files that were dropped are known by their names."""
    for name in names:
        message = message.replace(name, Path(name).name)
    return message
