"""Scores of ``--camera-motion`` where a camera really moves: a window over a video.

    python -m benchmarks.moving_camera VIDEO SEQUENCE --model FILE [--size 480x360]
        [--pans still,slow,fast]

A window pans and shakes over the frames of VIDEO, by the crop filter, and the boxes
of SEQUENCE (MOTChallenge format) move with it, so the truth is known. Each video that
results is detected once, and tracked with every ``--camera-motion``. Through a small
window few people are seen at a time: then only the image shows how the camera moves.
"""

import argparse
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from avio_cli import api
from avio_cli.detections import Tracks
from avio_cli.evaluation.reading import Boxes
from avio_cli.evaluation.score import score
from avio_cli.ffmpeg.locate import locate_ffmpeg
from avio_cli.ffmpeg.process.run import run
from benchmarks.accuracy.sequences import Sequence, count, read_sequence

TRACKERS = ("bytetrack", "steadytrack")
WAYS = ("off", "boxes", "image")
LEAST_SEEN = 0.4
"""Share of a box in the window below which it is not in the truth."""


@dataclass(frozen=True, slots=True)
class Pan:
    """How a window moves, in frames and shares of the room that it has."""

    width: float
    period: int
    """Frames from one side to the other and back."""
    shake: float
    """Pixels, at other frequencies."""

    def at(self, frame: int, room: tuple[int, int]) -> tuple[int, int]:
        """The window's left upper corner, whole pixels."""
        phase = 2 * math.pi * frame / self.period
        across = room[0] / 2 * (1 + self.width * math.sin(phase))
        down = room[1] / 2 * (1 + self.width * math.sin(0.7 * phase + 1))
        across += self.shake * math.sin(2.1 * frame)
        down += self.shake * math.sin(1.3 * frame + 2)
        places = zip((across, down), room, strict=True)
        x, y = (round(min(max(place, 0), most)) for place, most in places)
        return x, y


PANS = {"still": Pan(0, 1, 0), "slow": Pan(0.9, 120, 1), "fast": Pan(0.9, 40, 4)}


def crop(video: Path, output: Path, size: tuple[int, int], places: list[str]) -> None:
    """Write what the window shows, without loss.

    Args:
        video: of it all.
        output: of the window.
        size: of the window.
        places: x and y for each frame, as ``x=1:y=2``.
    """
    commands = output.with_suffix(".txt")
    info = api.probe(video)
    step = float(info.frame_duration)
    rows = (
        f"{(n - 0.5) * step:.6f} crop@w {axis};\n"
        for n, place in enumerate(places)
        for axis in place.replace("=", " ").split(":")
    )
    commands.write_text("".join(rows))
    width, height = size
    chain = f"sendcmd=f={commands},crop@w={width}:{height}:{places[0]}:exact=1"
    chain = f"format=yuv444p,{chain}"
    encoder = ("-an", "-c:v", "libx264", "-qp", "0", "-preset", "ultrafast")
    words = ("-v", "error", "-i", str(video), "-vf", chain, *encoder, str(output))
    done = run([str(locate_ffmpeg().path), *words])
    if done.status:
        raise RuntimeError(done.stderr.decode())


def moved(sequence: Sequence, size: tuple[int, int], pan: Pan) -> Sequence:
    """The truth as the window shows it."""
    room = (sequence.size[0] - size[0], sequence.size[1] - size[1])
    truth = sequence.truth
    places = np.array([pan.at(int(n) - 1, room) for n in truth.frames])
    corners = truth.corners - np.tile(places, 2)
    inside = np.clip(corners, 0, np.tile(size, 2))
    area = (corners[:, 2:] - corners[:, :2]).prod(axis=1)
    seen = (inside[:, 2:] - inside[:, :2]).prod(axis=1) >= LEAST_SEEN * area
    kept: Boxes = replace(truth, corners=inside)[seen]
    return replace(sequence, size=size, truth=kept)


def lines(
    video: Path, folder: Path, model: str, size: tuple[int, int], pans: Iterable[str]
) -> Iterator[str]:
    """A line for each pan, tracker and way."""
    yield f"{'pan':<6} {'tracker':<12} {'camera':<6}  HOTA   MOTA   IDF1  IDSW"
    whole = read_sequence(folder)
    room = (whole.size[0] - size[0], whole.size[1] - size[1])
    with TemporaryDirectory() as place:
        for pan in pans:
            path = Path(place) / f"{pan}.mkv"
            places = (PANS[pan].at(n, room) for n in range(len(whole.detections)))
            crop(video, path, size, [f"x={x}:y={y}" for x, y in places])
            found = path.with_suffix(".det")
            api.track(path, model=model, save_detections=found)
            truth = moved(whole, size, PANS[pan])
            for tracker in TRACKERS:
                for way in WAYS:
                    shown = _tracked(path, found, tracker, way)
                    f = score("", count(truth, shown))
                    figures = f"{f.hota:7.2f}{f.mota:7.2f}{f.idf1:7.2f}{f.switches:6}"
                    yield f"{pan:<6} {tracker:<12} {way:<6}{figures}"


def _tracked(video: Path, found: Path, tracker: str, way: str) -> list[Tracks]:
    options = {"tracker": tracker, "camera_motion": way, "pixel_format": "gray"}
    with api.track(video, detections=found, **options) as frames:  # type: ignore[call-overload]
        return [frame.frame.tracks for frame in frames]


def main(arguments: Iterable[str] | None = None) -> None:
    """Print the lines as soon as they are known."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("video", type=Path)
    parser.add_argument("sequence", type=Path)
    parser.add_argument("--model", required=True)
    parser.add_argument("--size", default="480x360")
    parser.add_argument("--pans", default=",".join(PANS))
    options = parser.parse_args(None if arguments is None else list(arguments))
    width, height = map(int, options.size.split("x"))
    wanted = options.pans.split(",")
    given = (options.video, options.sequence, options.model, (width, height), wanted)
    for line in lines(*given):
        print(line, flush=True)


if __name__ == "__main__":
    main()
