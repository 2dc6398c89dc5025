"""Whether memory grows with the length of a video. Linux only.

python -m benchmarks.memory [--quick] [--folder PATH]
"""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.callbacks import identity_yuv420p
from benchmarks.plan import Plan, long_video, read_plan
from benchmarks.rounds import work
from benchmarks.tables import Table

RATE = 25
"""Frames a second of the video."""
PAUSE = 0.002
"""Seconds between two looks at the children."""
RUNS = {"reading": "memory:read", "transcoding with a callback": "memory:transcode"}


def tables(plan: Plan) -> list[Table]:
    """Compare a short and a long run; nothing where there is no /proc."""
    if not Path("/proc/self/status").exists():
        return []
    video = long_video(plan)
    rows = tuple(
        _row(name, function, video, plan.frames) for name, function in RUNS.items()
    )
    short, long = plan.frames
    columns = (
        *("run", f"Python, {short} frames", f"{long} frames", "difference"),
        *(f"ffmpeg, {short} frames", f"{long} frames", "difference"),
    )
    title = "Peak memory in MB, frames of 160x96"
    note = "Where two children run, the larger one counts."
    return [Table(title, columns, rows, note)]


def _row(
    name: str, function: str, video: Path, frames: tuple[int, int]
) -> tuple[str, ...]:
    peaks = [
        work(function, str(video), str(count), str(video.with_suffix(".out.mp4")))
        for count in frames
    ]
    cells = [name]
    for index in (0, 1):
        short, long = (peak["result"][index] / 1e6 for peak in peaks)
        cells += [f"{short:.1f}", f"{long:.1f}", f"{long - short:+.1f}"]
    return tuple(cells)


def read(source: str, count: str, output: str) -> tuple[int, int]:
    """Read so many frames; returns the peaks of this process and of its children."""
    from avio_cli.api import open_video

    with watch_children() as peaks, open_video(source, end=_end(count)) as video:
        for _ in video:
            pass
    return _peak("self"), max(peaks)


def transcode(source: str, count: str, output: str) -> tuple[int, int]:
    """Send so many frames through a callback; returns the same."""
    from avio_cli import api

    with watch_children() as peaks:
        api.transcode(
            source, output, end=_end(count), callback=identity_yuv420p, force=True
        )
    return _peak("self"), max(peaks)


@contextmanager
def watch_children() -> Iterator[list[int]]:
    """Collect the peaks of all children, in bytes, while the block runs."""
    peaks = [0]
    done = threading.Event()

    def look() -> None:
        while not done.wait(PAUSE):
            peaks.append(max(map(_peak, _children()), default=0))

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield peaks
    finally:
        done.set()
        thread.join()


def _end(count: str) -> float:
    return int(count) / RATE


def _peak(process: str) -> int:
    # Unlike getrusage, which counts in what the parent held before the child started.
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0
    sizes = [line.split()[1] for line in lines if line.startswith("VmHWM:")]
    return int(sizes[0]) * 1024 if sizes else 0


def _children() -> Iterator[str]:
    for task in Path("/proc/self/task").iterdir():
        try:
            yield from (task / "children").read_text().split()
        except OSError:  # the thread has ended
            continue


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    for table in tables(read_plan(__doc__, arguments)):
        print(f"{table.text()}\n")


if __name__ == "__main__":
    main()
