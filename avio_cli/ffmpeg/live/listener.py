"""Whether a server still listens while it serves us."""

import os
from urllib.parse import urlsplit

from avio_cli.ffmpeg.url import MediaUrl

_PORTS = {"http": 80, "https": 443}
_SECONDS = 2.0


def takes_others(url: MediaUrl) -> bool:
    """Whether a server takes another client, or it is not known that it does not.

    A program that listens for one client (``ffmpeg -listen 1``) closes its port when
    that has come.

    Args:
        url: an address over HTTP, to which a connection is open.
    """
    import socket  # 20 ms

    address = urlsplit(url.url)
    scheme = address.scheme.lower()
    proxy = f"{scheme}_proxy"
    if proxy in os.environ or proxy.upper() in os.environ:
        return True  # our own connection would go another way than that of ffmpeg
    try:
        place = (address.hostname or "", address.port or _PORTS[scheme])
        socket.create_connection(place, _SECONDS).close()
    except ConnectionRefusedError:
        return False
    except (OSError, ValueError, KeyError):
        return True
    return True
