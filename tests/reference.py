"""The truth about a file, reported by the system's ffprobe: times, sizes, hashes.

Each question is asked once about a file, as long as the file stays as it is: starting
the system's ffprobe takes longer than most answers.
"""

import functools
import json
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import imageio_ffmpeg

from avio_cli.ffmpeg.process.run import run

FFPROBE = "/usr/bin/ffprobe"


@dataclass(frozen=True)
class Timeline:
    """When the frames of one stream are shown, exactly."""

    times: tuple[Fraction, ...]
    tick: Fraction
    width: int = 0
    height: int = 0

    @property
    def relative(self) -> tuple[Fraction, ...]:
        return tuple(time - self.times[0] for time in self.times)


def ask(path: Path, *arguments: str) -> Any:
    argv = (FFPROBE, "-v", "error", "-of", "json", *arguments, f"file:{path}")
    return json.loads(_output_of(argv, _state(path)) or b"{}")


def _contents(path: Path) -> Any:
    """All that is known without decoding, in one answer."""
    packets = ("-show_entries", "packet=stream_index,pts")
    return ask(path, "-show_format", "-show_streams", *packets)


def _state(path: Path) -> tuple[int, int]:
    """What changes with each change of a file."""
    found = path.stat()
    return found.st_mtime_ns, found.st_size


@functools.lru_cache(maxsize=500)
def _output_of(argv: tuple[str, ...], state: tuple[int, int]) -> bytes:
    return run(argv, timeout=120).stdout


def timeline(path: Path, stream: str = "V:0", first_only: bool = False) -> Timeline:
    """Decode a stream and note each frame's time."""
    interval = ("-read_intervals", "%+#40") if first_only else ()
    answer = ask(
        path,
        *interval,
        *("-select_streams", stream, "-show_entries"),
        "stream=time_base:frame=best_effort_timestamp,width,height",
    )
    if not answer.get("streams") or not answer.get("frames"):
        return Timeline((), Fraction(1))
    tick = Fraction(answer["streams"][0]["time_base"])
    frames = [f for f in answer["frames"] if "best_effort_timestamp" in f]
    times = tuple(f["best_effort_timestamp"] * tick for f in frames)
    first = frames[0]
    return Timeline(times, tick, first.get("width", 0), first.get("height", 0))


def first_packet_time(path: Path, stream: str) -> Fraction | None:
    """When the first stored packet of a stream begins; None where it has none.

    Audio as AAC begins with packets that only prime the decoder: MP4 has them before
    0 and not played, Matroska has them at 0 and starts the video later.
    """
    kind, number = stream.split(":")
    answer = _contents(path)
    streams = [s for s in answer.get("streams", ()) if s["codec_type"][0] == kind]
    if len(streams) <= int(number):
        return None
    there = streams[int(number)]
    packets = [p for p in answer["packets"] if p["stream_index"] == there["index"]]
    times = [packet["pts"] for packet in packets[:40] if "pts" in packet]
    return min(times) * Fraction(there["time_base"]) if times else None


def container_start(path: Path) -> Fraction:
    """The earliest time in a file, as the container declares it."""
    return Fraction(_contents(path)["format"].get("start_time", "0"))


def stream_kinds(path: Path) -> list[tuple[str, str]]:
    """(kind, codec) of each stream; cover art is reported as kind ``cover``."""
    answer = _contents(path)
    kinds = []
    for stream in answer.get("streams", []):
        cover = stream["disposition"]["attached_pic"]
        kind = "cover" if cover else stream["codec_type"]
        kinds.append((kind, stream.get("codec_name", "")))
    return kinds


def packets_hash(path: Path, stream: str) -> str:
    """A hash over the packets of a stream as they are stored."""
    output = ("-map", f"0:{stream}", "-c", "copy", "-f", "streamhash", "-")
    return _hashes(path, *output).rpartition("=")[2].strip()


def frame_hashes(path: Path, pixel_format: str, stream: str = "V:0") -> list[str]:
    """A hash for each decoded frame."""
    output = ["-map", f"0:{stream}", "-fps_mode", "passthrough"]
    output += ["-pix_fmt", pixel_format, "-f", "framehash", "-hash", "md5", "-"]
    lines = _hashes(path, *output).splitlines()
    return [line.rpartition(",")[2].strip() for line in lines if line[:1] != "#"]


def _hashes(path: Path, *output: str) -> str:
    binary = imageio_ffmpeg.get_ffmpeg_exe()
    argv = (binary, "-v", "error", "-nostdin", "-i", f"file:{path}", *output)
    return _output_of(argv, _state(path)).decode()
