"""The inputs of a run: files, URLs, the media files of folders; which are skipped."""

import logging
from collections.abc import Sequence
from pathlib import Path

from avio_cli.errors import AvioError, InputError
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

LOG = logging.getLogger("avio.player")


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


class Skipped:
    """Inputs that cannot be played: logged at once, and said on the screen together."""

    def __init__(self) -> None:
        self._names: list[str] = []
        self._message = ""

    def add(self, name: str, error: AvioError) -> None:
        """Skip an input.

        Args:
            name: of it, as in the message. On the screen, files are known by their
                names alone.
            error: why it cannot be played.
        """
        LOG.warning("%s", error.message)
        name = printable(name)
        short = name if "://" in name else Path(name).name or name
        self._names.append(short)
        self._message = error.message.replace(name, short)

    def poll(self) -> str:
        """What to show of those that were added since the last call; often nothing.

        A message is one line: of several inputs, there is room for their names.
        """
        names, self._names = self._names, []
        if len(names) > 1:
            return f"{len(names)} files cannot be played: {', '.join(names)}"
        return self._message if names else ""
