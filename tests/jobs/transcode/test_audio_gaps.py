"""Audio that starts late or pauses stays in sync, with times for it or without."""

from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest

from avio_cli.cli.main import run
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.process.run import run as run_program
from tests.clips import make_clip

LATE, PAUSING = "gte(t,1.2)", "not(between(t,0.9,2.5))"
"""What is kept of a tone: without the rest, packets start late, or there is a gap."""
BEEPS = "aeval='if(lt(mod(t,1),0.1),sin(2*PI*880*t),0)':s=48000"


def clip(path: Path, kept: str, encoder: str = "aac") -> Path:
    """Four seconds of video; each second starts with a beep, where it is kept."""
    video = make_clip(path.with_stem("video"), frames=100).path
    words = ["-i", f"file:{video}", "-f", "lavfi", "-t", "4", "-i", "aevalsrc=0"]
    words[words.index("aevalsrc=0")] = "aevalsrc=" + BEEPS.split("=", 1)[1]
    words += ["-map", "0:v", "-map", "1:a", "-c:v", "copy", "-c:a", encoder]
    make("-y", *words, "-af", f"aselect='{kept}'", f"file:{path}")
    return path


def make(*words: str) -> bytes:
    done = run_program([imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *words])
    assert done.status == 0, done.stderr
    return done.stdout


def beeps(path: Path) -> list[float]:
    """When a player hears each beep start, in seconds."""
    heard = "aresample=48000:async=1:first_pts=0:min_hard_comp=0.005"
    words = ("-copyts", "-map", "0:a:0", "-af", heard, "-ac", "1", "-f", "f32le", "-")
    samples = np.abs(np.frombuffer(make("-i", f"file:{path}", *words), np.float32))
    loud = np.flatnonzero(samples > 0.3) / 48000
    starts = loud[np.flatnonzero(np.diff(loud, prepend=-1.0) > 0.2)]
    return [round(float(start), 3) for start in starts]


def heard(times: list[float]) -> object:
    """The same within a packet of audio."""
    return pytest.approx(times, abs=0.03)


EXPECTED = {LATE: [2.0, 3.0], PAUSING: [0.0, 3.0]}


@pytest.mark.parametrize("name", ["avi", "mp3", "flac", "opus", "m4a", "mp4", "mkv"])
@pytest.mark.parametrize("kept", [LATE, PAUSING], ids=["late", "pausing"])
@pytest.mark.sampled(5)
def test_audio_is_in_sync(ffmpeg: FFmpeg, tmp_path: Path, name: str, kept: str) -> None:
    source, output = clip(tmp_path / "in.mp4", kept), tmp_path / f"out.{name}"
    assert run(["transcode", str(source), str(output)]) == 0
    assert beeps(output) == heard(EXPECTED[kept])


def test_a_range_counts_from_its_start(ffmpeg: FFmpeg, tmp_path: Path) -> None:
    source, output = clip(tmp_path / "in.mp4", PAUSING), tmp_path / "out.flac"
    words = ["transcode", str(source), str(output), "--start", "1.5", "--end", "3.5"]
    assert run(words) == 0
    assert beeps(output) == pytest.approx([1.5], abs=0.002)


@pytest.mark.parametrize("kept", [LATE, PAUSING], ids=["late", "pausing"])
def test_what_would_be_copied_out_of_sync_is_encoded(
    ffmpeg: FFmpeg, tmp_path: Path, kept: str
) -> None:
    source = clip(tmp_path / "in.mp4", kept, "libmp3lame")
    callback = tmp_path / "keep.py"
    callback.write_text("def keep(frame):\n    pass\n")
    for words in ((), ("--callback", f"{callback}:keep")):
        output = tmp_path / f"out{len(words)}.avi"
        assert run(["transcode", str(source), str(output), *words]) == 0
        assert beeps(output) == heard(EXPECTED[kept])


def test_a_preset_that_copies_all_encodes_what_pauses(
    ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    source, output = clip(tmp_path / "in.mkv", PAUSING, "pcm_s16le"), tmp_path / "a.wav"
    assert run(["transcode", str(source), str(output)]) == 0
    assert beeps(output) == pytest.approx(EXPECTED[PAUSING], abs=0.002)


def test_a_copy_out_of_sync_is_refused(
    ffmpeg: FFmpeg, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    source = clip(tmp_path / "in.mp4", PAUSING, "libmp3lame")
    for words in (["--copy"], ["--audio-codec", "copy"]):
        output = tmp_path / "out.mp3"
        assert run(["transcode", str(source), str(output), *words]) == 2
        assert "silence fills the gaps" in capfd.readouterr().err
    audio = tmp_path / "audio.mka"
    make("-i", f"file:{source}", "-vn", "-c", "copy", f"file:{audio}")
    words = ["trim", str(audio), str(tmp_path / "out.mp3"), "--start", "0.5"]
    assert run(words) == 2
    assert run([*words, "--exact"]) == 0
    assert beeps(tmp_path / "out.mp3") == pytest.approx([2.5], abs=0.06)  # two packets


def test_audio_without_a_gap_is_copied(ffmpeg: FFmpeg, tmp_path: Path) -> None:
    source = clip(tmp_path / "in.mp4", "1", "libmp3lame")
    assert run(["transcode", str(source), str(tmp_path / "a.mp3"), "--copy"]) == 0
    source = clip(tmp_path / "in.mkv", "1", "libmp3lame")
    assert run(["transcode", str(source), str(tmp_path / "b.mp3"), "--copy"]) == 0


def test_parts_with_gaps_are_joined_in_sync(ffmpeg: FFmpeg, tmp_path: Path) -> None:
    source = clip(tmp_path / "in.mp4", PAUSING, "libmp3lame")
    output = tmp_path / "out.avi"
    assert run(["merge", str(output), str(source), str(source)]) == 0
    assert beeps(output) == heard([0.0, 3.0, 4.0, 7.0])


def test_a_result_without_the_longest_track_is_not_cut_off(
    ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    source = tmp_path / "in.mkv"
    make_clip(source, frames=25, audios=1, extra=("-af", "apad=whole_dur=5"))
    assert run(["transcode", str(source), str(tmp_path / "a.mkv"), "--no-audio"]) == 0
