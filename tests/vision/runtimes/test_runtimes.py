import importlib.util
import os
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from avio_cli.errors import AvioError, InputError, UsageError
from avio_cli.models.describe import describe
from avio_cli.protocols import Runtime
from avio_cli.vision.runtimes import device as devices
from avio_cli.vision.runtimes import registry as selection
from avio_cli.vision.runtimes.device import Device, parse_device
from avio_cli.vision.runtimes.fixed_batch import in_batches
from avio_cli.vision.runtimes.onnx import providers
from avio_cli.vision.runtimes.openvino import precision
from avio_cli.vision.runtimes.registry import (
    AUTO_ORDER,
    RUNTIMES,
    choose_device,
    choose_runtime,
    open_runtime,
    runnable_formats,
)
from avio_cli.vision.runtimes.runtime_info import RuntimeKind
from avio_cli.vision.runtimes.tensors import Arrays, Outputs
from tests.conftest import missing
from tests.vision.runtimes.outputs import run_table

pytestmark = pytest.mark.openvino

CPU, GPU = Device(), Device("cuda")


def need(name: str) -> None:
    if not RUNTIMES[name].installed:
        if os.environ.get(f"AVIO_TESTS_{name.upper()}") == "1":
            pytest.fail(f"the runtime {name} is missing, and this run is for it")
        missing(f"the runtime {name}")


@pytest.fixture(params=["onnx", "openvino"])
def runtime_name(request: pytest.FixtureRequest) -> str:
    need(request.param)
    return str(request.param)


@cache
def opened(shared: Path, name: str, size: tuple[int, int] = (416, 416)) -> Runtime:
    return open_runtime(shared / "models" / "yolox_nano.onnx", size, runtime=name)


def image(width: int = 416, height: int = 416, count: int = 1) -> NDArray[np.float32]:
    random = np.random.default_rng(0)
    return random.integers(0, 256, (count, 3, height, width)).astype(np.float32)


def test_both_runtimes_agree(shared: Path) -> None:
    need("openvino")
    one, other = opened(shared, "onnx"), opened(shared, "openvino")
    expected, found = run_table(one, image()), run_table(other, image())
    assert expected.shape == (1, 3549, 85)
    assert expected.dtype == found.dtype == np.float32
    np.testing.assert_allclose(found, expected, atol=2e-3, rtol=1e-3)


def test_a_fixed_model_runs_at_other_sizes(shared: Path, runtime_name: str) -> None:
    runtime = opened(shared, runtime_name, (768, 576))
    assert run_table(runtime, image(768, 576)).shape == (1, 9072, 85)


def test_other_sizes_give_the_same_numbers_in_both(shared: Path) -> None:
    need("openvino")
    one, other = (opened(shared, name, (96, 160)) for name in ("onnx", "openvino"))
    batch = image(96, 160)
    np.testing.assert_allclose(
        run_table(one, batch), run_table(other, batch), atol=2e-3, rtol=1e-3
    )


def test_a_batch_gives_what_its_images_give_alone(
    shared: Path, runtime_name: str
) -> None:
    runtime = opened(shared, runtime_name)
    batch = image(count=3)
    alone = np.concatenate([run_table(runtime, batch[i : i + 1]) for i in range(3)])
    assert run_table(runtime, batch).tolist() == alone.tolist()


def test_a_result_is_the_callers_own(shared: Path, runtime_name: str) -> None:
    runtime = opened.__wrapped__(shared, runtime_name)
    first = run_table(runtime, image())
    kept = first.copy()
    run_table(runtime, np.zeros((1, 3, 416, 416), np.float32))
    assert np.array_equal(first, kept)
    runtime.close()
    runtime.close()
    assert np.array_equal(first, kept)


@pytest.mark.slow
def test_results_repeat_exactly(shared: Path, runtime_name: str) -> None:
    one, other = (
        run_table(opened.__wrapped__(shared, runtime_name), image()) for _ in range(2)
    )
    assert np.array_equal(one, other)


