"""Whether a finished file holds what was put into it: read back, counted, decoded."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from avio_cli.errors import OutputError
from avio_cli.ffmpeg.address import file_url
from avio_cli.ffmpeg.command import QUIET, Command, Input, Output
from avio_cli.ffmpeg.diagnosis import is_error, plain
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.process import Process

Verification = Literal["quick", "decode", "none"]


def verify_file(
    ffmpeg: FFmpeg, path: Path, written: Sequence[int], how: Verification
) -> None:
    """Read a result back and compare it with what was written into it.

    Args:
        ffmpeg: the binary to read with.
        path: the finished file.
        written: packets put into each film, then into each sound track.
        how: ``quick`` counts the packets of every stream; ``decode`` decodes them,
            too; ``none`` does nothing.

    Raises:
        OutputError: something is missing or cannot be read.
    """
    if how == "none":
        return
    found = count_packets(ffmpeg, path)
    for number, packets in enumerate(written):
        if found[number] < packets:
            raise OutputError(
                f"the result failed verification: a track holds {found[number]} of "
                f"{packets} packets",
                hint="--verify none keeps it unchecked",
            )
    if how == "decode":
        _decode_all(ffmpeg, path)


def count_packets(ffmpeg: FFmpeg, path: Path) -> Counter[int]:
    """Count the packets of each film, then of each sound track, by demuxing all.

    Raises:
        FFmpegError: it cannot be read.
    """
    command = Command(
        (Input(file_url(path)),),
        (Output("pipe:1", (*_TRACKS, *_COUNTED)),),
    )
    counted: Counter[int] = Counter()
    with Process(command.argv(ffmpeg.path), stdout=True) as process:
        rest = b""
        while chunk := process.stdout.read(1 << 20):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                if not line.startswith(b"#"):
                    counted[int(line.split(b",", 1)[0])] += 1
        process.finish()
    return counted


_TRACKS = ("-map", "0:V?", "-map", "0:a?")
_COUNTED = ("-c", "copy", "-copyts", "-f", "framecrc")


def _decode_all(ffmpeg: FFmpeg, path: Path) -> None:
    errors: list[str] = []
    command = Command(
        (Input(file_url(path)),),
        (Output("-", (*_TRACKS, "-f", "null")),),
        (*QUIET, "-xerror"),
    )
    watch = lambda line: errors.append(line) if is_error(line) else None  # noqa: E731
    with Process(command.argv(ffmpeg.path), watch=watch) as process:
        process.finish()
    if errors:
        raise OutputError(f"the result failed verification: {plain(errors[0])}")
