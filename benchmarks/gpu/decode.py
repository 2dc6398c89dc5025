"""Decoding and encoding by a card: the same frames as by a CPU, at the same times."""

import time
from pathlib import Path
from typing import Any

from avio_cli.ffmpeg.hardware.accelerators import ACCELERATORS
from benchmarks.gpu.clips import CLIPS, FRAMES, damaged, make
from benchmarks.gpu.context import Context, last_lines, succeeded
from benchmarks.gpu.report import NotRunError, Outcome

_LOSSLESS = ("--preset", "mkv-ffv1", "--progress", "none", "-y")
LEVELS = 1
"""How far a sample may be from the CPU's."""
MEAN_LEVELS = 8.0
"""How far a frame that was encoded with a loss may be from its source, on average."""
SOON = 2.0
"""Seconds in which a card without an encoder is refused."""


def decode(context: Context) -> None:
    """Frames of every codec, of a damaged file, and of one that no card decodes."""
    for name, clip in CLIPS.items():
        choice = context.hwaccel if clip.on_card or context.dry else "auto"
        context.attempt(f"{name}, --hwaccel {choice}", _same, name, choice)
        if clip.on_card and not context.dry:
            context.attempt(f"{name}, all frames by the card", _by_card, name)
    context.attempt("H.264 damaged in its middle", _damaged)


def encode(context: Context) -> None:
    """NVENC where there is one; else words, soon, and software for ``auto``."""
    context.attempt("--hwaccel cuda names NVENC", _refused)
    for words in (("auto",), (context.hwaccel, "--video-codec", "libx264")):
        what = f"--hwaccel {' '.join(words)}"
        context.attempt(what, _encoded, words)


def _same(context: Context, name: str, choice: str) -> Outcome:
    source = make(context, name)
    found = _compared(context, source, choice)
    whole = found["times_equal"] and found["frames"] == [FRAMES, FRAMES]
    detail = f"{found['frames'][1]} of {FRAMES} frames, {found['worst']} levels apart"
    return Outcome(whole and found["worst"] <= LEVELS, detail, found)


def _by_card(context: Context, name: str) -> Outcome:
    """Decode to the end: the filter that downloads frames fails on those of software.

    Without it ffmpeg goes on in software where a card refuses, and does not say so.
    """
    source = make(context, name)
    chain = f"hwdownload,format={'p010le' if CLIPS[name].deep else 'nv12'}"
    words = (*ACCELERATORS["cuda"].input_options(keep=True), "-i", source)
    ends = ("-vf", chain, "-fps_mode", "passthrough", "-f", "framecrc", "-")
    argv = [context.ffmpeg, "-v", "error", "-nostdin", *words, *ends]
    done = context.command(argv)
    lines = done.stdout.decode(errors="replace").splitlines()
    frames = sum(not line.startswith("#") for line in lines)
    log = f": {last_lines(done)}" if done.status else ""
    good = not done.status and frames == FRAMES
    return Outcome(good, f"{frames} of {FRAMES} frames{log}")


def _compared(
    context: Context, source: Path, choice: str, *more: str
) -> dict[str, Any]:
    """Decode twice, by the CPU first, and compare what was kept without a loss."""
    results = []
    for number, way in enumerate(("none", choice)):
        result = context.folder / f"{source.stem}-{number}.ffv1.mkv"
        words = ("transcode", source, result, "--hwaccel", way, *_LOSSLESS, *more)
        done = context.avio(*words)
        if done.status:
            raise RuntimeError(f"--hwaccel {way}: {last_lines(done)}")
        results.append(result)
    return context.worker("compare", *results)


def _damaged(context: Context) -> Outcome:
    """What the CPU can decode must be there; pixels differ where both conceal."""
    source = damaged(make(context, "H.264"))
    found = _compared(context, source, context.hwaccel, "--allow-damaged")
    detail = f"{found['lost']} of the CPU's {found['frames'][0]} frames are lost"
    return Outcome(found["lost"] == 0, detail, found)


def _refused(context: Context) -> Outcome:
    if context.dry:
        raise NotRunError("a dry run has no card to ask")
    source = make(context, "H.264")
    result = context.folder / "nvenc.mp4"
    start = time.monotonic()
    done = context.avio("transcode", source, result, "--hwaccel", "cuda", "-y")
    seconds = time.monotonic() - start
    if done.status == 0:
        return _like_source(context, source, result, "this card encodes")
    outcome = succeeded(done, status=1)
    in_words = "cuda cannot encode" in done.stderr and not result.exists()
    good = outcome.good and in_words and seconds <= SOON
    return Outcome(good, outcome.detail, {"seconds": seconds})


def _encoded(context: Context, words: tuple[str, ...]) -> Outcome:
    source = make(context, "H.264")
    result = context.folder / f"encoded-{words[0]}.mp4"
    done = context.avio("transcode", source, result, "--hwaccel", *words, "-y")
    outcome = succeeded(done)
    if not outcome.good:
        return outcome
    return _like_source(context, source, result, outcome.detail)


def _like_source(context: Context, source: Path, result: Path, said: str) -> Outcome:
    """Whether all frames are there, at their times, and look like the source's."""
    found = context.worker("compare", source, result)
    whole = found["times_equal"] and found["frames"] == [FRAMES, FRAMES]
    detail = f"{said}; {found['mean']:.2g} levels apart on average"
    return Outcome(whole and found["mean"] <= MEAN_LEVELS, detail, found)
