"""Engines built by the calls of TensorRT 10 and 11, wrapped as torch2trt wraps them.

No GPU is here: stand-ins build plans that compute with ONNX Runtime.
"""

from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from avio_cli.cli.main import run
from avio_cli.errors import AvioError, InputError
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.jobs.export.tensorrt import build_engine
from avio_cli.models.describe import describe
from avio_cli.vision.runtimes.device import Device
from avio_cli.vision.runtimes.registry import open_runtime
from avio_cli.vision.runtimes.tensorrt import TensorRtRuntime
from tests.checkpoints import save_checkpoint
from tests.vision.gpu_machine import Install
from tests.vision.runtimes.outputs import run_table
from tests.vision.runtimes.tensorrt_standin import ELEVEN, TEN, plan_of

pytestmark = pytest.mark.torch

SIZE = (96, 64)
GPU = Device("cuda")


@pytest.fixture
def source(torch: Any, shared: Path, tmp_path: Path) -> Path:
    """Real weights: random ones bear no half precision."""
    path = tmp_path / "yolox_nano.pth"
    path.symlink_to(shared / "models" / "yolox_nano.pth")
    return path


def export(source: Path, *options: str) -> int:
    size = ("--input-size", "96x64")
    return run(["export", str(source), "--to", "tensorrt", *size, *options])


def noise(count: int = 1) -> Any:
    random = np.random.default_rng(1)
    return random.integers(0, 256, (count, 3, 64, 96)).astype(np.float32)


@pytest.mark.parametrize("fp16", [False, True])
@pytest.mark.parametrize("version", [TEN, ELEVEN])
def test_an_engine_is_built_wrapped_and_run(
    version: str,
    fp16: bool,
    install: Install,
    source: Path,
    torch: Any,
    capsys: pytest.CaptureFixture[str],
) -> None:
    world = install(version)
    assert export(source, *(["--fp16"] if fp16 else [])) == 0
    names = ("yolox_nano.engine", "yolox_nano_trt.pth", "yolox_nano.engine.toml")
    engine, wrapped, description = (source.with_name(name) for name in names)
    captured = capsys.readouterr()
    assert captured.out.split() == [str(engine), str(wrapped), str(description)]
    assert "largest difference from" in captured.err

    expected = run_table(open_runtime(source, SIZE), noise())
    for file in (engine, wrapped):
        spec = describe(file)
        assert (spec.name, spec.input_size) == ("yolox-nano", SIZE)
        runtime = TensorRtRuntime(file, SIZE, GPU)
        found = run_table(runtime, noise())
        runtime.close()
        apart = np.abs(found - expected)[..., 4:].max()
        assert apart < (0.05 if fp16 else 1e-4)
    assert world.gpu.empty


@pytest.mark.parametrize("version", [TEN, ELEVEN])
def test_half_precision_is_a_flag_before_tensorrt_11_and_a_graph_since(
    version: str, install: Install, source: Path, torch: Any
) -> None:
    world = install(version)
    assert export(source, "--fp16") == 0
    import onnx

    (parsed,) = map(onnx.load_from_string, world.parsed)
    kinds = {weights.data_type for weights in parsed.graph.initializer}
    half = onnx.TensorProto.FLOAT16 in kinds
    ends = [*parsed.graph.input, *parsed.graph.output]
    assert {e.type.tensor_type.elem_type for e in ends} == {onnx.TensorProto.FLOAT}
    named = [(where, getattr(flag, "name", flag)) for where, flag in world.flags]
    if version == TEN:
        assert (half, named) == (False, [("network", 0), ("config", "FP16")])
    else:
        assert (half, named) == (True, [("network", 1 << 1)])


@pytest.mark.parametrize("version", [TEN, ELEVEN])
def test_without_fp16_all_is_computed_in_32_bits(
    version: str, install: Install, source: Path
) -> None:
    world = install(version)
    assert export(source) == 0
    assert [flag.name for where, flag in world.flags if where != "network"] == ["TF32"]
    assert world.flags[-1][0] == "clear"


def test_the_wrapped_file_is_what_torch2trt_saves(
    install: Install, source: Path, torch: Any
) -> None:
    install()
    assert export(source) == 0
    path = source.with_name("yolox_nano_trt.pth")
    saved = torch.load(path, weights_only=True)
    assert isinstance(saved, OrderedDict)
    assert isinstance(saved["engine"], bytearray)
    assert bytes(saved["engine"]) == source.with_name("yolox_nano.engine").read_bytes()
    assert (saved["input_names"], saved["output_names"]) == (["images"], ["output"])
    assert saved["input_flattener"] == {"schema": (0,), "size": 1}
    assert saved["output_flattener"] == {"schema": 0, "size": 1}


