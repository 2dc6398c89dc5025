"""TensorRT's calls in their order, with memory that lives as long as it must.

No GPU is here: stand-ins compute what the engine would with ONNX Runtime.
"""

import json
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from avio_cli.cli.main import run
from avio_cli.errors import AvioError, InputError, UsageError
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.models.onnx.file import with_input_size
from avio_cli.vision.runtimes.cuda_libraries import CudaPythonMemory, TorchMemory
from avio_cli.vision.runtimes.cuda_memory import open_memory
from avio_cli.vision.runtimes.device import Device
from avio_cli.vision.runtimes.onnx import OnnxRuntime
from avio_cli.vision.runtimes.registry import RUNTIMES, choose_runtime
from avio_cli.vision.runtimes.tensorrt import TensorRtRuntime
from avio_cli.vision.runtimes.tensorrt_engine import engine_graph
from tests.vision.gpu_machine import Install
from tests.vision.runtimes.cuda_standin import Status
from tests.vision.runtimes.outputs import run_table
from tests.vision.runtimes.tensorrt_standin import ELEVEN, TEN, plan_of

SIZE = (96, 64)
GPU = Device("cuda")


@pytest.fixture(scope="module")
def small(shared: Path) -> bytes:
    model = (shared / "models" / "yolox_nano.onnx").read_bytes()
    return with_input_size(model, *SIZE, batch=1)


@pytest.fixture
def engine(small: bytes, tmp_path: Path) -> Path:
    path = tmp_path / "yolox_nano.engine"
    path.write_bytes(plan_of(small))
    return path


@pytest.fixture(scope="module")
def onnx(small: bytes, tmp_path_factory: pytest.TempPathFactory) -> OnnxRuntime:
    path = tmp_path_factory.mktemp("model") / "small.onnx"
    path.write_bytes(small)
    return OnnxRuntime(path, SIZE)


def image(count: int = 1, seed: int = 0) -> NDArray[np.float32]:
    random = np.random.default_rng(seed)
    return random.integers(0, 256, (count, 3, 64, 96)).astype(np.float32)


def run_once(engine: Path) -> None:
    runtime = TensorRtRuntime(engine, SIZE, GPU)
    try:
        run_table(runtime, image())
    finally:
        runtime.close()


@pytest.mark.parametrize("memory", ["cuda", "torch"])
@pytest.mark.parametrize("version", [TEN, ELEVEN])
def test_an_engine_computes_what_its_model_does(
    version: str,
    memory: str,
    install: Install,
    small: bytes,
    onnx: OnnxRuntime,
    tmp_path: Path,
) -> None:
    install(version, memory)
    path = tmp_path / "x.engine"
    path.write_bytes(plan_of(small, version))
    runtime = TensorRtRuntime(path, SIZE, GPU)
    for seed in range(2):
        batch = image(seed=seed)
        assert run_table(runtime, batch).tolist() == run_table(onnx, batch).tolist()
    runtime.close()


def test_calls_come_in_their_order(install: Install, engine: Path) -> None:
    world = install()
    runtime = TensorRtRuntime(engine, SIZE, GPU)
    opening, world.gpu.calls[:] = list(world.gpu.calls), []
    run_table(runtime, image())
    running, world.gpu.calls[:] = list(world.gpu.calls), []
    runtime.close()

    assert opening == [
        *("cudaSetDevice", "cudaStreamCreateWithFlags", "cudaSetDevice"),
        *("deserialize", "set_input_shape", "cudaHostAlloc", "cudaHostAlloc"),
        *("cudaMalloc", "set_tensor_address", "cudaMalloc", "set_tensor_address"),
    ]
    assert running == [
        *("cudaSetDevice", "cudaMemcpyAsync", "execute_async_v3"),
        *("cudaMemcpyAsync", "cudaStreamSynchronize"),
    ]
    assert world.gpu.calls == [
        *("cudaSetDevice", "cudaStreamSynchronize", "cudaFree", "cudaFree"),
        *("cudaFreeHost", "cudaFreeHost", "cudaStreamDestroy"),
    ]


def test_pytorchs_memory_is_used_in_the_same_order(
    install: Install, engine: Path
) -> None:
    world = install(memory="torch")
    runtime = TensorRtRuntime(engine, SIZE, GPU)
    world.gpu.calls.clear()
    run_table(runtime, image())
    assert world.gpu.calls == [
        *("set_device", "copy_", "execute_async_v3", "copy_", "synchronize")
    ]


