"""Audio that an edit list hides is not heard; what follows it is, from its start."""

import shutil
from fractions import Fraction
from pathlib import Path

import imageio_ffmpeg
import pytest

from avio_cli.cli.main import run
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.process.run import run as run_program
from tests.reference import first_packet_time

RATE = 48000
NEVER_SILENT = "anoisesrc=a=0.5:r=48000:d=3.3:seed=1"
BEEP = "aevalsrc='0.8*sin(2*PI*880*t)*between(mod(t,1),0.5,0.6)':s=48000:d=3.3"
"""At 0.5 s of each second: 0.2 s after the start where 0.3 s are hidden."""


def _made(folder: Path, audio: str, hidden: str) -> Path:
    """Video with a keyframe every 12 frames; audio of which some is hidden."""
    argv = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y"]
    sources = ["-f", "lavfi", "-i", "testsrc2=s=160x96:r=25:d=3"]
    sources += ["-f", "lavfi", "-i", audio]
    coding = ["-c:v", "libx264", "-g", "12", "-bf", "0", "-c:a", "aac"]
    whole, path = folder / "whole.mp4", folder / "hidden.mp4"
    assert run_program([*argv, *sources, *coding, whole]).status == 0
    late = ["-i", whole, "-itsoffset", hidden, "-i", whole]
    maps = ["-map", "0:v", "-map", "1:a", "-c", "copy"]
    words = [*late, *maps, "-avoid_negative_ts", "disabled", path]
    assert run_program([*argv, *words]).status == 0
    return path


@pytest.fixture(scope="module")
def hiding(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its edit list hides 0.3 s of audio: the beeps are at 0.2, 1.2 and 2.2 s."""
    return _made(tmp_path_factory.mktemp("hiding"), BEEP, "-0.3")


@pytest.fixture(scope="module")
def ordinary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its edit list hides what primes the decoder; there is noise all the time."""
    return _made(tmp_path_factory.mktemp("ordinary"), NEVER_SILENT, "0")


def avio(*words: str | Path) -> int:
    return run(list(map(str, words)))


def first_loud(path: Path, ffmpeg: str) -> Fraction:
    """Seconds from the first frame of video to the first sample that is loud."""
    argv: list[str | Path] = [ffmpeg, "-v", "error", "-copyts", "-i", path]
    listed = run_program([*argv, "-map", "0:v:0", "-c", "copy", "-f", "framecrc", "-"])
    lines = listed.stdout.decode().splitlines()
    base = next(Fraction(s.split(": ")[1]) for s in lines if s.startswith("#tb"))
    video = min(int(s.split(",")[2]) for s in lines if s[:1].isdigit()) * base
    words = ["-map", "0:a:0", "-c:a", "pcm_s16le", "-ac", "1", "-f", "framecrc", "-"]
    times = run_program([*argv, *words]).stdout.decode().splitlines()
    audio = Fraction(next(s for s in times if s[:1].isdigit()).split(",")[2].strip())
    words = ["-map", "0:a:0", "-ac", "1", "-f", "s16le", "-"]
    samples = memoryview(run_program([*argv, *words]).stdout).cast("h")
    loud = next(n for n, sample in enumerate(samples) if abs(sample) > 2000)
    return (audio + loud) / RATE - video


def beeps_at(path: Path, seconds: float) -> bool:
    """Whether the ffmpegs hear the first beep within an audio frame of a time."""
    # The second one is the system's, where there is one.
    readers = filter(None, [imageio_ffmpeg.get_ffmpeg_exe(), shutil.which("ffmpeg")])
    return all(abs(first_loud(path, r) - seconds) < 0.025 for r in readers)


@pytest.mark.parametrize("name", ["a.mkv", "a.webm", "a.mp4", "a.ts"])
@pytest.mark.sampled(4)
def test_the_beep_is_where_it_was(
    hiding: Path, name: str, ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    assert avio("transcode", hiding, tmp_path / name) == 0
    assert beeps_at(tmp_path / name, 0.2)


@pytest.mark.parametrize("name", ["a.mkv", "a.mp4"])
@pytest.mark.slow
def test_the_beep_is_where_it_was_after_a_start(
    hiding: Path, name: str, ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    output = tmp_path / name
    coding = ("--audio-codec", "aac") if name == "a.mp4" else ()

    assert avio("transcode", hiding, output, "--start", "1", *coding) == 0
    assert beeps_at(output, 0.2)


@pytest.mark.parametrize(
    "words", [("transcode", "--copy"), ("trim", "--start", "0.96"), ("merge",)]
)
@pytest.mark.sampled(3)
def test_a_copy_keeps_it_there_or_is_refused(
    hiding: Path,
    words: tuple[str, ...],
    ffmpeg: FFmpeg,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    output = tmp_path / "a.mkv"
    command, *options = words
    files = (output, hiding, hiding) if command == "merge" else (hiding, output)

    status = avio(command, *files, *options)

    if status == 0:
        assert (first_packet_time(output, "v:0") or 0) < 0.022  # none is before it
        assert beeps_at(output, 0.24 if command == "trim" else 0.2)
    else:
        assert "hides audio before its start" in capsys.readouterr().err
        assert not output.exists()


@pytest.mark.parametrize("name", ["a.mkv", "a.mp4"])
@pytest.mark.slow
def test_an_exact_trim_keeps_it_there(
    hiding: Path, name: str, ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    assert avio("trim", hiding, tmp_path / name, "--start", "1", "--exact") == 0
    assert beeps_at(tmp_path / name, 0.2)


@pytest.mark.parametrize("words", [(), ("--exact",)])
def test_a_cut_is_heard_from_its_start(
    ordinary: Path, words: tuple[str, ...], ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    output = tmp_path / "cut.mkv"

    assert avio("trim", ordinary, output, "--start", "1.5", *words) == 0
    # Up to one audio frame is missing, not one more that the decoder skips.
    assert first_loud(output, ffmpeg.path) < 0.0215
