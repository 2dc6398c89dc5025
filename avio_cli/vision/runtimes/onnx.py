"""ONNX models run by ONNX Runtime, one thread a session."""

import contextlib
import importlib
import sys
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avio_cli.errors import AvioError, InputError, UsageError
from avio_cli.models.graph import read_graph
from avio_cli.models.onnx.file import with_input_size
from avio_cli.models.onnx.pixels import with_pixel_input
from avio_cli.models.spec import ModelSpec
from avio_cli.models.store import ModelStore
from avio_cli.models.tensor import Tensor
from avio_cli.optional import first_line, load
from avio_cli.vision.runtimes.device import Device
from avio_cli.vision.runtimes.fixed_batch import check_batch, in_batches
from avio_cli.vision.runtimes.tensors import Arrays, Feed, Outputs, as_plain

WARNINGS_OFF = 3
"""ONNX Runtime's severity ``error``; warnings about its optimiser do not help users."""


LARGEST_CHANGED = 1 << 30
"""Bytes of a file that is read and changed: protocol buffers end at 2 GiB."""


class OnnxRuntime:
    """One session of ONNX Runtime; satisfies `avio_cli.protocols.Runtime`.

    Args:
        path: an ONNX file with one input of images.
        input_size: width and height of its input; where the file is fixed to
            another size, it is opened with this one.
        device: where to run.
        fp16: compute in half precision: TensorRT inside ONNX Runtime, on a GPU.
        pixels: preprocessing that is to be a part of the model, where that can be done.

    Raises:
        AvioError: ONNX Runtime is missing, or cannot use the device.
        InputError: it cannot open the file.
        UsageError: `fp16` is not supported there.
    """

    def __init__(
        self,
        path: Path,
        input_size: tuple[int, int],
        device: Device | None = None,
        *,
        fp16: bool = False,
        pixels: ModelSpec | None = None,
    ) -> None:
        device = device or Device()
        runtime = load("onnxruntime", "ONNX Runtime", "pip install onnxruntime")
        runtime.disable_telemetry_events()
        chosen = providers(device, fp16, runtime.get_available_providers())
        if device.kind == "cuda":
            _find_libraries(runtime)
        source = _source(path, input_size)
        # TensorRT inside ONNX Runtime is not tried with integers as input.
        inside = None if pixels is None or fp16 else _with_pixels(source, pixels)
        self._session: Any = None
        if inside is not None:
            with contextlib.suppress(Exception):  # it is then opened as it is
                self._session = _opened(runtime, path, inside, chosen)
        self.takes_pixels = self._session is not None
        try:
            self._session = self._session or _opened(runtime, path, source, chosen)
        except Exception as error:  # its exceptions share no class of their own
            raise InputError(
                f"{path}: ONNX Runtime cannot open it ({first_line(error)})"
            ) from error
        _check_device(self._session, chosen)
        try:
            self._feed = Feed.of([_declared(i) for i in self._session.get_inputs()])
        except InputError as error:
            raise InputError(f"{path}: {error.message}") from error
        self._outputs = [entry.name for entry in self._session.get_outputs()]
        fixed = self._feed.image.shape[:1] or (0,)
        self._batch = check_batch(path, fixed[0])

    def run(
        self, batch: NDArray[np.float32] | NDArray[np.uint8], *others: NDArray[Any]
    ) -> Outputs:
        """Infer; see `avio_cli.protocols.Runtime.run`.

        Raises:
            ValueError: it takes pixels, and gets preprocessed numbers.
        """
        if self.takes_pixels and batch.dtype != np.uint8:
            raise ValueError(f"it takes pixels as uint8, not {batch.dtype}")
        return in_batches(self._infer, (batch, *others), self._batch)

    def close(self) -> None:
        """Release the session; safe to call twice."""
        self._session = None

    def _infer(self, arrays: Arrays) -> Outputs:
        inputs = self._feed.prepared(arrays[0], arrays[1:])
        try:
            found = self._session.run(self._outputs, inputs)
        except Exception as error:  # its exceptions share no class of their own
            raise InputError(
                f"ONNX Runtime cannot run the model ({first_line(error)})",
                hint="it may not support another --input-size than its own",
            ) from error
        return dict(zip(self._outputs, map(as_plain, found), strict=True))


