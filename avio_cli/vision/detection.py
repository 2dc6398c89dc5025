"""Old name of `avio_cli.vision.detectors.parallel`; kept for one release."""

from avio_cli.vision.detectors.parallel import (
    OwnedDetector,
    ParallelDetector,
    open_detector,
)

__all__ = ["OwnedDetector", "ParallelDetector", "open_detector"]
