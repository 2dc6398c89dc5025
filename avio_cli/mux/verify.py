"""Whether a finished file holds what was put into it: read back, counted, decoded."""

import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

from avio_cli.demux.packet_list import list_copied_packets
from avio_cli.errors import FFmpegError, OutputError
from avio_cli.ffmpeg.command import QUIET, Command, Input, Output
from avio_cli.ffmpeg.diagnosis import is_error, strip_prefixes
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.probe.probe import probe
from avio_cli.ffmpeg.process.process import Process
from avio_cli.ffmpeg.progress import MuxerStats
from avio_cli.ffmpeg.url import file_url, parse_url
from avio_cli.media.info import VideoStream
from avio_cli.mux.command import EncodePlan

Verification = Literal["quick", "decode", "none"]


@dataclass(slots=True)
class TrackCount:
    """What a finished file holds of one film or one sound track."""

    time_base: Fraction
    packets: int = 0
    end_pts: int = 0

    @property
    def end(self) -> Fraction:
        """Seconds at which the last packet has been shown or heard."""
        return self.end_pts * self.time_base

    def count(self, pts: int, duration: int) -> None:
        """Take one packet."""
        self.packets += 1
        self.end_pts = max(self.end_pts, pts + duration)


def verify_file(
    ffmpeg: FFmpeg, path: Path, written: Sequence[int], how: Verification
) -> tuple[TrackCount, ...]:
    """Read a result back and compare it with what was written into it.

    Args:
        ffmpeg: the binary to read with.
        path: the finished file.
        written: packets put into each film, then into each sound track.
        how: ``quick`` counts the packets of every track; ``decode`` decodes them,
            too; ``none`` does nothing.

    Returns:
        What was found, films first; nothing for ``none``.

    Raises:
        OutputError: something is missing or cannot be read.
    """
    if how == "none":
        return ()
    try:
        tracks = count_packets(ffmpeg, path)
        if how == "decode":
            _decode_all(ffmpeg, path)
    except FFmpegError as error:
        raise OutputError(f"the result failed verification: {error.message}") from error
    found = [track.packets for track in tracks] + [0] * len(written)
    for packets, expected in zip(found, written, strict=False):
        if packets < expected:
            raise OutputError(
                f"the result failed verification: a track holds {packets} of "
                f"{expected} packets",
                hint="--verify none keeps it unchecked",
            )
    return tracks


def count_packets(ffmpeg: FFmpeg, path: Path) -> tuple[TrackCount, ...]:
    """Demux a whole file: each film, then each sound track.

    Raises:
        FFmpegError: it cannot be read.
    """
    command = Command(
        (Input(file_url(path)),), (Output("pipe:1", (*_TRACKS, *_COUNTED)),)
    )
    tracks: dict[int, TrackCount] = {}
    with Process(command.argv(ffmpeg.path), stdout=True) as process:
        rest = b""
        while chunk := process.stdout.read(1 << 20):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                _take_line(line, tracks)
        process.finish()
    return tuple(tracks[index] for index in sorted(tracks))


def check_times(ffmpeg: FFmpeg, path: Path, expected: Sequence[Fraction]) -> None:
    """Compare when the pictures of a finished film are shown with when they should be.

    Args:
        ffmpeg: the binary to read with.
        path: the finished file.
        expected: seconds, in order; only the steps between them matter.

    Raises:
        OutputError: a picture is missing, too many, or more than a tick out of place.
    """
    address = parse_url(path)
    film = probe(ffmpeg, address).videos[0]
    packets = list_copied_packets(ffmpeg, address, [film])
    found = sorted(p.pts * film.time_base for p in packets if p.pts is not None)
    if len(found) != len(expected):
        raise OutputError(
            f"the result failed verification: {len(found)} pictures instead of "
            f"{len(expected)}"
        )
    for actual, wanted in zip(found, expected, strict=True):
        if abs(actual - found[0] - wanted + expected[0]) > film.time_base:
            raise OutputError(
                "the result failed verification: the picture for "
                f"{float(wanted):.6f} s is shown at {float(actual):.6f} s"
            )


def check_video_metadata(ffmpeg: FFmpeg, path: Path, film: VideoStream) -> None:
    """See that nothing of what a copied film's container told of it was lost.

    Args:
        ffmpeg: the binary to read with.
        path: the finished file.
        film: as the source has it.

    Raises:
        OutputError: it would be shown in another way.
    """
    found = probe(ffmpeg, parse_url(path)).videos[0]
    told = asdict(film.color)
    lost = [
        key
        for key, value in asdict(found.color).items()
        if told[key] not in ("", value)
    ]
    for name in ("coded_width", "coded_height", "rotation", "sample_aspect_ratio"):
        if getattr(found, name) != getattr(film, name):
            lost.append(name)
    if set(film.hdr) - set(found.hdr):
        lost.append("HDR data")
    if lost:
        names = ", ".join(lost).replace("_", " ")
        raise OutputError(f"the copy would lose what its container tells: {names}")


def check_decoding(ffmpeg: FFmpeg, path: Path, frames: int) -> None:
    """Decode the first film of a finished file, and count its frames.

    Raises:
        OutputError: it cannot be decoded without an error, or not to so many frames.
    """
    errors: list[str] = []
    words = ("-map", "0:V:0", "-fps_mode", "passthrough", "-f", "framecrc")
    command = Command(
        (Input(file_url(path)),),
        (Output("pipe:1", ("-vf", "scale=16:16:flags=neighbor", *words)),),
    )
    watch = lambda line: errors.append(line) if is_error(line) else None  # noqa: E731
    with Process(command.argv(ffmpeg.path), stdout=True, watch=watch) as process:
        with os.fdopen(process.stdout.fileno(), closefd=False) as lines:
            count = sum(line[:1] != "#" for line in lines)
        process.finish()
    if errors:
        raise OutputError(
            f"the result failed verification: {strip_prefixes(errors[0])}"
        )
    if count != frames:
        raise OutputError(
            f"the result failed verification: {count} frames decoded, not {frames}"
        )


def _take_line(line: bytes, tracks: dict[int, TrackCount]) -> None:
    """Understand a line of ffmpeg's framecrc: ``stream, dts, pts, duration, …``."""
    if line.startswith(b"#tb "):
        index, base = line.removeprefix(b"#tb ").split(b":")
        tracks[int(index)] = TrackCount(Fraction(base.decode().strip()))
    elif line[:1].isdigit():
        index, _, pts, duration, _ = line.split(b",", 4)
        tracks[int(index)].count(int(pts), int(duration))


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
        raise OutputError(
            f"the result failed verification: {strip_prefixes(errors[0])}"
        )


def packets_written(accounts: MuxerStats, job: EncodePlan) -> list[int]:
    """Packets that ffmpeg says it wrote: of each film, then of each sound track."""
    wanted = (*job.video_outputs, *job.audio_outputs)
    return [
        accounts.muxed[i][1] - (i in job.outputs_with_empty_last_packet)
        for i in wanted
        if i in accounts.muxed
    ]
