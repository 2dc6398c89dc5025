"""ONNX and OpenVINO models run by OpenVINO on a CPU, one thread a model."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avio_cli.errors import InputError, UsageError
from avio_cli.optional import first_line, load
from avio_cli.vision.runtimes.device import Device
from avio_cli.vision.runtimes.fixed_batch import check_batch, in_batches

INSTALL = 'pip install "avio-cli[openvino]"'


class OpenVinoRuntime:
    """One compiled model of OpenVINO; satisfies `avio_cli.protocols.Runtime`.

    Args:
        path: an ONNX file, or an IR (.xml with its .bin next to it), with one input
            (n, 3, H, W) and one output (n, rows, columns).
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
            model = _sized(core.read_model(str(path)), input_size)
            count = model.inputs[0].partial_shape[0]
            self._batch = check_batch(
                path, count.get_length() if count.is_static else 0
            )
            self._request: Any = core.compile_model(
                model, "CPU", settings
            ).create_infer_request()
        except Exception as error:  # it raises RuntimeError and bindings' own
            raise InputError(
                f"{path}: OpenVINO cannot open it ({first_line(error)})"
            ) from error

    def run(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """Infer; see `avio_cli.protocols.Runtime.run`."""
        return in_batches(self._infer, batch, self._batch)

    def close(self) -> None:
        """Release the model; safe to call twice."""
        self._request = None

    def _infer(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        # The result is in memory that the next call overwrites: hence the copy.
        result = self._request.infer([batch], share_inputs=True, share_outputs=True)[0]
        return np.array(result, np.float32)


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


def _sized(model: Any, input_size: tuple[int, int]) -> Any:
    width, height = input_size
    shape = model.inputs[0].partial_shape
    model.reshape([shape[0], 3, height, width])
    return model
