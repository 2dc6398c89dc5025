"""A copy that cannot be verified blames its source, where that is damaged."""

from pathlib import Path

import pytest

from avio_cli.cli.main import run as main
from avio_cli.ffmpeg.locate import FFmpeg
from tests.fuzzing.media import clip


@pytest.fixture
def damaged(tmp_path: Path) -> Path:
    """A Matroska file with zeros in the middle."""
    whole, path = clip("mkv"), tmp_path / "in.mkv"
    start, stop = len(whole) * 2 // 5, len(whole) * 3 // 5
    path.write_bytes(whole[:start] + bytes(stop - start) + whole[stop:])
    return path


@pytest.mark.parametrize("job", [("transcode", "--copy"), ("trim", "--start", "0.4")])
def test_what_is_wrong_is_the_source(
    ffmpeg: FFmpeg,
    damaged: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    job: tuple[str, ...],
) -> None:
    command, *options = job
    result = tmp_path / "out.mkv"
    words = [command, str(damaged), str(result), *options, "--verify", "decode"]
    assert main(words) == 1
    said = capsys.readouterr().err
    assert "in.mkv is damaged: " in said
    assert " of the file" in said
    assert not result.exists()


def test_what_is_allowed_is_kept_with_two_warnings(
    ffmpeg: FFmpeg,
    damaged: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    result = tmp_path / "out.mkv"
    words = ["transcode", str(damaged), str(result), "--copy", "--verify", "decode"]
    assert main([*words, "--allow-damaged"]) == 0
    said = capsys.readouterr().err
    assert "the result failed verification" in said
    assert "in.mkv is damaged: " in said
    assert result.exists()
