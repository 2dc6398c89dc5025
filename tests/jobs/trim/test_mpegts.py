"""Cuts written as MPEG-TS, of which the times begin after 0."""

from pathlib import Path

import imageio_ffmpeg
import pytest

from avio_cli.cli.main import run
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.process.run import run as run_program
from tests.clips import groups, indices, make_clip
from tests.conftest import REPOSITORY
from tests.reference import first_packet_time, timeline


@pytest.fixture
def preset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    folder = tmp_path / "presets"
    folder.mkdir()
    like = (REPOSITORY / "presets" / "mp4-h264.toml").read_text()
    own = like.replace('"mp4"', '"mpegts"').replace('".mp4"', '".ts"')
    (folder / "own-ts.toml").write_text(own)
    monkeypatch.setenv("AVIO_CONFIG_DIR", str(tmp_path))
    return "own-ts"


@pytest.mark.parametrize("source", ["in.mp4", "in.ts", "in.mkv"])
def test_a_copy_is_that_of_other_containers(
    source: str, preset: str, ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    clip = make_clip(tmp_path / source, frames=75, audios=1, video=groups(25, 2))
    output = tmp_path / "part.ts"
    words = ["trim", str(clip.path), str(output), "--preset", preset]

    assert run([*words, "--start", "1.5", "--end", "2.5"]) == 0

    shown = indices(output, clip.width, clip.height)
    assert shown == list(range(25, 25 + len(shown)))
    # The audio starts with the video: within a packet.
    late = (first_packet_time(output, "a:0") or 0) - timeline(output).times[0]
    assert abs(late) < 0.024
    # Every keyframe has the parameter sets: a decoder can start at any.
    annex_b = b"\0\0\0\1\x67"
    argv = [
        imageio_ffmpeg.get_ffmpeg_exe(),
        "-v",
        "error",
        "-i",
        output,
        "-map",
        "0:v",
        "-c",
        "copy",
    ]
    done = run_program([*argv, "-f", "h264", "-"])
    assert done.stdout.count(annex_b[1:]) >= 2


def test_an_exact_cut_is_encoded(preset: str, ffmpeg: FFmpeg, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "in.ts", frames=75, audios=1, video=groups(25, 2))
    output = tmp_path / "part.ts"
    words = ["trim", str(clip.path), str(output), "--preset", preset, "--exact"]

    assert run([*words, "--start", "1.5", "--end", "2.5"]) == 0

    assert len(indices(output, clip.width, clip.height)) == 25


def test_chapters_that_are_lost_are_named(
    preset: str, ffmpeg: FFmpeg, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clip = make_clip(tmp_path / "in.mp4", frames=50)
    (tmp_path / "chapters").write_text(
        ";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=1000\ntitle=a\n"
    )
    named = tmp_path / "named.mp4"
    argv = [
        imageio_ffmpeg.get_ffmpeg_exe(),
        "-v",
        "error",
        "-i",
        clip.path,
        "-i",
        tmp_path / "chapters",
    ]
    assert run_program([*argv, "-map_metadata", "1", "-c", "copy", named]).status == 0
    words = ["trim", str(named), str(tmp_path / "part.ts"), "--preset", preset]

    assert run([*words, "--end", "1"]) == 0

    assert "chapters are dropped: MPEG-TS cannot hold them" in capsys.readouterr().err
