"""One default for each option of a detector, wherever it is declared."""

from avio_cli.cli.options import detection as detecting
from avio_cli.jobs.track.job_parts import DetectorOptions
from avio_cli.vision.annotators.parts import DRAWN
from avio_cli.vision.detectors.yolox import DetectionSettings


def test_the_command_line_the_job_and_the_detector_agree() -> None:
    job, detector = DetectorOptions(), DetectionSettings()
    assert detecting.CONFIDENCE == job.confidence == detector.confidence
    assert detecting.NMS_IOU == job.iou_threshold == detector.iou_threshold
    assert detecting.split_names("--draw", detecting.DRAW_PARTS) == DRAWN
