"""Old name of `avio_cli.callbacks.loading`; kept for one release."""

from avio_cli.callbacks.loading import load_object as load_named

__all__ = ["load_named"]
