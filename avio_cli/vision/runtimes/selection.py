"""Which runtime opens which model: a table, and a fixed order."""

import importlib.metadata
import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from avio_cli.errors import AvioError, UsageError
from avio_cli.models.formats import suffix_of
from avio_cli.models.specification import near
from avio_cli.protocols import Runtime
from avio_cli.vision.runtimes.device import Device
from avio_cli.vision.runtimes.onnx import OnnxRuntime
from avio_cli.vision.runtimes.openvino import INSTALL as INSTALL_OPENVINO
from avio_cli.vision.runtimes.openvino import OpenVinoRuntime


@dataclass(frozen=True, slots=True, kw_only=True)
class RuntimeKind:
    """One inference engine."""

    name: str
    """What the user calls it."""
    module: str
    """What Python imports."""
    distributions: tuple[str, ...]
    """Packages that bring the module; any of them will do."""
    install: str
    """The command that installs it."""
    formats: tuple[str, ...]
    """Endings of the files that it opens, best first."""
    devices: tuple[str, ...]
    """Kinds of devices that it can use."""
    open: Callable[[Path, tuple[int, int], Device, bool], Runtime]
    """Opens a file, for an input size, on a device, in half precision or not."""

    @property
    def installed(self) -> bool:
        """Whether Python finds it; it is not imported."""
        return importlib.util.find_spec(self.module) is not None

    @property
    def version(self) -> str:
        """The installed version; empty where it is not installed."""
        for name in self.distributions:
            try:
                return importlib.metadata.version(name)
            except importlib.metadata.PackageNotFoundError:
                continue
        return ""


_KINDS = (
    RuntimeKind(
        name="onnx",
        module="onnxruntime",
        distributions=("onnxruntime-gpu", "onnxruntime"),
        install="pip install onnxruntime",
        formats=(".onnx",),
        devices=("cpu", "cuda"),
        open=lambda path, size, device, fp16: OnnxRuntime(
            path, size, device, fp16=fp16
        ),
    ),
    RuntimeKind(
        name="openvino",
        module="openvino",
        distributions=("openvino",),
        install=INSTALL_OPENVINO,
        formats=(".xml", ".onnx"),
        devices=("cpu",),
        open=lambda path, size, device, fp16: OpenVinoRuntime(
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
    }
)
"""What ``auto`` takes for a format on a kind of device: the first one installed."""


def choose_runtime(name: str, suffix: str, device: Device) -> RuntimeKind:
    """Decide which runtime opens a model.

    Args:
        name: a runtime's name, or ``auto``.
        suffix: the model file's ending.
        device: where it is to run.

    Raises:
        UsageError: there is no such runtime, or it cannot do this.
        AvioError: it is not installed.
    """
    if name == "auto":
        return _first_installed(suffix, device)
    kind = find_runtime(name)
    if suffix not in kind.formats or device.kind not in kind.devices:
        raise UsageError(
            f"the runtime {name} opens {' and '.join(kind.formats)} on "
            f"{' and '.join(kind.devices)}, not {suffix or 'this file'} on {device}",
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
        known = near(name, ["auto", *RUNTIMES])
        raise UsageError(f"unknown runtime {name!r}", hint=known)
    if not kind.installed:
        raise _not_installed(kind)
    return kind


def runnable_formats(name: str, device: Device) -> tuple[str, ...]:
    """Endings of the model files that can be run here, best first.

    Args:
        name: a runtime's name, or ``auto`` for any that is installed.
        device: where they are to run.

    Raises:
        UsageError: there is no such runtime.
        AvioError: it, or every one, is not installed.
    """
    if name != "auto":
        return find_runtime(name).formats
    found = tuple(
        suffix
        for (suffix, where), names in AUTO_ORDER.items()
        if where == device.kind and any(RUNTIMES[n].installed for n in names)
    )
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
) -> Runtime:
    """Open a model file.

    Args:
        path: the file.
        input_size: width and height of what it will be fed.
        runtime: a runtime's name, or ``auto``.
        device: where to run; the CPU by default.
        fp16: whether to compute in half precision.

    Raises:
        UsageError: what is asked for does not go together.
        AvioError: the runtime is not installed, or cannot use the device.
        InputError: the file cannot be opened.
    """
    device = device or Device()
    kind = choose_runtime(runtime, suffix_of(path), device)
    return kind.open(path, input_size, device, fp16)


def _first_installed(suffix: str, device: Device) -> RuntimeKind:
    names = AUTO_ORDER.get((suffix, device.kind), ())
    if not names:
        formats = sorted({s for s, kind in AUTO_ORDER if kind == device.kind})
        raise UsageError(
            f"no runtime opens {suffix or 'this kind of file'} on {device}",
            hint=f"it opens {', '.join(formats)}",
        )
    for name in names:
        if RUNTIMES[name].installed:
            return RUNTIMES[name]
    raise _not_installed(RUNTIMES[names[0]])


def _not_installed(kind: RuntimeKind) -> AvioError:
    return AvioError(f"the runtime {kind.name} is not installed", hint=kind.install)
