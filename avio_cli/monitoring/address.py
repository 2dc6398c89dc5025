"""``[HOST:]PORT``: where a run listens, and the socket that does."""

import re
import socket
from dataclasses import dataclass

from avio_cli.errors import OutputError, UsageError

LOOPBACK = "127.0.0.1"
_EVERY = ("0.0.0.0", "::")
"""Hosts that stand for all addresses of this machine, and are none to open."""
_HOST = r"\[[\da-fA-F:.%]+\]|[^:\s/\[\]]+"
_ADDRESS = re.compile(rf"(?:(?P<host>{_HOST}):)?(?P<port>\d{{1,5}})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen."""

    host: str
    """A name or an IP address, that of version 6 without brackets."""
    port: int
    """0: any that is free."""

    def url(self, port: int) -> str:
        """The address of what listens at a port, for a browser; ends with ``/``."""
        named = socket.gethostname() if self.host in _EVERY else self.host
        shown = f"[{named}]" if ":" in named else named
        return f"http://{shown}:{port}/"

    def refused(self, what: str, error: Exception) -> OutputError:
        """The failure to listen here.

        Args:
            what: what should be served.
            error: the cause.
        """
        cause = getattr(error, "strerror", None) or error
        return OutputError(
            f"cannot serve {what} on {self.host}:{self.port}: {cause}",
            hint="choose another port; ports below 1024 need privileges",
        )

    def listen(self, what: str) -> socket.socket:
        """Bind a socket; the caller closes it.

        Args:
            what: what is served there, for the message of an error.

        Raises:
            OutputError: the port cannot be used.
        """
        try:
            family = socket.getaddrinfo(
                self.host, self.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )[0][0]
            return socket.create_server((self.host, self.port), family=family)
        except (OSError, OverflowError, UnicodeError) as error:
            raise self.refused(what, error) from error


def parse_address(text: str, option: str) -> Address:
    """Parse ``[HOST:]PORT``; without a host it is this machine alone.

    Raises:
        UsageError: it is something else.
    """
    match = _ADDRESS.fullmatch(text.strip())
    if match is None or int(match["port"]) > 65535:
        raise UsageError(
            f"{option} {text!r} is not [HOST:]PORT",
            hint=f"{option} 9464 serves this machine, 0.0.0.0:9464 all",
        )
    return Address((match["host"] or LOOPBACK).strip("[]"), int(match["port"]))