def test_no_memory_is_taken_for_an_image_and_all_is_released(
    install: Install, engine: Path
) -> None:
    world = install()
    runtime = TensorRtRuntime(engine, SIZE, GPU)
    taken = set(world.gpu.device), set(world.gpu.host)
    for seed in range(3):
        run_table(runtime, image(seed=seed))
        assert (set(world.gpu.device), set(world.gpu.host)) == taken
    runtime.close()
    runtime.close()
    assert world.gpu.empty


def test_a_result_is_the_callers_own(install: Install, engine: Path) -> None:
    install()
    runtime = TensorRtRuntime(engine, SIZE, GPU)
    first = run_table(runtime, image())
    kept = first.copy()
    run_table(runtime, image(seed=1))
    runtime.close()
    assert np.array_equal(first, kept)


def test_any_thread_may_run_it(
    install: Install, engine: Path, onnx: OnnxRuntime
) -> None:
    install(index=1, gpus=2)
    runtime = TensorRtRuntime(engine, SIZE, Device("cuda", 1))
    found: list[NDArray[np.float32]] = []
    thread = threading.Thread(target=lambda: found.append(run_table(runtime, image())))
    thread.start()
    thread.join()
    assert np.array_equal(found[0], run_table(onnx, image()))
    runtime.close()


@pytest.fixture
def double(torch: Any) -> Callable[..., bytes]:
    """Models that double what they are given, in any type and number."""
    import onnx as onnx_library

    helper, kinds = onnx_library.helper, onnx_library.TensorProto

    def make(count: Any, kind: str = "FLOAT", outputs: int = 1) -> bytes:
        number = getattr(kinds, kind)
        shape = [count, 3, 64, 96]
        names = [f"out{i}" for i in range(outputs)]
        nodes = [helper.make_node("Add", ["in", "in"], ["sum"])]
        nodes.append(
            helper.make_node("Reshape", ["sum", "rows"], [names[0]], allowzero=0)
        )
        nodes += [helper.make_node("Identity", ["sum"], [n]) for n in names[1:]]
        rows = helper.make_tensor("rows", kinds.INT64, [3], [0, 128, -1])
        graph = helper.make_graph(
            nodes,
            "double",
            [helper.make_tensor_value_info("in", number, shape)],
            [helper.make_tensor_value_info(n, number, None) for n in names],
            [rows],
        )
        opset = [helper.make_opsetid("", 17)]
        model = helper.make_model(graph, opset_imports=opset, ir_version=8)
        data: bytes = model.SerializeToString()
        return data

    return make


@pytest.mark.torch
@pytest.mark.parametrize("count", [1, 3, "n"])
@pytest.mark.parametrize("kind", ["FLOAT", "FLOAT16"])
def test_batches_and_half_precision_tensors(
    count: Any,
    kind: str,
    install: Install,
    double: Callable[..., bytes],
    tmp_path: Path,
) -> None:
    world = install()
    path = tmp_path / "x.engine"
    path.write_bytes(plan_of(double(count, kind)))
    runtime = TensorRtRuntime(path, SIZE, GPU)
    batch = image(5)
    found = run_table(runtime, batch)
    assert found.shape == (5, 128, 144)
    assert np.array_equal(found.ravel()[:100], 2 * batch.ravel()[:100])
    runs = world.gpu.calls.count("execute_async_v3")
    assert runs == {1: 5, 3: 2, "n": 3}[count]  # the least of the profile is 2


def test_a_missing_gpu_is_reported(install: Install, engine: Path) -> None:
    install(present=False)
    with pytest.raises(AvioError, match=r"TensorRT cannot start.+CUDA init") as caught:
        TensorRtRuntime(engine, SIZE, GPU)
    assert "driver" in caught.value.hint


def test_cuda_without_a_device_is_reported(install: Install, engine: Path) -> None:
    world = install(fails={"cudaSetDevice": Status.cudaErrorNoDevice})
    with pytest.raises(AvioError, match="no CUDA-capable device is detected") as caught:
        TensorRtRuntime(engine, SIZE, GPU)
    assert "nvidia-smi" in caught.value.hint
    assert world.gpu.empty


