"""Results of trial runs, kept between runs as long as nothing has changed."""

import contextlib
import hashlib
import json
import os
import platform
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import platformdirs

from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.replacing import replace_text

MAX_AGE_SECONDS = 24 * 3600
"""Drivers change in ways that cannot all be seen: try again every day."""
_MAX_MACHINES = 8
"""Combinations of binary, device and driver that one file remembers."""
_WATCHED = (
    "dev/dri/renderD*",
    "dev/nvidia[0-9]*",
    "proc/driver/nvidia/version",
    "usr/lib/*/libcuda.so.1",
    "usr/lib64/libcuda.so.1",
    "usr/lib/*/libamfrt64.so.1",
    "usr/lib*/dri",
    "usr/lib/*/dri",
)
"""Devices and drivers: which exist, and since when."""


@dataclass(frozen=True, slots=True)
class Support:
    """How a trial run ended."""

    ok: bool
    reason: str = ""
    """Why it failed, in one clause; empty where it did not."""

    def __bool__(self) -> bool:
        """Whether it worked."""
        return self.ok


class SupportCache:
    """A file of results for one ffmpeg on one set of devices and drivers.

    Args:
        path: the file; created when needed, ignored where it cannot be read.
        ffmpeg: whose results these are.
    """

    def __init__(self, path: Path, ffmpeg: FFmpeg) -> None:
        self._path, self._ffmpeg = path, ffmpeg

    @cached_property
    def _key(self) -> str:
        return fingerprint(self._ffmpeg)

    def get(self, name: str) -> Support | None:
        """A result that is still good; None where there is none."""
        found = self._read().get(self._key, {}).get(name)
        if not isinstance(found, list) or len(found) != 3:
            return None
        ok, reason, when = found
        age = time.time() - float(when)
        return Support(bool(ok), str(reason)) if 0 <= age < MAX_AGE_SECONDS else None

    def put(self, name: str, trial: Support) -> None:
        """Keep a result; where it cannot be kept, it is tried again next time."""
        machines = self._read()
        mine = {**machines.pop(self._key, {}), name: _row(trial)}
        kept = dict(list(machines.items())[-_MAX_MACHINES + 1 :])
        text = json.dumps({**kept, self._key: mine}, indent=1)
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            replace_text(self._path, text)

    def _read(self) -> dict[str, dict[str, object]]:
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return {}
        if not isinstance(found, dict):
            return {}
        return {key: row for key, row in found.items() if isinstance(row, dict)}


def default_cache(ffmpeg: FFmpeg) -> SupportCache:
    """The results cache in ``AVIO_CACHE_DIR``, or the system's."""
    named = os.environ.get("AVIO_CACHE_DIR")
    base = Path(named) if named else platformdirs.user_cache_path("avio")
    return SupportCache(base / "hardware.json", ffmpeg)


def fingerprint(ffmpeg: FFmpeg) -> str:
    """A short text that changes with the binary, the devices and their drivers."""
    facts = [*_stamp(Path(ffmpeg.path)), platform.platform()]
    facts += [os.environ.get(n, "") for n in ("AVIO_RENDER_NODE", "LIBVA_DRIVER_NAME")]
    facts += [os.environ.get("CUDA_VISIBLE_DEVICES", "")]
    if sys.platform == "linux":
        for pattern in _WATCHED:
            for path in sorted(Path("/").glob(pattern)):
                facts += _stamp(path)
    return hashlib.sha256("\n".join(facts).encode(errors="replace")).hexdigest()[:16]


def _row(trial: Support) -> list[object]:
    return [trial.ok, trial.reason, int(time.time())]


def _stamp(path: Path) -> Iterator[str]:
    yield str(path)
    with contextlib.suppress(OSError):
        status = path.stat()
        if path.is_relative_to("/proc"):  # its times are those of looking
            yield path.read_text(errors="replace")
        elif not path.is_relative_to("/dev"):
            yield f"{status.st_size} {status.st_mtime_ns}"
