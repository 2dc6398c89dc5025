"""What Python code may name as an input, and how it is opened."""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from fractions import Fraction
from pathlib import Path
from typing import IO, Any

from avio_cli.errors import InputError, UsageError
from avio_cli.ffmpeg.limits import Limits
from avio_cli.ffmpeg.live.opening import opened
from avio_cli.ffmpeg.locate import locate_ffmpeg
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.output_place import output_file
from avio_cli.ffmpeg.url import MediaUrl, file_url, parse_url, printable
from avio_cli.temporary import TemporaryFolder

Source = str | os.PathLike[str] | bytes | bytearray | memoryview | IO[bytes]
"""A file, a URL, the content of a file, or a binary file object, read from where it
stands to its end."""
_CHUNK = 1 << 20


@contextmanager
def opened_source(
    source: Source, limits: Limits | None = None, timeout: Fraction | None = None
) -> Iterator[MediaSource]:
    """Probe a source; a copy of what has no name is kept until the block ends.

    Args:
        source: what to open.
        limits: how large it may be; None for the usual `Limits`.
        timeout: seconds for which a live source may be away; None: as the limits say.

    Raises:
        InputError: it cannot be opened, or is not media.
        UsageError: it is of no known kind.
    """
    if not isinstance(limits, Limits | None):
        raise UsageError(
            f"limits must be of Limits, not {limits!r}",
            hint="such as avio_cli.Limits(max_pixels=…)",
        )
    with (
        _url_of(source, (limits or Limits()).awaiting(timeout)) as url,
        opened(locate_ffmpeg(), url) as found,
    ):
        yield found


@contextmanager
def opened_sources(
    sources: Sequence[Source], limits: Limits | None = None
) -> Iterator[tuple[MediaSource, ...]]:
    """Likewise several, in their order."""
    with ExitStack() as stack:
        opened = (opened_source(source, limits) for source in sources)
        yield tuple(map(stack.enter_context, opened))


def output_path(output: Any) -> Path:
    """The path of a file that is to be written.

    Raises:
        UsageError: it is no path, or the name of a folder.
    """
    return output_file(output_text(output))


def output_text(output: Any) -> str:
    """Likewise as a text, which may be a URL.

    Raises:
        UsageError: it is no path.
    """
    try:
        return os.fsdecode(os.fspath(output))
    except TypeError:
        raise UsageError(
            f"an output is a path, not {type(output).__name__}",
            hint="write a file, and read that",
        ) from None


@contextmanager
def _url_of(source: Source, limits: Limits) -> Iterator[MediaUrl]:
    if isinstance(source, (str, os.PathLike)):
        yield _named(source, limits)
        return
    if path := _path_of(source):
        yield parse_url(path, limits)
        return
    with TemporaryFolder() as folder:
        copy = folder / "source"
        name = _copied(source, copy)
        yield MediaUrl("file", file_url(copy), name, limits=limits)


def _named(source: str | os.PathLike[str], limits: Limits) -> MediaUrl:
    url = parse_url(source, limits)
    if url.kind == "stdin":
        raise UsageError(
            "only the command line reads standard input", hint="give sys.stdin.buffer"
        )
    return url


def _path_of(source: Any) -> str:
    """The file that a file object reads, where it has yet to read anything of it."""
    try:
        name, opened = os.fspath(source.name), os.fstat(source.fileno())
        whole = os.path.samestat(Path(name).stat(), opened) and not source.tell()
    except (AttributeError, TypeError, OSError, ValueError):
        return ""
    return name if whole and isinstance(name, str) and _is_binary(source) else ""


def _is_binary(source: Any) -> bool:
    return "b" in getattr(source, "mode", "")


def _copied(source: Any, path: Path) -> str:
    """Write what a source holds into a file; what it is called in messages."""
    name = _name_of(source)
    try:
        with path.open("wb") as file:
            if isinstance(source, (bytes, bytearray, memoryview)):
                file.write(source)
            else:
                shutil.copyfileobj(source, file, _CHUNK)
    except TypeError:  # it gives text
        raise UsageError(f"{name} gives text: open it in binary mode") from None
    except (OSError, ValueError) as error:  # it is closed, or not for reading
        raise InputError(f"{name} cannot be read: {error}") from error
    if not path.stat().st_size:
        raise InputError(f"{name} is empty", hint="seek(0) rewinds a file object")
    return name


def _name_of(source: Any) -> str:
    if isinstance(source, (bytes, bytearray, memoryview)):
        return "the given bytes"
    if not callable(getattr(source, "read", None)):
        raise UsageError(
            f"a source cannot be of type {type(source).__name__}",
            hint="give a path, a URL, bytes or a binary file object",
        )
    name = getattr(source, "name", "")
    return printable(name) if isinstance(name, str) and name else "the file object"
