"""Detectors on a card: the tracks that a CPU gives, by PyTorch and ONNX Runtime."""

from pathlib import Path

from benchmarks.gpu.context import NETWORKS, Context, last_lines, succeeded
from benchmarks.gpu.records import NEAR, ROUGH, agreement
from benchmarks.gpu.report import NotRunError, Outcome

BATCH = 8


def torch(context: Context) -> None:
    """PyTorch in both precisions, with more sessions, and several images at once."""
    model = ("--model", context.data.checkpoint)
    if not context.attempt("is there", _torch):
        return
    if not context.attempt("cpu: the reference", _reference, *model):
        return
    where = ("--device", context.device)
    rows: tuple[tuple[str, float, tuple[object, ...]], ...] = (
        ("32 bits", NEAR, ()),
        ("--fp16", ROUGH, ("--fp16",)),
        ("--workers 4", NEAR, ("--workers", 4)),
        ("decoded there, too", ROUGH, ("--hwaccel", context.hwaccel)),
    )
    for what, share, more in rows:
        words = (*model, *where, *more)
        action = _half if "--fp16" in more else same_tracks
        context.attempt(what, action, words, share)
    context.attempt(f"{BATCH} images at once", _batch)


def onnx(context: Context) -> None:
    """ONNX Runtime's CUDA provider; a build without it must be refused in words."""
    model = ("--model", context.data.onnx, "--runtime", "onnx")
    if not context.attempt("is there", _onnx):
        return
    if not context.attempt("cpu: the reference", _reference, *model):
        return
    words = (*model, "--device", context.device)
    context.attempt("32 bits", _by_provider, "CUDA", words, NEAR)
    half = (*words, "--fp16")
    context.attempt("--fp16", _by_provider, "Tensorrt", half, ROUGH)
    context.attempt("refused where it is missing", _refused, words)


def track(context: Context, records: Path, words: tuple[object, ...]) -> Outcome:
    """Run avio's tracking, at the model's own input size, which engines keep."""
    data = context.data
    # An engine has the size of the checkpoint of which it is made.
    model = data.onnx if data.onnx in words else data.checkpoint
    context.needs(model, data.video)
    size = context.worker("input-size", model)["size"]
    what = ("track", data.video, "--end", data.seconds, "--input-size", size)
    quiet = ("--progress", "none", "-y", "--records", records)
    return succeeded(context.avio(*what, *words, *quiet))


def same_tracks(context: Context, words: tuple[object, ...], share: float) -> Outcome:
    """Whether a run has the tracks of the reference, but for rounding."""
    if not reference_of(context).is_file():
        raise NotRunError("there are no tracks of the CPU to compare with")
    records = context.folder / "found.txt"
    records.unlink(missing_ok=True)
    ran = track(context, records, words)
    if not ran.good:
        return ran
    found = agreement(reference_of(context), records)
    figures = {"near": found.near, "same_ids": found.same_ids, "boxes": found.boxes}
    return Outcome(found.within(share), str(found), figures)


def reference_of(context: Context) -> Path:
    """The file with the CPU's tracks."""
    return context.folder / f"{context.piece}-cpu.txt"


def _reference(context: Context, *words: object) -> Outcome:
    return track(context, reference_of(context), (*words, "--device", "cpu"))


def _torch(context: Context) -> Outcome:
    context.needs(context.data.checkpoint, context.data.video, packages=NETWORKS)
    found = context.worker("torch-info")
    good = context.dry or int(found["devices"]) > 0
    return Outcome(good, f"{found['torch']}, {found['devices']} devices", found)


def _onnx(context: Context) -> Outcome:
    context.needs(context.data.onnx, context.data.video)
    found = context.worker("providers")
    return Outcome(True, str(found["providers"]))


def _half(context: Context, words: tuple[object, ...], share: float) -> Outcome:
    if context.dry:
        raise NotRunError("CPUs compute in bfloat16, which rounds more coarsely")
    return same_tracks(context, words, share)


def _batch(context: Context) -> Outcome:
    found = context.worker("batch", context.data.checkpoint, context.device, BATCH)
    good = found["worst"] <= 1e-3
    return Outcome(good, "a batch computes what single images do", found)


def _by_provider(
    context: Context, provider: str, words: tuple[object, ...], share: float
) -> Outcome:
    _needs(context, provider)
    return same_tracks(context, words, share)


def _needs(context: Context, provider: str) -> None:
    found = context.worker("providers")["providers"].split()
    if f"{provider}ExecutionProvider" not in found and not context.dry:
        raise NotRunError(f"this onnxruntime has no {provider} provider: {found}")
    if context.dry and provider != "CUDA":
        raise NotRunError("no half precision on a CPU")


def _refused(context: Context, words: tuple[object, ...]) -> Outcome:
    found = context.worker("providers")["providers"].split()
    if context.dry:
        raise NotRunError("a dry run has no card to ask")
    if "CUDAExecutionProvider" in found:
        return Outcome(True, "it is there: nothing is to be refused")
    video = ("track", context.data.video, "--end", 1, "--records", "-")
    done = context.avio(*video, *words, timeout=60)
    good = succeeded(done, 1).good and "cannot use cuda" in done.stderr
    return Outcome(good, last_lines(done))
