"""What avio doctor says of runtimes, with a GPU and without: each line is true."""

import sys
from types import SimpleNamespace
from typing import Any

import pytest

from avio_cli.errors import AvioError
from avio_cli.jobs.doctor import runtimes
from avio_cli.jobs.doctor.findings import Finding
from avio_cli.vision.runtimes.registry import RUNTIMES
from avio_cli.vision.runtimes.runtime_info import RuntimeKind

CPU_ONLY = ("AzureExecutionProvider", "CPUExecutionProvider")
WITH_CUDA = ("CUDAExecutionProvider", "CPUExecutionProvider")


def torch_of(*, built: bool, available: bool) -> Any:
    return SimpleNamespace(
        version=SimpleNamespace(cuda="13.0"),
        backends=SimpleNamespace(cuda=SimpleNamespace(is_built=lambda: built)),
        cuda=SimpleNamespace(
            is_available=lambda: available, get_device_name=lambda n: "NVIDIA H200"
        ),
    )


def onnx_of(providers: tuple[str, ...]) -> Any:
    return SimpleNamespace(get_available_providers=lambda: list(providers))


class Installed:
    """What a machine has, and how many GPUs."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._patch = monkeypatch
        monkeypatch.setattr(RuntimeKind, "installed", True)
        monkeypatch.setattr(RuntimeKind, "version", "1.2")
        monkeypatch.setattr(runtimes, "yolox_models", lambda: None)
        self.put(gpus=1, uses_gpu=True, memory=True)

    def put(
        self,
        *,
        module: Any = None,
        gpus: int = 1,
        uses_gpu: bool = True,
        memory: bool = True,
    ) -> None:
        self._patch.setattr(runtimes, "import_engine", lambda name: module)
        self._patch.setattr(runtimes, "gpu_count", lambda: gpus)
        self._patch.setattr(RuntimeKind, "uses_gpu", uses_gpu)
        self._patch.setattr(runtimes, "_is_there", lambda name: memory)


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Installed:
    return Installed(monkeypatch)


def found(name: str) -> Finding:
    (finding,) = (f for f in runtimes.about_runtimes() if f.name == name)
    return finding


@pytest.mark.parametrize(
    ("gpus", "state", "detail"),
    [(0, "missing", "no NVIDIA driver, or no card"), (2, "ok", "2 found")],
)
def test_cards_are_counted(
    installed: Installed, gpus: int, state: str, detail: str
) -> None:
    installed.put(module=onnx_of(WITH_CUDA), gpus=gpus)
    assert (found("NVIDIA GPU").state, found("NVIDIA GPU").detail) == (state, detail)


ROWS: list[tuple[str, dict[str, Any], str, str]] = [
    ("onnx", {"module": onnx_of(WITH_CUDA)}, "ok", f"1.2 ({', '.join(WITH_CUDA)})"),
    (
        "onnx",
        {"module": onnx_of(CPU_ONLY), "uses_gpu": False},
        "ok",
        f"1.2 ({', '.join(CPU_ONLY)}); this build does not use the GPU",
    ),
    (
        "onnx",
        {"module": onnx_of(CPU_ONLY), "uses_gpu": False, "gpus": 0},
        "ok",
        f"1.2 ({', '.join(CPU_ONLY)})",
    ),
    ("openvino", {"uses_gpu": False}, "ok", "1.2"),
    (
        "torch",
        {"module": torch_of(built=True, available=True)},
        "ok",
        "1.2 (NVIDIA H200)",
    ),
    (
        "torch",
        {"module": torch_of(built=False, available=False), "uses_gpu": False},
        "ok",
        "1.2; this build does not use the GPU",
    ),
    (
        "torch",
        {"module": torch_of(built=True, available=False)},
        "warning",
        "1.2, but its CUDA 13.0 cannot use the GPU",
    ),
    (
        "torch",
        {"module": torch_of(built=True, available=False), "gpus": 0},
        "ok",
        "1.2",
    ),
    ("tensorrt", {}, "ok", "1.2"),
    ("tensorrt", {"gpus": 0}, "missing", "1.2; of no use without a GPU"),
    (
        "tensorrt",
        {"memory": False},
        "warning",
        "1.2, but it needs cuda-python or PyTorch to reach the GPU's memory",
    ),
]


@pytest.mark.parametrize(("name", "machine", "state", "detail"), ROWS)
def test_each_line_is_true(
    installed: Installed, name: str, machine: dict[str, Any], state: str, detail: str
) -> None:
    installed.put(**machine)
    assert (found(name).state, found(name).detail) == (state, detail)
    assert bool(found(name).hint) == (state == "warning")


@pytest.mark.parametrize(
    ("name", "gpus", "advised"),
    [("tensorrt", 0, False), ("tensorrt", 1, True), ("torch", 0, True)],
)
def test_what_needs_a_gpu_is_advised_only_where_there_is_one(
    installed: Installed,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    gpus: int,
    advised: bool,
) -> None:
    installed.put(gpus=gpus)
    monkeypatch.setattr(RuntimeKind, "installed", False)
    assert found(name).detail == "not installed"
    assert bool(found(name).hint) == advised


def test_pytorch_without_yolox_opens_no_checkpoint(
    installed: Installed, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise AvioError("the package pixeltable-yolox is missing", hint="pip install")

    monkeypatch.setattr(runtimes, "yolox_models", fail)
    assert found("torch").state == "warning"
    assert "no checkpoint can be opened: the package" in found("torch").detail


def test_a_runtime_is_ok_only_where_it_can_be_imported(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(module: str) -> None:
        raise OSError(f"{module} is of another machine")

    monkeypatch.setattr(runtimes, "import_engine", fail)
    monkeypatch.setattr(RuntimeKind, "installed", True)
    lines = [runtimes._runtime(kind, 1) for kind in RUNTIMES.values()]
    assert {line.state for line in lines} == {"broken"}
    assert "openvino is of another machine" in lines[1].detail


def test_modules_are_looked_for_without_importing_them() -> None:
    assert runtimes._is_there("numpy")
    assert not runtimes._is_there("no_such_package.inside")
    assert "no_such_package" not in sys.modules
