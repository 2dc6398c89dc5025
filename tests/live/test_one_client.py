"""What takes one client, ever, is read by each command, which probes it, too."""

import json
from pathlib import Path

import pytest

from avio_cli import api
from avio_cli.cli.main import run
from avio_cli.ffmpeg.locate import FFmpeg
from tests.clips import indices, make_clip
from tests.live.one_client import one_client

SIZE = (160, 96)


@pytest.fixture
def stream(tmp_path: Path) -> bytes:
    make_clip(tmp_path / "clip.ts", frames=50, audios=1)
    return (tmp_path / "clip.ts").read_bytes()


def test_transcode(ffmpeg: FFmpeg, stream: bytes, tmp_path: Path) -> None:
    result = tmp_path / "result.mp4"
    with one_client(stream) as url:
        assert run(["transcode", url, str(result), "--end", "1", "-q"]) == 0
    found = indices(result, *SIZE)
    assert found == list(range(len(found)))
    assert len(found) in (24, 25, 26)


def test_track(ffmpeg: FFmpeg, stream: bytes, tmp_path: Path) -> None:
    records = tmp_path / "tracks.jsonl"
    with one_client(stream) as url:
        words = ["track", url, "--records", str(records), "--model", "motion"]
        assert run([*words, "--end", "1", "-q"]) == 0
    frames = [json.loads(line) for line in records.read_text().splitlines()]
    assert [row["frame"] for row in frames] == list(range(1, len(frames) + 1))
    assert len(frames) in (24, 25, 26)


def test_snapshot(ffmpeg: FFmpeg, stream: bytes, tmp_path: Path) -> None:
    image = tmp_path / "image.png"
    with one_client(stream) as url:
        assert run(["snapshot", url, str(image), "--at", "0.5", "-q"]) == 0
    assert indices(image, *SIZE)[0] in (11, 12, 13)


def test_frames_in_python(bundled_ffmpeg: FFmpeg, stream: bytes) -> None:
    with one_client(stream) as url, api.open_video(url) as video:
        frames = [frame.time for frame, _ in zip(video, range(20), strict=False)]
    assert len(frames) == 20
    assert frames == sorted(set(frames))
