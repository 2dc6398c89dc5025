"""A live source and standard input are read once, and give a result that is in sync."""

import io
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from avio_cli.cli.main import run as run_cli
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.process.process import Process
from avio_cli.ffmpeg.process.run import run
from tests.clips import make_clip
from tests.live.camera import Camera
from tests.live.one_client import one_client

AVIO = [sys.executable, "-m", "avio_cli"]
NO_SIGNALS = pytest.mark.skipif(
    sys.platform == "win32", reason="there is no SIGINT to send"
)
_ON = "lt(mod(t,1),0.08)"
FLASHES = (
    "-f lavfi -i color=black:s=640x360:r=25,drawbox=c=white:t=fill:enable='"
    f"{_ON}' -f lavfi -i aevalsrc='if({_ON},0.8*sin(2*PI*1000*t),0)':s=48000"
).split()


class FlashingCamera(Camera):
    """Flashes and beeps together, for 0.08 s in each second."""

    def _argv(self, size: str, clock: float, seconds: float) -> list[str]:
        words = [self._ffmpeg, "-nostdin", "-v", "error"]
        for word in (w.replace("'", "") if "=" not in w[:9] else w for w in FLASHES):
            words += ["-re", word] if word == "-f" else [word]
        words += ["-c:v", "mpeg4", "-g", "12", "-c:a", "mp2", "-muxdelay", "0"]
        return [*words, "-flush_packets", "1", "-f", "mpegts", "-"]


def flashes_and_beeps(path: Path) -> tuple[list[float], list[float]]:
    """When each begins, in seconds of the file, as PyAV's own demuxer reads it."""
    with av.open(str(path)) as file:
        bright = [
            (float(frame.time or 0), frame.to_ndarray(format="gray").mean() > 128)
            for frame in file.decode(video=0)
        ]
    with av.open(str(path)) as file:
        loud = [
            (float(frame.time or 0) + i / frame.sample_rate, bool(step.max() > 0.1))
            for frame in file.decode(audio=0)
            for i, step in _steps(frame.to_ndarray(), 48)
        ]
    return _rises(bright), _rises(loud)


def _steps(samples: Any, size: int) -> list[tuple[int, Any]]:
    one = np.abs(samples.astype(np.float64)).max(axis=0)
    one = one / (32768 if samples.dtype == np.int16 else 1)
    return [(i, one[i : i + size]) for i in range(0, len(one), size)]


def _rises(values: list[tuple[float, bool]]) -> list[float]:
    rises = [time for (_, a), (time, b) in pairwise([(0.0, False), *values]) if b > a]
    return [t for p, t in pairwise([-9.0, *rises]) if t - p > 0.3]


