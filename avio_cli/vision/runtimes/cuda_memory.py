"""Memory and streams of a GPU: all that TensorRT needs of CUDA.

Two libraries provide it: cuda-python, or PyTorch. Whichever is installed is used.
"""

import importlib
from typing import Any, Protocol

from numpy.typing import DTypeLike, NDArray

from avio_cli.errors import AvioError
from avio_cli.vision.runtimes.cuda_libraries import CudaPythonMemory, TorchMemory

INSTALL = 'pip install "avio-cli[trt]"'


class CudaMemory(Protocol):
    """One GPU's memory, page-locked memory of the host, and one stream of work.

    Copies return at once and happen in the stream's order. Both arrays must live until
    `wait` has returned: this object keeps what it allocated until `close`.
    """

    @property
    def stream(self) -> int:
        """The stream's handle; never CUDA's default stream."""
        ...

    def activate(self) -> None:
        """Select this GPU for the calling thread: CUDA has one for each thread."""
        ...

    def page_locked(self, shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
        """Allocate an array in page-locked memory of the host."""
        ...

    def allocate(self, size: int) -> int:
        """Allocate that many bytes of the GPU's memory; return their address."""
        ...

    def upload(self, address: int, array: NDArray[Any]) -> None:
        """Copy a page-locked array to the GPU."""
        ...

    def download(self, array: NDArray[Any], address: int) -> None:
        """Copy from the GPU into a page-locked array."""
        ...

    def wait(self) -> None:
        """Return when all work of the stream is done."""
        ...

    def close(self) -> None:
        """Wait, then release all memory and the stream; safe to call twice."""
        ...


def open_memory(index: int) -> CudaMemory:
    """Open a GPU.

    Args:
        index: which of several.

    Raises:
        AvioError: neither library is installed, or CUDA does not work.
    """
    for module, make in (
        ("cuda.bindings.runtime", CudaPythonMemory),
        ("torch", TorchMemory),
    ):
        try:
            library = importlib.import_module(module)
        except ImportError:
            continue
        return make(library, index)
    raise AvioError(
        "TensorRT needs cuda-python or PyTorch to reach the GPU's memory", hint=INSTALL
    )
