"""Outputs: a file, a FIFO or device, a playlist with its segments, or a server."""

from pathlib import Path
from typing import Protocol

from avio_cli.errors import OutputError, UsageError
from avio_cli.ffmpeg.output_place import is_written_into, output_file
from avio_cli.ffmpeg.url import NETWORK_SCHEMES, MediaUrl, mask_credentials, printable
from avio_cli.media.container import Container
from avio_cli.output.file import FileOutput
from avio_cli.output.hls import HlsOutput
from avio_cli.output.special import (
    SpecialOutput,
    refuse_same_file,
    refuse_unstreamable,
)

_SENDABLE = frozenset({"rtmp", "rtmps"})
"""Schemes of servers that accept the containers avio sends."""


class OutputTarget(Protocol):
    """One output; checked when it is created, released by `discard`."""

    @property
    def display_name(self) -> str:
        """Name for messages."""

    @property
    def url(self) -> str:
        """The URL that ffmpeg writes to."""

    @property
    def options(self) -> tuple[str, ...]:
        """Muxer options that this output needs."""

    @property
    def readback_path(self) -> Path | None:
        """The finished file, to be read back; None where that is impossible."""

    @property
    def can_restart(self) -> bool:
        """Whether a failed run may begin again: nothing of it has been delivered."""

    def sidecar(self, number: int) -> Path:
        """A file for cover art, removed by `discard`."""

    def commit(self) -> None:
        """Rename the finished output to its final name."""

    def discard(self) -> None:
        """Remove unfinished output; safe to call at any time."""

    def size(self) -> int:
        """Bytes of the output; 0 where unknown."""


def parse_output(text: str) -> Path | MediaUrl:
    """Parse an output as typed: a file, or the URL of a server.

    Raises:
        OutputError: avio does not send to URLs of this scheme.
        UsageError: it is the name of a folder.
    """
    scheme, separator, _ = text.partition("://")
    if not separator or Path(text).exists():
        is_url = text.startswith("file:/")
        return output_file(text.removeprefix("file:") if is_url else text)
    shown = mask_credentials(printable(text))
    if scheme.lower() not in _SENDABLE:
        known = scheme.lower() in NETWORK_SCHEMES
        raise OutputError(
            f"cannot send to {shown}: "
            f"{'avio only reads' if known else 'avio does not know'} {scheme}://",
            hint=f"supported are {', '.join(sorted(_SENDABLE))}, and files",
        )
    return MediaUrl("url", text, shown)


def refuse_source(output: Path | MediaUrl, url: MediaUrl) -> None:
    """Fail if a source is what is to be written; asked before the output is opened.

    Raises:
        OutputError: same URL or file, be it through a hard or a symbolic link.
    """
    if isinstance(output, Path):
        refuse_same_file(output, url)
    elif url.url == output.url:
        raise OutputError(f"{output.display_name} is the input itself")


def open_output(
    output: Path | MediaUrl,
    container: Container,
    *,
    force: bool = False,
    dry_run: bool = False,
) -> OutputTarget:
    """Open an output.

    Args:
        output: a file or a server.
        container: the container that is written.
        force: whether an existing file may be replaced.
        dry_run: only keep the path; touch and check nothing.

    Raises:
        OutputError: the output cannot be written.
        UsageError: the container does not fit the output.
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
            hint="give a URL: rtmp://server/application/key",
        )
    if container.form == "parts":
        return HlsOutput(output, force=force, dry_run=dry_run)
    if is_written_into(output):
        refuse_unstreamable(output, container)
        return SpecialOutput(output)
    return FileOutput(output, force=force, dry_run=dry_run)


class StreamOutput:
    """A server that the output is sent to.

    Args:
        url: the server's URL.
    """

    def __init__(self, url: MediaUrl) -> None:
        self.url, self.display_name = url.url, url.display_name
        self.options: tuple[str, ...] = ()
        self.readback_path = None
        self.can_restart = True

    def sidecar(self, number: int) -> Path:
        """Streams hold no cover art."""
        raise NotImplementedError

    def commit(self) -> None:
        """Do nothing: the data has been sent."""

    def discard(self) -> None:
        """Do nothing: sent data cannot be removed."""

    def size(self) -> int:
        """Return 0: the size is unknown."""
        return 0
