"""Where results go: a file, a playlist with its parts, or a server."""

import contextlib
import re
from pathlib import Path
from typing import Protocol

from avio_cli.errors import OutputError, UsageError
from avio_cli.ffmpeg.address import (
    NETWORK_SCHEMES,
    Address,
    file_url,
    mask_credentials,
    printable,
)
from avio_cli.sinks.containers import Container
from avio_cli.sinks.target import Target, check_free, refuse_same

_SENDABLE = frozenset({"rtmp", "rtmps"})
"""Schemes of servers that take the containers which avio sends."""


class Place(Protocol):
    """Where one result goes; checked when it is made, released by `discard`."""

    @property
    def shown(self) -> str:
        """What people get to see of it."""

    @property
    def url(self) -> str:
        """What ffmpeg writes to."""

    @property
    def options(self) -> tuple[str, ...]:
        """What the muxer must be told of this place."""

    @property
    def readable(self) -> Path | None:
        """The finished file, to be read back; None where that cannot be."""

    def refuse_source(self, address: Address) -> None:
        """Fail if the source is the very file that is to be written."""

    def sidecar(self, number: int) -> Path:
        """A file for cover art that goes when the place is discarded."""

    def commit(self) -> None:
        """Give what is finished its name."""

    def discard(self) -> None:
        """Remove what is not finished; safe to call at any time."""

    def size(self) -> int:
        """Bytes of the result; 0 where unknown."""


def parse_output(text: str) -> Path | Address:
    """Understand an output as typed: a file, or the address of a server.

    Raises:
        OutputError: the address is of a kind that avio does not send to.
    """
    scheme, found, _ = text.partition("://")
    if not found or Path(text).exists():
        return Path(text.removeprefix("file:") if text.startswith("file:/") else text)
    shown = mask_credentials(printable(text))
    if scheme.lower() not in _SENDABLE:
        known = scheme.lower() in NETWORK_SCHEMES
        raise OutputError(
            f"cannot send to {shown}: "
            f"{'avio only reads' if known else 'avio does not know'} {scheme}://",
            hint=f"supported are {', '.join(sorted(_SENDABLE))}, and files",
        )
    return Address("url", text, shown)


def open_place(
    output: Path | Address,
    container: Container,
    *,
    force: bool = False,
    rehearsal: bool = False,
) -> Place:
    """Take the place of a result.

    Args:
        output: where it shall be.
        container: what is written there.
        force: whether a file that is there may be replaced.
        rehearsal: only name the place; touch and check nothing.

    Raises:
        OutputError: the place cannot be used.
        UsageError: the container does not go there.
    """
    if isinstance(output, Address):
        if container.form != "stream":
            raise UsageError(
                f"{container.title} cannot be sent to {output.shown}",
                hint="--preset stream-rtmp can",
            )
        return Server(output)
    if container.form == "stream":
        raise UsageError(
            f"{container.title} is sent to a server, not into {output.name}",
            hint="name an address: rtmp://server/application/key",
        )
    if container.form == "parts":
        return Parts(output, force=force, rehearsal=rehearsal)
    return Target(output, force=force, rehearsal=rehearsal)


class Parts:
    """A playlist, and its parts beside it, each named when it is complete.

    What is finished when a run fails stays: a player may already have shown it.

    Args:
        path: the playlist; parts are called after it.
        force: whether a playlist and parts that are there may be replaced.
        rehearsal: only name the place.

    Raises:
        OutputError: they are there, or the folder is not.
    """

    def __init__(self, path: Path, *, force: bool, rehearsal: bool) -> None:
        self.path, self.shown = path, printable(str(path))
        if rehearsal:
            return
        check_free(path, force=force)
        if "%" in str(Path.cwd() / path.parent):  # ffmpeg would put a number there
            raise OutputError(
                f"the parts of {self.shown} cannot lie in a folder with % in its name"
            )
        old = self._parts()
        if old and not force:
            raise OutputError(f"{printable(str(old[0]))} exists", hint="-y replaces it")
        for part in old:  # a shorter result would leave the last ones
            part.unlink()

    @property
    def url(self) -> str:
        """The playlist; ffmpeg writes it beside and renames it."""
        return file_url(self.path)

    @property
    def options(self) -> tuple[str, ...]:
        """How the parts are called."""
        folder = Path.cwd() / self.path.parent
        return ("-hls_segment_filename", f"{folder / self._stem}_%05d.ts")

    @property
    def readable(self) -> Path:
        """The playlist: reading it reads the parts."""
        return self.path

    def refuse_source(self, address: Address) -> None:
        """Fail if the source is the playlist."""
        refuse_same(self.path, address)

    def sidecar(self, number: int) -> Path:
        """Playlists hold no cover art."""
        raise NotImplementedError

    def commit(self) -> None:
        """Everything has its name already."""

    def discard(self) -> None:
        """Remove what ffmpeg was writing when it ended."""
        with contextlib.suppress(OSError):
            for left in (
                self.path.with_name(f"{self.path.name}.tmp"),
                *self._unnamed(),
            ):
                left.unlink(missing_ok=True)

    def size(self) -> int:
        """Bytes of playlist and parts."""
        return sum(p.stat().st_size for p in (self.path, *self._parts()))

    @property
    def _stem(self) -> str:
        # ffmpeg puts the number in place of every %d, and knows no way to say %.
        return self.path.with_suffix("").name.replace("%", "_")

    def _unnamed(self) -> list[Path]:
        return self._parts(r"\.tmp")

    def _parts(self, more: str = "") -> list[Path]:
        name = re.compile(rf"{re.escape(self._stem)}_\d{{5,}}\.ts{more}")
        there = self.path.parent.iterdir()
        return sorted(entry for entry in there if name.fullmatch(entry.name))


class Server:
    """A server that takes what is sent to it.

    Args:
        address: where it listens.
    """

    def __init__(self, address: Address) -> None:
        self.url, self.shown = address.url, address.shown
        self.options: tuple[str, ...] = ()
        self.readable = None

    def refuse_source(self, address: Address) -> None:
        """Fail if the source is the very address that is sent to."""
        if address.url == self.url:
            raise OutputError(f"{self.shown} is the input itself")

    def sidecar(self, number: int) -> Path:
        """Streams hold no cover art."""
        raise NotImplementedError

    def commit(self) -> None:
        """What was sent is there."""

    def discard(self) -> None:
        """What was sent cannot be taken back."""

    def size(self) -> int:
        """Not known here."""
        return 0
