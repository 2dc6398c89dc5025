"""Measure everything, and show it as text or as Markdown for the documentation.

python -m benchmarks [--quick] [--rounds N] [--folder PATH] [--markdown FILE]
"""

import argparse
import importlib.metadata
import os
import platform
from collections.abc import Sequence
from pathlib import Path

from avio_cli.ffmpeg.locate import locate_ffmpeg
from avio_cli.ffmpeg.process.run import run
from benchmarks import (
    layouts,
    memory,
    playing,
    reading,
    records,
    startup,
    tracker,
    tracking,
    transcoding,
)
from benchmarks.plan import add_options

BENCHMARKS = (
    *(reading, transcoding, tracking, layouts, records, memory, startup, playing),
)
PACKAGES = "avio-cli numpy av opencv-python-headless imageio-ffmpeg ffmpegcv".split()


def main(arguments: Sequence[str] | None = None) -> None:
    """Print all tables as they come; write them as Markdown where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--markdown", type=Path, metavar="FILE")
    plan, options = add_options(parser, arguments)
    pieces = [environment()]
    print(f"{pieces[0]}\n")
    for benchmark in BENCHMARKS:
        for table in benchmark.tables(plan):
            print(f"{table.text()}\n", flush=True)
            pieces.append(table.markdown())
    # Its table, of another shape, is in the documentation of the tracker.
    tracker.main(["--frames", "5", "--runs", "1"] if options.quick else [])
    if options.markdown:
        options.markdown.write_text("\n\n".join(pieces) + "\n", encoding="utf-8")


def environment() -> str:
    """Name the machine's kind and all versions in two lines."""
    version = run([locate_ffmpeg().path, "-version"]).stdout.decode()
    ffmpeg = " ".join(version.split(None, 3)[:3])
    packages = [f"{name} {importlib.metadata.version(name)}" for name in installed()]
    machine = f"{os.cpu_count()} cores ({_processor()}), {platform.system()}"
    return f"{machine}, Python {platform.python_version()}, {ffmpeg};\n" + ", ".join(
        packages
    )


def installed() -> list[str]:
    """Those of the measured packages that are here."""
    here = {entry.name.lower() for entry in importlib.metadata.distributions()}
    return [name for name in PACKAGES if name in here]


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    if not information.exists():
        return platform.machine()
    lines = information.read_text().splitlines()
    names = [line.partition(": ")[2] for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


if __name__ == "__main__":
    main()
