"""Results in AVI, which has one rate, no start time, and blocks for its audio."""

from fractions import Fraction
from pathlib import Path

import imageio_ffmpeg
import pytest

from avio_cli.cli.main import run
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.process.run import run as run_program
from tests import reference
from tests.clips import H264

CALLBACK = "def same(frame):\n    return frame\n"
EARLY = "the first frame is shown 0.400 s early, from 0 on: avi has no start time"


def make(path: Path, late: str, rate: str, *options: str, samples: int = 48000) -> Path:
    """Fifty frames that start late beside audio that starts at 0."""
    video = f"testsrc2=s=96x64:r={rate},trim=end_frame=50"
    words = ["-itsoffset", late, "-f", "lavfi", "-i", video, "-f", "lavfi"]
    words += ["-i", f"anoisesrc=a=0.5:d=3:r={samples}", "-map", "0", "-map", "1"]
    words += [*H264, "-c:a", "pcm_s16le", *options, "-y", str(path)]
    done = run_program([imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *words])
    assert done.status == 0, done.stderr
    return path


def ticks(path: Path, rate: Fraction) -> list[int]:
    """When frames are shown, in frames."""
    return [round(time * rate) for time in reference.timeline(path).times]


@pytest.mark.parametrize("way", ["ffmpeg", "callback", "unchecked"])
def test_late_video_keeps_its_times(
    ffmpeg: FFmpeg, tmp_path: Path, way: str, capfd: pytest.CaptureFixture[str]
) -> None:
    source, result = make(tmp_path / "in.mkv", "0.4", "25"), tmp_path / "out.avi"
    (tmp_path / "same.py").write_text(CALLBACK)
    words = {"callback": ["--callback", f"{tmp_path / 'same.py'}:same"]}
    words["unchecked"] = ["--verify", "none"]
    assert run(["transcode", str(source), str(result), *words.get(way, [])]) == 0
    assert ticks(result, Fraction(25)) == [0, *range(11, 60)]
    assert capfd.readouterr().err.count(EARLY) == 1


def test_late_video_at_another_rate(ffmpeg: FFmpeg, tmp_path: Path) -> None:
    source, result = make(tmp_path / "in.mkv", "0.4", "25"), tmp_path / "out.avi"
    assert run(["transcode", str(source), str(result), "--fps", "30"]) == 0
    assert ticks(result, Fraction(30)) == [0, *range(13, 72)]


def test_frames_half_a_tick_off_have_ticks_of_their_own(
    ffmpeg: FFmpeg, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Matroska's milliseconds put such frames on one side of the half or the other."""
    rate = Fraction(24000, 1001)
    source, result = make(tmp_path / "in.mkv", "0.0209", str(rate)), tmp_path / "o.avi"
    assert run(["transcode", str(source), str(result)]) == 0
    shown = ticks(result, rate)
    assert len(shown) == 50
    assert shown[1:] == list(range(shown[1], shown[1] + 49))
    assert "warning" not in capfd.readouterr().err


@pytest.mark.parametrize("start", ["0.5", "0.52", "0.5334", "0.01"])
@pytest.mark.sampled(4)
def test_a_range_has_its_frames_once(
    ffmpeg: FFmpeg, tmp_path: Path, start: str
) -> None:
    source, result = make(tmp_path / "in.mkv", "0", "25"), tmp_path / "out.avi"
    end = float(start) + 1.01
    words = ["transcode", str(source), str(result), "--start", start]
    assert run([*words, "--end", str(end)]) == 0
    times = reference.timeline(source).times
    inside = [t for t in times if float(start) - 1e-6 <= t < end - 1e-6]
    assert ticks(result, Fraction(25)) == list(range(len(inside)))


def test_gif_names_the_time_before_its_first_frame(
    ffmpeg: FFmpeg, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    source = make(tmp_path / "in.mkv", "0.4", "25")
    assert run(["transcode", str(source), str(tmp_path / "out.gif"), "--no-audio"]) == 0
    assert "the 0.400 s before the first frame are lost" in capfd.readouterr().err


@pytest.mark.parametrize("samples", [8000, 11025, 16000, 22050, 24000, 32000])
@pytest.mark.sampled(3)
def test_packets_of_mp3_fit_their_blocks(
    ffmpeg: FFmpeg, tmp_path: Path, samples: int
) -> None:
    source = make(tmp_path / "in.mkv", "0", "25", "-ac", "2", samples=samples)
    result = tmp_path / "out.avi"
    assert run(["transcode", str(source), str(result)]) == 0
    assert float(reference.duration(result)) == pytest.approx(3, abs=0.2)


@pytest.mark.parametrize(("samples", "bits"), [(16000, "160k"), (32000, "320k")])
def test_mp3_that_does_not_fit_is_not_copied(
    ffmpeg: FFmpeg, tmp_path: Path, samples: int, bits: str
) -> None:
    mp3 = ("-c:a", "libmp3lame", "-b:a", bits, "-ac", "2")
    source = make(tmp_path / "in.mkv", "0", "25", *mp3, samples=samples)
    result = tmp_path / "out.avi"
    assert run(["transcode", str(source), str(result)]) == 0
    assert float(reference.duration(result)) == pytest.approx(3, abs=0.2)
