"""Detector and tracker alone, on arrays."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import avio_cli as avio
from avio_cli.api.detecting import ArrayDetector
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.optional import load_opencv
from tests.conftest import missing


@pytest.fixture(autouse=True)
def opencv() -> None:
    try:
        load_opencv()
    except avio.AvioError:
        missing("OpenCV")


def test_motion_is_found_in_arrays() -> None:
    with avio.load_detector("motion") as detector:
        assert detector.class_names == ("moving",)
        for left in range(0, 120, 4):
            image = np.full((96, 160, 3), 90, np.uint8)
            if left >= 80:
                image[30:60, left : left + 24] = 235
            found = detector.detect(image)
    assert abs(float(found.boxes[0, 0]) - 116) < 4


def test_a_model_finds_in_arrays_what_it_finds_in_the_video(
    bundled_ffmpeg: FFmpeg, shared: Path
) -> None:
    weights = shared / "models/yolox_nano.onnx"
    if not weights.is_file():
        missing("yolox_nano.onnx")
    source, size = shared / "media/vtest.avi", (416, 416)
    options: dict[str, Any] = {"conf": 0.7, "classes": ["person"], "input_size": size}
    (tracked,) = avio.track(source, model=weights, end=0.1, **options)
    with avio.load_detector(weights, **options) as detector:
        for pixel_format in ("bgr24", "rgb24"):
            with avio.open_video(source, pixel_format=pixel_format) as video:
                found = detector.detect(video[0])
            assert len(found) == len(tracked.detections) > 2
            assert np.abs(found.boxes - tracked.detections.boxes).max() < 2
        assert len(detector.detect(np.zeros((50, 70), np.uint8))) == 0


def test_a_closed_detector_says_so() -> None:
    with avio.load_detector("motion") as detector:
        pass
    with pytest.raises(avio.UsageError, match="the detector is closed"):
        detector.detect(np.zeros((9, 9, 3), np.uint8))


@pytest.mark.parametrize(
    "image", [None, np.zeros((4, 4, 3)), np.zeros((4, 4, 4), np.uint8), [[1]]]
)
def test_what_is_no_image_is_refused(image: Any) -> None:
    with avio.load_detector("motion") as detector:
        with pytest.raises(avio.UsageError, match="an image must be a uint8 array"):
            detector.detect(image)
        with pytest.raises(avio.UsageError, match="at least one pixel"):
            detector.detect(np.zeros((0, 4, 3), np.uint8))


def test_a_tracker_needs_no_settings_and_no_times() -> None:
    alone, timed = avio.ByteTrack(), avio.ByteTrack()
    for number in range(5):
        found = avio.Detections(
            np.array([[10 + number, 10, 40 + number, 60]], np.float32),
            np.array([0.9], np.float32),
            np.array([0]),
        )
        tracks = alone.update(found)
        assert np.array_equal(tracks.boxes, timed.update(found, number / 30).boxes)
    assert tracks.ids.tolist() == [1]


class Eye:
    """Keeps the view that a detector is shown."""

    def detect(self, frame: avio.Frame) -> avio.Detections:
        self.view = frame.view
        return avio.Detections()

    def close(self) -> None: ...


@pytest.mark.parametrize(
    ("resize", "rows"),
    [("letterbox", (0, 32)), ("letterbox-center", (16, 48)), ("stretch", (0, 64))],
)
def test_an_image_is_placed_as_the_model_wants_it(
    resize: str, rows: tuple[int, int]
) -> None:
    eye, view = Eye(), avio.DetectorView(width=64, height=64, pad=7, resize=resize)
    ArrayDetector(eye, view, ("a",)).detect(np.full((60, 120, 3), 255, np.uint8))
    covered = (eye.view == 255).all(axis=(1, 2))
    assert covered.nonzero()[0].tolist() == list(range(*rows))
    assert (eye.view[~covered] == 7).all()