@pytest.mark.parametrize("call", ["cudaMalloc", "cudaHostAlloc", "cudaMemcpyAsync"])
def test_a_failing_call_of_cuda_is_reported_and_nothing_stays(
    call: str, install: Install, engine: Path
) -> None:
    world = install(fails={call: Status.cudaErrorMemoryAllocation})
    with pytest.raises(AvioError, match=rf"{call}: out of memory"):
        run_once(engine)
    assert world.gpu.empty


@pytest.mark.parametrize(
    ("version", "gpu", "says"),
    [
        ("10.3.0.26", "8.9", "Version tag does not match"),
        (TEN, "8.6", "incompatible device, expecting compute 8.9 got compute 8.6"),
    ],
)
def test_an_engine_of_another_version_or_gpu_is_reported_with_the_command_to_build_it(
    version: str, gpu: str, says: str, install: Install, small: bytes, tmp_path: Path
) -> None:
    world = install()
    path, source = tmp_path / "yolox_nano.engine", tmp_path / "yolox_nano.pth"
    path.write_bytes(plan_of(small, version, gpu))
    source.touch()
    with pytest.raises(InputError, match=says) as caught:
        TensorRtRuntime(path, SIZE, GPU)
    command = f"avio export {source} --to tensorrt --fp16 -o {path} --force"
    assert command in caught.value.hint
    assert world.gpu.empty


@pytest.mark.parametrize("content", [b"", b"<!DOCTYPE html>", b"\x05\0\0\0{bad}x"])
def test_what_is_no_engine_is_reported(
    content: bytes, install: Install, tmp_path: Path
) -> None:
    install()
    path = tmp_path / "x.engine"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"cannot use this engine.+magic tag"):
        TensorRtRuntime(path, SIZE, GPU)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        ("execute_async_v3", r"failed to run the engine \(Cuda Runtime"),
        ("create_execution_context", r"cannot prepare the engine \(Requested amount"),
        ("set_tensor_address", "cannot use memory for images"),
        ("set_input_shape", "its input is"),
    ],
)
def test_a_call_that_says_no_is_an_error_and_nothing_stays(
    call: str, says: str, install: Install, engine: Path
) -> None:
    world = install(failing={call})
    with pytest.raises(AvioError, match=says):
        run_once(engine)
    assert world.gpu.empty


def test_an_older_tensorrt_is_refused(install: Install, engine: Path) -> None:
    install("8.6.1")
    with pytest.raises(AvioError, match=r"8\.6\.1 is too old: 10 or newer"):
        TensorRtRuntime(engine, SIZE, GPU)


def test_other_requests_are_refused(install: Install, engine: Path) -> None:
    install()
    with pytest.raises(
        UsageError, match=r"its input is \(1, 3, 64, 96\), not"
    ) as caught:
        TensorRtRuntime(engine, (64, 64), GPU)
    assert "--input-size 64x64" in caught.value.hint
    with pytest.raises(UsageError, match="precision that it was built with"):
        TensorRtRuntime(engine, SIZE, GPU, fp16=True)
    with pytest.raises(UsageError, match="cannot use cpu"):
        TensorRtRuntime(engine, SIZE, Device())


def test_a_header_before_the_plan_is_overlooked(
    install: Install, engine: Path, onnx: OnnxRuntime
) -> None:
    install()
    header = json.dumps({"names": {"0": "person"}, "imgsz": [64, 96]}).encode()
    plan = engine.read_bytes()
    engine.write_bytes(len(header).to_bytes(4, "little") + header + plan)
    found = run_table(TensorRtRuntime(engine, SIZE, GPU), image())
    assert np.array_equal(found, run_table(onnx, image()))


def test_the_engine_itself_states_its_shapes(install: Install, engine: Path) -> None:
    world = install()
    graph = engine_graph(engine, GPU)
    assert [tensor.shape for tensor in graph.inputs] == [(1, 3, 64, 96)]
    assert [tensor.shape for tensor in graph.outputs] == [(1, 126, 85)]
    assert world.gpu.empty


