"""TensorRT: engines are built, run like the CPU, and bad ones are refused in words."""

import shutil
from collections.abc import Callable
from pathlib import Path

from benchmarks.gpu.context import NETWORKS, Context, last_lines, succeeded
from benchmarks.gpu.detect import reference_of, same_tracks, track
from benchmarks.gpu.records import NEAR, ROUGH
from benchmarks.gpu.report import NotRunError, Outcome

HEADER = slice(0, 64)
"""Where a plan says which TensorRT made it."""


def tensorrt(context: Context) -> None:
    """Both files of an export in both precisions, and engines that cannot be run."""
    if not context.attempt("is there", _is_there):
        return
    checkpoint = context.data.checkpoint
    words = ("--model", checkpoint, "--device", "cpu")
    reference = reference_of(context)
    context.attempt("cpu: the reference", track, reference, words)
    for more, share in (((), NEAR), (("--fp16",), ROUGH)):
        name = " ".join(("export", *more))
        if context.attempt(name, _export, more):
            _engines(context, share, " ".join(more))
    for what, broken in (("cut off", _cut), ("of another version", _other_version)):
        context.attempt(f"engine {what}", _refused, broken)


def engine_of(context: Context, ending: str = ".engine") -> Path:
    """A file that the export makes."""
    return context.folder / f"{_stem(context)}{ending}"


def _stem(context: Context) -> str:
    name = context.data.checkpoint.name
    return name.removesuffix(".tar").removesuffix(".pth").removesuffix(".pt")


def _is_there(context: Context) -> Outcome:
    context.needs(context.data.checkpoint, context.data.video)
    context.needs(packages=(*NETWORKS, "onnx"))
    found = context.worker("tensorrt-info")
    return Outcome(True, f"TensorRT {found['version']}", found)


def _export(context: Context, more: tuple[str, ...]) -> Outcome:
    size = context.worker("input-size", context.data.checkpoint)["size"]
    here = context.folder / context.data.checkpoint.name
    shutil.copyfile(context.data.checkpoint, here)
    target = ("--to", "tensorrt", "--input-size", size, "-y")
    return succeeded(context.avio("export", here, *target, *more))


def _engines(context: Context, share: float, label: str) -> None:
    for ending in (".engine", "_trt.pth"):
        words = ("--trt", engine_of(context, ending))
        what = f"--trt NAME{ending} {label}".strip()
        context.attempt(what, same_tracks, words, share)


def _cut(plan: bytes) -> bytes:
    return plan[:-1000]


def _other_version(plan: bytes) -> bytes:
    """Change what says the version, and nothing behind it."""
    return bytes(value ^ 0x5A for value in plan[HEADER]) + plan[HEADER.stop :]


def _refused(context: Context, broken: Callable[[bytes], bytes]) -> Outcome:
    whole = engine_of(context)
    if not whole.is_file():
        raise NotRunError("no engine was built")
    bad = whole.with_name("bad.engine")
    bad.write_bytes(broken(whole.read_bytes()))
    description = whole.with_name(f"{whole.name}.toml")
    if description.is_file():
        bad.with_name(f"{bad.name}.toml").write_bytes(description.read_bytes())
    records = context.folder / "bad.txt"
    words = ("track", context.data.video, "--end", 1, "--trt", bad, "-y")
    done = context.avio(*words, "--records", records, timeout=120)
    good = succeeded(done, 1).good and bad.name in done.stderr
    return Outcome(good and not records.exists(), last_lines(done))
