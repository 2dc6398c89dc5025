"""Old name of `avio_cli.decode.settings`; kept for one release."""

from avio_cli.decode.settings import AudioFormat, ReaderSettings
from avio_cli.decode.settings import DetectorView as View

__all__ = ["AudioFormat", "ReaderSettings", "View"]
