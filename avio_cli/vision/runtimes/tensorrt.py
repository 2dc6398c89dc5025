"""TensorRT engines run on an NVIDIA GPU, one stream a context."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avio_cli.errors import AvioError, InputError, UsageError
from avio_cli.models.model_files import export_command
from avio_cli.models.tensor import Shape, Tensor
from avio_cli.vision.runtimes.cuda_memory import open_memory
from avio_cli.vision.runtimes.device import Device
from avio_cli.vision.runtimes.tensorrt_engine import load_tensorrt, open_engine
from avio_cli.vision.runtimes.tensors import Feed, Outputs, as_plain


class TensorRtRuntime:
    """One execution context; satisfies `avio_cli.protocols.Runtime`.

    All memory is allocated when it is opened, none for a frame. The input is copied
    into page-locked memory, from there by the stream to the GPU, and the result the
    same way back.

    Args:
        path: an engine, raw or wrapped by torch2trt, with one input of images.
        input_size: width and height of its input: the engine's own.
        device: which GPU.
        fp16: must be False: an engine computes as it was built.

    Raises:
        AvioError: TensorRT is missing, or cannot use the device.
        InputError: the file cannot be used here.
        UsageError: the device, precision or size is not supported.
    """

    takes_pixels = False

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
        load_tensorrt()
        self._memory = open_memory(device.index)
        try:
            self._memory.activate()
            self._opened: Any = open_engine(path)
            self._feed = _feed_of(path, self._opened.inputs, input_size)
            self._context: Any = self._opened.engine.create_execution_context()
            if self._context is None:
                raise self._failed("cannot prepare the engine")
            self._prepare(path, input_size)
        except BaseException:
            self.close()
            raise

    def run(
        self, batch: NDArray[np.float32] | NDArray[np.uint8], *others: NDArray[Any]
    ) -> Outputs:
        """Infer; see `avio_cli.protocols.Runtime.run`."""
        self._memory.activate()
        arrays = tuple(self._feed.prepared(batch, others).items())
        step = len(self._given[self._feed.image.name])
        parts = [
            self._infer({name: array[i : i + step] for name, array in arrays})
            for i in range(0, len(batch), step)
        ]
        return {n: np.concatenate([part[n] for part in parts]) for n in parts[0]}

    def close(self) -> None:
        """Release context, engine and memory, in this order; safe to call twice."""
        self._context = None
        self._opened = None
        self._memory.close()

    def _prepare(self, path: Path, input_size: tuple[int, int]) -> None:
        opened, context = self._opened, self._context
        shapes = _input_shapes(opened, self._feed, path, input_size)
        for name, shape in shapes.items():
            if not context.set_input_shape(name, shape):
                raise _wrong_size(path, self._feed.image.shape, input_size)
        for tensor in opened.outputs:
            shapes[tensor.name] = tuple(context.get_tensor_shape(tensor.name))
        tensors = (*opened.inputs, *opened.outputs)
        self._given = {t.name: self._buffer(t, shapes[t.name]) for t in tensors}
        self._addresses = {
            name: self._registered(name, array.nbytes)
            for name, array in self._given.items()
        }

    def _buffer(self, tensor: Tensor, shape: Shape) -> NDArray[Any]:
        if not tensor.kind:
            raise InputError(f"{tensor}: of a type that avio cannot use")
        if not shape or min(shape) < 1:
            raise InputError(f"its output {tensor.name} has no fixed shape: {shape}")
        array = self._memory.page_locked(shape, np.dtype(tensor.kind))
        array[...] = 0
        return array

    def _registered(self, name: str, size: int) -> int:
        address = self._memory.allocate(size)
        if not self._context.set_tensor_address(name, address):
            raise self._failed(f"cannot use memory for {name}")
        return address

    def _infer(self, inputs: Outputs) -> Outputs:
        # A smaller batch than the engine's is filled up with old input.
        count = len(inputs[self._feed.image.name])
        for name, part in inputs.items():
            self._given[name][: len(part)] = part
            self._memory.upload(self._addresses[name], self._given[name])
        if not self._context.execute_async_v3(self._memory.stream):
            raise self._failed("failed to run the engine")
        outputs = [tensor.name for tensor in self._opened.outputs]
        for name in outputs:
            self._memory.download(self._given[name], self._addresses[name])
        self._memory.wait()
        whole = count == len(self._given[self._feed.image.name])
        rows = slice(None if whole else count)
        return {n: np.array(as_plain(self._given[n][rows])) for n in outputs}

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


def _feed_of(
    path: Path, inputs: tuple[Tensor, ...], input_size: tuple[int, int]
) -> Feed:
    try:
        return Feed.of(inputs)
    except InputError as error:
        raise InputError(
            f"{path}: {error.message}", hint=export_command(path, input_size)
        ) from error


def _input_shapes(
    opened: Any, feed: Feed, path: Path, input_size: tuple[int, int]
) -> dict[str, Shape]:
    """Shapes of the engine's inputs, dynamic sizes filled in."""
    image = feed.image
    if image.shape == () or any(
        declared not in (0, wanted)
        for declared, wanted in zip(image.size, input_size, strict=True)
    ):
        raise _wrong_size(path, image.shape, input_size)
    count = image.shape[0]
    if count < 1:
        least, _, _ = opened.engine.get_tensor_profile_shape(image.name, 0)
        count = max(1, next(iter(least)))
    width, height = input_size
    planes = (height, width, 3) if image.planes_last else (3, height, width)
    others = {other.name: (count, *other.shape[1:]) for other in feed.others}
    return {image.name: (count, *planes), **others}


def _wrong_size(path: Path, shape: Shape, input_size: tuple[int, int]) -> UsageError:
    width, height = input_size
    return UsageError(
        f"{path}: its input is {tuple(shape)}, not frames of {width}x{height}",
        hint=export_command(path, input_size),
    )
