"""Old name of `avio_cli.vision.runtimes.registry`; kept for one release."""

from avio_cli.vision.runtimes.registry import choose_device, runnable_formats

__all__ = ["choose_device", "runnable_formats"]
