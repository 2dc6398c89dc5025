"""ONNX and OpenVINO models run by OpenVINO on a CPU, one thread a model."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avio_cli.errors import InputError, UsageError
from avio_cli.models.tensor import Tensor
from avio_cli.optional import first_line, load
from avio_cli.vision.runtimes.device import Device
from avio_cli.vision.runtimes.fixed_batch import check_batch, in_batches
from avio_cli.vision.runtimes.tensors import Arrays, Feed, Outputs, as_plain

INSTALL = 'pip install "avio-cli[openvino]"'


class OpenVinoRuntime:
    """One compiled model of OpenVINO; satisfies `avio_cli.protocols.Runtime`.

    Args:
        path: an ONNX file, or an IR (.xml with its .bin next to it), with one input
            of images.
        input_size: width and height of its input; where the file is fixed to
            another size, it is reshaped.
        device: where to run: a CPU.
        fp16: compute in half precision, where this CPU can: bfloat16, or float16.
            Without it all is computed in float32, also on CPUs for which OpenVINO
            would choose less.

    Raises:
        AvioError: OpenVINO is missing.
        InputError: it cannot open the file.
        UsageError: `device` or `fp16` is not supported.
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
        if device is not None and device.kind != "cpu":
            raise UsageError(
                f"OpenVINO cannot use {device}", hint="--runtime onnx, or --device cpu"
            )
        core = load("openvino", "OpenVINO", INSTALL).Core()
        abilities = core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        settings = {
            "NUM_STREAMS": 1,
            "INFERENCE_NUM_THREADS": 1,
            "INFERENCE_PRECISION_HINT": precision(fp16, abilities),
            # Pinned, several models in one process would share one core.
            "ENABLE_CPU_PINNING": False,
        }
        try:
            model = core.read_model(str(path))
            self._feed = Feed.of([_declared(entry) for entry in model.inputs])
            self._batch = check_batch(path, (self._feed.image.shape[:1] or (0,))[0])
            self._inputs = [_name(entry) for entry in model.inputs]
            self._outputs = [_name(entry) for entry in model.outputs]
            _resize(model, self._feed, input_size)
            self._request: Any = core.compile_model(
                model, "CPU", settings
            ).create_infer_request()
        except InputError as error:
            raise InputError(f"{path}: {error.message}", hint=error.hint) from error
        except Exception as error:  # it raises RuntimeError and bindings' own
            raise InputError(
                f"{path}: OpenVINO cannot open it ({reason(error)})"
            ) from error

    def run(
        self, batch: NDArray[np.float32] | NDArray[np.uint8], *others: NDArray[Any]
    ) -> Outputs:
        """Infer; see `avio_cli.protocols.Runtime.run`."""
        return in_batches(self._infer, (batch, *others), self._batch)

    def close(self) -> None:
        """Release the model; safe to call twice."""
        self._request = None

    def _infer(self, arrays: Arrays) -> Outputs:
        named = self._feed.prepared(arrays[0], arrays[1:])
        inputs = {number: named[name] for number, name in enumerate(self._inputs)}
        # The result is in memory that the next call overwrites: hence the copies.
        found = self._request.infer(inputs, share_inputs=True, share_outputs=True)
        return {
            name: np.array(as_plain(found[number]))
            for number, name in enumerate(self._outputs)
        }


_PREAMBLE = (
    "Exception from",
    "Check '",
    "FrontEnd API failed",
    "Model wasn't",
    "Summary",
)
"""How lines of OpenVINO's errors begin that name places in its own source."""


def reason(error: Exception) -> str:
    """The line of an error of OpenVINO's that says what is wrong."""
    lines = (line.strip().removeprefix("-- ") for line in str(error).splitlines())
    useful = (line for line in lines if line and not line.startswith(_PREAMBLE))
    return next(useful, "") or first_line(error)


def precision(fp16: bool, abilities: list[str]) -> str:
    """OpenVINO's name for the precision to compute in.

    Args:
        fp16: whether half precision is requested.
        abilities: precisions that OpenVINO reports for this CPU (``FP32``, ``BF16`` …).

    Raises:
        UsageError: this CPU has no half precision: OpenVINO would silently use float32.
    """
    if not fp16:
        return "f32"
    for ability, name in (("FP16", "f16"), ("BF16", "bf16")):
        if ability in abilities:
            return name
    raise UsageError("this CPU does not compute in half precision", hint="omit --fp16")


def _declared(entry: Any) -> Tensor:
    shape = entry.partial_shape
    sizes = shape if shape.rank.is_static else ()
    return Tensor(
        _name(entry),
        tuple(size.get_length() if size.is_static else 0 for size in sizes),
        np.dtype(entry.element_type.to_dtype()).name,
    )


def _name(entry: Any) -> str:
    """The name of an input or output; one that was removed as useless has several."""
    said = str(entry.node.get_friendly_name()).partition("/sink_port")[0]
    return said if said in entry.names else min(entry.names, default=said)


def _resize(model: Any, feed: Feed, input_size: tuple[int, int]) -> None:
    width, height = input_size
    count = (feed.image.shape[:1] or (0,))[0] or -1
    planes = (height, width, 3) if feed.image.planes_last else (3, height, width)
    if feed.image.size != input_size:
        number = [_name(entry) for entry in model.inputs].index(feed.image.name)
        model.reshape({number: [count, *planes]})
