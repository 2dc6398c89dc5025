"""Who may read the page: whoever has its address, and no page of another site.

Pages of other sites reach servers of this machine, too: by its address, or by a name of
theirs that leads to it. Neither has the token, and both are refused by what the browser
says of itself.
"""

import hmac
import ipaddress
import os
import re
import secrets
import socket
from collections.abc import Mapping
from urllib.parse import urlsplit

from avio_cli.errors import UsageError

TOKEN_VARIABLE = "AVIO_SERVE_TOKEN"
"""Names a token that stays the same from run to run."""
_TOKEN = re.compile(r"[A-Za-z0-9_-]{16,128}", re.ASCII)
_WITHOUT_TOKEN = "Open the address that avio printed: it has a secret in it."

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "media-src blob:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Accel-Buffering": "no",  # nginx keeps answers back until they are complete
    "X-Frame-Options": "DENY",
}
"""Of every answer."""


def make_token() -> str:
    """A new secret, or that of the environment.

    Raises:
        UsageError: that is too short to be one, or has other characters than addresses.
    """
    token = os.environ.get(TOKEN_VARIABLE) or secrets.token_urlsafe(24)
    if not _TOKEN.fullmatch(token):
        raise UsageError(
            f"{TOKEN_VARIABLE} is not 16 to 128 letters, digits, - and _",
            hint="python3 -c 'import secrets; print(secrets.token_hex())' makes one",
        )
    return token


class Access:
    """Decides on requests.

    Args:
        host: what the server listens on, as the user named it.
        token: the secret.
    """

    def __init__(self, host: str, token: str) -> None:
        self._token = token
        self._names = {host.lower()}
        address = _address(host)
        self._any_address = address is not None and address.is_unspecified
        if self._any_address:
            self._names |= {"localhost", socket.gethostname().lower()}
        if host.lower() == "localhost" or (address and address.is_loopback):
            self._names |= {"localhost", "127.0.0.1", "::1"}

    def refusal(self, path: str, host: str, origin: str | None) -> str:
        """Why a request is refused; empty: it is not.

        Args:
            path: of the address, decoded; starts with a slash.
            host: the header of that name; empty: there is none.
            origin: likewise; None: there is none.
        """
        if not self._is_known(host):
            return "This server does not go by that name."
        if origin is not None and not _is_same(origin, host):
            return "Pages of other sites may not read this one."
        given = path[1:].partition("/")[0]
        if not hmac.compare_digest(given.encode(), self._token.encode()):
            return _WITHOUT_TOKEN
        return ""

    def _is_known(self, host: str) -> bool:
        """Whether this server is meant, not one whose name leads here."""
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        if name in self._names or name.removesuffix(".local") in self._names:
            return True
        # An IP address is no name that somebody could lead here.
        return self._any_address and _address(name) is not None


def _is_same(origin: str, host: str) -> bool:
    scheme, _, netloc = origin.partition("://")
    return scheme in ("http", "https") and netloc.lower() == host.lower()


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None
