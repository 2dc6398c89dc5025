"""Old name of `avio_cli.vision.detectors.yolox`; kept for one release."""

from avio_cli.vision.detectors.yolox import DetectionSettings, YoloxDetector, preprocess

__all__ = ["DetectionSettings", "YoloxDetector", "preprocess"]
