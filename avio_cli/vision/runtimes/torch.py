"""Checkpoints run by PyTorch, one thread a network on a CPU."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avio_cli.errors import AvioError, UsageError
from avio_cli.models.checkpoint import INSTALL
from avio_cli.optional import first_line, load
from avio_cli.vision.runtimes.device import Device
from avio_cli.vision.runtimes.tensors import Outputs
from avio_cli.vision.runtimes.yolox_network import load_network


class TorchRuntime:
    """One network of PyTorch; satisfies `avio_cli.protocols.Runtime`.

    Args:
        path: a checkpoint of YOLOX, as Megvii's or ByteTrack's tools write it.
        input_size: width and height of its input; any will do.
        device: where to run.
        fp16: compute in half precision: float16 on a GPU, bfloat16 on CPUs that have
            instructions for it.

    Raises:
        AvioError: PyTorch or the YOLOX package is missing, or cannot use the device.
        InputError: the file is no such checkpoint.
        UsageError: `fp16` is not supported there.
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
        del input_size  # a network of convolutions takes any
        device = device or Device()
        self._torch: Any = load("torch", "PyTorch", INSTALL)
        _check_device(self._torch, device)
        self._device = str(device)
        self._dtype = getattr(self._torch, precision(device, fp16, _cpu_abilities()))
        if device.kind == "cpu":
            self._torch.set_num_threads(1)
        # 32 bits are 32 bits, not the 19 of TF32.
        self._torch.backends.cudnn.allow_tf32 = False
        self._network: Any = self._to_device(load_network(path))

    def run(
        self, batch: NDArray[np.float32] | NDArray[np.uint8], *others: NDArray[Any]
    ) -> Outputs:
        """Infer; see `avio_cli.protocols.Runtime.run`."""
        del others  # networks of YOLOX have no other input
        with self._torch.inference_mode():
            output = self._network(self._to_device(self._torch.from_numpy(batch)))
            table: NDArray[np.float32] = output.float().cpu().numpy()
        return {"output": np.ascontiguousarray(table)}

    def close(self) -> None:
        """Release the network; safe to call twice."""
        self._network = None

    def _to_device(self, value: Any) -> Any:
        # With channels last, convolutions are faster on both.
        try:
            return value.to(
                self._device, self._dtype, memory_format=self._torch.channels_last
            )
        except RuntimeError as error:  # out of memory, a driver that is too old
            raise AvioError(
                f"PyTorch cannot use {self._device} ({first_line(error)})",
                hint="--device cpu",
            ) from error


def precision(device: Device, fp16: bool, abilities: tuple[str, ...]) -> str:
    """PyTorch's name for the precision to compute in.

    Args:
        device: where to compute.
        fp16: whether half precision is requested.
        abilities: what this CPU has instructions for.

    Raises:
        UsageError: this CPU has none for half precision: it would only be slower.
    """
    if not fp16:
        return "float32"
    if device.kind == "cuda":
        return "float16"
    if "bfloat16" in abilities:
        return "bfloat16"
    raise UsageError("this CPU does not compute in half precision", hint="omit --fp16")


def _cpu_abilities() -> tuple[str, ...]:
    torch: Any = load("torch", "PyTorch", INSTALL)
    return ("bfloat16",) if torch.ops.mkldnn._is_mkldnn_bf16_supported() else ()


def _check_device(torch: Any, device: Device) -> None:
    if device.kind == "cpu":
        return
    if not torch.backends.cuda.is_built():
        raise AvioError(
            f"the installed PyTorch ({torch.__version__}) is a build for CPUs",
            hint="install a build for CUDA: https://pytorch.org/get-started/locally",
        )
    if device.index >= torch.cuda.device_count():
        raise AvioError(
            f"PyTorch finds no {device}",
            hint="its CUDA may be newer than NVIDIA's driver; --device cpu works "
            "without a GPU",
        )
