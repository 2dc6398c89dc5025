"""Access to a GPU's memory by cuda-python or PyTorch, as `CudaMemory`."""

import contextlib
import ctypes
import math
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from avio_cli.errors import AvioError
from avio_cli.optional import first_line


class CudaPythonMemory:
    """`CudaMemory` by cuda-python.

    Args:
        runtime: the module ``cuda.bindings.runtime``.
        index: which GPU.

    Raises:
        AvioError: CUDA does not work.
    """

    def __init__(self, runtime: Any, index: int) -> None:
        self._cuda, self._index = runtime, index
        self._device: list[int] = []
        self._host: list[int] = []
        self._stream: Any = None
        self.activate()
        self._stream = self._call(
            "cudaStreamCreateWithFlags", runtime.cudaStreamNonBlocking
        )

    @property
    def stream(self) -> int:
        """See `CudaMemory.stream`."""
        return int(self._stream)

    def activate(self) -> None:
        """See `CudaMemory.activate`."""
        self._call("cudaSetDevice", self._index)

    def page_locked(self, shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
        """See `CudaMemory.page_locked`."""
        size = math.prod(shape) * np.dtype(dtype).itemsize
        address = int(
            self._call("cudaHostAlloc", size, self._cuda.cudaHostAllocDefault)
        )
        self._host.append(address)
        raw = memoryview((ctypes.c_byte * size).from_address(address)).cast("B")
        array: NDArray[Any] = np.frombuffer(raw, np.uint8).view(dtype).reshape(shape)
        return array

    def allocate(self, size: int) -> int:
        """See `CudaMemory.allocate`."""
        address = int(self._call("cudaMalloc", size))
        self._device.append(address)
        return address

    def upload(self, address: int, array: NDArray[Any]) -> None:
        """See `CudaMemory.upload`."""
        kind = self._cuda.cudaMemcpyKind.cudaMemcpyHostToDevice
        source = array.ctypes.data
        self._call("cudaMemcpyAsync", address, source, array.nbytes, kind, self._stream)

    def download(self, array: NDArray[Any], address: int) -> None:
        """See `CudaMemory.download`."""
        kind = self._cuda.cudaMemcpyKind.cudaMemcpyDeviceToHost
        destination = array.ctypes.data
        self._call(
            "cudaMemcpyAsync", destination, address, array.nbytes, kind, self._stream
        )

    def wait(self) -> None:
        """See `CudaMemory.wait`."""
        self._call("cudaStreamSynchronize", self._stream)

    def close(self) -> None:
        """See `CudaMemory.close`."""
        if self._stream is None:
            return
        self.activate()
        # What has failed once fails here too; memory is released all the same.
        self._cuda.cudaStreamSynchronize(self._stream)
        for address in self._device:
            self._cuda.cudaFree(address)
        for address in self._host:
            self._cuda.cudaFreeHost(address)
        self._cuda.cudaStreamDestroy(self._stream)
        self._device, self._host, self._stream = [], [], None

    def _call(self, name: str, *arguments: Any) -> Any:
        status, *results = getattr(self._cuda, name)(*arguments)
        if int(status) != 0:
            _, text = self._cuda.cudaGetErrorString(status)
            raise _failure(name, bytes(text).decode(errors="replace"))
        return results[0] if results else None


class TorchMemory:
    """`CudaMemory` by PyTorch.

    Args:
        torch: the module.
        index: which GPU.

    Raises:
        AvioError: CUDA does not work.
    """

    def __init__(self, torch: Any, index: int) -> None:
        self._torch = torch
        self._name = f"cuda:{index}"
        self._device: dict[int, Any] = {}
        self._host: list[Any] = []
        try:
            self._stream: Any = torch.cuda.Stream(self._name)
        except (RuntimeError, AssertionError) as error:  # no driver; a build for CPUs
            raise _failure("torch.cuda.Stream", first_line(error)) from error

    @property
    def stream(self) -> int:
        """See `CudaMemory.stream`."""
        return int(self._stream.cuda_stream)

    def activate(self) -> None:
        """See `CudaMemory.activate`."""
        self._torch.cuda.set_device(self._name)

    def page_locked(self, shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
        """See `CudaMemory.page_locked`."""
        size = math.prod(shape) * np.dtype(dtype).itemsize
        memory = self._empty(size, pin_memory=True)
        self._host.append(memory)
        array: NDArray[Any] = memory.numpy().view(dtype).reshape(shape)
        return array

    def allocate(self, size: int) -> int:
        """See `CudaMemory.allocate`."""
        memory = self._empty(size, device=self._name)
        address = int(memory.data_ptr())
        self._device[address] = memory
        return address

    def upload(self, address: int, array: NDArray[Any]) -> None:
        """See `CudaMemory.upload`."""
        self._copy(self._device[address], self._bytes(array))

    def download(self, array: NDArray[Any], address: int) -> None:
        """See `CudaMemory.download`."""
        self._copy(self._bytes(array), self._device[address])

    def wait(self) -> None:
        """See `CudaMemory.wait`."""
        try:
            self._stream.synchronize()
        except RuntimeError as error:
            raise _failure("synchronize", first_line(error)) from error

    def close(self) -> None:
        """See `CudaMemory.close`."""
        if self._stream is None:
            return
        with contextlib.suppress(RuntimeError):  # what failed once fails here too
            self._stream.synchronize()
        self._device, self._host, self._stream = {}, [], None

    def _empty(self, size: int, **options: Any) -> Any:
        try:
            return self._torch.empty(size, dtype=self._torch.uint8, **options)
        except RuntimeError as error:
            raise _failure(f"{size} bytes", first_line(error)) from error

    def _copy(self, destination: Any, source: Any) -> None:
        count = min(len(destination), len(source))
        with self._torch.cuda.stream(self._stream):
            destination[:count].copy_(source[:count], non_blocking=True)

    def _bytes(self, array: NDArray[Any]) -> Any:
        return self._torch.from_numpy(array.reshape(-1).view(np.uint8))


def _failure(what: str, reason: str) -> AvioError:
    return AvioError(
        f"CUDA failed ({what}: {reason})",
        hint="nvidia-smi shows whether the driver works and how much memory is free",
    )
