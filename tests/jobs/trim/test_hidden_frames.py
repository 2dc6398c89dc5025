"""What an edit list hides stays hidden in a cut and in a copy."""

import struct
from pathlib import Path

import imageio_ffmpeg
import pytest

from avio_cli.cli.main import run
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.process.run import run as run_program
from tests.clips import groups, indices, make_clip
from tests.reference import first_packet_time, frame_hashes, timeline

SIZE = 160, 96


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three seconds, a keyframe every 16 frames, audio."""
    path = tmp_path_factory.mktemp("videos") / "whole.mp4"
    return make_clip(path, frames=75, audios=1, video=groups(16, 3)).path


@pytest.fixture(scope="module")
def led_in(whole: Path) -> Path:
    """Cut at 0.88 s (frame 22), by an edit list that hides 6 frames and 0.3 s."""
    path = whole.with_name("led_in.mp4")
    argv = [
        imageio_ffmpeg.get_ffmpeg_exe(),
        "-v",
        "error",
        "-ss",
        "0.88",
        "-i",
        whole,
        "-c",
        "copy",
        path,
    ]
    assert run_program(argv).status == 0
    return path


@pytest.fixture(scope="module")
def ended(whole: Path) -> Path:
    """The same, of which the edit list of the video shows only 32 frames."""
    path, data = whole.with_name("ended.mp4"), bytearray(whole.read_bytes())
    header = data.index(b"mvhd") + 4
    (timescale,) = struct.unpack_from(">I", data, header + 12)
    struct.pack_into(">I", data, data.index(b"elst") + 12, timescale * 32 // 25)
    path.write_bytes(data)
    return path


def avio(*words: str | Path) -> int:
    return run(list(map(str, words)))


@pytest.mark.parametrize("start", ["0", "0.1"])
def test_an_mp4_hides_them_again(
    led_in: Path,
    start: str,
    ffmpeg: FFmpeg,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    output = tmp_path / "part.mp4"

    assert avio("trim", led_in, output, "--start", start, "--end", "1.2") == 0

    shown = indices(output, *SIZE)
    assert shown == list(range(22, 22 + len(shown)))
    assert f"0.000 s to {len(shown) / 25:.3f} s, {len(shown)} frames copied" in (
        capsys.readouterr().err
    )
    assert timeline(output).times[0] == 0


def test_another_container_would_show_them_and_is_refused(
    led_in: Path, ffmpeg: FFmpeg, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "part.mkv"

    assert avio("trim", led_in, output, "--end", "1.2") == 2

    assert "frames: a copy in matroska would show them" in capsys.readouterr().err
    assert avio("trim", led_in, output, "--end", "1.2", "--exact") == 0
    assert indices(output, *SIZE) == list(range(22, 52))
    # Neither is the audio before them heard: the video would begin that much late.
    assert timeline(output).times[0] < 0.022
    assert (first_packet_time(output, "a:0") or 0) < 0.022


def test_a_cut_after_them_is_like_any_other(
    led_in: Path, ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    output = tmp_path / "part.ts"

    assert avio("trim", led_in, output, "--start", "0.5") == 0

    assert indices(output, *SIZE) == list(range(32, 75))


def test_a_cut_of_which_players_would_skip_audio_is_refused(
    led_in: Path, ffmpeg: FFmpeg, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "part.mkv"

    status = avio("trim", led_in, output, "--start", "0.5")

    if ffmpeg.ffprobe:  # 5.1 declares no delay
        assert status == 0
        assert indices(output, *SIZE) == list(range(32, 75))
    else:
        assert status == 2
        assert "would skip as much at the start" in capsys.readouterr().err
        assert avio("trim", led_in, output, "--start", "0.5", "--exact") == 0
        assert indices(output, *SIZE) == list(range(35, 75))


def test_a_copy_of_all_hides_them_or_is_refused(
    led_in: Path, ffmpeg: FFmpeg, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "copy.mp4"

    assert avio("transcode", led_in, output, "--copy") == 0
    assert frame_hashes(output, "yuv420p") == frame_hashes(led_in, "yuv420p")
    assert avio("transcode", led_in, tmp_path / "copy.mkv", "--copy") == 2
    assert "frames: a copy in matroska would show them" in capsys.readouterr().err


def test_a_copy_that_starts_among_frames_that_need_them_keeps_those(
    led_in: Path, ffmpeg: FFmpeg, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "copy.mp4"

    assert avio("transcode", led_in, output, "--copy", "--start", "0.1") == 0

    assert "the copy starts 0.100 s early, at a keyframe" in capsys.readouterr().err
    assert indices(output, *SIZE) == list(range(22, 75))


def test_audio_that_was_cut_away_is_not_copied_beside_encoded_video(
    led_in: Path, ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    output = tmp_path / "encoded.mkv"

    assert avio("transcode", led_in, output) == 0

    assert indices(output, *SIZE) == list(range(22, 75))
    assert timeline(output).times[0] < 0.022


def test_what_follows_the_end_of_an_edit_list_is_not_copied(
    ended: Path, ffmpeg: FFmpeg, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "part.mp4"

    assert avio("trim", ended, output, "--start", "0.1", "--verify", "none") == 0
    assert indices(output, *SIZE) == list(range(32))
    assert avio("transcode", ended, tmp_path / "copy.mp4", "--copy") == 2
    assert "after the first that it shows" in capsys.readouterr().err
