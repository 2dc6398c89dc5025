"""A live source is copied into parts, over interruptions, and nothing is lost."""

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

import av
import pytest

from avio_cli.cli.main import run
from avio_cli.encode.parts import copied
from avio_cli.errors import OutputError
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.process.process import Process
from avio_cli.output.parts.part import PartOutput
from tests.clips import indices, make_clip
from tests.live.camera import Camera
from tests.live.one_client import one_client
from tests.live.rtsp import RtspServers

SIZE = (160, 96)
SHORT = ["--copy", "--segment", "1s", "-q"]
AVIO = [sys.executable, "-m", "avio_cli", "transcode"]


@pytest.fixture
def stream(tmp_path: Path) -> bytes:
    clip = make_clip(tmp_path / "in.ts", frames=75, audios=1, extra=("-g", "5"))
    return clip.path.read_bytes()


def finished(index: Path) -> list[dict[str, Any]]:
    lines = map(json.loads, index.read_text().splitlines()) if index.exists() else ()
    return [line for line in lines if line.get("state") == "finished"]


def parts(index: Path) -> Iterator[Path]:
    return (index.parent / line["part"] for line in finished(index))


def wait_for(done: Callable[[], bool]) -> None:
    limit = time.monotonic() + 60
    while not done():
        assert time.monotonic() < limit, "it does not happen"
        time.sleep(0.05)


def wait_for_parts(index: Path, camera: Camera, connections: int) -> None:
    """Wait until a part is finished that began in this connection, or later."""
    wait_for(lambda: camera.connections >= connections)
    number = len(finished(index)) + 2
    wait_for(lambda: len(finished(index)) >= number)


@pytest.mark.parametrize("extension", ["mkv", "mp4", "ts"])
def test_every_frame_is_in_one_part(
    ffmpeg: FFmpeg, stream: bytes, tmp_path: Path, extension: str
) -> None:
    index = tmp_path / f"part.{extension}.parts.jsonl"
    with one_client(stream) as url:
        result = str(tmp_path / f"part.{extension}")
        assert run(["transcode", url, result, *SHORT, "--timeout", "4"]) == 1
    found = [indices(path, *SIZE) for path in parts(index)]
    assert len(found) >= 3
    assert list(chain.from_iterable(found)) == list(range(75))
    rows = finished(index)
    held = [range(row["first_frame"] - 1, row["last_frame"]) for row in rows]
    assert [list(numbers) for numbers in held] == found
    later = rows[1]["first_time"] - rows[0]["first_time"]
    assert later == pytest.approx(len(found[0]) / 25, abs=0.03)


def test_audio_stays_in_step_in_each_part(
    bundled_ffmpeg: FFmpeg, stream: bytes, tmp_path: Path
) -> None:
    with one_client(stream) as url:
        result = str(tmp_path / "part.mkv")
        run(["transcode", url, result, *SHORT, "--timeout", "4"])
    found = list(parts(tmp_path / "part.mkv.parts.jsonl"))
    assert len(found) >= 3
    for path in found:
        with av.open(str(path)) as file:
            starts = {s.type: float(s.start_time * s.time_base) for s in file.streams}
            rate, decoded = file.streams.audio[0].rate, list(file.decode())
        heard = sum(f.samples for f in decoded if isinstance(f, av.AudioFrame)) / rate
        shown = sum(1 for f in decoded if isinstance(f, av.VideoFrame)) / 25
        assert abs(starts["video"] - starts["audio"]) < 0.1
        ends = starts["video"] + shown, starts["audio"] + heard
        assert ends[0] == pytest.approx(ends[1], abs=0.1)


@pytest.mark.parametrize(
    "end", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)]
)
def test_it_goes_on_after_a_drop_until_it_is_ended(
    bundled_ffmpeg: FFmpeg, tmp_path: Path, end: signal.Signals
) -> None:
    index = tmp_path / "part.mkv.parts.jsonl"
    with Camera(bundled_ffmpeg.path, audio=True) as camera:
        argv = [*AVIO, camera.url, str(tmp_path / "part.mkv"), *SHORT]
        with Process(argv) as child:
            wait_for_parts(index, camera, 1)
            camera.drop()
            wait_for_parts(index, camera, 2)
            os.kill(child.pid, end)
            assert child.ends_within(20)
            assert child.stop() == 0
    assert camera.connections == 2
    total = 0
    for path in parts(index):
        with av.open(str(path)) as file:
            total += sum(1 for _ in file.decode(video=0))
    assert total == finished(index)[-1]["last_frame"]
    assert not list(tmp_path.glob("*.recording.*"))
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize(
    "ending", ["signal", pytest.param("duration", marks=pytest.mark.slow)]
)
def test_it_ends_while_the_source_is_opened_again(
    bundled_ffmpeg: FFmpeg, tmp_path: Path, ending: str
) -> None:
    index = tmp_path / "part.mkv.parts.jsonl"
    end = ["--duration", "12"] if ending == "duration" else []
    with Camera(bundled_ffmpeg.path) as camera:
        argv = [*AVIO, camera.url, str(tmp_path / "part.mkv"), *SHORT, *end]
        with Process(argv) as child:
            wait_for(lambda: bool(list(tmp_path.glob("*.recording.mkv"))))
            camera.muted = True  # who comes from now on is accepted, and sent nothing
            camera.drop()
            wait_for(lambda: camera.connections >= 2)
            if ending == "signal":
                os.kill(child.pid, signal.SIGTERM)
            assert child.ends_within(20)
            assert child.stop() == 0
    assert finished(index)


