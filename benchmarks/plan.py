"""How much is measured, and the videos it is measured on."""

import argparse
import compileall
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import avio_cli
from avio_cli.errors import FFmpegError
from avio_cli.ffmpeg.locate import locate_ffmpeg
from avio_cli.ffmpeg.process.run import run

ROOT = Path(__file__).parent.parent
SHARED = Path(os.environ.get("AVIO_SHARED") or ROOT.parent / "shared")
"""Videos and weights that are not part of avio."""
REAL_VIDEO = SHARED / "media/vtest.avi"
"""A surveillance camera; measured where it is available."""
REAL_VIDEO_SIZE = (768, 576)
TIMEOUT = 1800
"""Seconds for one run of one contender."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured."""

    folder: Path
    """Where videos are kept between runs."""
    rounds: int
    """Times that each contender runs, in turn with the others."""
    size: tuple[int, int]
    """Width and height of the video for speed."""
    seconds: int
    """Its length, at 30 frames a second; a multiple of 5 unless below 5."""
    frames: tuple[int, int]
    """A short and a long run whose memory is compared."""
    patient: bool = True
    """Whether figures count: else everything is so short that it only shows it runs."""
    limit: float = 135
    """Seconds for all rounds of a table, of which there is at least one."""


def full_plan(folder: Path, rounds: int, limit: float) -> Plan:
    """What the documentation shows: 1080p, and 10,000 small frames."""
    return Plan(folder, rounds, (1920, 1080), 10, (1000, 10_000), limit=limit)


def quick_plan(folder: Path) -> Plan:
    """Only enough to see that everything runs."""
    return Plan(folder, 1, (320, 180), 1, (300, 600), patient=False)


def read_plan(description: str | None, arguments: Sequence[str] | None) -> Plan:
    """Parse the command line that all benchmarks share."""
    parser = argparse.ArgumentParser(description=description)
    return add_options(parser, arguments)[0]


def add_options(
    parser: argparse.ArgumentParser, arguments: Sequence[str] | None
) -> tuple[Plan, argparse.Namespace]:
    """Parse a command line that may have options of its own."""
    parser.add_argument("--quick", action="store_true", help="only show that it runs")
    parser.add_argument("--rounds", type=int, default=3, help="at most, of a table")
    parser.add_argument(
        "--limit",
        type=float,
        default=135,
        metavar="SECONDS",
        help="a round of a table that would not fit is left out; 135",
    )
    parser.add_argument(
        "--folder",
        type=Path,
        default=Path(tempfile.gettempdir()) / "avio-benchmarks",
        help="where the videos are kept",
    )
    options = parser.parse_args(arguments)
    folder = options.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    _compile_avio()
    if options.quick:
        return quick_plan(folder), options
    return full_plan(folder, options.rounds, options.limit), options


def _compile_avio() -> None:
    """Measure avio as it is installed: pip compiles what it installs.

    In a working copy each edit, and each start where PYTHONDONTWRITEBYTECODE is set,
    would cost a start up to half a second of compiling.
    """
    for folder in avio_cli.__path__:
        compileall.compile_dir(folder, quiet=1)


def speed_video(plan: Plan) -> Path:
    """A video with movement, fine noise and audio; made once.

    Five seconds of it are encoded, to about 8 Mbit/s at 1080p, and repeated.
    """
    width, height = plan.size
    length = min(plan.seconds, 5)
    path = plan.folder / f"video-{width}x{height}-{plan.seconds}s.mp4"
    if path.exists():
        return path
    scene = (
        f"testsrc2=s={width // 2}x{height // 2}:r=30:d={length},"
        "noise=alls=6:allf=t,rotate=a=0.02*sin(t):bilinear=1,"
        f"scale={width}:{height}:flags=bicubic,format=yuv420p"
    )
    part = plan.folder / f"part-{width}x{height}.mp4"
    audio = f"sine=f=440:r=48000:d={length}"
    rate = str(width * height * 4)
    make_video(
        part,
        *("-f", "lavfi", "-i", scene, "-f", "lavfi", "-i", audio),
        *("-c:v", "libx264", "-preset", "fast", "-b:v", rate, "-c:a", "aac"),
    )
    repeats = str(plan.seconds // length - 1)
    make_video(path, "-stream_loop", repeats, "-i", str(part), "-c", "copy")
    return path


def long_video(plan: Plan) -> Path:
    """A video of as many small frames as the longest memory run reads; made once."""
    frames = plan.frames[1]
    path = plan.folder / f"small-{frames}.mp4"
    if not path.exists():
        scene = "testsrc2=s=160x96:r=25"
        coding = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
        make_video(path, "-f", "lavfi", "-i", scene, "-frames:v", str(frames), *coding)
    return path


def make_video(path: Path, *arguments: str) -> None:
    """Let ffmpeg make a file, whole or not at all."""
    unfinished = path.with_name(f"unfinished-{path.name}")
    argv = [locate_ffmpeg().path, "-v", "error", "-nostdin", "-y", *arguments]
    done = run([*argv, unfinished], timeout=TIMEOUT)
    if done.status:
        raise FFmpegError(f"cannot make {path.name}: {done.stderr.strip()}")
    unfinished.rename(path)
