"""A long run: the memory of the card stays flat."""

import shutil
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from avio_cli.ffmpeg.process.run import Completed
from benchmarks.gpu.card import memory_used
from benchmarks.gpu.clips import speed_clip
from benchmarks.gpu.context import NETWORKS, Context, last_lines
from benchmarks.gpu.report import NotRunError, Outcome

SECONDS, DRY_SECONDS = 300, 8
STEP = 2.0
"""Seconds between two looks at the memory."""
FRAMES = 1800
TIMES = 200
"""How often the clip is repeated: 1200 frames a second are tracked in that time."""
SIZE, BITS = "1280x720", "500k"
LONG_BYTES = 1_000_000_000
"""What the repeated clip takes on the disk, and some more."""
SEEN = 0.8
"""The share of the time in which the memory must have been looked at."""
SPARE_MIB = 32.0
"""What may be more at the end than at the beginning."""
_INTERRUPTED = 130
"""How avio ends when it is interrupted, and all is well."""

Sample = tuple[float, float]
"""A time in seconds, and MiB in use."""


def soak(context: Context) -> None:
    """Five minutes of one run; called twice, ten."""
    context.attempt("one run of avio track", _soaked)


def growth(samples: Sequence[float]) -> float:
    """MiB by which the last fifth of samples is above the second.

    The first fifth is left out: libraries load, and allocators fill, while it lasts.
    """
    fifth = max(1, len(samples) // 5)
    return median(samples[-fifth:]) - median(samples[fifth : 2 * fifth])


def _soaked(context: Context) -> Outcome:
    seconds = DRY_SECONDS if context.dry else SECONDS
    uuid = _prepared(context)
    source = _long_clip(context)
    records = context.folder / "soak.jsonl"
    argv = ["timeout", "--preserve-status", "-s", "INT", seconds, sys.executable]
    model = context.data.onnx if context.dry else context.data.checkpoint
    how = ("--model", model, "--device", context.device, "--hwaccel", context.hwaccel)
    log = ("--records", records, "--progress", "none")
    words = ("-m", "avio_cli", "track", source, *how, *log)
    with _Sampled(context, uuid) as sampled:
        done = context.command([*argv, *words], timeout=seconds + 60)
    return _judged(done, sampled.samples, _frames(records), seconds)


def _prepared(context: Context) -> str:
    """The card that will be used; what is missing is said before minutes pass."""
    if shutil.which("timeout") is None:
        raise NotRunError("there is no command timeout")
    free = shutil.disk_usage(context.folder).free
    if free < LONG_BYTES:
        short = f"{free >> 20} MiB free, {LONG_BYTES >> 20} are needed"
        raise NotRunError(f"{context.folder}: {short}")
    if context.dry:
        context.needs(context.data.onnx, packages=("onnxruntime",))
        return ""
    context.needs(context.data.checkpoint, packages=NETWORKS)
    uuid = str(context.worker("torch-info")["uuid"])
    memory_used(context, uuid)
    return uuid


def _judged(
    done: Completed, samples: Sequence[Sample], frames: int, seconds: float
) -> Outcome:
    """A run counts that went on for the whole time, and then ended in good order."""
    figures: dict[str, float] = {"frames": frames, "samples": len(samples)}
    if done.status == 0:
        raise NotRunError(f"the video ended before {seconds} s: {figures}")
    whole = done.status == _INTERRUPTED and "Traceback" not in done.stderr
    if not whole or frames == 0:
        return Outcome(False, f"status {done.status}: {last_lines(done)}", figures)
    seen = samples[-1][0] - samples[0][0] if samples else 0.0
    if len(samples) < 5 or seen < SEEN * seconds:
        raise NotRunError(f"the memory was seen for {seen:.0f} of {seconds} s only")
    used = [mib for _, mib in samples]
    grown = growth(used)
    figures |= {"least_mib": min(used), "most_mib": max(used), "grown_mib": grown}
    return Outcome(grown <= SPARE_MIB, f"{grown:+.0f} MiB from start to end", figures)


def _long_clip(context: Context) -> Path:
    path = context.folder / "soak.mkv"
    if not path.is_file():
        clip = speed_clip(context, 60 if context.dry else FRAMES, SIZE, BITS)
        loop = ("-stream_loop", 20 if context.dry else TIMES, "-i", clip)
        context.make(*loop, "-c", "copy", path)
    return path


def _frames(records: Path) -> int:
    """Frames that were recorded; a run that was interrupted keeps its records."""
    if not records.is_file():
        return 0
    with records.open("rb") as lines:
        return sum(1 for _ in lines)


class _Sampled:
    """Looks at the memory of the card, in a thread, while a command runs."""

    def __init__(self, context: Context, uuid: str) -> None:
        self.samples: list[Sample] = []
        self._context, self._uuid = context, uuid
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> "_Sampled":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join(30)

    def _look(self) -> None:
        begin = time.monotonic()
        while not self._ended.wait(STEP):
            try:
                used = memory_used(self._context, self._uuid)
                self.samples.append((time.monotonic(), used))
            except NotRunError:
                if time.monotonic() - begin > 10 * STEP:
                    return
