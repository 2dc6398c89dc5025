"""The inputs of a run: files, URLs, and the media files of folders, in order."""

from pathlib import Path

from avio_cli.errors import InputError
from avio_cli.ffmpeg.image_order import natural_order
from avio_cli.ffmpeg.limits import Limits
from avio_cli.ffmpeg.playlists import is_hls, is_playlist, listed_files
from avio_cli.ffmpeg.url import MEDIA_EXTENSIONS, MediaUrl, parse_url, printable


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
        if _is_folder(text):
            urls += _in_folder(Path(text), limits)
        elif _is_list(text):
            urls += [parse_url(path, limits) for path in listed_files(Path(text))]
        else:
            urls.append(parse_url(text, limits))
    return tuple(urls)


def _is_folder(text: str) -> bool:
    try:
        return bool(text) and "://" not in text and text != "-" and Path(text).is_dir()
    except OSError:  # the name is too long; reported where it is opened
        return False


def _is_list(text: str) -> bool:
    path = Path(text)
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
