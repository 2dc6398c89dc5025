"""Audio whose rate and channels change midway is right, or the run fails."""

from pathlib import Path

import numpy as np
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


CHANGES = {
    "aac": ("aac", "adts", (("48000", "1"), ("48000", "2"))),
    "ac3": ("ac3", "ac3", (("48000", "2"), ("48000", "6"))),
    "eac3": ("eac3", "eac3", (("48000", "6"), ("48000", "2"))),
    "mp2": ("mp2", "mp2", (("48000", "2"), ("48000", "1"))),
    "dts": ("dca", "dts", (("48000", "2"), ("48000", "6"))),
}
"""Encoder, format, and rate and channels of two parts."""
CLICK = "aevalsrc='if(between(t,0.5,0.55),0.5*sin(2*PI*1000*t),0)':s=48000:d=1.92"


def clicking(ffmpeg: FFmpeg, folder: Path, codec: str) -> Path:
    """Parts of 1.92 s with a click at 0.5 s; the third is as the first again."""
    encoder, form, parts = CHANGES[codec]
    data = []
    for rate, channels in parts:
        piece = folder / f"{rate}-{channels}.{form}"
        words = ["-f", "lavfi", "-i", CLICK, "-ar", rate, "-ac", channels]
        coded = ["-c:a", encoder, "-strict", "-2", "-f", form, str(piece)]
        assert not run([ffmpeg.path, "-v", "error", *words, *coded]).status
        data.append(piece.read_bytes())
    joined, source = folder / f"joined.{form}", folder / "in.ts"
    joined.write_bytes(data[0] + data[1] + data[0])
    reader = {"adts": "aac", "mp2": "mp3"}.get(form, form)
    video = ["-f", "lavfi", "-i", "testsrc2=s=64x48:r=25:d=6"]
    words = [*video, "-f", reader, "-i", str(joined), "-map", "0", "-map", "1"]
    coded = ["-c:v", "mpeg4", "-c:a", "copy", str(source)]
    assert not run([ffmpeg.path, "-v", "error", *words, *coded]).status
    return source


def clicks(ffmpeg: FFmpeg, path: Path) -> list[float]:
    """When they begin, in seconds from the first sample."""
    argv = [ffmpeg.path, "-v", "error", "-i", str(path), "-map", "0:a", "-ac", "1"]
    data = run([*argv, "-ar", "48000", "-f", "f32le", "-"]).stdout
    level = np.abs(np.frombuffer(data, np.float32))
    loud = np.flatnonzero(level > level.max() / 4)
    first = np.concatenate(([True], np.diff(loud) > 24000))
    return [float(sample) / 48000 for sample in loud[first]]


@pytest.mark.sampled(5)
@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.mp3", "a.opus", "a.avi"])
@pytest.mark.parametrize("codec", CHANGES)
def test_it_is_encoded_whole_and_in_place(
    codec: str,
    name: str,
    bundled_ffmpeg: FFmpeg,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    source, result = clicking(bundled_ffmpeg, tmp_path, codec), tmp_path / name
    assert avio(["transcode", str(source), str(result)]) == 0
    expected = clicks(bundled_ffmpeg, source)
    assert len(expected) == 3
    assert clicks(bundled_ffmpeg, result) == pytest.approx(expected, abs=0.005)
    copied = codec in ("ac3", "mp2") and name == "a.avi"
    said = "it is encoded with those that it has at first" in capfd.readouterr().err
    assert said or copied


def test_both_ffmpegs_encode_it_in_place(ffmpeg: FFmpeg, tmp_path: Path) -> None:
    source, result = clicking(ffmpeg, tmp_path, "ac3"), tmp_path / "a.wav"
    assert avio(["transcode", str(source), str(result)]) == 0
    expected = clicks(ffmpeg, source)
    assert clicks(ffmpeg, result) == pytest.approx(expected, abs=0.005)


def test_a_range_of_it_begins_and_ends_where_it_was_asked_to(
    bundled_ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    source, result = clicking(bundled_ffmpeg, tmp_path, "ac3"), tmp_path / "a.wav"
    words = ["transcode", str(source), str(result), "--start", "0.4", "--end", "4.4"]
    assert avio(words) == 0
    whole = clicks(bundled_ffmpeg, source)
    expected = [time - 0.4 for time in whole]
    assert clicks(bundled_ffmpeg, result) == pytest.approx(expected[:3], abs=0.005)
    assert seconds_decoded(bundled_ffmpeg, result) == pytest.approx(4, abs=0.005)


@pytest.mark.parametrize(("first", "second"), [("ac3", "mp2"), ("aac", "aac")])
def test_parts_that_change_are_joined_in_place(
    first: str, second: str, ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    parts = []
    for number, codec in enumerate((first, second)):
        folder = tmp_path / str(number)
        folder.mkdir()
        parts.append(clicking(ffmpeg, folder, codec))
    result = tmp_path / "a.mp4"
    assert avio(["merge", str(result), *map(str, parts)]) == 0
    one, other = (clicks(ffmpeg, part) for part in parts)
    expected = [*one, *(6 + time for time in other)]
    assert clicks(ffmpeg, result) == pytest.approx(expected, abs=0.03)


def test_a_copy_of_it_is_not_taken_for_another_kind(
    ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    """Which rate and channels ffmpeg says of it differs between containers."""
    source, result = clicking(ffmpeg, tmp_path, "ac3"), tmp_path / "a.mkv"
    assert avio(["transcode", str(source), str(result)]) == 0
    assert clicks(ffmpeg, result) == pytest.approx(clicks(ffmpeg, source), abs=1e-4)


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
    assert avio(["merge", mp4[1], source, source]) == 0
    assert said in capfd.readouterr().err
    assert seconds_decoded(bundled_ffmpeg, Path(mp4[1])) == pytest.approx(6, abs=0.1)
    assert avio(["merge", str(tmp_path / "merge.ts"), source, source]) == 0
    assert avio(["track", source, "-o", mp4[2], "--model", "motion"]) == 0
    assert said in capfd.readouterr().err
