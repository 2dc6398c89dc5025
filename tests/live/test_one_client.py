"""What takes one client, ever, is read by each command, which probes it, too."""

import json
import shutil
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import pytest

from avio_cli import api
from avio_cli.cli.main import run
from avio_cli.errors import FFmpegError, InterruptionError
from avio_cli.ffmpeg.command import Command
from avio_cli.ffmpeg.live.opening import _goes_through_proxy, open_live
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.process.process import Process
from avio_cli.ffmpeg.progress import ProgressStep
from avio_cli.ffmpeg.url import parse_url
from avio_cli.jobs.transcode.job import build_job
from avio_cli.jobs.transcode.options import TranscodeOptions
from avio_cli.jobs.transcode.run import transcode
from avio_cli.media.info import SubtitleStream
from avio_cli.mux.run import MuxLog
from tests.clips import indices, make_clip
from tests.live.one_client import one_client
from tests.servers import serving

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


@pytest.mark.parametrize("extension", ["mp4", "ts"])
def test_copy(
    bundled_ffmpeg: FFmpeg,
    stream: bytes,
    tmp_path: Path,
    extension: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    result = tmp_path / f"result.{extension}"
    with one_client(stream) as url:
        assert run(["transcode", url, str(result), "--copy"]) == 0
    assert indices(result, *SIZE) == list(range(50))
    assert "is not opened again" in capsys.readouterr().err


def test_a_copy_keeps_the_languages_of_its_audio(
    ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    extra = ("-metadata:s:a:0", "language=deu", "-metadata:s:a:1", "language=fra")
    clip = make_clip(tmp_path / "clip.ts", frames=50, audios=2, extra=extra)
    with one_client(clip.path.read_bytes()) as url:
        assert run(["transcode", url, str(tmp_path / "out.mkv"), "--copy"]) == 0
    with av.open(str(tmp_path / "out.mkv")) as file:
        languages = [stream.language for stream in file.streams.audio]
    assert languages == ["deu", "fra"]


@pytest.mark.parametrize("codec", ["s302m", "truehd"])
def test_what_no_relay_passes_on_is_opened_directly(
    bundled_ffmpeg: FFmpeg, tmp_path: Path, codec: str
) -> None:
    extension = {"s302m": "ts", "truehd": "mkv"}[codec]
    extra = ("-c:a", codec, "-strict", "-2", "-ar", "48000", "-ac", "2")
    clip = make_clip(tmp_path / f"in.{extension}", frames=50, audios=1, extra=extra)
    shutil.copy(clip.path, tmp_path / "live")
    with serving(tmp_path) as server:
        url = f"{server}/plain-live"
        assert run(["transcode", url, str(tmp_path / "out.mkv")]) == 0
    with av.open(str(tmp_path / "out.mkv")) as file:
        assert len(file.streams.audio) == 1
        assert sum(1 for _ in file.decode(video=0)) == 50


@pytest.mark.parametrize(
    ("excepted", "by_proxy"), [("", True), ("*", False), (".b.c, a.b", False)]
)
def test_a_proxy_is_that_of_ffmpeg(
    excepted: str, by_proxy: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("no_proxy", excepted)
    assert _goes_through_proxy("a.b.c") == by_proxy
    monkeypatch.delenv("http_proxy")
    assert not _goes_through_proxy("a.b.c")


def test_what_a_copy_of_a_live_source_drops_is_named(
    bundled_ffmpeg: FFmpeg,
    stream: bytes,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    text = SubtitleStream(index=0, codec="dvb_teletext", time_base=Fraction(1, 90000))
    with one_client(stream) as url:
        source = open_live(bundled_ffmpeg, parse_url(url))
        later = [replace(s, index=s.index + 1) for s in source.info.streams]
        source = replace(source, info=replace(source.info, streams=(text, *later)))
        words = TranscodeOptions(output=str(tmp_path / "out.mkv"), copy=True)
        assert transcode(build_job(words, source)).frames == 50
    assert "subtitle stream #0 (dvb_teletext) is dropped" in caplog.text


def test_a_copy_that_is_ended_before_its_first_packet_says_so_and_leaves_nothing(
    bundled_ffmpeg: FFmpeg,
    stream: bytes,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def ended(
        ffmpeg: FFmpeg,
        command: Command,
        log: MuxLog,
        *rest: object,
        stdin: Process,
        **_: object,
    ) -> ProgressStep:
        stdin.stop()
        log.asked.set()
        raise FFmpegError("ffmpeg was ended by SIGTERM", status=-15)

    monkeypatch.setattr("avio_cli.encode.run.run_with_progress", ended)
    result = tmp_path / "result.mp4"
    with one_client(stream) as url:
        words = ["transcode", url, str(result), "--copy", "-q"]
        assert run(words) == InterruptionError.exit_status
    assert "gave anything to keep" in capsys.readouterr().err
    assert not list(tmp_path.glob("result*"))


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