def test_an_openvino_file_runs_and_carries_its_description(
    shared: Path, tmp_path: Path
) -> None:
    need("openvino")
    import openvino

    model = openvino.Core().read_model(str(shared / "models" / "yolox_nano.onnx"))
    model.set_rt_info('{"schema": 1, "name": "from metadata", "pad": 7}', "avio")
    path = tmp_path / "own.xml"
    openvino.save_model(model, str(path), compress_to_fp16=False)
    spec = describe(path)
    assert (spec.name, spec.pad, spec.columns) == ("from metadata", 7, 85)
    found = run_table(open_runtime(path, spec.input_size), image())
    expected = run_table(opened(shared, "onnx"), image())
    np.testing.assert_allclose(found, expected, atol=2e-3, rtol=1e-3)


def test_a_broken_file_is_an_error_of_one_line(
    tmp_path: Path, runtime_name: str
) -> None:
    from tests.models.onnx_writer import write_yolox

    path = write_yolox(tmp_path / "empty.onnx")
    with pytest.raises(InputError, match=r"cannot open it \(.+\)") as caught:
        open_runtime(path, (64, 64), runtime=runtime_name)
    assert "\n" not in caught.value.message


def test_auto_is_a_fixed_order() -> None:
    assert choose_runtime("auto", ".onnx", CPU).name == "onnx"
    assert choose_runtime("auto", ".onnx", GPU).name == "onnx"
    assert AUTO_ORDER[".xml", "cpu"] == ("openvino",)
    for (extension, kind), names in AUTO_ORDER.items():
        for name in names:
            assert extension in RUNTIMES[name].formats
            assert kind in RUNTIMES[name].devices


@pytest.mark.parametrize(
    ("name", "extension", "device", "says"),
    [
        ("onx", ".onnx", CPU, "unknown runtime"),
        ("openvino", ".onnx", GPU, "not .onnx on cuda:0"),
        ("onnx", ".xml", CPU, "opens .onnx on cpu and cuda, not .xml"),
        ("auto", ".engine", CPU, "no runtime opens .engine on cpu"),
        ("auto", "", CPU, "this kind of file"),
    ],
)
def test_what_does_not_go_together_is_refused(
    name: str, extension: str, device: Device, says: str
) -> None:
    with pytest.raises(UsageError, match=says) as caught:
        choose_runtime(name, extension, device)
    assert caught.value.hint


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation without any runtime."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)


@pytest.mark.usefixtures("bare")
def test_a_missing_runtime_is_an_error_with_the_command_that_installs_it() -> None:
    for name, extension in (("openvino", ".onnx"), ("auto", ".xml")):
        with pytest.raises(AvioError, match="openvino is not installed") as caught:
            choose_runtime(name, extension, CPU)
        assert caught.value.hint == 'pip install "avio-cli[openvino]"'
    with pytest.raises(AvioError, match="onnx is not installed"):
        runnable_formats("auto", CPU)


def test_an_engine_that_cannot_be_imported_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, module in (("onnx", "onnxruntime"), ("openvino", "openvino")):
        monkeypatch.setitem(sys.modules, module, None)
        with pytest.raises(AvioError, match=r"is not installed|cannot be imported"):
            RUNTIMES[name].open(tmp_path / "x.onnx", (64, 64), CPU, False, None)


def test_formats_are_those_of_installed_runtimes() -> None:
    need("openvino")
    assert runnable_formats("auto", CPU) == (".onnx", ".xml")
    assert runnable_formats("auto", GPU) == (".onnx",)
    assert runnable_formats("openvino", CPU) == (".xml", ".onnx")


def test_versions_are_known_without_importing() -> None:
    assert RUNTIMES["onnx"].version[0].isdigit()


def test_onnx_runtime_runs_on_the_chosen_device() -> None:
    able = ["TensorrtExecutionProvider", "CUDAExecutionProvider"]
    second = Device("cuda", 1)
    assert providers(CPU, False, able) == [("CPUExecutionProvider", {})]
    assert providers(second, False, able)[0] == (
        able[1],
        {"device_id": 1, "use_tf32": 0},
    )
    name, options = providers(second, True, able)[0]
    assert (name, options["trt_fp16_enable"], options["device_id"]) == (
        able[0],
        True,
        1,
    )


