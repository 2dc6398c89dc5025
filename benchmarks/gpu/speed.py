"""Frames a second: ways to decode, YOLOX in two sizes and precisions, whole runs."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.gpu.clips import speed_clip
from benchmarks.gpu.context import NETWORKS, Context, last_lines, succeeded
from benchmarks.gpu.report import NotRunError, Outcome

FRAMES = 900
DRY_FRAMES = 60
LARGE = "1440x800"
"""ByteTrack's input size."""
_KEEP = ("-hwaccel", "cuda", "-hwaccel_output_format", "cuda")
_VIEW = "736:416"
"""The frames of 1080p, as a detector of 736x416 gets them."""
_SMALL = f"scale_cuda={_VIEW}:interp_algo=bilinear:format=nv12,hwdownload,format=nv12"
_SOFT = f"scale={_VIEW}:flags=bilinear"
_TO_BGR = "format=bgr24"


@dataclass(frozen=True, slots=True)
class Way:
    """A command line of ffmpeg between its name and its output."""

    options: tuple[str, ...]
    outputs: tuple[tuple[str, ...], ...]
    """Of each output: what comes before ``-f rawvideo``; empty: decode alone."""

    @property
    def on_card(self) -> bool:
        """Whether it needs a card."""
        return bool(self.options)

    def words(self, source: Path) -> list[object]:
        """The arguments; what is made is thrown away."""
        ends = [(*row, "-f", "rawvideo", "-y", "/dev/null") for row in self.outputs]
        made = [word for row in ends for word in row] or ["-f", "null", "-"]
        return [*self.options, "-i", source, "-an", "-fps_mode", "passthrough", *made]


WAYS: Mapping[str, Way] = {
    "CPU: decode": Way((), ()),
    "CPU: view": Way((), (("-vf", f"{_SOFT},{_TO_BGR}"),)),
    "CPU: frames": Way((), (("-pix_fmt", "yuv420p"),)),
    "card: decode": Way(_KEEP, ()),
    # What `avio track` does without an annotated video: only the view is downloaded.
    "card: view scaled there": Way(_KEEP, (("-vf", f"{_SMALL},{_TO_BGR}"),)),
    # Its alternatives: all is downloaded once, and scaled by a CPU.
    "card: view scaled by a CPU": Way(
        ("-hwaccel", "cuda"), (("-vf", f"{_SOFT},{_TO_BGR}"),)
    ),
    "card: frames": Way(("-hwaccel", "cuda"), (("-pix_fmt", "yuv420p"),)),
    # With an annotated video: frames and view, each downloaded by itself …
    "card: frames and view, both downloaded": Way(
        _KEEP,
        (
            ("-map", "0:v", "-vf", "hwdownload,format=nv12", "-pix_fmt", "yuv420p"),
            ("-map", "0:v", "-vf", f"{_SMALL},{_TO_BGR}"),
        ),
    ),
    # … or one download of NV12, of which a CPU makes the view.
    "card: frames downloaded, view by a CPU": Way(
        ("-hwaccel", "cuda"),
        (
            ("-map", "0:v", "-pix_fmt", "yuv420p"),
            ("-map", "0:v", "-vf", f"{_SOFT},{_TO_BGR}"),
        ),
    ),
}
"""Command lines to choose from: the fastest is to become what avio does."""


def speed(context: Context) -> None:
    """Print frames a second of all; nothing is judged but that it runs."""
    for name, way in WAYS.items():
        context.attempt(f"ffmpeg, {name}", _decoded, way)
    for choice in dict.fromkeys(("none", context.hwaccel)):
        what = f"avio track --hwaccel {choice}"
        context.attempt(what, _tracked, choice)
    for size in ("nano", "x"):
        for precision in ("fp32", "fp16"):
            what = f"YOLOX-{size}, {LARGE}, {precision}"
            context.attempt(what, _inferred, size, precision)


def _clip(context: Context) -> Path:
    return speed_clip(context, _frames(context))


def _frames(context: Context) -> int:
    return DRY_FRAMES if context.dry else FRAMES


def _decoded(context: Context, way: Way) -> Outcome:
    if way.on_card and context.dry:
        raise NotRunError("a dry run has no card")
    source = _clip(context)
    argv = [context.ffmpeg, "-v", "error", "-nostdin", *way.words(source)]
    start = time.perf_counter()
    done = context.command(argv, timeout=90)
    taken = time.perf_counter() - start
    figures = {"frames_per_second": _frames(context) / taken}
    return Outcome(not done.status, last_lines(done) if done.status else "", figures)


def _tracked(context: Context, choice: str) -> Outcome:
    model = context.data.onnx if context.dry else context.data.checkpoint
    context.needs(model, packages=("onnxruntime",) if context.dry else NETWORKS)
    source, records = _clip(context), context.folder / "speed.txt"
    device = ("--device", context.device, "--hwaccel", choice)
    what = ("track", source, "--model", model, "--records", records)
    start = time.perf_counter()
    done = context.avio(*what, *device, "--progress", "none", "-y")
    taken = time.perf_counter() - start
    outcome = succeeded(done)
    figures = {"frames_per_second": _frames(context) / taken}
    return Outcome(outcome.good, outcome.detail, figures)


def _inferred(context: Context, size: str, precision: str) -> Outcome:
    if context.dry and (size == "x" or precision == "fp16"):
        raise NotRunError("too slow on a CPU")
    path = context.folder / f"yolox_{size}_random.pth"
    if not path.is_file():
        context.worker("make-yolox", size, path)
    words = (path, LARGE, context.device, precision, 1)
    found = context.worker("infer", *words, 1 if context.dry else 8)
    if precision == "fp32":
        slow = context.worker("infer", path, LARGE, "cpu", "fp32", 1, 1)
        found["cpu_frames_per_second"] = slow["frames_per_second"]
    good = bool(found.get("within", context.dry))
    detail = "outputs as on the CPU" if good else "outputs differ from the CPU's"
    return Outcome(good, detail, found)
