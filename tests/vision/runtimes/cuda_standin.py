"""Stand-ins for a GPU's memory: cuda-python's calls, and PyTorch's.

What a stream is given is done when it is waited for, not before, as far as any caller
may know of a real one. Every use of memory is checked: it must be taken, large enough,
and not yet given back.
"""

import ctypes
import threading
from collections.abc import Callable
from contextlib import contextmanager
from enum import IntEnum
from types import SimpleNamespace
from typing import Any

import numpy as np

STREAM = 0x5712EA


class Gpu:
    """What both stand-ins share: memory, work that waits, and a list of the calls."""

    def __init__(self, index: int = 0) -> None:
        self.index = index
        self.calls: list[str] = []
        self.device: dict[int, Any] = {}
        self.host: dict[int, Any] = {}
        self.waiting: list[Callable[[], None]] = []
        self.streams = 0
        self.current = threading.local()

    def take(self, where: dict[int, Any], size: int) -> int:
        memory = ctypes.create_string_buffer(b"\xa5" * size, size)
        where[ctypes.addressof(memory)] = memory
        return ctypes.addressof(memory)

    def check(self, where: dict[int, Any], address: int, size: int) -> None:
        assert address in where, "memory that was not taken, or was given back"
        assert size <= len(where[address]), "more than was taken"

    def check_thread(self) -> None:
        assert getattr(self.current, "index", None) == self.index, (
            "another GPU's thread"
        )

    def later(self, work: Callable[[], None]) -> None:
        self.check_thread()
        self.waiting.append(work)

    def synchronize(self) -> None:
        work, self.waiting = self.waiting, []
        for step in work:
            step()

    @property
    def empty(self) -> bool:
        """Whether all was given back."""
        return not (self.device or self.host or self.streams or self.waiting)


class Status(IntEnum):
    cudaSuccess = 0  # noqa: N815
    cudaErrorMemoryAllocation = 2  # noqa: N815
    cudaErrorNoDevice = 100  # noqa: N815


class CudaPython:
    """The module ``cuda.bindings.runtime``."""

    cudaStreamNonBlocking = 1  # noqa: N815
    cudaHostAllocDefault = 0  # noqa: N815

    class cudaMemcpyKind(IntEnum):  # noqa: N801
        cudaMemcpyHostToDevice = 1  # noqa: N815
        cudaMemcpyDeviceToHost = 2  # noqa: N815

    def __init__(self, gpu: Gpu, fails: dict[str, Status] | None = None) -> None:
        self.gpu, self.fails = gpu, fails or {}

    def __getattr__(self, name: str) -> Any:
        call = getattr(type(self), f"_{name}")

        def recorded(*arguments: Any) -> tuple[Any, ...]:
            self.gpu.calls.append(name)
            if name in self.fails:
                return (self.fails[name], None)
            result = call(self, *arguments)
            return (Status.cudaSuccess, *(() if result is None else (result,)))

        return recorded

    def _cudaSetDevice(self, index: int) -> None:  # noqa: N802
        assert index == self.gpu.index
        self.gpu.current.index = index

    def _cudaStreamCreateWithFlags(self, flags: int) -> int:  # noqa: N802
        assert flags == self.cudaStreamNonBlocking
        self.gpu.check_thread()
        self.gpu.streams += 1
        return STREAM

    def _cudaMalloc(self, size: int) -> int:  # noqa: N802
        self.gpu.check_thread()
        return self.gpu.take(self.gpu.device, size)

    def _cudaHostAlloc(self, size: int, flags: int) -> int:  # noqa: N802
        return self.gpu.take(self.gpu.host, size)

    def _cudaMemcpyAsync(  # noqa: N802
        self, target: int, source: int, size: int, kind: int, stream: int
    ) -> None:
        assert stream == STREAM
        up = kind == self.cudaMemcpyKind.cudaMemcpyHostToDevice
        there, here = self.gpu.device, self.gpu.host

        def copy() -> None:
            self.gpu.check(there if up else here, target, size)
            self.gpu.check(here if up else there, source, size)
            ctypes.memmove(target, source, size)

        self.gpu.later(copy)

    def _cudaStreamSynchronize(self, stream: int) -> None:  # noqa: N802
        assert stream == STREAM
        self.gpu.synchronize()

    def _cudaFree(self, address: int) -> None:  # noqa: N802
        assert not self.gpu.waiting, "given back while work waits"
        del self.gpu.device[address]

    def _cudaFreeHost(self, address: int) -> None:  # noqa: N802
        assert not self.gpu.waiting, "given back while work waits"
        del self.gpu.host[address]

    def _cudaStreamDestroy(self, stream: int) -> None:  # noqa: N802
        self.gpu.streams -= 1

    def _cudaGetErrorString(self, status: Status) -> bytes:  # noqa: N802
        return {2: b"out of memory", 100: b"no CUDA-capable device is detected"}[status]


