"""PyTorch computes what ONNX Runtime computes, and what the network's own code does."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from avio_cli.cli.main import run
from avio_cli.errors import AvioError, InputError, UsageError
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.models.describe import Model, describe
from avio_cli.vision.detectors.network import DetectionSettings, preprocess
from avio_cli.vision.detectors.parallel import open_detector
from avio_cli.vision.runtimes import torch as runtimes
from avio_cli.vision.runtimes.device import Device
from avio_cli.vision.runtimes.registry import (
    RUNTIMES,
    choose_runtime,
    open_runtime,
    runnable_formats,
)
from avio_cli.vision.runtimes.torch import TorchRuntime, precision
from tests.checkpoints import random_network, save_checkpoint
from tests.vision.frames import viewed
from tests.vision.runtimes.outputs import run_table

pytestmark = pytest.mark.torch

CPU, GPU = Device(), Device("cuda")
SIZE = (96, 64)


def image(width: int = 96, height: int = 64, count: int = 1) -> NDArray[np.float32]:
    random = np.random.default_rng(0)
    return random.integers(0, 256, (count, 3, height, width)).astype(np.float32)


def test_the_numbers_are_those_of_onnx_runtime(shared: Path, torch: Any) -> None:
    files = (shared / "models" / f"yolox_nano.{end}" for end in ("pth", "onnx"))
    one, other = (open_runtime(file, (416, 416)) for file in files)
    batch = image(416, 416)
    np.testing.assert_allclose(
        run_table(one, batch), run_table(other, batch), atol=1e-4
    )


def test_detections_are_those_of_onnx_runtime(
    shared: Path, torch: Any, bundled_ffmpeg: FFmpeg
) -> None:
    from avio_cli import api

    found = []
    view = np.full((416, 416, 3), 114, np.uint8)
    file = shared / "media" / "vtest.avi"
    with api.open_video(file, video_filter="scale=416:-2") as video:
        pixels = next(iter(video)).pixels
    view[: len(pixels)] = pixels
    for end in ("pth", "onnx"):
        path = shared / "models" / f"yolox_nano.{end}"
        settings = DetectionSettings(confidence=0.1)
        detector = open_detector(
            Model(path, describe(path)), settings, frame_size=(416, 416)
        )
        found.append(detector.detect(viewed(view, 0)))
    one, other = found
    assert len(one.boxes) == len(other.boxes) > 5
    assert np.abs(one.boxes - other.boxes).max() < 1e-3
    assert one.classes.tolist() == other.classes.tolist()


def test_records_are_those_of_onnx_runtime(
    shared: Path,
    torch: Any,
    bundled_ffmpeg: FFmpeg,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AVIO_MODEL_PATH", str(shared / "models"))
    rows = []
    for runtime in ("torch", "onnx"):
        records = tmp_path / f"{runtime}.jsonl"
        status = run(
            [
                *("track", str(shared / "media" / "vtest.avi"), "--end", "8"),
                *("--model", "yolox-nano", "--runtime", runtime),
                *("--device", "cpu", "--records", str(records), "--quiet"),
            ]
        )
        assert status == 0
        lines = (json.loads(line) for line in records.read_text().splitlines())
        rows.append([track for line in lines for track in line["tracks"]])
    one, other = rows
    assert [t["id"] for t in one] == [t["id"] for t in other]
    assert len(one) > 100
    for key in ("box", "score"):
        values = [np.array([t[key] for t in tracks]) for tracks in rows]
        np.testing.assert_allclose(values[0], values[1], atol=0.011)


@pytest.mark.parametrize(("size", "classes"), [("nano", 80), ("tiny", 1), ("m", 3)])
def test_a_checkpoint_computes_what_its_network_does(
    size: str, classes: int, torch: Any, tmp_path: Path
) -> None:
    path = save_checkpoint(tmp_path / "any.pth", size, classes)
    network = random_network(size, classes)
    network.head.decode_in_inference = False
    with torch.inference_mode():
        expected = network(torch.from_numpy(image() / 255)).numpy()
    found = run_table(open_runtime(path, SIZE), image() / np.float32(255))
    assert found.shape == (1, 126, 5 + classes)
    assert float(np.abs(expected).max()) > 0.01
    np.testing.assert_allclose(found, expected, atol=1e-4, rtol=1e-3)


def test_bytetracks_images_are_normalised_rgb(torch: Any, tmp_path: Path) -> None:
    path = save_checkpoint(tmp_path / "best_ckpt.pth.tar", "nano", 1)
    spec = describe(path).resized(SIZE)
    view = np.empty((64, 96, 3), np.uint8)
    view[...] = (10, 120, 250)  # blue, green, red
    view[:, 48:] = 114  # the grey that pads
    fed = preprocess(view, spec)
    by_hand = {
        "red": (250 / 255 - 0.485) / 0.229,
        "green": (120 / 255 - 0.456) / 0.224,
        "blue": (10 / 255 - 0.406) / 0.225,
    }
    for plane, value in zip(fed[0], by_hand.values(), strict=True):
        np.testing.assert_allclose(plane[:, :48], value, rtol=1e-5)
    grey = (114 / 255 - np.array((0.485, 0.456, 0.406))) / (0.229, 0.224, 0.225)
    np.testing.assert_allclose(fed[0, :, 0, 60], grey, rtol=1e-5)

    network = random_network("nano", 1)
    network.head.decode_in_inference = False
    with torch.inference_mode():
        expected = network(torch.from_numpy(fed)).numpy()
    found = run_table(open_runtime(path, spec.input_size), fed)
    np.testing.assert_allclose(found, expected, atol=1e-4, rtol=1e-3)
    detector = open_detector(Model(path, spec), DetectionSettings(confidence=0.0))
    assert len(detector.detect(viewed(view, 0)).boxes) > 0


@pytest.fixture(scope="module")
def opened(torch: Any, tmp_path_factory: pytest.TempPathFactory) -> TorchRuntime:
    path = save_checkpoint(tmp_path_factory.mktemp("weights") / "x.pth", "nano", 2)
    return TorchRuntime(path, SIZE)


def test_a_batch_gives_what_its_images_give_alone(opened: TorchRuntime) -> None:
    batch = image(count=3)
    alone = np.concatenate([run_table(opened, batch[i : i + 1]) for i in range(3)])
    np.testing.assert_allclose(run_table(opened, batch), alone, atol=1e-4, rtol=1e-4)


def test_a_result_is_the_callers_own(opened: TorchRuntime) -> None:
    first = run_table(opened, image())
    kept = first.copy()
    run_table(opened, np.zeros((1, 3, 64, 96), np.float32))
    first += 0
    assert np.array_equal(first, kept)
    assert first.flags.c_contiguous
    assert first.dtype == np.float32


def test_any_input_size_will_do(opened: TorchRuntime) -> None:
    assert run_table(opened, image(32, 160)).shape == (1, 105, 7)


def test_it_closes_twice(torch: Any, tmp_path: Path) -> None:
    runtime = TorchRuntime(save_checkpoint(tmp_path / "x.pth", "nano", 2), SIZE)
    runtime.close()
    runtime.close()


def test_half_precision_on_a_cpu_is_bfloat16_where_there_is_any(
    shared: Path, torch: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = shared / "models" / "yolox_nano.pth"
    exact = run_table(TorchRuntime(path, SIZE), image())
    monkeypatch.setattr(runtimes, "_cpu_abilities", lambda: ("bfloat16",))
    rough = run_table(TorchRuntime(path, SIZE, fp16=True), image())
    assert rough.dtype == np.float32
    assert 0 < np.abs(rough - exact)[..., 4:].max() < 0.1

    monkeypatch.setattr(runtimes, "_cpu_abilities", lambda: ())
    with pytest.raises(UsageError, match="half precision"):
        TorchRuntime(path, SIZE, fp16=True)


def test_what_it_computes_in_is_chosen_by_device() -> None:
    assert precision(CPU, False, ()) == precision(GPU, False, ()) == "float32"
    assert precision(GPU, True, ()) == "float16"
    assert precision(CPU, True, ("bfloat16",)) == "bfloat16"


def test_a_gpu_that_pytorch_does_not_find_is_reported(
    torch: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(AvioError, match=r"PyTorch finds no cuda:7|a build for CPUs"):
        TorchRuntime(tmp_path / "x.pth", SIZE, Device("cuda", 7))
    monkeypatch.setattr(torch.backends.cuda, "is_built", lambda: False)
    with pytest.raises(AvioError, match="is a build for CPUs"):
        TorchRuntime(tmp_path / "x.pth", SIZE, GPU)


def test_weights_that_do_not_fit_are_named(torch: Any, tmp_path: Path) -> None:
    path, key = tmp_path / "x.pth", "head.obj_preds.1.weight"
    for change, says in (
        ({key: None}, r"head\.obj_preds\.1\.weight is missing"),
        ({key: torch.zeros(2, 64, 1, 1)}, r"\(2, 64, 1, 1\), not"),
        ({"head.more.weight": torch.zeros(1)}, "belongs to none of its layers"),
    ):
        weights = random_network("nano", 2).state_dict() | change
        kept = {k: v for k, v in weights.items() if v is not None}
        torch.save({"model": kept}, path)
        with pytest.raises(InputError, match=says):
            TorchRuntime(path, SIZE)


def test_old_checkpoints_without_counts_are_read(torch: Any, tmp_path: Path) -> None:
    path = tmp_path / "x.pth"
    weights = random_network("nano", 2).state_dict()
    kept = {k: v for k, v in weights.items() if not k.endswith("num_batches_tracked")}
    torch.save({"model": kept}, path)
    assert run_table(TorchRuntime(path, SIZE), image()).shape == (1, 126, 7)


def test_checkpoints_are_opened_by_it_alone(torch: Any) -> None:
    for extension in (".pth", ".pth.tar", ".pt"):
        assert choose_runtime("auto", extension, CPU).name == "torch"
        assert extension in runnable_formats("auto", CPU)
    with pytest.raises(UsageError, match=r"opens \.pth and \.pth\.tar and \.pt on"):
        choose_runtime("torch", ".onnx", CPU)
    assert RUNTIMES["torch"].version.startswith(torch.__version__.split("+")[0])


def test_another_package_of_the_same_name_is_reported(
    torch: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys
    import types

    path = save_checkpoint(tmp_path / "x.pth", "nano", 2)
    monkeypatch.setitem(sys.modules, "yolox.models", types.ModuleType("yolox.models"))
    with pytest.raises(AvioError, match="another one than pixeltable-yolox"):
        TorchRuntime(path, SIZE)
    monkeypatch.setitem(sys.modules, "yolox", None)
    with pytest.raises(AvioError, match="pixeltable-yolox"):
        TorchRuntime(path, SIZE)
