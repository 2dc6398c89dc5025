"""Audio whose rate and channels change midway is right, or the run fails."""

from pathlib import Path

import pytest

from avio_cli.cli.main import run as avio
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.process.run import run


def changing(ffmpeg: FFmpeg, folder: Path) -> Path:
    """A second of stereo, one of mono at another rate, and the first one again."""
    pieces = []
    for rate, channels in (("48000", "2"), ("44100", "1")):
        piece = folder / f"{rate}.aac"
        tone = [ffmpeg.path, "-v", "error", "-f", "lavfi", "-i", "sine=duration=1"]
        assert not run([*tone, "-ar", rate, "-ac", channels, str(piece)]).status
        pieces.append(piece.read_bytes())
    joined = folder / "in.aac"
    joined.write_bytes(pieces[0] + pieces[1] + pieces[0])
    return joined


@pytest.mark.parametrize("name", ["out.opus", "out.flac"])
def test_silence_that_is_filled_in_again_fails_the_verification(
    name: str, ffmpeg: FFmpeg, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    result = tmp_path / name
    assert avio(["transcode", str(changing(ffmpeg, tmp_path)), str(result)]) == 1
    assert "the result failed verification" in capfd.readouterr().err
    assert not result.exists()


def seconds_decoded(ffmpeg: FFmpeg, path: Path) -> float:
    argv = [ffmpeg.path, "-v", "error", "-i", str(path), "-map", "0:a", "-ac", "1"]
    return len(run([*argv, "-ar", "48000", "-f", "s16le", "-"]).stdout) / 2 / 48000


def test_a_copy_that_would_lose_what_follows_is_encoded(
    ffmpeg: FFmpeg, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    result = tmp_path / "out.m4a"
    assert avio(["transcode", str(changing(ffmpeg, tmp_path)), str(result)]) == 0
    assert "changes its rate or channels at 1.0" in capfd.readouterr().err
    assert seconds_decoded(ffmpeg, result) == pytest.approx(3.05, abs=0.06)


def test_a_range_without_a_change_is_copied(
    ffmpeg: FFmpeg, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    source, result = changing(ffmpeg, tmp_path), tmp_path / "out.m4a"
    assert avio(["transcode", str(source), str(result), "--end", "0.8"]) == 0
    assert "changes" not in capfd.readouterr().err


def test_what_must_be_copied_is_refused(
    ffmpeg: FFmpeg, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    source, result = changing(ffmpeg, tmp_path), tmp_path / "out.m4a"
    assert avio(["transcode", str(source), str(result), "--copy"]) == 2
    assert "what follows would be lost" in capfd.readouterr().err


def recording(ffmpeg: FFmpeg, folder: Path) -> Path:
    """MPEG-TS with a video, in whose middle the audio changes."""
    source = folder / "in.ts"
    video = ["-f", "lavfi", "-i", "testsrc2=s=64x48:r=25:d=3"]
    argv = [ffmpeg.path, "-v", "error", *video, "-i", str(changing(ffmpeg, folder))]
    coded = ["-c:v", "mpeg4", "-c:a", "copy", str(source)]
    assert not run([*argv, *coded]).status
    return source


def test_no_command_loses_it(
    bundled_ffmpeg: FFmpeg, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    source, said = str(recording(bundled_ffmpeg, tmp_path)), "its rate or channels"
    mp4 = [str(tmp_path / f"{name}.mp4") for name in ("trim", "merge", "track")]
    assert avio(["trim", source, mp4[0], "--end", "2"]) == 2
    assert said in capfd.readouterr().err
    assert avio(["merge", mp4[1], source, source]) == 2
    assert said in capfd.readouterr().err
    assert avio(["merge", str(tmp_path / "merge.ts"), source, source]) == 0
    assert avio(["track", source, "-o", mp4[2], "--model", "motion"]) == 0
    assert said in capfd.readouterr().err
