"""A shell completes the names that avio knows."""

import os
import sys
from pathlib import Path

import pytest

from avio_cli.ffmpeg.process.run import run
from tests.conftest import REPOSITORY

LINES = [
    ("avio tra", ["transcode", "trim", "track"][:1]),
    ("avio transcode a.mp4 b.mp4 --preset mkv", ["mkv-h264", "mkv-ffv1"]),
    ("avio transcode a.mp4 b.mp4 --video-codec lib", ["libx264", "libvpx-vp9"]),
    ("avio transcode a.mp4 b.mp4 --audio-codec c", ["copy"]),
    ("avio track a.mp4 --model yolox-", ["yolox-nano", "yolox-x"]),
    ("avio track a.mp4 --model min", ["mine"]),
    ("avio track a.mp4 --tracker byte", ["bytetrack", "bytetrack-reference"]),
    ("avio track a.mp4 --runtime o", ["onnx", "openvino"]),
    ("avio track a.mp4 --records-format m", ["mot"]),
    ("avio export yolox-nano --to ", ["onnx", "openvino", "tensorrt"]),
    ("avio presets show mp4-", ["mp4-h264", "mp4-hevc"]),
    ("avio models path bytetrack-", ["bytetrack-m"]),
]


@pytest.mark.parametrize(("line", "names"), LINES)
@pytest.mark.sampled(4)
def test_names_are_proposed(line: str, names: list[str], tmp_path: Path) -> None:
    (tmp_path / "mine.onnx").write_bytes(b"x")
    words = line.split(" ")
    environment = {
        **os.environ,
        "_AVIO_COMPLETE": "complete_bash",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(words) - 1),
        "AVIO_MODEL_PATH": str(tmp_path),
        "PYTHONPATH": str(REPOSITORY),
    }
    done = run([sys.executable, "-m", "avio_cli"], environment=environment)
    proposed = done.stdout.decode().split()
    assert set(names) <= set(proposed), done.stderr.decode()
    assert all(name.startswith(words[-1]) for name in proposed)
