"""Old name of `avio_cli.encode.encoder`; kept for one release."""

from avio_cli.encode.encoder import Encoder

__all__ = ["Encoder"]
