"""Old name of `avio_cli.encode.encoder`; kept for one release."""

from avio_cli.encode.encoder import Encoder
from avio_cli.encode.settings import RemuxSource as CarriedSource

__all__ = ["CarriedSource", "Encoder"]
