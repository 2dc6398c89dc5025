"""Inputs that a user may name: a file, a URL, a device or stdin."""

import errno
import os
import re
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Literal
from urllib.parse import quote, urlsplit

from avio_cli.errors import InputError, similar_names
from avio_cli.ffmpeg.devices.finding import find_device
from avio_cli.ffmpeg.devices.naming import DeviceName, device_name
from avio_cli.ffmpeg.image_sequence import (
    IMAGE_EXTENSIONS,
    ImageSequence,
    folder_sequence,
    numbered_sequence,
)
from avio_cli.ffmpeg.limits import UNLIMITED, Limits
from avio_cli.ffmpeg.masking import mask_credentials, printable
from avio_cli.ffmpeg.playlists import HLS_OPTIONS, check_hls, is_hls, is_playlist

__all__ = [
    "MEDIA_EXTENSIONS",
    "NETWORK_SCHEMES",
    "AddressKind",
    "MediaUrl",
    "cannot_open",
    "file_url",
    "mask_credentials",
    "parse_url",
    "printable",
]

AddressKind = Literal["file", "url", "stdin", "images", "device"]

NETWORK_SCHEMES = frozenset(
    {"http", "https", "rtsp", "rtsps", "rtmp", "rtmps", "rtp", "srt", "tcp", "udp"}
)

MEDIA_EXTENSIONS = frozenset(
    ".3gp .aac .ac3 .aif .aiff .asf .avi .flac .flv .gif .m2ts .m4a .m4v .mka .mkv "
    ".mov .mp2 .mp3 .mp4 .mpeg .mpg .mts .mxf .nut .oga .ogg .ogv .opus .ts .vob "
    ".wav .webm .wma .wmv .y4m".split()
)
"""File name extensions of video and audio files."""

_NEVER_RELAYED = IMAGE_EXTENSIONS | {".m3u8", ".mpd"}
"""Extensions over HTTP: of one image, and of playlists, whose parts are files."""

_HINTS = {
    errno.EACCES: "check its permissions, and those of the folders above it",
    errno.ENAMETOOLONG: "no file or folder can have a name of that length",
}

_VARIABLE = re.compile(r"env:([A-Za-z_]\w*)", re.ASCII)
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")


@dataclass(frozen=True, slots=True)
class MediaUrl:
    """One input, named so that ffmpeg can interpret it only one way."""

    kind: AddressKind
    url: str
    """What ffmpeg gets: ``file:/abs/path``, the URL itself, or ``pipe:0``."""
    display_name: str
    """The name shown to people: as typed, credentials masked."""
    demuxer_options: tuple[str, ...] = ()
    """Options of the demuxer, for ``images``, ``device`` and HLS playlists."""
    warnings: tuple[str, ...] = ()
    """What is not read of ``images``, or not as it is."""
    limits: Limits = UNLIMITED
    """How large it may be; `parse_url` sets them."""
    microphone: tuple[str, ...] = ()
    """A second input of a device, for its audio: options, and the name."""

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

    @property
    def is_relayed(self) -> bool:
        """Whether it is read through a relay, because it may open only once.

        Over HTTP whatever is named may be live, also ``stream.ts``: what the server
        answers decides, see `avio_cli.ffmpeg.live.opening.open_live`.
        """
        if self.kind != "url":
            return self.kind == "device"
        return not (self.can_reopen and self._extension in _NEVER_RELAYED)

    @property
    def is_hls(self) -> bool:
        """Whether it names a playlist of parts, in a file or over HTTP."""
        remote = self.kind == "url" and self.can_reopen
        return (remote and self._extension == ".m3u8") or (
            self.kind == "file" and self.demuxer_options == HLS_OPTIONS
        )

    @property
    def _extension(self) -> str:
        return PurePosixPath(urlsplit(self.url).path).suffix.lower()


def parse_url(text: str | os.PathLike[str], limits: Limits | None = None) -> MediaUrl:
    """Parse an input as typed.

    An existing file wins over any other reading, so ``a:b.mp4`` is a file. A folder of
    images, or a name like ``shot%04d.png`` that files match, is read as one video.

    Args:
        text: the input.
        limits: how large it may be; None for the usual `Limits`.

    Raises:
        InputError: it is neither an existing file nor something avio can open.
    """
    limits = Limits() if limits is None else limits
    url = _parse(from_environment(os.fspath(text)), limits)
    if url.kind == "url" and not limits.network:
        raise InputError(
            f"cannot open {url.display_name}: safe mode opens no network address",
            hint="download it first",
        )
    if url.kind == "file" and url.demuxer_options and not limits.network:
        raise InputError(
            f"cannot open {url.display_name}: it is a playlist, and safe mode opens no "
            "file that another one names"
        )
    return replace(url, limits=limits)


def from_environment(name: str) -> str:
    """The value of ``env:NAME``: an address that is in no command line of ours.

    What is something else, or the name of a file, is returned as it is.

    Raises:
        InputError: there is no such variable.
    """
    match = _VARIABLE.fullmatch(name)
    if match is None or os.path.lexists(name):
        return name
    value = os.environ.get(match[1], "").strip()
    if not value:
        raise InputError(
            f"cannot open {name}: there is no variable {match[1]}, or it is empty",
            hint=f"export {match[1]}=rtsp://…, or EnvironmentFile= of systemd",
        )
    return value


def _parse(name: str, limits: Limits) -> MediaUrl:
    if not name:
        raise InputError("no such file: ''", hint="the name is empty")
    if name in ("-", "pipe:", "pipe:0"):
        return MediaUrl("stdin", "pipe:0", "stdin")
    exists = os.path.lexists(name)
    if (not exists or name.startswith("/dev/")) and (device := device_name(name)):
        return _device(printable(name), device, limits)
    match = _SCHEME.match(name)
    if match and not exists and match[1].lower() != "file":
        return _network_address(name, match[1].lower())
    path = Path(name if exists else name.removeprefix("file:"))
    try:
        images = _images(path)
        if images is not None:
            return _image_url(path, images)
        _check_readable(path)
        options = _playlist_options(path)
    except OSError as error:  # the name is too long, the disk fails
        raise cannot_open(name, error) from error
    return MediaUrl("file", file_url(path), printable(str(path)), options)


def cannot_open(name: str, error: OSError) -> InputError:
    """The error of a file or folder that the system does not open."""
    message = f"cannot open {printable(name)}: {error.strerror or error}"
    return InputError(message, hint=_HINTS.get(error.errno or 0, ""))


def _playlist_options(path: Path) -> tuple[str, ...]:
    """How ffmpeg reads an HLS playlist; nothing for other files."""
    if not (is_playlist(path) and path.is_file() and is_hls(path)):
        return ()
    check_hls(path)
    return HLS_OPTIONS


def _device(name: str, device: DeviceName, limits: Limits) -> MediaUrl:
    if not limits.network:
        raise InputError(
            f"cannot open {name}: safe mode opens no device", hint="record it first"
        )
    found = find_device(device)
    heard = found.microphone
    return MediaUrl("device", found.url, name, found.options, microphone=heard)


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
    return f"file:{path.absolute()}"


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
        os.scandir(path).close()  # or says why its images cannot be read
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