def wait_until(condition: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def frames_in(records: Path) -> int:
    return records.read_text().count("\n") if records.exists() else 0


@NO_SIGNALS
@pytest.mark.slow
def test_flashes_and_beeps_stay_together_over_an_interruption(
    ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    result, records = tmp_path / "out.mp4", tmp_path / "out.jsonl"
    with FlashingCamera(ffmpeg.path) as camera:
        words = [*AVIO, "track", camera.url, "--model", "motion"]
        words += ["-o", str(result), "--records", str(records)]
        with Process(words) as process:
            wait_until(lambda: frames_in(records) > 100)
            assert result.stat().st_size, "it does not grow under its name"
            camera.drop()
            wait_until(lambda: '"gap": ' in records.read_text())
            before = frames_in(records)
            wait_until(lambda: frames_in(records) > before + 100)
            os.kill(process.pid, signal.SIGINT)
            assert process.ends_within(30)
            assert process.stop() == 0, process.log.lines
            assert any("1 interruption" in line for line in process.log.lines)
    flashes, beeps = flashes_and_beeps(result)
    assert len(flashes) >= 4
    for flash in flashes[:-1]:
        assert min(abs(beep - flash) for beep in beeps) < 0.04, (flashes, beeps)
    assert not list(tmp_path.glob(".*resume"))


@NO_SIGNALS
@pytest.mark.slow
def test_what_a_killed_run_wrote_can_be_played(ffmpeg: FFmpeg, tmp_path: Path) -> None:
    result, records = tmp_path / "out.mp4", tmp_path / "out.jsonl"
    with FlashingCamera(ffmpeg.path) as camera:
        words = [*AVIO, "track", camera.url, "--model", "motion"]
        words += ["-o", str(result), "--records", str(records)]
        with Process(words) as process:
            wait_until(lambda: frames_in(records) > 130)
            os.kill(process.pid, signal.SIGKILL)
            seen = frames_in(records)
    wait_until(lambda: _is_closed(result))
    with av.open(str(result)) as file:
        frames = sum(1 for _ in file.decode(video=0))
    assert frames >= seen - 50


def _is_closed(path: Path) -> bool:
    """Whether no process has it open any more: the guard ends the encoder."""
    for entry in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            if entry.readlink() == path:
                return False
        except OSError:
            continue
    return True


@NO_SIGNALS
@pytest.mark.slow
def test_a_second_ctrl_c_ends_a_recording_at_once(
    bundled_ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    result, code = tmp_path / "out.mkv", tmp_path / "slow.py"
    code.write_text("import time\ndef slow(frame):\n    time.sleep(0.5)\n")
    with Camera(bundled_ffmpeg.path) as camera:
        words = [*AVIO, "transcode", camera.url, str(result)]
        with Process([*words, "--callback", f"{code}:slow"]) as process:
            wait_until(lambda: result.exists() and result.stat().st_size > 0)
            os.kill(process.pid, signal.SIGINT)
            time.sleep(0.1)
            os.kill(process.pid, signal.SIGINT)
            assert process.ends_within(10)
            assert process.stop() == 130
            assert process.log.lines[-1] == "avio: error: interrupted"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--resume", "--records", "a.jsonl"], "--resume"),
        (["--start", "2"], "it begins with what comes now"),
        (["--end", "2", "--duration", "2"], "omit one"),
    ],
)
def test_what_a_live_source_cannot_do_is_refused(
    options: list[str],
    says: str,
    bundled_ffmpeg: FFmpeg,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    body = make_clip(tmp_path / "clip.ts", frames=25).path.read_bytes()
    with one_client(body) as url:
        assert run_cli(["track", url, "--model", "motion", *options]) == 2
    assert says in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["clip.ts"]


@pytest.mark.parametrize("command", ["transcode", "track"])
def test_a_live_body_that_is_closed_without_its_end_leaves_its_result(
    command: str, ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    """As ffmpeg and cameras do: there is no last chunk. Only 9.0 says so."""
    body = make_clip(tmp_path / "clip.ts", frames=25).path.read_bytes()
    answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    answer += b"%x\r\n%b\r\n" % (len(body), body)
    result = tmp_path / "out.mp4"
    options = {"transcode": [], "track": ["--model", "motion", "-o"]}[command]
    with one_client(answer) as url:
        words = [command, url.replace("tcp", "http"), *options, str(result)]
        assert run_cli(words) == 0
    with av.open(str(result)) as file:
        assert sum(1 for _ in file.decode(video=0)) == 25


def test_options_of_live_sources_are_refused_for_a_file(
    bundled_ffmpeg: FFmpeg, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clip, result = make_clip(tmp_path / "clip.mp4", frames=5).path, tmp_path / "o.mp4"
    for command in (["transcode", str(clip), str(result)], ["track", str(clip)]):
        assert run_cli([*command, "--latency", "newest"]) == 2
        assert "--latency would be ignored" in capsys.readouterr().err
    assert not result.exists()


def test_rows_come_while_stdin_is_still_open(ffmpeg: FFmpeg, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.ts", frames=250, audios=1).path
    result, temporary = tmp_path / "out.mp4", tmp_path / "tmp"
    temporary.mkdir()
    body = clip.read_bytes()
    words = [*AVIO, "track", "-", "--model", "motion", "--records", "-"]
    with Process(
        [*words, "-o", str(result)],
        stdin="pipe",
        stdout=True,
        environment={"TMPDIR": str(temporary)},
    ) as child:
        child.stdin.write(body[: len(body) * 3 // 4])
        rows = io.BufferedReader(child.stdout)  # type: ignore[type-var]
        assert rows.readline().startswith(b'{"frame": 1,')
        assert list(temporary.iterdir()) == []
        child.stdin.write(body[len(body) * 3 // 4 :])
        child.stdin.close()
        assert rows.read().count(b"\n") == 249
        child.finish(60)
    with av.open(str(result)) as file:
        assert len(file.streams.audio) == 1
        assert sum(1 for _ in file.decode(video=0)) == 250


@pytest.mark.slow
def test_a_kill_leaves_what_came_from_stdin(ffmpeg: FFmpeg, tmp_path: Path) -> None:
    body = make_clip(tmp_path / "clip.ts", frames=250, audios=1).path.read_bytes()
    result = tmp_path / "out.mp4"
    words = [*AVIO, "track", "-", "--model", "motion", "--records", "-"]
    with Process([*words, "-o", str(result)], stdin="pipe", stdout=True) as child:
        child.stdin.write(body)
        rows = io.BufferedReader(child.stdout)  # type: ignore[type-var]
        seen = 0
        while seen < 240 and (row := rows.readline()):
            seen = json.loads(row)["frame"]
        child.kill()
        child.stop()
    with av.open(str(result)) as file:
        assert seen - sum(1 for _ in file.decode(video=0)) < 50


@pytest.mark.parametrize("late_index", [True, False])
def test_only_what_must_be_searched_is_kept_first(
    late_index: bool, bundled_ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    flags = () if late_index else ("-movflags", "+faststart")
    clip = make_clip(tmp_path / "clip.mp4", frames=20, audios=2, extra=flags).path
    result, code = tmp_path / "out.mp4", tmp_path / "same.py"
    code.write_text("def same(frame):\n    return frame\n")
    words = [*AVIO, "transcode", "-", str(result), "--callback", f"{code}:same"]
    done = run(words, input=clip.read_bytes(), timeout=120)
    assert done.status == 0, done.stderr
    kept = "read into a temporary file first: its index is at the end" in done.stderr
    assert kept == late_index
    with av.open(str(result)) as file:
        assert sum(1 for _ in file.decode(video=0)) == 20
        assert len(file.streams.audio) == (2 if late_index else 1)
    named = "audio stream #2 (aac) is dropped" in done.stderr
    assert named != late_index


@pytest.mark.parametrize("callback", [True, False])
def test_a_stdin_that_ends_early_is_a_failure(
    callback: bool, bundled_ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    clip = make_clip(tmp_path / "clip.mkv", frames=100, audios=1).path
    body, result = clip.read_bytes(), tmp_path / "out.mp4"
    code = tmp_path / "same.py"
    code.write_text("def same(frame):\n    return frame\n")
    words = [*AVIO, "transcode", "-", str(result)]
    words += ["--callback", f"{code}:same"] if callback else []
    done = run(words, input=body[: len(body) // 2], timeout=120)
    assert done.status == 1
    assert "cut off" in done.stderr
    assert not result.exists()


@pytest.mark.slow
def test_a_copy_of_a_live_source_has_all_that_it_sent(
    ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    result = tmp_path / "out.mp4"
    with Camera(ffmpeg.path, audio=True) as camera:
        words = ["transcode", camera.url, str(result), "--copy", "--end", "1", "-q"]
        assert run_cli(words) == 0
    with av.open(str(result)) as file:
        assert [stream.type for stream in file.streams] == ["video", "audio"]
        assert 20 <= sum(1 for _ in file.decode(video=0)) <= 30
