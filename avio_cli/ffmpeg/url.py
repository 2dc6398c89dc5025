"""Inputs that a user may name: a file, a URL or stdin; credentials are masked."""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from avio_cli.errors import InputError, similar_names
from avio_cli.ffmpeg.image_sequence import (
    ImageSequence,
    folder_sequence,
    numbered_sequence,
)

AddressKind = Literal["file", "url", "stdin", "images"]

NETWORK_SCHEMES = frozenset(
    {"http", "https", "rtsp", "rtsps", "rtmp", "rtmps", "rtp", "srt", "tcp", "udp"}
)

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
# A password with a slash in it is no valid URL, yet it must not be shown: with a colon
# before the first slash, all up to the last @ is hidden.
_USER_INFO = re.compile(r"://(?:[^/?#\s@:]*:\S*|[^/?#\s]*)@")
# Some cameras want rtsp://host/user=me_password=secret_channel=1.
_PARAMETER = re.compile(
    r"((?<=[?&;#])[\w.%\[\]-]+|(?<=/)user(?:name)?)="
    # A quote ends the value where it ends the quoted URL: before a blank or the end.
    r"(?:[^&#\s'\"]|['\"](?!['\",.:;)\]}]{0,4}(?:\s|$)))+"
)
# What follows the application in the path of an RTMP server is the key of a stream. In
# its debug log ffmpeg repeats it without the URL (5.1, 9.0).
_STREAM_KEY = re.compile(
    r"(\brtmp[est]*://[^/\s]+/[^/\s'\"]+/|\bpath = /[^/\s]+/|\bfname = "
    r"|(?<=[?&])streamid=)"  # of SRT; it may hold what would end a parameter
    r"(?:[^\s'\"]|['\"](?!['\",.:;)\]}]{0,4}(?:\s|$)))+?"
    r"(?=['\",.:;)\]}]{0,5}(?:\s|$))",
    re.IGNORECASE,
)
_SECRET = re.compile(
    r"(pass(word|wd|phrase)?|pwd|user(name)?|usr|login(use|pas)?|token|secret|key|auth|"
    r"sig(nature)?|credentials?|jwt|\bcid)\]?$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class MediaUrl:
    """One input, named so that ffmpeg can interpret it only one way."""

    kind: AddressKind
    url: str
    """What ffmpeg gets: ``file:/abs/path``, the URL itself, or ``pipe:0``."""
    display_name: str
    """The name shown to people: as typed, credentials masked."""
    demuxer_options: tuple[str, ...] = ()
    """Options of the demuxer, for ``images``."""
    warnings: tuple[str, ...] = ()
    """What is not read of ``images``, or not as it is."""

    @property
    def path(self) -> Path:
        """The file; only where `kind` is ``file``."""
        return Path(self.url.removeprefix("file:"))

    @property
    def can_reopen(self) -> bool:
        """Whether a second child may read it from the start as well."""
        if self.kind == "file":
            return self.path.is_file()
        if self.kind == "images":
            return True
        return self.kind == "url" and self.url.lower().startswith("http")


def parse_url(text: str | os.PathLike[str]) -> MediaUrl:
    """Parse an input as typed.

    An existing file wins over any other reading, so ``a:b.mp4`` is a file. A folder of
    images, or a name like ``shot%04d.png`` that files match, is read as one video.

    Raises:
        InputError: it is neither an existing file nor something avio can open.
    """
    name = os.fspath(text)
    if name in ("-", "pipe:", "pipe:0"):
        return MediaUrl("stdin", "pipe:0", "stdin")
    exists = os.path.lexists(name)
    match = _SCHEME.match(name)
    if match and not exists and match[1].lower() != "file":
        return _network_address(name, match[1].lower())
    path = Path(name if exists else name.removeprefix("file:"))
    try:
        images = _images(path)
        if images is not None:
            return _image_url(path, images)
        _check_readable(path)
    except OSError as error:  # the name is too long, the disk fails
        cause = error.strerror
        raise InputError(f"cannot open {printable(name)}: {cause}") from error
    return MediaUrl("file", file_url(path), printable(str(path)))


def _images(path: Path) -> ImageSequence | None:
    if path.is_dir():
        return folder_sequence(path)
    return None if path.exists() else numbered_sequence(path)


def _image_url(path: Path, images: ImageSequence) -> MediaUrl:
    name = printable(str(path))
    warnings = tuple(f"{name}: {printable(text)}" for text in images.warnings)
    return MediaUrl("images", images.url, name, images.options, warnings)


def file_url(path: Path) -> str:
    """Name a local file so that no part of it is read as protocol or option."""
    # Not resolve(): a link is opened as the user named it.
    return f"file:{Path.cwd() / path}"


def mask_credentials(text: str) -> str:
    """Hide passwords, and keys of URLs and streams, in a text."""
    hidden = _STREAM_KEY.sub(r"\1***", _USER_INFO.sub("://***@", text))
    return _PARAMETER.sub(_mask_parameter, hidden)


def _mask_parameter(match: re.Match[str]) -> str:
    return f"{match[1]}=***" if _SECRET.search(match[1]) else match[0]


def printable(text: str) -> str:
    """Escape what would break a line or a terminal, keep the rest as it is."""
    return "".join(
        character if character.isprintable() else _escape(character)
        for character in text
    )


def _escape(character: str) -> str:
    return character.encode("unicode_escape", "backslashreplace").decode("ascii")


def _network_address(name: str, scheme: str) -> MediaUrl:
    # A space in a password would end the URL in every text that quotes it.
    url = re.sub(r"\s", lambda match: quote(match[0]), name)
    shown = mask_credentials(printable(url))
    if scheme not in NETWORK_SCHEMES:
        raise InputError(
            f"cannot open {shown}: protocol {scheme!r} is not supported",
            hint=f"supported are {', '.join(sorted(NETWORK_SCHEMES))}",
        )
    return MediaUrl("url", url, shown)


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
    try:
        names = [entry.name for entry in path.parent.iterdir()]
    except OSError:
        return f"the folder {printable(str(path.parent))} cannot be read"
    near = similar_names(path.name, names, count=1, cutoff=0.75)
    return f"did you mean {printable(str(path.parent / near[0]))}?" if near else ""