def test_onnx_runtime_refuses_what_it_cannot_do() -> None:
    with pytest.raises(AvioError, match="cannot use cuda:0") as caught:
        providers(GPU, False, ["CPUExecutionProvider"])
    assert "onnxruntime-gpu" in caught.value.hint
    with pytest.raises(UsageError, match="half precision on a CPU"):
        providers(CPU, True, [])
    with pytest.raises(UsageError, match="needs TensorRT"):
        providers(GPU, True, ["CUDAExecutionProvider"])


def test_openvino_computes_in_full_precision_by_default() -> None:
    assert precision(False, ["FP32", "BF16"]) == "f32"
    assert precision(True, ["FP32", "BF16"]) == "bf16"
    assert precision(True, ["FP32", "BF16", "FP16"]) == "f16"
    with pytest.raises(UsageError, match="does not compute in half precision"):
        precision(True, ["FP32", "INT8"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cpu", CPU),
        ("auto", GPU),
        ("cuda", GPU),
        ("cuda:1", Device("cuda", 1)),
    ],
)
def test_devices_are_read(
    monkeypatch: pytest.MonkeyPatch, text: str, expected: Device
) -> None:
    monkeypatch.setattr(devices, "gpu_count", lambda: 2)
    assert parse_device(text) == expected


@pytest.mark.parametrize(
    ("text", "count", "says"),
    [
        ("cuda:2", 2, "no device cuda:2: it has 2"),
        ("cuda", 0, "no NVIDIA GPU was found"),
        ("gpu", 2, "unknown device 'gpu'"),
        ("cuda:-1", 2, "unknown device"),
    ],
)
def test_devices_that_are_not_there_are_refused(
    monkeypatch: pytest.MonkeyPatch, text: str, count: int, says: str
) -> None:
    monkeypatch.setattr(devices, "gpu_count", lambda: count)
    with pytest.raises(UsageError, match=says):
        parse_device(text)


def test_auto_is_the_cpu_where_there_is_no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "gpu_count", lambda: 0)
    assert str(parse_device("auto")) == "cpu"


def test_auto_takes_a_gpu_only_where_a_runtime_can_use_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(selection, "gpu_count", lambda: 1)
    able: set[str] = set()
    monkeypatch.setattr(RuntimeKind, "uses_gpu", property(lambda k: k.name in able))
    assert choose_device("auto") == CPU
    able.add("torch")
    assert choose_device("auto") == GPU
    assert choose_device("auto", extension=".pth") == GPU
    assert choose_device("auto", extension=".onnx") == CPU
    assert choose_device("auto", runtime="onnx") == CPU
    assert choose_device("cpu") == CPU
    monkeypatch.setattr(selection, "gpu_count", lambda: 0)
    assert choose_device("auto") == CPU


def test_a_runtime_made_for_cpus_uses_no_gpu(tmp_path: Path) -> None:
    assert not RUNTIMES["openvino"].uses_gpu
    kind = RUNTIMES["onnx"]
    folder = Path(str(importlib.util.find_spec("onnxruntime").origin)).parent
    assert kind.uses_gpu == any(folder.glob("capi/*onnxruntime_providers_cuda*"))
    assert kind.problem == ""


@pytest.mark.parametrize(("count", "size", "calls"), [(3, 0, 1), (4, 2, 2), (5, 2, 3)])
def test_batches_are_cut_and_filled_up(count: int, size: int, calls: int) -> None:
    batch = np.arange(count, dtype=np.float32).reshape(-1, 1, 1, 1)
    fed: list[int] = []

    def infer(parts: Arrays) -> Outputs:
        fed.append(len(parts[0]))
        assert len(parts[1]) == len(parts[0])
        return {"out": parts[0].reshape(len(parts[0]), 1, 1) * 2}

    found = in_batches(infer, (batch, batch[:, 0]), size)["out"]
    assert found.ravel().tolist() == [2 * n for n in range(count)]
    assert fed == [size or count] * calls
