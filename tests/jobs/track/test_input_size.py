"""A model's input has no more padding than a video needs, where it supports that."""

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from avio_cli.cli.main import run
from avio_cli.errors import InputError
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.jobs.track.detection_source import open_detection_source
from avio_cli.jobs.track.input_size import (
    best_input_size,
    open_at_best_size,
    supports_resizing,
)
from avio_cli.jobs.track.job_parts import DetectorOptions
from avio_cli.jobs.track.result_files import load_detections
from avio_cli.media.info import VideoStream
from avio_cli.models.describe import Model
from avio_cli.models.spec import ModelSpec
from avio_cli.vision.detectors.network import NetworkDetector
from avio_cli.vision.runtimes.device import Device
from tests.clips import make_clip

SQUARE = ModelSpec(name="square", input_size=(416, 416), classes=("person",))


@dataclass
class Network:
    """Puts out the rows of one input size, whatever it is fed."""

    spec: ModelSpec
    fed: list[tuple[int, ...]] = field(default_factory=list)
    closed: bool = False
    takes_pixels: bool = False

    def run(
        self, batch: NDArray[np.float32], *others: NDArray[Any]
    ) -> dict[str, NDArray[np.float32]]:
        self.fed.append(batch.shape)
        table = np.zeros((1, self.spec.anchors, self.spec.columns), np.float32)
        return {"output": table}

    def close(self) -> None:
        self.closed = True


@pytest.mark.parametrize(
    ("frame", "size"),
    [
        ((768, 576), (416, 320)),  # 416x312, and grey up to the next multiple of 32
        ((1920, 1080), (416, 256)),
        ((1080, 1920), (256, 416)),
        ((500, 500), (416, 416)),
        ((2000, 20), (416, 32)),
        ((64, 48), (416, 320)),  # small frames are enlarged, as ever
    ],
)
def test_the_input_covers_the_frame_and_hardly_more(
    frame: tuple[int, int], size: tuple[int, int]
) -> None:
    assert best_input_size(SQUARE, *frame) == size


def test_a_model_that_bears_it_is_opened_at_the_fitting_size() -> None:
    networks: list[Network] = []

    def open_one(model: Model) -> NetworkDetector:
        networks.append(Network(model.spec))
        return NetworkDetector(networks[-1], model.spec)

    own = Model(Path("square.onnx"), SQUARE)
    model, detector = open_at_best_size(own, (768, 576), open_one)

    assert model.spec.input_size == detector.spec.input_size == (416, 320)
    assert [network.fed for network in networks] == [[(1, 3, 320, 416)]]
    assert not networks[0].closed


@pytest.mark.parametrize("refuses", ["to open", "to run", "rows of its own size"])
def test_a_model_that_does_not_bear_it_keeps_its_own_size(refuses: str) -> None:
    networks: list[Network] = []

    def open_one(model: Model) -> NetworkDetector:
        fits = model.spec == SQUARE
        if refuses == "to open" and not fits:
            raise InputError("another size")
        networks.append(Network(SQUARE if "rows" in refuses else model.spec))
        if refuses == "to run" and not fits:
            networks[-1].spec = ModelSpec(name="", input_size=(32, 32), classes=("a",))
        return NetworkDetector(networks[-1], model.spec)

    own = Model(Path("square.onnx"), SQUARE)
    model, detector = open_at_best_size(own, (768, 576), open_one)

    assert (model, detector.spec) == (own, SQUARE)
    assert [network.closed for network in networks] == [True] * (len(networks) - 1) + [
        False
    ]


@pytest.mark.parametrize(
    ("runtime", "device", "fp16", "bears"),
    [
        ("onnx", "cpu", False, True),
        ("onnx", "cuda", False, True),
        ("onnx", "cuda", True, False),  # TensorRT inside ONNX Runtime
        ("tensorrt", "cuda", False, False),
        ("torch", "cuda", False, True),
        ("openvino", "cpu", True, True),
    ],
)
def test_where_engines_are_built_for_sizes_a_model_keeps_its_own(
    runtime: str, device: str, fp16: bool, bears: bool
) -> None:
    assert supports_resizing(runtime, Device(device), fp16=fp16) is bears


@pytest.mark.parametrize(
    ("asked", "seen"), [([], "416x256"), (["--input-size", "416x416"], "416x416")]
)
def test_a_real_model_reads_a_wide_video_without_padding_unless_requested(
    bundled_ffmpeg: FFmpeg,
    shared: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    asked: list[str],
    seen: str,
) -> None:
    video = make_clip(tmp_path / "in.mp4", frames=2, width=256, height=144).path
    model = ["--model", str(shared / "models" / "yolox_nano.onnx")]

    assert run(["track", str(video), *model, *asked]) == 0

    assert f"yolox-nano {seen}" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["track", "play"])
def test_safe_mode_downloads_no_model(
    command: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    monkeypatch.setenv("AVIO_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("AVIO_MODEL_PATH", raising=False)
    video = make_clip(tmp_path / "in.mp4", frames=2).path

    assert run([command, str(video), "--safe", "--model", "yolox-s"]) == 1

    assert "safe mode opens no network address" in capsys.readouterr().err
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize("model", ["auto", "motion"])
def test_frames_of_unknown_size_are_refused(model: str) -> None:
    video = VideoStream(
        index=0,
        codec="h264",
        time_base=Fraction(1, 25),
        coded_width=0,
        coded_height=0,
    )
    with pytest.raises(InputError, match="the frame size of the video is unknown"):
        open_detection_source(DetectorOptions(model=model), video, 1, load_detections)
