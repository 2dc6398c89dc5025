"""What encoding beside detection costs: time, and size at equal quality.

    python -m benchmarks.encoding [--quick]

Clips are decoded into raw files first; x264 encodes these at four CRFs by each row's
options. SSIM is that of ffmpeg's filter; sizes are interpolated between the CRFs, at
the SSIM that `veryfast` has at CRF 20.
"""

import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import exp, log
from pathlib import Path
from statistics import mean

from avio_cli.errors import FFmpegError
from avio_cli.ffmpeg.locate import locate_ffmpeg
from avio_cli.ffmpeg.process.run import run
from benchmarks.plan import SHARED, TIMEOUT, Plan, read_plan
from benchmarks.rounds import time_command
from benchmarks.tables import Table

CLIPS = ("TUD-Campus.mp4", "vtest.avi", "people_with_tone.mp4", "car_with_audio.mp4")
FRAMES = 150
CRFS = (18, 20, 22, 24)
REFERENCE = "veryfast"
_LIGHT = "mbtree=1:rc-lookahead=20"
OPTIONS: Mapping[str, tuple[str, str]] = {
    REFERENCE: ("veryfast", ""),
    "avio track -o": ("superfast", f"{_LIGHT}:aq-mode=2"),
    "… with subme=2 and aq-mode=1": ("superfast", f"{_LIGHT}:subme=2:aq-mode=1"),
    "superfast": ("superfast", ""),
}
"""x264's preset, and what is set beside it."""


@dataclass(frozen=True, slots=True)
class Point:
    """One encode."""

    milliseconds: float
    """CPU time a frame."""
    size: int
    ssim: float


def tables(plan: Plan) -> list[Table]:
    """Measure all clips that are there."""
    frames, crfs = (FRAMES, CRFS) if plan.patient else (10, CRFS[1:3])
    clips = [path for name in CLIPS if (path := SHARED / "media" / name).exists()]
    if not clips:
        return []
    measured = [_curves(plan, clip, frames, crfs) for clip in clips]
    rows = []
    for name in OPTIONS:
        taken = mean(clip[name][1].milliseconds for clip in measured)
        larger = (more(clip[name], clip[REFERENCE], crfs) for clip in measured)
        rows.append((name, f"{taken:.1f}", *larger))
    columns = ("x264", "CPU ms a frame", *(clip.stem for clip in clips))
    note = f"Up to {frames} frames of each clip; size at the SSIM of {REFERENCE}."
    return [Table("Encoding beside detection", columns, tuple(rows), note)]


def _curves(
    plan: Plan, clip: Path, frames: int, crfs: Sequence[int]
) -> dict[str, list[Point]]:
    with tempfile.TemporaryDirectory(dir=plan.folder) as folder:
        raw, made = Path(folder) / "raw.nut", Path(folder) / "made.mkv"
        words = ["-i", clip, "-an", "-frames:v", str(frames), "-pix_fmt", "yuv420p"]
        time_command([*_ffmpeg(), *words, "-c:v", "rawvideo", raw])
        return {
            name: [_encode(raw, made, name, crf) for crf in crfs] for name in OPTIONS
        }


def _encode(raw: Path, made: Path, name: str, crf: int) -> Point:
    preset, options = OPTIONS[name]
    words = ["-i", raw, "-c:v", "libx264", "-preset", preset, "-crf", str(crf)]
    words += ["-x264-params", options] if options else []
    taken = time_command([*_ffmpeg(), *words, made])
    compared = [*_ffmpeg("info"), "-i", made, "-i", raw, "-lavfi", "ssim"]
    log_text = run([*compared, "-f", "null", "-"], timeout=TIMEOUT).stderr
    ssim = re.search(r"All:([\d.]+)", str(log_text))
    frames = re.findall(r"frame=\s*(\d+)", str(log_text))
    if ssim is None or not frames:
        raise FFmpegError(f"no SSIM in {str(log_text)[-2000:]}")
    milliseconds = 1000 * taken.cpu / int(frames[-1])
    return Point(milliseconds, made.stat().st_size, float(ssim[1]))


def _ffmpeg(level: str = "error") -> list[str | Path]:
    return [locate_ffmpeg().path, "-y", "-hide_banner", "-v", level]


def more(
    curve: Sequence[Point], reference: Sequence[Point], crfs: Sequence[int]
) -> str:
    """How much larger a row is at the reference's SSIM at CRF 20."""
    wanted = reference[crfs.index(20)]
    if curve is reference:
        return ""
    pairs = list(pairwise(curve))
    around = (pair for pair in pairs if pair[1].ssim <= wanted.ssim)
    better, worse = next(around, pairs[-1])
    share = (better.ssim - wanted.ssim) / (better.ssim - worse.ssim)
    size = exp(log(better.size) + share * (log(worse.size) - log(better.size)))
    return f"{round(size / wanted.size - 1, 2) + 0.0:+.0%}"  # never -0 %


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    plan = read_plan(__doc__, arguments)
    for table in tables(plan):
        print(f"{table.text()}\n")


if __name__ == "__main__":
    main()
