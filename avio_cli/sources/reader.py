"""Old name of `avio_cli.decode.reader`; kept for one release."""

from avio_cli.decode.reader import MediaReader

__all__ = ["MediaReader"]
