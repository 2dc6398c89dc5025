"""A machine with a GPU, as far as imports and NVIDIA's driver report."""

import ctypes
import sys
import types
from collections.abc import Callable
from typing import Any

import pytest

from tests.vision.runtimes.cuda_standin import CudaPython, Gpu, Status, TorchCuda
from tests.vision.runtimes.tensorrt_standin import TEN, World, tensorrt

Install = Callable[..., World]


def installer(monkeypatch: pytest.MonkeyPatch) -> Install:
    """What puts stand-ins in the place of TensorRT, CUDA and NVIDIA's driver."""

    def put(
        version: str = TEN,
        memory: str = "cuda",
        fails: dict[str, Status] | None = None,
        gpus: int = 1,
        **world: Any,
    ) -> World:
        made = World(Gpu(world.pop("index", 0)), version, **world)
        monkeypatch.setitem(sys.modules, "tensorrt", tensorrt(made))
        cuda = CudaPython(made.gpu, fails) if memory == "cuda" else None
        monkeypatch.setitem(sys.modules, "cuda.bindings.runtime", cuda)
        if memory == "cuda":
            for name in ("cuda", "cuda.bindings"):
                monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
        if memory == "torch":
            monkeypatch.setitem(sys.modules, "torch", TorchCuda(made.gpu))
        _put_driver(monkeypatch, gpus)
        return made

    return put


def _put_driver(monkeypatch: pytest.MonkeyPatch, gpus: int) -> None:
    real = ctypes.CDLL

    def count(found: Any) -> int:
        found._obj.value = gpus
        return 0

    driver = types.SimpleNamespace(cuInit=lambda _: 0, cuDeviceGetCount=count)

    def load(name: Any, *rest: Any, **more: Any) -> Any:
        if name in ("libcuda.so.1", "nvcuda.dll"):
            return driver
        return real(name, *rest, **more)

    monkeypatch.setattr(ctypes, "CDLL", load)