class Tensor:
    """Bytes of one of PyTorch's tensors."""

    def __init__(
        self, gpu: Gpu, where: dict[int, Any], memory: Any, address: int
    ) -> None:
        self.gpu, self.where, self.memory, self.address = gpu, where, memory, address

    def data_ptr(self) -> int:
        return self.address

    def numpy(self) -> Any:
        assert self.where is self.gpu.host
        return np.frombuffer(self.memory, np.uint8)

    def __len__(self) -> int:
        return len(self.memory)

    def __getitem__(self, part: slice) -> "Tensor":
        assert part.start is None
        memory = memoryview(self.memory)[part]
        return Tensor(self.gpu, self.where, memory, self.address)

    def copy_(self, source: "Tensor", *, non_blocking: bool) -> None:
        assert non_blocking
        assert len(self) == len(source)
        assert {id(self.where), id(source.where)} == {
            id(self.gpu.device),
            id(self.gpu.host),
        }
        size = len(self)

        def copy() -> None:
            self.gpu.check(self.where, self.address, size)
            self.gpu.check(source.where, source.address, size)
            ctypes.memmove(self.address, source.address, size)

        self.gpu.calls.append("copy_")
        self.gpu.later(copy)


class TorchCuda:
    """As much of the module ``torch`` as moves bytes; memory goes with its tensors."""

    uint8 = "uint8"

    def __init__(self, gpu: Gpu) -> None:
        self.gpu = gpu
        self.inside = False
        self.cuda = SimpleNamespace(
            Stream=self._stream, set_device=self._set_device, stream=self._use
        )

    def _stream(self, where: str) -> Any:
        assert where == f"cuda:{self.gpu.index}"
        return SimpleNamespace(cuda_stream=STREAM, synchronize=self._synchronize)

    def _synchronize(self) -> None:
        self.gpu.calls.append("synchronize")
        self.gpu.synchronize()

    def _set_device(self, where: str) -> None:
        self.gpu.calls.append("set_device")
        self.gpu.current.index = int(where.partition(":")[2])

    @contextmanager
    def _use(self, stream: Any) -> Any:
        assert stream.cuda_stream == STREAM
        yield

    def empty(
        self, size: int, *, dtype: str, device: str = "cpu", pin_memory: bool = False
    ) -> Tensor:
        assert dtype == self.uint8
        assert pin_memory == (device == "cpu"), "memory that the GPU cannot copy"
        where = self.gpu.host if pin_memory else self.gpu.device
        address = self.gpu.take(where, size)
        return Tensor(self.gpu, where, where[address], address)

    def from_numpy(self, array: Any) -> Tensor:
        address = array.ctypes.data
        assert address in self.gpu.host, "not page-locked"
        memory = self.gpu.host[address]
        return Tensor(
            self.gpu, self.gpu.host, memoryview(memory)[: len(array)], address
        )
