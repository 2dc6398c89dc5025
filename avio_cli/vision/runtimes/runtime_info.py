"""What is known of an inference engine without importing it."""

import importlib.metadata
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from avio_cli.models.spec import ModelSpec
from avio_cli.protocols import Runtime
from avio_cli.vision.runtimes.device import Device, gpu_count


@dataclass(frozen=True, slots=True, kw_only=True)
class RuntimeKind:
    """One inference engine."""

    name: str
    """Name on the command line."""
    module: str
    """Python module."""
    distributions: tuple[str, ...]
    """Packages that provide the module; any of them will do."""
    install: str
    """The command that installs it."""
    formats: tuple[str, ...]
    """File extensions that it opens, best first."""
    devices: tuple[str, ...]
    """Kinds of devices that it can use."""
    gpu_library: str = ""
    """A pattern: the file in its package without which it uses no GPU."""
    open: Callable[[Path, tuple[int, int], Device, bool, ModelSpec | None], Runtime]
    """Opens a file, for an input size, on a device, in half precision or not, and with
    its preprocessing inside where it can."""

    @property
    def installed(self) -> bool:
        """Whether Python finds it; it is not imported."""
        return importlib.util.find_spec(self.module) is not None

    @property
    def version(self) -> str:
        """The installed version; empty where it is not installed."""
        return next(filter(None, map(_version, self.distributions)), "")

    @property
    def uses_gpu(self) -> bool:
        """Whether it is installed in a form that can use a GPU; there may be none."""
        spec = importlib.util.find_spec(self.module)
        if spec is None or "cuda" not in self.devices:
            return False
        folders = spec.submodule_search_locations or []
        found = (any(Path(folder).glob(self.gpu_library)) for folder in folders)
        return not self.gpu_library or any(found)

    def ready_for(self, device: Device) -> bool:
        """Whether it is installed in a form that can use a device of this kind."""
        if device.kind not in self.devices:
            return False
        return self.uses_gpu if device.kind == "cuda" else self.installed

    @property
    def problem(self) -> str:
        """Why it cannot run here at all, in a few words; empty where it can."""
        if not self.installed:
            return "not installed"
        if "cpu" not in self.devices and not gpu_count():
            return "no NVIDIA GPU was found"
        return ""


def _version(distribution: str) -> str:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return ""