@pytest.mark.parametrize("age", ["2021", "2023"])
def test_files_of_torch2trt_of_both_ages_run(
    age: str,
    install: Install,
    source: Path,
    torch: Any,
    shared: Path,
    bundled_ffmpeg: FFmpeg,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AVIO_MODEL_PATH", str(shared / "models"))
    plan = plan_of((shared / "models" / "yolox_nano.onnx").read_bytes())
    state = OrderedDict(
        engine=bytearray(plan), input_names=["images"], output_names=["output"]
    )
    if age == "2023":
        state["input_flattener"] = {"schema": [0], "size": 1}
        state["output_flattener"] = {"schema": 0, "size": 1}
    # Under ByteTrack's own name, and under one that says nothing.
    rows = []
    track = ["track", str(shared / "media" / "vtest.avi"), "--end", "1.2", "--quiet"]
    install()
    for name in ("model_trt.pth", "anything.pth"):
        path = tmp_path / name
        torch.save(state, path)
        records = tmp_path / f"{name}.jsonl"
        asked = [*track, "--trt", str(path), "--records", str(records)]
        assert run(asked) == 0
        rows.append(records.read_text())
    records = tmp_path / "cpu.jsonl"
    plain = ["--model", "yolox-nano", "--device", "cpu", "--runtime", "onnx"]
    plain += ["--input-size", "416x416"]  # that of the engine
    assert run([*track, *plain, "--records", str(records)]) == 0
    assert rows == [records.read_text()] * 2


def test_one_class_of_bytetrack_is_recognised_in_an_engine(
    install: Install, torch: Any, tmp_path: Path
) -> None:
    from avio_cli.jobs.export.onnx import make_onnx
    from avio_cli.vision.runtimes.tensorrt_engine import engine_graph

    install()
    weights = save_checkpoint(tmp_path / "best_ckpt.pth.tar", "nano", 1)
    spec = describe(weights).resized(SIZE)
    model = make_onnx(weights, spec, batch=1, decoded=False)
    path = tmp_path / "model_trt.pth"
    torch.save({"engine": bytearray(plan_of(model)), "output_names": ["output"]}, path)
    found = describe(path, engine_graph(path, GPU))
    assert (found.classes, found.color, found.mean) == (("person",), "rgb", spec.mean)
    assert found.input_size == SIZE


def test_a_checkpoint_is_no_engine(
    install: Install, source: Path, tmp_path: Path, torch: Any
) -> None:
    install()
    with pytest.raises(InputError, match="contains no TensorRT engine") as caught:
        TensorRtRuntime(source, SIZE, GPU)
    assert f"avio export {source} --to tensorrt" in caught.value.hint


@pytest.mark.parametrize(
    ("call", "says"),
    [
        ("parse", "cannot parse the model (No importer registered for op: X)"),
        ("build_serialized_network", "cannot build the engine (Could not find any"),
        ("execute_async_v3", "failed to run the engine"),
    ],
)
def test_a_failed_build_leaves_nothing(
    call: str,
    says: str,
    install: Install,
    source: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    world = install(failing={call})
    assert export(source) == 1
    assert says in capsys.readouterr().err
    assert [file.name for file in source.parent.iterdir()] == [source.name]
    assert world.gpu.empty


def test_an_engine_that_computes_something_else_is_not_kept(
    install: Install, source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world = install(wrong=0.2)
    assert export(source, "--fp16") == 1
    assert "differs from" in capsys.readouterr().err
    assert [file.name for file in source.parent.iterdir()] == [source.name]
    assert world.gpu.empty


def test_without_a_gpu_no_engine_is_built(
    install: Install, source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    install(gpus=0, present=False)
    assert export(source) == 1
    assert "needs an NVIDIA GPU" in capsys.readouterr().err
    with pytest.raises(AvioError, match="CUDA initialization failure"):
        build_engine(b"", fp16=False)


def test_a_batch_is_built_in(install: Install, source: Path) -> None:
    install()
    assert export(source, "--batch", "3") == 0
    path = source.with_name("yolox_nano.engine")
    runtime = TensorRtRuntime(path, SIZE, GPU)
    batch = noise(4)
    found = run_table(runtime, batch)
    expected = run_table(open_runtime(source, SIZE), batch)
    np.testing.assert_allclose(found, expected, atol=1e-3)
    runtime.close()
