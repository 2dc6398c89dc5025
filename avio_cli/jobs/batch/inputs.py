"""The inputs of a batch: files, the files of folders, patterns and lists."""

import codecs
import glob
import logging
import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from avio_cli.errors import InputError, UsageError
from avio_cli.ffmpeg.url import (
    MEDIA_EXTENSIONS,
    cannot_open,
    mask_credentials,
    parse_url,
    printable,
)
from avio_cli.jobs.batch.status import HIDDEN, all_statuses

LOG = logging.getLogger("avio.batch")

STDIN = "-"
LIST_EXTENSIONS = (".txt", ".list")
_SIGNED = re.compile(  # the times of Amazon's, Google's and Azure's signatures
    r"(?<=[?&])(?:(?:x-amz-|x-goog-)[\w-]+|expires|s[te](?==\d{4}-\d\d-))=[^&#]*&?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class BatchInput:
    """One source, and where its result belongs."""

    source: str
    """An absolute path, or a URL."""
    name: str
    """Its path below the folder of results, with the source's own extension and slashes
    between folders; without credentials."""
    size: int = 0
    """Bytes; 0 of a URL, which is not asked, and of what is not there."""
    mtime_ns: int = 0

    @property
    def shown(self) -> str:
        """The source for messages: without credentials, in one line."""
        return printable(mask_credentials(self.source))

    @property
    def identity(self) -> str:
        """What distinguishes it from other sources of its name."""
        return identity_of(self.shown)

    @property
    def is_url(self) -> bool:
        """Whether it is named by a URL."""
        return "://" in self.source


def identity_of(shown: str) -> str:
    """What a source is known by, however it is named.

    Of a file that is its real path, behind all links; of a URL itself, without what is
    new each time it is signed.

    Args:
        shown: the source as messages have it.
    """
    return _SIGNED.sub("", shown) if "://" in shown else os.path.realpath(shown)


@dataclass(frozen=True, slots=True)
class _Named:
    """A path, and the folder below which its own folders are kept."""

    path: str
    base: str


def collect_inputs(
    inputs: Sequence[str],
    *,
    results: Path,
    base: Path | None = None,
    stdin: bytes = b"",
) -> tuple[BatchInput, ...]:
    """All sources that the words of a command line mean, sorted by name.

    Nothing is opened: what cannot be read fails when its turn comes.

    Args:
        inputs: as typed.
        results: the folder of results, which is not searched.
        base: the folder below which all keep their folders; None: each folder named,
            what precedes a pattern, and of lists the current folder.
        stdin: the list that ``-`` stands for.

    Raises:
        InputError: one does not exist, or there are no media files.
        UsageError: one is outside of `base`, or two have one name.
    """
    found: dict[str, BatchInput] = {}
    for text in inputs:
        for named in _expanded(text, os.path.realpath(results), stdin):
            _add(found, _input(named, base))
    if not found:
        raise InputError(f"{printable(' '.join(inputs))}: no media files")
    return tuple(found[name] for name in sorted(found))


def _add(found: dict[str, BatchInput], new: BatchInput) -> None:
    """Add a source; the same one twice is one.

    Of URLs only equal ones are: what their identity leaves out may be all that
    distinguishes two videos.
    """
    other = found.setdefault(new.name, new)
    if other.source == new.source:
        return
    if other.is_url or new.is_url or other.identity != new.identity:
        raise same_result(other, new)


def same_result(one: BatchInput, other: BatchInput) -> UsageError:
    """The error of two sources whose results would have one name."""
    return UsageError(
        f"{one.shown} and {other.shown} would have the same result",
        hint="--base FOLDER keeps the folders below it; else name one of them alone",
    )


def _expanded(text: str, results: str, stdin: bytes) -> Iterator[_Named]:
    path = Path(text)
    if text == STDIN:
        yield from _listed(stdin, results)
    elif "://" in text:
        yield _Named(text, "")
    elif path.is_dir():
        yield from _in_folder(text, text, results)
    elif path.suffix.lower() in LIST_EXTENSIONS and path.is_file():
        yield from _listed(_read_list(path), results)
    elif glob.has_magic(text) and not path.exists():
        yield from _matching(text, results)
    elif not path.exists():
        raise InputError(f"no such file: {printable(text)}")
    else:
        yield _Named(text, str(path.parent))


def _in_folder(folder: str, base: str, results: str) -> Iterator[_Named]:
    """Media files of a folder and those below it.

    Hidden ones are left out, and links to folders are not followed.
    """
    pending = [folder]
    while pending:
        try:
            entries = sorted(os.scandir(pending.pop()), key=lambda entry: entry.name)
        except OSError as error:
            raise cannot_open(str(error.filename), error) from error
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if entry.is_dir(follow_symlinks=False):
                if os.path.realpath(entry.path) != results:
                    pending.append(entry.path)
            elif _is_media(entry.name) and _can_be_read(entry.path):
                yield _Named(entry.path, base)


def _is_media(name: str) -> bool:
    return f".{name.rpartition('.')[2].lower()}" in MEDIA_EXTENSIONS


def _can_be_read(path: str) -> bool:
    """Whether a path is more than a folder; a broken link fails when its turn comes."""
    try:
        mode = Path(path).stat().st_mode
    except OSError:
        return True
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        LOG.warning("%s is left out: it is no file", printable(path))
    return stat.S_ISREG(mode)


def _below(path: str, results: str) -> str | None:
    """The path of something below the folder of results; None where it is elsewhere."""
    folder, name = os.path.split(os.path.abspath(path))  # noqa: PTH100 - for its speed
    found = os.path.join(os.path.realpath(folder), name)  # noqa: PTH118 - likewise
    if not f"{found}{os.sep}".startswith(os.path.join(results, "")):  # noqa: PTH118
        return None
    return os.path.relpath(found, results).replace(os.sep, "/")


def _matching(pattern: str, results: str) -> Iterator[_Named]:
    """What a pattern matches; ``**`` is any number of folders."""
    base = os.path.split(re.split(r"[*?\[]", pattern, maxsplit=1)[0])[0] or os.curdir
    matches = sorted(glob.glob(pattern, recursive=True))  # noqa: PTH207 - as typed
    if not matches:
        raise InputError(f"no file matches {printable(pattern)}")
    named = _below(base, results) is not None
    for match in matches:
        if not named and _below(match, results) is not None:
            continue
        if not Path(match).is_dir():
            if _can_be_read(match):
                yield _Named(match, base)
        elif "**" not in pattern:
            yield from _in_folder(match, base, results)


def _read_list(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise cannot_open(str(path), error) from error


def _listed(data: bytes, results: str) -> Iterator[_Named]:
    """The names in a list: a line each, or as ``find -print0`` separates them.

    They keep all their folders, so that a further one changes the place of no other.
    What this batch has made is left out: the list may be of the folder above.
    """
    made: frozenset[str] | None = None
    for named in _in_list(data, results):
        place = None if "://" in named.path else _below(named.path, results)
        if place is not None:
            made = _made(results) if made is None else made
            if place in made or place.startswith(f"{HIDDEN}/"):
                continue
        yield named


def _made(results: str) -> frozenset[str]:
    """Names of all that batches have written into a folder of results."""
    statuses = all_statuses(Path(results))
    return frozenset(name for status in statuses for name in status.owned)


def _in_list(data: bytes, results: str) -> Iterator[_Named]:
    for text in map(os.fsdecode, _names(data)):
        path = Path(text)
        base = path.anchor if path.is_absolute() else os.curdir
        if "://" not in text and os.path.isdir(text):  # noqa: PTH112 - raises nothing
            yield from _in_folder(text, base, results)
        elif "://" in text or _can_be_read(text):
            yield _Named(text, base)


def _names(data: bytes) -> Iterator[bytes]:
    """The names in a list; only one with a name a line has comments and blanks.

    Raises:
        InputError: it is in UTF-16, whose zero bytes separate nothing.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise InputError("the list is in UTF-16", hint="save it as UTF-8")
    if b"\0" in data:
        yield from filter(None, data.split(b"\0"))
        return
    for line in data.removeprefix(codecs.BOM_UTF8).splitlines():
        if line.strip() and not line.startswith(b"#"):
            yield line
        elif line.startswith(b"#") and os.path.lexists(line):
            shown = printable(os.fsdecode(line))
            LOG.warning("%s is left out, as a comment: ./%s is the file", shown, shown)


def _input(named: _Named, base: Path | None) -> BatchInput:
    if "://" in named.path:
        path = parse_url(named.path).display_name.partition("?")[0]
        return BatchInput(named.path, PurePosixPath(path).name or "stream")
    source = os.path.normpath(Path(named.path).absolute())
    name = _name(source, str(base or named.base))
    try:
        found = Path(source).stat()
    except OSError:  # a list may be older than what it names
        return BatchInput(source, name)
    return BatchInput(source, name, found.st_size, found.st_mtime_ns)


def _name(source: str, base: str) -> str:
    """The path of a source below a folder.

    Raises:
        UsageError: it is elsewhere.
    """
    relative = os.path.relpath(source, base or os.curdir)
    if relative.startswith(os.pardir + os.sep):
        raise UsageError(
            f"{printable(source)} is not in the folder {printable(base)}",
            hint="--base FOLDER names one that all inputs are in",
        )
    return relative.replace(os.sep, "/")
