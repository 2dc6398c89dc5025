"""Bounded children end within their bounds, and one line says which bound it was."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from avio_cli.cli.main import run
from avio_cli.errors import FFmpegError
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.process import bounds
from avio_cli.ffmpeg.process.bounds import SAFE_BOUNDS, Bounds, bound_children
from avio_cli.ffmpeg.process.process import Process
from avio_cli.ffmpeg.process.run import run as run_process
from tests.clips import make_clip
from tests.ffmpeg.test_limits import bomb

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux bounds a child that runs"
)
FEW_SECONDS = Bounds(memory=4 << 30, cpu_seconds=1)
LITTLE_MEMORY = Bounds(memory=300 << 20, cpu_seconds=60)
ENDLESS = ("-f", "lavfi", "-i", "testsrc2=s=1280x720", "-f", "null", "-")
PLAYLISTS = {
    "m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:1,\n{}\n#EXT-X-ENDLIST\n",
    "ffconcat": "ffconcat version 1.0\nfile '{}'\n",
    "sdp": "v=0\nc=IN IP4 127.0.0.1\nm=video 9 RTP/AVP 96\na=rtpmap:96 H264/90000\n"
    "a=control:{}\n",
}


@pytest.fixture(autouse=True)
def unbounded_afterwards() -> Iterator[None]:
    yield
    bound_children(None)


def limits_of_a_child() -> str:
    """What the system says of a child's limits."""
    done = run_process(["/bin/sh", "-c", "read line; cat /proc/self/limits"])
    return done.stdout.decode()


def test_all_children_are_bounded_and_nothing_else() -> None:
    free = limits_of_a_child()
    bound_children(SAFE_BOUNDS)
    bound = limits_of_a_child()
    assert str(SAFE_BOUNDS.memory) not in free
    assert f"Max address space         {SAFE_BOUNDS.memory}" in bound
    assert f"Max cpu time              {SAFE_BOUNDS.cpu_seconds}" in bound
    own = Path("/proc/self/limits").read_text()
    assert f"Max address space         {SAFE_BOUNDS.memory}" not in own


def test_a_child_that_computes_for_ever_is_stopped(ffmpeg: FFmpeg) -> None:
    bound_children(FEW_SECONDS)
    stopped = pytest.raises(FFmpegError, match="stopped after 1 s of CPU time")
    with Process([ffmpeg.path, *ENDLESS]) as child, stopped:
        child.finish(timeout=60)


def test_a_child_that_takes_all_memory_fails(
    ffmpeg: FFmpeg,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(bounds, "SAFE_BOUNDS", LITTLE_MEMORY)
    words = ["-q", "--safe", "--max-pixels", "300000000"]
    output = tmp_path / "x.mp4"
    assert run(["transcode", str(bomb(tmp_path)), str(output), *words]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith(
        "ffmpeg failed with 0.293 GB of memory, the bound of safe mode"
    )
    assert not output.exists()


def test_a_bomb_ends_in_one_error_line(
    ffmpeg: FFmpeg,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    clip = make_clip(tmp_path / "clip.mkv", frames=25)
    monkeypatch.setattr(bounds, "SAFE_BOUNDS", FEW_SECONDS)
    # A filter makes each frame a hundred: what a bomb does by its data.
    words = ["--vf", "loop=-1:25,scale=1920:-2", "--safe", "-q"]
    output = tmp_path / "x.mp4"
    assert run(["transcode", str(clip.path), str(output), *words]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith("stopped after 1 s of CPU time, the bound of safe mode")
    assert not output.exists()


@pytest.mark.parametrize("kind", PLAYLISTS)
@pytest.mark.parametrize("target", ["other.ts", "http://127.0.0.1:9/x.ts"])
@pytest.mark.sampled(3)
def test_what_names_another_file_or_server_is_refused(
    ffmpeg: FFmpeg,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    kind: str,
    target: str,
) -> None:
    make_clip(tmp_path / "other.ts", frames=5)
    for name in (f"list.{kind}", "video.mp4"):
        path = tmp_path / name
        path.write_text(PLAYLISTS[kind].format(target))
        assert run(["info", "--safe", str(path)]) == 1
        error, *hint = capsys.readouterr().err.splitlines()
        said = "names 'http" if name == "list.m3u8" and "http" in target else ": it is "
        assert error.startswith("avio: error: ")
        assert name in error
        assert said in error
        assert len(hint) <= 1


def test_no_network_address_is_opened(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["info", "--safe", "http://127.0.0.1:9/x.mp4"]) == 1
    assert "safe mode opens no network address" in capsys.readouterr().err


def test_safe_input_is_converted(
    ffmpeg: FFmpeg, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clip = make_clip(tmp_path / "clip.mkv", frames=25, audios=1)
    output = tmp_path / "x.mp4"
    assert run(["transcode", "--safe", "-q", str(clip.path), str(output)]) == 0
    assert capsys.readouterr().err == ""
    assert output.exists()


def test_devices_are_not_for_safe_mode(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--safe", "--hwaccel", "cuda"]
    assert run(["transcode", "a.mp4", "b.mp4", *words]) == 2
    assert "--safe decodes in software" in capsys.readouterr().err
