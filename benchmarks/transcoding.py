"""What ``avio transcode`` adds to the ffmpeg command that it runs.

Run ``python -m benchmarks.transcoding [--quick] [--rounds N] [--limit SECONDS]``.

Everything counts: the start of Python, probing, checking the result.
"""

import shlex
import shutil
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from avio_cli.ffmpeg.locate import locate_ffmpeg
from avio_cli.ffmpeg.process.run import run
from benchmarks.plan import Plan, read_plan, speed_video
from benchmarks.rounds import Outcome, Sample, cpu, measure, time_command, wall
from benchmarks.tables import Table, noise_note, spread

PLAIN = "the same ffmpeg command"
CALLBACKS = Path(__file__).with_name("callbacks.py")
OPTIONS = ("--encoder-option", "preset=veryfast")


def tables(plan: Plan) -> list[Table]:
    """Measure a video from H.264 to H.264."""
    video = speed_video(plan)
    outcome = measure(_contenders(video, plan.folder), plan)
    title = f"Transcoding {video.name} to H.264, x264 preset veryfast"
    return [_table(title, outcome, 30 * plan.seconds)]


def _contenders(video: Path, folder: Path) -> dict[str, Callable[[], Sample]]:
    output = folder / "result.mp4"
    avio = [sys.executable, "-m", "avio_cli", "transcode", str(video), str(output)]
    avio += ["--force", "--quiet", *OPTIONS]
    commands = {
        PLAIN: _plain(video, folder / "plain.mp4"),
        "avio transcode": avio,
    }
    for pixels in ("yuv420p", "bgr24"):
        callback = f"{CALLBACKS}:identity_{pixels}"
        name = f"avio transcode, callback on {pixels}"
        commands[name] = [*avio, "--callback", callback]
    if handbrake := shutil.which("HandBrakeCLI"):
        commands["HandBrakeCLI"] = _handbrake(handbrake, video, output)
    return {name: partial(time_command, argv) for name, argv in commands.items()}


def _plain(video: Path, output: Path) -> list[str]:
    """The same command that avio would run."""
    output.unlink(missing_ok=True)
    argv = [sys.executable, "-m", "avio_cli", "transcode", str(video), str(output)]
    dry_run = run([*argv, *OPTIONS, "--dry-run"])
    _, *words = shlex.split(dry_run.stdout.decode())
    return [locate_ffmpeg().path, *words]


def _handbrake(binary: str, video: Path, output: Path) -> list[str]:
    options = ["-e", "x264", "-q", "20", "--encoder-preset", "veryfast"]
    options += ["-E", "copy", "--vfr"]
    return [binary, "-i", str(video), "-o", str(output), *options]


def _table(title: str, outcome: Outcome, frames: int) -> Table:
    rows = [
        (
            name,
            f"{outcome.median(name, cpu) / frames * 1e3:.1f}",
            spread(outcome.ratios(name, PLAIN, cpu)),
            f"{outcome.median(name, wall):.1f}",
            spread(outcome.ratios(name, PLAIN, wall)),
        )
        for name in outcome.rounds[0]
    ]
    columns = (
        *("command", "CPU ms a frame", "CPU time over ffmpeg's"),
        *("seconds", "seconds over ffmpeg's"),
    )
    return Table(title, columns, tuple(rows), noise_note(outcome.noise))


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    for table in tables(read_plan(__doc__, arguments)):
        print(f"{table.text()}\n")


if __name__ == "__main__":
    main()
