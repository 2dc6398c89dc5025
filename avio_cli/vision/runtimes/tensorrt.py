"""TensorRT engines run on an NVIDIA GPU, one stream a context."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avio_cli.errors import AvioError, InputError, UsageError
from avio_cli.models.graph import Shape
from avio_cli.models.model_files import export_command
from avio_cli.vision.runtimes.cuda_memory import open_memory
from avio_cli.vision.runtimes.device import Device
from avio_cli.vision.runtimes.tensorrt_engine import load_tensorrt, open_engine


class TensorRtRuntime:
    """One execution context; satisfies `avio_cli.protocols.Runtime`.

    All memory is allocated when it is opened, none for a frame. The input is copied
    into page-locked memory, from there by the stream to the GPU, and the result the
    same way back.

    Args:
        path: an engine, raw or wrapped by torch2trt, with one input (n, 3, H, W) and
            one output (n, rows, columns).
        input_size: width and height of its input: the engine's own.
        device: which GPU.
        fp16: must be False: an engine computes as it was built.

    Raises:
        AvioError: TensorRT is missing, or cannot use the device.
        InputError: the file cannot be used here.
        UsageError: the device, precision or size is not supported.
    """

    def __init__(
        self,
        path: Path,
        input_size: tuple[int, int],
        device: Device | None = None,
        *,
        fp16: bool = False,
    ) -> None:
        device = device or Device("cuda")
        _check_request(device, fp16)
        trt = load_tensorrt()
        self._memory = open_memory(device.index)
        try:
            self._memory.activate()
            self._opened: Any = open_engine(path)
            self._context: Any = self._opened.engine.create_execution_context()
            if self._context is None:
                raise self._failed("cannot prepare the engine")
            self._prepare(trt, path, input_size)
        except BaseException:
            self.close()
            raise

    def run(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """Infer; see `avio_cli.protocols.Runtime.run`."""
        self._memory.activate()
        step = len(self._input_batch)
        parts = [self._infer(batch[i : i + step]) for i in range(0, len(batch), step)]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def close(self) -> None:
        """Release context, engine and memory, in this order; safe to call twice."""
        self._context = None
        self._opened = None
        self._memory.close()

    def _prepare(self, trt: Any, path: Path, input_size: tuple[int, int]) -> None:
        opened, context = self._opened, self._context
        shape = _input_shape(opened, path, input_size)
        if not context.set_input_shape(opened.input_name, shape):
            raise _wrong_size(path, opened.input_shape, input_size)
        table = tuple(context.get_tensor_shape(opened.output_name))
        if len(table) != 3 or min(table) < 1:
            raise InputError(f"{path}: its output is of shape {table}, not a table")
        self._input_batch = self._buffer(trt, opened.input_name, shape)
        self._given = self._buffer(trt, opened.output_name, table)
        self._input, self._output = (
            self._registered(name, array.nbytes)
            for name, array in (
                (opened.input_name, self._input_batch),
                (opened.output_name, self._given),
            )
        )

    def _buffer(self, trt: Any, name: str, shape: Shape) -> NDArray[Any]:
        kind = self._opened.engine.get_tensor_dtype(name)
        kinds = {trt.DataType.FLOAT: np.float32, trt.DataType.HALF: np.float16}
        if kind not in kinds:
            raise InputError(f"its tensor {name} is {kind}, neither float nor half")
        array = self._memory.page_locked(shape, kinds[kind])
        array[...] = 0
        return array

    def _registered(self, name: str, size: int) -> int:
        address = self._memory.allocate(size)
        if not self._context.set_tensor_address(name, address):
            raise self._failed(f"cannot use memory for {name}")
        return address

    def _infer(self, part: NDArray[np.float32]) -> NDArray[np.float32]:
        # A smaller batch than the engine's is filled up with old input.
        self._input_batch[: len(part)] = part
        self._memory.upload(self._input, self._input_batch)
        if not self._context.execute_async_v3(self._memory.stream):
            raise self._failed("failed to run the engine")
        self._memory.download(self._given, self._output)
        self._memory.wait()
        return np.array(self._given[: len(part)], np.float32)

    def _failed(self, what: str) -> AvioError:
        return AvioError(
            f"TensorRT {what} ({self._opened.last_error()})",
            hint="the GPU may have too little free memory: nvidia-smi shows it; fewer "
            "--workers need less",
        )


def _check_request(device: Device, fp16: bool) -> None:
    if device.kind != "cuda":
        raise UsageError(
            f"TensorRT cannot use {device}: it needs an NVIDIA GPU",
            hint="--runtime onnx with an ONNX file works on a CPU",
        )
    if fp16:
        raise UsageError(
            "a TensorRT engine computes in the precision that it was built with",
            hint="omit --fp16 here, and give it to avio export",
        )


def _input_shape(opened: Any, path: Path, input_size: tuple[int, int]) -> Shape:
    """The engine's input shape, dynamic sizes filled in."""
    shape = opened.input_shape
    width, height = input_size
    if len(shape) != 4 or any(
        declared not in (-1, wanted)
        for declared, wanted in zip(shape[1:], (3, height, width), strict=True)
    ):
        raise _wrong_size(path, shape, input_size)
    count = shape[0]
    if count < 1:
        least, _, _ = opened.engine.get_tensor_profile_shape(opened.input_name, 0)
        count = max(1, next(iter(least)))
    return (count, 3, height, width)


def _wrong_size(path: Path, shape: Shape, input_size: tuple[int, int]) -> UsageError:
    width, height = input_size
    return UsageError(
        f"{path}: its input is {tuple(shape)}, not frames of {width}x{height}",
        hint=export_command(path, input_size),
    )
