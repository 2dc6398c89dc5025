"""The runtimes, and which of them opens a model file."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from avio_cli.errors import AvioError, UsageError, did_you_mean
from avio_cli.models.checkpoint import INSTALL as INSTALL_TORCH
from avio_cli.models.model_files import TENSORRT, TORCH, model_extension
from avio_cli.models.spec import ModelSpec
from avio_cli.protocols import Runtime
from avio_cli.vision.runtimes.cuda_memory import INSTALL as INSTALL_TENSORRT
from avio_cli.vision.runtimes.device import Device, gpu_count, parse_device
from avio_cli.vision.runtimes.onnx import OnnxRuntime
from avio_cli.vision.runtimes.openvino import INSTALL as INSTALL_OPENVINO
from avio_cli.vision.runtimes.openvino import OpenVinoRuntime
from avio_cli.vision.runtimes.runtime_info import RuntimeKind
from avio_cli.vision.runtimes.tensorrt import TensorRtRuntime
from avio_cli.vision.runtimes.torch import TorchRuntime

_KINDS = (
    RuntimeKind(
        name="onnx",
        module="onnxruntime",
        distributions=("onnxruntime-gpu", "onnxruntime"),
        install="pip install onnxruntime",
        formats=(".onnx",),
        devices=("cpu", "cuda"),
        gpu_library="capi/*onnxruntime_providers_cuda*",
        open=lambda path, size, device, fp16, pixels: OnnxRuntime(
            path, size, device, fp16=fp16, pixels=pixels
        ),
    ),
    RuntimeKind(
        name="openvino",
        module="openvino",
        distributions=("openvino",),
        install=INSTALL_OPENVINO,
        formats=(".xml", ".onnx"),
        devices=("cpu",),
        open=lambda path, size, device, fp16, _: OpenVinoRuntime(
            path, size, device, fp16=fp16
        ),
    ),
    RuntimeKind(
        name="torch",
        module="torch",
        distributions=("torch",),
        install=INSTALL_TORCH,
        formats=TORCH,
        devices=("cpu", "cuda"),
        gpu_library="lib/*torch_cuda*",
        open=lambda path, size, device, fp16, _: TorchRuntime(
            path, size, device, fp16=fp16
        ),
    ),
    RuntimeKind(
        name="tensorrt",
        module="tensorrt",
        distributions=("tensorrt", "tensorrt-cu13", "tensorrt-cu12"),
        install=INSTALL_TENSORRT,
        formats=(*TENSORRT, *TORCH),
        devices=("cuda",),
        open=lambda path, size, device, fp16, _: TensorRtRuntime(
            path, size, device, fp16=fp16
        ),
    ),
)
RUNTIMES: Mapping[str, RuntimeKind] = MappingProxyType({k.name: k for k in _KINDS})
"""Every runtime by name."""

AUTO_ORDER: Mapping[tuple[str, str], tuple[str, ...]] = MappingProxyType(
    {
        (".onnx", "cpu"): ("onnx", "openvino"),
        (".onnx", "cuda"): ("onnx",),
        (".xml", "cpu"): ("openvino",),
        **{(name, kind): ("torch",) for kind in ("cpu", "cuda") for name in TORCH},
        **{(name, "cuda"): ("tensorrt",) for name in TENSORRT},
    }
)
"""What ``auto`` takes for a format on a kind of device: the first one installed."""


def choose_device(text: str, runtime: str = "auto", extension: str = "") -> Device:
    """Decide where a model runs.

    Args:
        text: ``auto``, ``cpu``, ``cuda`` or ``cuda:N``; ``auto`` is the first GPU where
            there is one that the runtime can use as it is installed, else the CPU.
        runtime: a runtime's name, or ``auto`` for any that is installed.
        extension: that of the model file; empty where unknown yet.

    Raises:
        UsageError: there is no such device, or no such runtime.
        AvioError: the runtime is not installed.
    """
    if text != "auto":
        return parse_device(text)
    kinds = RUNTIMES.values() if runtime == "auto" else (find_runtime(runtime),)
    gpu = Device("cuda")
    fitting = (kind for kind in kinds if not extension or extension in kind.formats)
    return gpu if any(k.ready_for(gpu) for k in fitting) and gpu_count() else Device()


def choose_runtime(name: str, extension: str, device: Device) -> RuntimeKind:
    """Decide which runtime opens a model.

    Args:
        name: a runtime's name, or ``auto``.
        extension: that of the model file.
        device: where it is to run.

    Raises:
        UsageError: there is no such runtime, or it cannot do this.
        AvioError: it is not installed.
    """
    if name == "auto":
        return _first_installed(extension, device)
    kind = find_runtime(name)
    if extension not in kind.formats or device.kind not in kind.devices:
        raise UsageError(
            f"the runtime {name} opens {' and '.join(kind.formats)} on "
            f"{' and '.join(kind.devices)}, not {extension or 'this file'} on {device}",
            hint="--runtime auto",
        )
    return kind


def find_runtime(name: str) -> RuntimeKind:
    """The installed runtime of that name.

    Raises:
        UsageError: there is none of that name; the hint names the nearest.
        AvioError: it is not installed.
    """
    kind = RUNTIMES.get(name)
    if kind is None:
        known = did_you_mean(name, ["auto", *RUNTIMES])
        raise UsageError(f"unknown runtime {name!r}", hint=known)
    if not kind.installed:
        raise _not_installed(kind)
    return kind


def runnable_formats(name: str, device: Device) -> tuple[str, ...]:
    """File extensions of the models that can be run here, best first.

    Args:
        name: a runtime's name, or ``auto`` for any that is installed.
        device: where they are to run.

    Raises:
        UsageError: there is no such runtime.
        AvioError: it, or every one, is not installed.
    """
    if name != "auto":
        return find_runtime(name).formats
    here = [
        (s, names) for (s, kind), names in AUTO_ORDER.items() if kind == device.kind
    ]
    ready = tuple(s for s, n in here if any(RUNTIMES[k].ready_for(device) for k in n))
    found = ready or tuple(s for s, n in here if any(RUNTIMES[k].installed for k in n))
    if not found:
        raise _not_installed(RUNTIMES["onnx"])
    return found


def open_runtime(
    path: Path,
    input_size: tuple[int, int],
    *,
    runtime: str = "auto",
    device: Device | None = None,
    fp16: bool = False,
    pixels: ModelSpec | None = None,
) -> Runtime:
    """Open a model file.

    Args:
        path: the file.
        input_size: width and height of its input.
        runtime: a runtime's name, or ``auto``.
        device: where to run; the CPU by default.
        fp16: whether to compute in half precision.
        pixels: the preprocessing, for a runtime that can do it inside of the model;
            whether it does, its `takes_pixels` says.

    Raises:
        UsageError: the options cannot be combined.
        AvioError: the runtime is not installed, or cannot use the device.
        InputError: the file cannot be opened.
    """
    device = device or Device()
    kind = choose_runtime(runtime, model_extension(path), device)
    return kind.open(path, input_size, device, fp16, pixels)


def _first_installed(extension: str, device: Device) -> RuntimeKind:
    names = AUTO_ORDER.get((extension, device.kind), ())
    if not names:
        formats = sorted({s for s, kind in AUTO_ORDER if kind == device.kind})
        raise UsageError(
            f"no runtime opens {extension or 'this kind of file'} on {device}",
            hint=f"it opens {', '.join(formats)}",
        )
    kinds = [RUNTIMES[name] for name in names]
    ready = (kind for kind in kinds if kind.ready_for(device))
    # One that is installed, but not for this device, reports itself what it lacks.
    installed = (kind for kind in kinds if kind.installed)
    chosen = next(ready, None) or next(installed, None)
    if chosen is None:
        raise _not_installed(kinds[0])
    return chosen


def _not_installed(kind: RuntimeKind) -> AvioError:
    return AvioError(f"the runtime {kind.name} is not installed", hint=kind.install)
