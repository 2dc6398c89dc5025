"""Run on a GPU all that avio does there, and compare it with a CPU.

Each piece ends within 8 minutes and needs no network. The exit status is 0 where all
ran and agreed, 1 where something disagreed, 2 where there is no device or what is
asked cannot be done, and 3 where nothing disagreed but something could not be run.
docs/gpu.md says more.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from avio_cli.errors import AvioError, UsageError
from avio_cli.ffmpeg.locate import locate_ffmpeg
from avio_cli.ffmpeg.process.run import run as run_command
from avio_cli.media.time_text import parse_time
from avio_cli.vision.runtimes.device import gpu_count
from benchmarks.gpu.card import card
from benchmarks.gpu.context import Context, Data, Runner
from benchmarks.gpu.decode import decode, encode
from benchmarks.gpu.detect import onnx, torch
from benchmarks.gpu.engines import tensorrt
from benchmarks.gpu.report import NO_DEVICE, Report
from benchmarks.gpu.soak import soak
from benchmarks.gpu.speed import speed

LONGEST = 460.0
"""Seconds that a piece may take: less than 8 minutes, with what is closed after it."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the verification that is run by itself."""

    shows: str
    run: Callable[[Context], None]


PIECES: Mapping[str, Piece] = {
    "card": Piece("the card and its driver, avio doctor", card),
    "decode": Piece("--hwaccel cuda: frames and times of the CPU", decode),
    "encode": Piece("NVENC, or its refusal; auto falls back", encode),
    "torch": Piece("PyTorch: the tracks of the CPU", torch),
    "onnx": Piece("ONNX Runtime's CUDA provider", onnx),
    "tensorrt": Piece("engines: built, run, refused", tensorrt),
    "speed": Piece("frames a second, beside the CPU", speed),
    "soak": Piece("the card's memory for five minutes", soak),
}


def main(words: Sequence[str] | None = None, run: Runner = run_command) -> int:
    """Verify; gives the exit status."""
    asked = _parser().parse_args(words)
    report = Report("nothing has been run", asked.json, refused=True)
    try:
        report.write()  # a file that cannot be written is found before an hour's work
        ffmpeg = _usable(asked)
    except OSError as error:
        sys.stderr.write(f"verify-gpu: --json {asked.json}: {error.strerror}\n")
        return NO_DEVICE
    except AvioError as error:
        sys.stderr.write(f"verify-gpu: {error.message}\n")
        report.device = error.message
        report.write()
        return NO_DEVICE
    device = "a dry run on the CPU" if asked.dry_run else f"{gpu_count()} NVIDIA GPU"
    report, data = Report(device, asked.json), _data(asked)
    names = list(PIECES) if "all" in asked.pieces else asked.pieces
    for name in names:
        _run_piece(name, report, data, ffmpeg, run, dry=asked.dry_run)
    print(f"\n{report.summary()}")
    return report.status


def _parser() -> argparse.ArgumentParser:
    shows = "\n".join(f"  {name:<9} {piece.shows}" for name, piece in PIECES.items())
    parser = argparse.ArgumentParser(
        prog="verify-gpu",
        description=f"{__doc__}\npieces:\n{shows}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("pieces", nargs="+", choices=[*PIECES, "all"], metavar="PIECE")
    add("--data", type=Path, help="folder with the files below", metavar="DIR")
    add("--model", default="yolox_nano.pth", help="checkpoint (%(default)s)")
    add("--onnx", default="yolox_nano.onnx", help="the same network (%(default)s)")
    add("--video", default="TUD-Campus.mp4", help="to track (%(default)s)")
    add("--seconds", type=_time, default="10", help="how much of it (%(default)s)")
    add("--json", type=Path, help="write the report there", metavar="FILE")
    add("--dry-run", action="store_true", help="try the pieces on the CPU alone")
    return parser


def _time(text: str) -> str:
    try:
        if parse_time(text) > 0:
            return text
    except UsageError as error:
        raise argparse.ArgumentTypeError(error.message) from error
    raise argparse.ArgumentTypeError("it must be more than 0")


def _usable(asked: argparse.Namespace) -> str:
    """The ffmpeg to use.

    Raises:
        AvioError: it is missing, or there is no device.
    """
    if not asked.dry_run and not gpu_count():
        raise AvioError(
            "there is no NVIDIA GPU here (no driver, or no card); "
            "--dry-run tries the pieces on the CPU"
        )
    return str(locate_ffmpeg().path)


def _data(asked: argparse.Namespace) -> Data:
    """Where the files are; whether they are is said by what needs them."""
    folder = asked.data or Path(os.environ.get("AVIO_GPU_DATA", "."))
    model, onnx_file, video = (
        (folder / name).absolute() for name in (asked.model, asked.onnx, asked.video)
    )
    return Data(checkpoint=model, onnx=onnx_file, video=video, seconds=asked.seconds)


def _run_piece(
    name: str, report: Report, data: Data, ffmpeg: str, run: Runner, *, dry: bool
) -> None:
    with tempfile.TemporaryDirectory(prefix="verify-gpu-") as folder:
        context = Context(
            piece=name,
            report=report,
            run=run,
            folder=Path(folder),
            data=data,
            ffmpeg=ffmpeg,
            until=time.monotonic() + LONGEST,
            dry=dry,
        )
        PIECES[name].run(context)