def _declared(entry: Any) -> Tensor:
    sizes = (size if isinstance(size, int) and size > 0 else 0 for size in entry.shape)
    kind = entry.type.removeprefix("tensor(").removesuffix(")")
    numpy_name = {"float": "float32", "double": "float64"}.get(kind, kind)
    return Tensor(entry.name, tuple(sizes), numpy_name)


def providers(
    device: Device, fp16: bool, available: list[str]
) -> list[tuple[str, dict[str, Any]]]:
    """The execution providers that ONNX Runtime is to use.

    Args:
        device: where to run.
        fp16: whether to compute in half precision.
        available: what this installation of ONNX Runtime can do.

    Returns:
        Providers and their options, in order of preference.

    Raises:
        AvioError: this installation cannot use the device.
        UsageError: it cannot compute in half precision there.
    """
    cpu: tuple[str, dict[str, Any]] = ("CPUExecutionProvider", {})
    if device.kind == "cpu":
        if fp16:
            raise UsageError(
                "ONNX Runtime does not compute in half precision on a CPU",
                hint="omit --fp16, or use a model that was exported with it",
            )
        return [cpu]
    if "CUDAExecutionProvider" not in available:
        raise AvioError(
            f"the installed ONNX Runtime cannot use {device}",
            hint="pip uninstall -y onnxruntime && pip install onnxruntime-gpu",
        )
    # 32 bits are 32 bits, not the 19 of TF32, unless half precision is requested.
    cuda = ("CUDAExecutionProvider", {"device_id": device.index, "use_tf32": int(fp16)})
    if not fp16:
        return [cuda, cpu]
    if "TensorrtExecutionProvider" not in available:
        raise UsageError(
            "ONNX Runtime needs TensorRT to compute in half precision",
            hint="omit --fp16, or use a model that was exported with it",
        )
    cache = ModelStore.from_environment().cache / "tensorrt"
    options = {
        "device_id": device.index,
        "trt_fp16_enable": True,
        # Building takes TensorRT minutes: the engine is cached for the next run.
        "trt_engine_cache_enable": True,
        "trt_engine_cache_path": str(cache),
    }
    return [("TensorrtExecutionProvider", options), cuda, cpu]


@cache
def _find_libraries(runtime: Any) -> None:
    """Load CUDA and cuDNN from where PyTorch or pip installed them, once.

    The first session opens before others do in threads, where stdout must not change.
    """
    if hasattr(runtime, "preload_dlls"):  # since 1.21
        with contextlib.redirect_stdout(sys.stderr):  # it prints what it misses
            runtime.preload_dlls()
    with contextlib.suppress(ImportError):
        importlib.import_module("tensorrt")  # loads its libraries


def _source(path: Path, input_size: tuple[int, int]) -> str | bytes:
    """The file's name, or its bytes with another input size declared."""
    graph = read_graph(path)
    image = graph.image if graph else None
    width, height = input_size
    if image is None or image.size in (input_size, (0, 0)):
        return str(path)
    return with_input_size(path.read_bytes(), width, height)


def _with_pixels(source: str | bytes, spec: ModelSpec) -> bytes | None:
    """The model with its preprocessing inside; None where that cannot be done."""
    if isinstance(source, str):
        path = Path(source)
        if path.stat().st_size > LARGEST_CHANGED:
            return None
        source = path.read_bytes()
    return with_pixel_input(source, spec)


def _opened(
    runtime: Any,
    path: Path,
    source: str | bytes,
    chosen: list[tuple[str, dict[str, Any]]],
) -> Any:
    options = _options(runtime, path)
    return runtime.InferenceSession(source, options, providers=chosen)


def _options(runtime: Any, path: Path) -> Any:
    options = runtime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = WARNINGS_OFF
    for key, value in (
        ("session.intra_op.allow_spinning", "0"),
        ("session.inter_op.allow_spinning", "0"),
        # External weights are next to the model file, also if it is loaded from memory.
        ("session.model_external_initializers_file_folder_path", str(path.parent)),
    ):
        options.add_session_config_entry(key, value)
    return options


def _check_device(session: Any, chosen: list[tuple[str, dict[str, Any]]]) -> None:
    # Where a GPU cannot be used, ONNX Runtime continues on the CPU and only warns.
    wanted = chosen[0][0]
    if wanted not in session.get_providers():
        raise AvioError(
            f"ONNX Runtime cannot start {wanted.removesuffix('ExecutionProvider')}",
            hint="its version must match the installed CUDA and cuDNN; --device cpu "
            "works without them",
        )
