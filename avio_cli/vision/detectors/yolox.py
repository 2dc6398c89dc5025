"""Old name of `avio_cli.vision.detectors.network`; kept for one release."""

from avio_cli.vision.detectors.network import DetectionSettings, preprocess
from avio_cli.vision.detectors.network import NetworkDetector as YoloxDetector

__all__ = ["DetectionSettings", "YoloxDetector", "preprocess"]
