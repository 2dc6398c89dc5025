"""Where results go: a file, a playlist with its parts, or a server."""

from pathlib import Path
from typing import Protocol

from avio_cli.errors import OutputError, UsageError
from avio_cli.ffmpeg.url import NETWORK_SCHEMES, MediaUrl, mask_credentials, printable
from avio_cli.media.containers import Container
from avio_cli.output.file import FileOutput
from avio_cli.output.hls import HlsOutput

_SENDABLE = frozenset({"rtmp", "rtmps"})
"""Schemes of servers that take the containers which avio sends."""


class OutputTarget(Protocol):
    """Where one result goes; checked when it is made, released by `discard`."""

    @property
    def display_name(self) -> str:
        """What people get to see of it."""

    @property
    def url(self) -> str:
        """What ffmpeg writes to."""

    @property
    def options(self) -> tuple[str, ...]:
        """What the muxer must be told of this place."""

    @property
    def readback_path(self) -> Path | None:
        """The finished file, to be read back; None where that cannot be."""

    def refuse_source(self, address: MediaUrl) -> None:
        """Fail if the source is the very file that is to be written."""

    def sidecar(self, number: int) -> Path:
        """A file for cover art that goes when the place is discarded."""

    def commit(self) -> None:
        """Give what is finished its name."""

    def discard(self) -> None:
        """Remove what is not finished; safe to call at any time."""

    def size(self) -> int:
        """Bytes of the result; 0 where unknown."""


def parse_output(text: str) -> Path | MediaUrl:
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
    return MediaUrl("url", text, shown)


def open_output(
    output: Path | MediaUrl,
    container: Container,
    *,
    force: bool = False,
    rehearsal: bool = False,
) -> OutputTarget:
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
    if isinstance(output, MediaUrl):
        if container.form != "stream":
            raise UsageError(
                f"{container.title} cannot be sent to {output.display_name}",
                hint="--preset stream-rtmp can",
            )
        return StreamOutput(output)
    if container.form == "stream":
        raise UsageError(
            f"{container.title} is sent to a server, not into {output.name}",
            hint="name an address: rtmp://server/application/key",
        )
    if container.form == "parts":
        return HlsOutput(output, force=force, rehearsal=rehearsal)
    return FileOutput(output, force=force, rehearsal=rehearsal)


class StreamOutput:
    """A server that takes what is sent to it.

    Args:
        address: where it listens.
    """

    def __init__(self, address: MediaUrl) -> None:
        self.url, self.display_name = address.url, address.display_name
        self.options: tuple[str, ...] = ()
        self.readback_path = None

    def refuse_source(self, address: MediaUrl) -> None:
        """Fail if the source is the very address that is sent to."""
        if address.url == self.url:
            raise OutputError(f"{self.display_name} is the input itself")

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
