"""What a user may name as input: a file, a URL or stdin; and how to say it safely."""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from avio_cli.errors import InputError

AddressKind = Literal["file", "url", "stdin"]

NETWORK_SCHEMES = frozenset(
    {"http", "https", "rtsp", "rtsps", "rtmp", "rtmps", "rtp", "srt", "tcp", "udp"}
)

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_USER_INFO = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*://)[^/?#\s'\"]*@")
_SECRET = re.compile(
    r"(?i)([?&;](?:[\w.-]*(?:pass(?:word|wd|phrase)?|pwd|user(?:name)?|token|secret|"
    r"api_?key|key|auth|sig(?:nature)?))=)[^&;#\s'\"]+"
)


@dataclass(frozen=True, slots=True)
class Address:
    """One input, named so that ffmpeg can only understand it one way."""

    kind: AddressKind
    url: str
    """What ffmpeg gets: ``file:/abs/path``, the URL itself, or ``pipe:0``."""
    shown: str
    """What people get to see: as typed, credentials masked."""

    @property
    def path(self) -> Path:
        """The file; only where `kind` is ``file``."""
        return Path(self.url.removeprefix("file:"))

    @property
    def can_reopen(self) -> bool:
        """Whether a second child may read it from the start as well."""
        return self.kind == "file" and self.path.is_file()


def parse_address(text: str | os.PathLike[str]) -> Address:
    """Understand an input as typed.

    An existing file wins over any other reading, so ``a:b.mp4`` is a file.

    Raises:
        InputError: it is neither an existing file nor something avio can open.
    """
    name = os.fspath(text)
    if name in ("-", "pipe:", "pipe:0"):
        return Address("stdin", "pipe:0", "stdin")
    if not os.path.lexists(name) and (match := _SCHEME.match(name)):
        return _network_address(name, match[1].lower())
    path = Path(name.removeprefix("file:") if not Path(name).exists() else name)
    _check_readable(path)
    return Address("file", file_url(path), printable(str(path)))


def file_url(path: Path) -> str:
    """Name a local file so that no part of it is read as protocol or option."""
    # Not resolve(): a link is opened as the user named it.
    return f"file:{Path.cwd() / path}"


def mask_credentials(text: str) -> str:
    """Hide passwords and keys of any URL in a text."""
    return _SECRET.sub(r"\1***", _USER_INFO.sub(r"\1***@", text))


def printable(text: str) -> str:
    """Escape what would break a line or a terminal, keep the rest as it is."""
    return "".join(
        character if character.isprintable() else _escape(character)
        for character in text
    )


def _escape(character: str) -> str:
    return character.encode("unicode_escape", "backslashreplace").decode("ascii")


def _network_address(name: str, scheme: str) -> Address:
    if scheme not in NETWORK_SCHEMES:
        raise InputError(
            f"cannot open {mask_credentials(printable(name))}: "
            f"protocol {scheme!r} is not supported",
            hint=f"supported are {', '.join(sorted(NETWORK_SCHEMES))}",
        )
    return Address("url", name, printable(mask_credentials(name)))


def _check_readable(path: Path) -> None:
    name = printable(str(path))
    if path.is_dir():
        raise InputError(f"{name} is a folder, not a media file")
    if not path.exists():
        raise InputError(f"no such file: {name}", hint=_near_names(path))
    if not os.access(path, os.R_OK):
        raise InputError(f"{name} cannot be read", hint="check its permissions")
    if path.is_file() and path.stat().st_size == 0:
        raise InputError(f"{name} is empty")


def _near_names(path: Path) -> str:
    import difflib

    try:
        names = [entry.name for entry in path.parent.iterdir()]
    except OSError:
        return f"the folder {printable(str(path.parent))} cannot be read"
    near = difflib.get_close_matches(path.name, names, n=1, cutoff=0.75)
    return f"did you mean {printable(str(path.parent / near[0]))}?" if near else ""