def test_either_library_brings_the_memory(
    install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    install()
    assert isinstance(open_memory(0), CudaPythonMemory)
    install(memory="torch")
    assert isinstance(open_memory(0), TorchMemory)
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(AvioError, match="cuda-python or PyTorch"):
        open_memory(0)


def test_only_a_gpu_runs_engines(install: Install, engine: Path) -> None:
    install(gpus=0)
    assert RUNTIMES["tensorrt"].problem == "no NVIDIA GPU was found"
    with pytest.raises(UsageError, match=r"no runtime opens \.engine on cpu"):
        choose_runtime("auto", ".engine", Device())
    assert choose_runtime("auto", ".engine", GPU).name == "tensorrt"


@pytest.fixture
def video(
    shared: Path, bundled_ffmpeg: FFmpeg, monkeypatch: pytest.MonkeyPatch
) -> list[str]:
    monkeypatch.setenv("AVIO_MODEL_PATH", str(shared / "models"))
    return ["track", str(shared / "media" / "vtest.avi"), "--end", "1.5", "--quiet"]


def records(path: Path, *options: str) -> str:
    assert run([*options, "--records", str(path)]) == 0
    return path.read_text()


@pytest.mark.slow
def test_a_video_is_tracked_by_an_engine(
    install: Install, video: list[str], shared: Path, tmp_path: Path
) -> None:
    engine = tmp_path / "yolox_nano.engine"
    model = (shared / "models" / "yolox_nano.onnx").read_bytes()
    engine.write_bytes(plan_of(model))
    plain = (*video, "--model", "yolox-nano", "--device", "cpu", "--runtime", "onnx")
    plain += ("--input-size", "416x416")  # that of the engine
    expected = records(tmp_path / "cpu.jsonl", *plain)
    world = install()
    for number, options in enumerate(
        (
            ("--trt", str(engine)),
            ("--trt", str(engine), "--model", "yolox-nano"),
            ("--model", str(engine)),
        )
    ):
        found = records(tmp_path / f"{number}.jsonl", *video, *options)
        assert found == expected
    assert "person" in expected
    assert world.gpu.empty


def test_the_engine_next_to_a_model_is_found(
    install: Install,
    video: list[str],
    shared: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    install()
    model = tmp_path / "mine.onnx"
    model.write_bytes((shared / "models" / "yolox_nano.onnx").read_bytes())
    asked = [*video, "--model", str(model), "--trt", "auto"]
    assert run(asked) == 1
    captured = capsys.readouterr().err
    assert f"there is no TensorRT engine of {model}" in captured
    assert f"hint: avio export {model} --to tensorrt --fp16" in captured
    (tmp_path / "mine.engine").write_bytes(plan_of(model.read_bytes()))
    assert run(asked) == 0


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--trt", "gone.engine"], "gone.engine: there is no such file"),
        (["--trt", "{engine}", "--runtime", "onnx"], "cannot run a TensorRT engine"),
        (["--trt", "{engine}", "--device", "cpu"], "not .engine on cpu"),
        (["--trt", "{engine}", "--model", "nonesuch"], "there is no such model"),
        (["--trt", "{engine}", "--model", "bytetrack-m"], "has 85 columns, not 6"),
        (["--trt", "{engine}", "--input-size", "64x64"], "its input is (1, 3, 64, 96)"),
        (["--trt", "{engine}", "--fp16"], "precision that it was built with"),
    ],
)
def test_what_does_not_go_together_is_reported(
    options: list[str],
    says: str,
    install: Install,
    video: list[str],
    engine: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    install()
    status = run([*video, *(word.format(engine=engine) for word in options)])
    assert status in (1, 2)
    assert says in capsys.readouterr().err


def test_without_a_gpu_trt_says_so(
    install: Install,
    video: list[str],
    engine: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    install(gpus=0)
    assert run([*video, "--trt", str(engine)]) == 1
    captured = capsys.readouterr().err
    assert "TensorRT needs an NVIDIA GPU, and none was found" in captured
    assert "nvidia-smi" in captured


def test_a_description_next_to_an_engine_is_used(
    install: Install, tmp_path: Path, video: list[str], shared: Path
) -> None:
    install()
    path = tmp_path / "mine.engine"
    path.write_bytes(plan_of((shared / "models" / "yolox_nano.onnx").read_bytes()))
    one, other = tmp_path / "1.jsonl", tmp_path / "2.jsonl"
    guessed = records(one, *video, "--trt", str(path))
    (tmp_path / "mine.engine.toml").write_text("schema = 1\ncolor = 'rgb'\n")
    assert records(other, *video, "--trt", str(path)) != guessed
