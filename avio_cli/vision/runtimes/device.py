"""Where a model runs: ``cpu`` or ``cuda:N``."""

import ctypes
import re
import sys
from dataclasses import dataclass
from typing import Literal

from avio_cli.errors import UsageError


@dataclass(frozen=True, slots=True)
class Device:
    """A processor that runs models."""

    kind: Literal["cpu", "cuda"] = "cpu"
    index: int = 0
    """Which of several GPUs; 0 on a CPU."""

    def __str__(self) -> str:
        return self.kind if self.kind == "cpu" else f"cuda:{self.index}"


def parse_device(text: str) -> Device:
    """Read ``auto``, ``cpu``, ``cuda`` or ``cuda:N``.

    ``auto`` is the first GPU of NVIDIA's driver where there is one, else the CPU.

    Raises:
        UsageError: it is none of these, or there is no such GPU.
    """
    if text in ("auto", "cpu"):
        return Device("cuda") if text == "auto" and gpu_count() else Device()
    match = re.fullmatch(r"cuda(?::([0-9]{1,3}))?", text)
    if match is None:
        raise UsageError(f"unknown device {text!r}", hint="auto, cpu, cuda or cuda:N")
    device, count = Device("cuda", int(match[1] or 0)), gpu_count()
    if device.index >= count:
        found = f"it has {count}" if count else "no NVIDIA GPU was found"
        raise UsageError(f"there is no device {device}: {found}", hint="--device cpu")
    return device


def gpu_count() -> int:
    """How many GPUs NVIDIA's driver offers; 0 without a driver."""
    try:
        driver = ctypes.CDLL(
            "nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"
        )
    except OSError:
        return 0
    count = ctypes.c_int(0)
    if driver.cuInit(0) != 0 or driver.cuDeviceGetCount(ctypes.byref(count)) != 0:
        return 0
    return count.value