def test_a_part_that_can_neither_be_kept_nor_noted_is_an_error(
    bundled_ffmpeg: FFmpeg,
    stream: bytes,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise OutputError("no space left")

    monkeypatch.setattr(copied, "verify_file", fails)
    monkeypatch.setattr(PartOutput, "discard", fails)
    with one_client(stream) as url:
        assert run(["transcode", url, str(tmp_path / "part.mkv"), *SHORT]) == 1
    assert "no space left" in capsys.readouterr().err


def test_a_folder_may_look_like_a_secret(
    bundled_ffmpeg: FFmpeg, stream: bytes, tmp_path: Path
) -> None:
    folder = tmp_path / "a?token=b c"
    folder.mkdir()
    with one_client(stream) as url:
        words = [*SHORT, "--timeout", "4"]
        run(["transcode", url, str(folder / "part.mkv"), *words])
    assert finished(folder / "part.mkv.parts.jsonl")[-1]["last_frame"] == 75


@pytest.mark.slow
def test_it_goes_on_after_a_silence(bundled_ffmpeg: FFmpeg, tmp_path: Path) -> None:
    index = tmp_path / "part.mkv.parts.jsonl"
    with Camera(bundled_ffmpeg.path) as camera:
        argv = [*AVIO, camera.url, str(tmp_path / "part.mkv"), *SHORT[:3]]
        with Process(argv) as child:
            wait_for_parts(index, camera, 1)
            camera.mute()
            wait_for_parts(index, camera, 2)
            os.kill(child.pid, signal.SIGINT)
            assert child.ends_within(20)
            assert child.stop() == 0
            said = "\n".join(child.log.lines)
    assert "lost (no packet for" in said
    assert "back after" in said
    assert camera.connections == 2


@pytest.mark.slow
def test_a_kill_leaves_what_was_copied(bundled_ffmpeg: FFmpeg, tmp_path: Path) -> None:
    index = tmp_path / "part.mkv.parts.jsonl"
    with Camera(bundled_ffmpeg.path) as camera:
        argv = [*AVIO, camera.url, str(tmp_path / "part.mkv"), "--copy", "-q"]
        with Process([*argv, "--segment", "1h"]) as child:
            wait_for(lambda: bool(list(tmp_path.glob("*.recording.mkv"))))
            (growing,) = tmp_path.glob("*.recording.mkv")
            wait_for(lambda: growing.stat().st_size > 100_000)
            child.kill()
            child.stop()
        with av.open(str(growing)) as file:
            assert sum(1 for _ in file.decode(video=0)) > 25
        with Process([*argv, "--segment", "1s", "--duration", "2"]) as again:
            assert again.ends_within(60)
            assert again.stop() == 0
    states = [json.loads(line).get("state") for line in index.read_text().splitlines()]
    assert "interrupted" in states
    assert not list(tmp_path.glob("*.recording.*"))


def test_a_part_that_cannot_be_kept_fails_the_run(
    bundled_ffmpeg: FFmpeg,
    stream: bytes,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise OutputError("the result failed verification: it is torn")

    monkeypatch.setattr(copied, "verify_file", fails)
    with one_client(stream) as url:
        assert run(["transcode", url, str(tmp_path / "part.mkv"), *SHORT]) == 1
    assert "it is torn" in capsys.readouterr().err


def test_a_packet_that_is_in_no_part_is_noticed(
    bundled_ffmpeg: FFmpeg,
    stream: bytes,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    listed = copied.verify_file
    monkeypatch.setattr(
        copied, "verify_file", lambda *words, **named: listed(*words, **named)[:1]
    )
    monkeypatch.setattr(copied, "_counts", lambda tracks: [len(tracks[0]) - 1])
    with one_client(stream) as url:
        assert run(["transcode", url, str(tmp_path / "part.mkv"), *SHORT]) == 1
    assert "they hold 72 of 75 packets" in capsys.readouterr().err


def test_a_real_camera_is_copied(
    bundled_ffmpeg: FFmpeg, rtsp_server: RtspServers, tmp_path: Path
) -> None:
    index = tmp_path / "part.mp4.parts.jsonl"
    url = rtsp_server().url
    result = str(tmp_path / "part.mp4")
    assert run(["transcode", url, result, *SHORT, "--duration", "4"]) == 0
    found = [number for path in parts(index) for number in indices(path, 320, 192)]
    steps = {(b - a) % 100 for a, b in pairwise(found)}
    assert steps == {1}
    assert len(found) > 90


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--latency", "newest"], "a copy keeps all packets"),
        (["--start", "1"], "is live"),
    ],
)
def test_what_a_copy_cannot_do_is_refused(
    bundled_ffmpeg: FFmpeg,
    stream: bytes,
    tmp_path: Path,
    words: list[str],
    reason: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with one_client(stream) as url:
        command = ["transcode", url, str(tmp_path / "part.mkv"), *SHORT, *words]
        assert run(command) == 2
    assert reason in capsys.readouterr().err
    assert not list(tmp_path.glob("part*"))


@pytest.mark.slow
def test_aligned_parts_begin_at_the_utc_clock(
    ffmpeg: FFmpeg, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "ODD+00:00:01")
    result, minute = str(tmp_path / "part.mkv"), ["--segment", "2s", "--clock-aligned"]
    with Camera(ffmpeg.path) as camera:
        words = ["--copy", *minute, "--duration", "12", "-q"]
        assert run(["transcode", camera.url, result, *words]) == 0
    starts = [row["start"] for row in finished(tmp_path / "part.mkv.parts.jsonl")]
    seconds = [float(start[17:-1]) % 2 for start in starts[1:]]
    assert len(seconds) >= 2
    assert max(seconds) < 0.8  # the next keyframe: one comes each 0.48 s
