"""Sources that are cut off: a cut says so where it reaches what is missing."""

from pathlib import Path

import pytest

from avio_cli.cli.main import run
from avio_cli.ffmpeg.locate import FFmpeg
from tests.clips import Clip, groups, indices, make_clip


def cut_off(folder: Path, name: str) -> Clip:
    """Four seconds, of which the file has about 60 %."""
    whole = make_clip(
        folder / f"whole{Path(name).suffix}",
        frames=100,
        audios=1,
        video=groups(25, 2),
        extra=("-movflags", "+faststart") if name.endswith("mp4") else (),
    )
    data = whole.path.read_bytes()
    path = folder / name
    path.write_bytes(data[: len(data) * 6 // 10])
    return Clip(path, whole.times, whole.width, whole.height)


def avio(*words: str | Path) -> int:
    return run(list(map(str, words)))


@pytest.mark.parametrize("name", ["in.flv", "in.mkv", "in.mp4"])
@pytest.mark.sampled(3)
def test_only_what_is_missing_matters(
    name: str, ffmpeg: FFmpeg, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clip, output = cut_off(tmp_path, name), tmp_path / "part.mkv"

    assert avio("trim", clip.path, output, "--start", "0.5", "--end", "1.2") == 0
    assert "warning" not in capsys.readouterr().err
    assert indices(output, clip.width, clip.height)[:25] == list(range(25))

    for words in (("--start", "1"), ("--start", "1", "--end", "3.5"), ("--start", "3")):
        assert avio("trim", clip.path, output, *words, "-y") == 1
        said = capsys.readouterr().err
        assert "is cut off" in said
        assert "s are missing" in said


@pytest.mark.parametrize("name", ["in.mkv", "in.mp4"])
def test_an_exact_cut_says_so(
    name: str, ffmpeg: FFmpeg, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clip, output = cut_off(tmp_path, name), tmp_path / "part.mkv"

    assert avio("trim", clip.path, output, "--start", "0.5", "--exact") == 1

    assert "is cut off" in capsys.readouterr().err
    assert not output.exists()
    words = ("--start", "0.5", "--exact", "--allow-damaged")
    assert avio("trim", clip.path, output, *words) == 0
    assert "warning" in capsys.readouterr().err


def test_a_snapshot_of_what_is_missing_says_so(
    ffmpeg: FFmpeg, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clip = cut_off(tmp_path, "in.flv")

    assert avio("snapshot", clip.path, tmp_path / "at.png", "--at", "1") == 0
    assert avio("snapshot", clip.path, tmp_path / "late.png", "--at", "3.5") == 1
    # A part of a packet may be all that is left of the last frame.
    said = capsys.readouterr().err
    assert "in.flv is cut off" in said or "in.flv is damaged" in said


def test_a_copy_counts_the_frames_that_it_read(
    ffmpeg: FFmpeg, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clip = cut_off(tmp_path, "in.flv")

    assert avio("transcode", clip.path, tmp_path / "out.mkv", "--copy") == 1

    said = capsys.readouterr().err
    count = int(said.partition("cut off: ")[2].partition(" ")[0])
    assert 40 < count < 70
