"""What lies where a result is to be written; nothing here opens or changes it."""

import os
import stat
from pathlib import Path
from typing import Literal

from avio_cli.errors import OutputError, UsageError
from avio_cli.ffmpeg.url import printable

PlaceKind = Literal["nothing", "file", "folder", "null", "stream", "other"]
"""Of a path, links followed: ``null`` is the null device, ``stream`` a FIFO or another
character device, ``other`` what no result can go to: a disk, a socket."""


def followed(path: Path) -> Path:
    """The file that a path leads to through symbolic links, there or not.

    What is no file is returned as it is: an open pipe (``/dev/stdout``) has no name.

    Raises:
        OutputError: the links lead in a circle, or the name is too long.
    """
    if not os.path.islink(path):  # noqa: PTH114 - Path's raises where it may not look
        return path
    if _is_special(path):
        return path
    real = Path(os.path.realpath(path))
    if real.is_symlink():
        raise OutputError(
            f"{printable(str(path))} is a link that leads in a circle",
            hint="choose another name",
        )
    return real


def place_kind(path: Path) -> PlaceKind:
    """What a path is, links followed.

    Raises:
        OutputError: it cannot be looked at.
    """
    try:
        return _kind(path.stat())
    except (FileNotFoundError, NotADirectoryError):
        return "nothing"
    except OSError as error:  # the name is too long, its folder may not be searched
        shown = printable(str(path))
        raise OutputError(f"cannot write {shown}: {error.strerror}") from error


def for_children(path: Path) -> Path:
    """A path that means the same to a child: ``/dev/stdout`` is avio's, not its own."""
    while path.is_symlink():
        parent = Path(os.path.realpath(path.parent))
        if parent.match("/proc/*/fd"):
            return parent / path.name
        path = parent / path.readlink()
    return path


def is_written_into(path: Path) -> bool:
    """Whether results are written into what is there: a FIFO, a character device."""
    try:
        return place_kind(path) in ("null", "stream")
    except OutputError:
        return False


def is_null_device(path: Path) -> bool:
    """Whether what is written there vanishes: ``/dev/null``, or a node like it."""
    return is_written_into(path) and place_kind(path) == "null"


def refuse_no_name(output: str | Path, option: str = "OUTPUT") -> None:
    """Fail where an output, as an argument or option calls it, names no file.

    Raises:
        UsageError: it is empty, a dash for standard output, or a folder.
    """
    text = str(output)
    if text == "" or (isinstance(output, Path) and output == Path()):
        raise UsageError(f"{option} is empty or this folder", hint="name a file")
    if text == "-":
        encoded = "/dev/stdout can, with --preset mkv-h264; or "
        raise UsageError(
            f"standard output cannot be {option}",
            hint=f"{encoded if option == 'OUTPUT' else ''}name a file",
        )
    output_file(text)
    if os.path.isdir(text):  # noqa: PTH112 - likewise
        raise UsageError(f"{printable(text)} is a folder", hint="name a file in it")


def output_file(text: str) -> Path:
    """The path of a file that is to be written, as typed.

    `Path` drops a slash at the end: what names a folder would become a file.

    Raises:
        UsageError: it ends in a slash, or in ``/.``.
    """
    if text in ("", ".") or os.path.basename(text) not in ("", "."):  # noqa: PTH119
        return Path(text)
    shown = printable(text)
    if os.path.isdir(text):  # noqa: PTH112 - Path's raises for a name too long
        raise UsageError(f"{shown} is a folder", hint="name a file in it")
    raise UsageError(
        f"{shown} names a folder, which does not exist", hint="name a file"
    )


def check_place(path: Path) -> Path:
    """Fail early where no result can be written; returns what a path leads to.

    Raises:
        OutputError: it is a folder, has no folder, or nothing can go there.
    """
    shown, place = printable(str(path)), followed(path)
    try:
        if place.is_dir():
            raise OutputError(f"{shown} is a folder", hint="name a file in it")
        if not place.parent.is_dir():
            raise _no_folder(place)
    except OSError as error:  # the name is too long, the disk fails
        raise OutputError(f"cannot write {shown}: {error.strerror}") from error
    refuse_other(place)
    return place


def _no_folder(place: Path) -> OutputError:
    for above in place.parents:
        if above.exists() and not above.is_dir():
            return OutputError(
                f"{printable(str(above))} is not a folder",
                hint="choose another folder for the result",
            )
    return OutputError(
        f"the folder {printable(str(place.parent))} does not exist",
        hint="make it first",
    )


def refuse_other(path: Path) -> None:
    """Fail where no result can go.

    Raises:
        OutputError: it is a disk or a socket.
    """
    if place_kind(path) == "other":
        raise OutputError(
            f"{printable(str(path))} is no regular file, and not written to",
            hint="name a file, a FIFO, or /dev/null",
        )


def refuse_irregular(path: Path, what: str) -> None:
    """Fail where something is that is no regular file.

    Raises:
        OutputError: it is; `what` names the result that needs one.
    """
    if place_kind(path) not in ("nothing", "file"):
        raise OutputError(
            f"{printable(str(path))} is no regular file, which {what} needs",
            hint="name a file in a folder",
        )


def _is_special(path: Path) -> bool:
    try:
        return place_kind(path) in ("null", "stream", "other")
    except OutputError:  # links in a circle
        return False


def _kind(found: os.stat_result) -> PlaceKind:
    if stat.S_ISREG(found.st_mode):
        return "file"
    if stat.S_ISDIR(found.st_mode):
        return "folder"
    if stat.S_ISCHR(found.st_mode):
        return "null" if found.st_rdev == _null_device() else "stream"
    return "stream" if stat.S_ISFIFO(found.st_mode) else "other"


def _null_device() -> int:
    return Path(os.devnull).stat().st_rdev
