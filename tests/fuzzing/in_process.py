"""Damaged texts and streams, read in this process: an error of avio's own, or none."""

import functools
import io
import json
import random
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from avio_cli.errors import AvioError
from avio_cli.presets.finding import preset_paths
from tests.fuzzing.judging import HANG_SECONDS, MOST_MEMORY, forked
from tests.fuzzing.mutations import BYTES, of_text

Read = Callable[[Path], object]
_LARGEST = 1 << 20
"""Bytes that the NUT reader allows in a packet."""


@dataclass(frozen=True)
class FileCase:
    """A damaged file, and what reads it."""

    name: str
    data: bytes
    read: Read
    apart: bool = False
    """Whether it is read in a fork: what reads it may crash."""

    def problems(self) -> list[str]:
        """Read it; returns what is wrong."""
        with tempfile.TemporaryDirectory(prefix="avio-fuzz-") as folder:
            path = Path(folder, "work", self.name)
            path.parent.mkdir()
            path.write_bytes(self.data)
            if self.apart:
                action = lambda: _status(self.read, path)  # noqa: E731
                return forked(action, path.parent, HANG_SECONDS).problems((0, 1))
            return _problems(self.read, path)


def _status(read: Read, path: Path) -> int:
    found = _problems(read, path)
    sys.stdout.write("\n".join(found))
    return int(bool(found))


def _problems(read: Read, path: Path) -> list[str]:
    before = time.process_time()
    found = []
    try:
        read(path)
    except AvioError as error:
        if not error.message or "Traceback" in error.message:
            found.append(f"a message without words: {error!r}")
    except BaseException:
        found.append(traceback.format_exc())
    if (took := time.process_time() - before) > HANG_SECONDS:
        found.append(f"hang: {took:.0f} s")
    return found


def read_nut(path: Path) -> None:
    """Read all packets of a NUT stream."""
    from avio_cli.ffmpeg.nut.reader import NutReader

    held = 0
    for packet in NutReader(io.BytesIO(path.read_bytes()), largest_packet=_LARGEST):
        held += len(packet.payload)
        assert held < MOST_MEMORY, "more data than any stream of this size has"


def draw_nut(rng: random.Random) -> FileCase:
    """A damaged stream of frames and audio, ours or ffmpeg's."""
    from tests.ffmpeg.nut.test_damage import ours
    from tests.fuzzing.media import clip

    data = ours() if rng.random() < 0.5 else clip("nut")[:20_000]
    for _ in range(rng.choice((1, 1, 2, 4))):
        data = rng.choice(BYTES)(rng, data)
    return FileCase("stream.nut", data, read_nut)


def draw_preset(rng: random.Random) -> FileCase:
    """A built-in preset with other tokens."""
    from avio_cli.presets.finding import read_preset

    text = rng.choice(list(preset_paths().values())).read_text()
    return FileCase("own.toml", of_text(rng, text), read_preset)


@functools.cache
def _recorded(extension: str) -> bytes:
    """Records of a few frames, as avio writes them."""
    import numpy as np

    from avio_cli.detections import Tracks
    from avio_cli.records.entry import FrameRecord, VideoInfo
    from avio_cli.records.writer import open_records

    video = VideoInfo("clip.mp4", 64, 48, Fraction(25), ("person",))
    boxes = np.array([[1, 2, 30, 40]], np.float32)
    scores = np.array([0.5], np.float32)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"tracks{extension}")
        with closing(open_records([str(path)], video=video)) as sink:
            for number in range(1, 6):
                tracks = Tracks(boxes, scores, np.array([0]), np.array([number]))
                sink.put(FrameRecord(number, number, number / 25, tracks))
        return path.read_bytes()


def draw_records(rng: random.Random) -> FileCase:
    """Damaged records of tracks or detections."""
    from avio_cli.records.detections import read_detections
    from avio_cli.records.reader import READERS, read_tracks

    # Parquet is read by a library with threads, which a fork does not have.
    extension = rng.choice([name for name in READERS if name != ".parquet"])
    readers: list[Read] = [
        read_tracks,
        read_detections,
    ]
    name = f"tracks{extension}"
    data = _recorded(extension)
    if extension == ".zip":
        data = rng.choice(BYTES)(rng, data)
    else:
        data = of_text(rng, data.decode())
    return FileCase(name, data, rng.choice(readers))


def restore(path: Path) -> None:
    """Read a checkpoint, and continue with what it holds for a few frames."""
    import numpy as np

    from avio_cli.detections import Detections
    from avio_cli.jobs.track.resuming.checkpoint import read_checkpoint
    from avio_cli.vision.trackers.registry import build_tracker

    tracker = build_tracker("bytetrack", {}, Fraction(25))
    tracker.restore(read_checkpoint(path).tracker)
    boxes = np.array([[1, 2, 30, 40]], np.float32)
    found = Detections(boxes, np.array([0.9], np.float32), np.array([0]))
    for number in range(3, 6):
        tracker.update(found, number / 25)
    tracker.state()


@functools.cache
def _checkpoint() -> str:
    import numpy as np

    from avio_cli.detections import Detections
    from avio_cli.jobs.track.resuming.checkpoint import Checkpoint, write_checkpoint
    from avio_cli.vision.trackers.registry import build_tracker

    tracker = build_tracker("bytetrack", {}, Fraction(25))
    found = Detections(
        boxes=np.array([[1, 2, 30, 40], [50, 2, 80, 40]], np.float32),
        scores=np.array([0.9, 0.8], np.float32),
        classes=np.array([0, 0]),
    )
    for number in range(3):
        tracker.update(found, number / 25)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "checkpoint")
        stored = Checkpoint({"model": "x"}, 3, 3, 6, [1, 2], tracker.state(), {}, {})
        write_checkpoint(path, stored)
        return path.read_text()


def draw_checkpoint(rng: random.Random) -> FileCase:
    """A damaged checkpoint of a tracking run."""
    return FileCase("checkpoint.resume", of_text(rng, _checkpoint()), restore)


def draw_model(rng: random.Random) -> FileCase:
    """A damaged description of a model, or a damaged ONNX file with metadata."""
    from tests.models.onnx_writer import write_yolox

    with tempfile.TemporaryDirectory() as folder:
        path = write_yolox(Path(folder, "m.onnx"), metadata={"avio": _DESCRIPTION_JSON})
        data = path.read_bytes()
    if rng.random() < 0.5:
        return FileCase("m.onnx", rng.choice(BYTES)(rng, data), _describe, apart=True)
    text = of_text(rng, _DESCRIPTION)
    return FileCase("m.toml", text, lambda path: _describe_by(path, data))


_DESCRIPTION = """family = "yolox"
input_size = [64, 64]
classes = ["person"]
mean = [0.0, 0.0, 0.0]
std = [1.0, 1.0, 1.0]
"""
_DESCRIPTION_JSON = json.dumps({"input_size": [64, 64], "classes": ["person"]})


def _describe_by(path: Path, model: bytes) -> None:
    path.with_suffix(".onnx").write_bytes(model)
    _describe(path.with_suffix(".onnx"))


def _describe(path: Path) -> None:
    from avio_cli.models.describe import describe

    describe(path)
