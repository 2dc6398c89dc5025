"""What an audio encoder puts before the first sample does not make audio late."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from avio_cli.cli.main import run as avio
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.process.run import run

NOISE = "anoisesrc=seed=7:color=brown:r=48000:d=1:a=0.5"


def samples(ffmpeg: FFmpeg, path: Path) -> npt.NDArray[np.float32]:
    argv = [ffmpeg.path, "-v", "error", "-i", str(path), "-map", "0:a"]
    done = run([*argv, "-ac", "1", "-f", "f32le", "-"])
    return np.frombuffer(done.stdout, np.float32)


def lateness(before: npt.NDArray[np.float32], after: npt.NDArray[np.float32]) -> int:
    """Samples by which the same audio comes later, by cross-correlation."""
    size = 1 << 17
    spectrum = np.fft.rfft(before, size)
    weight = np.abs(spectrum) ** 2
    product = np.fft.rfft(after, size) * np.conj(spectrum)
    best = int(np.argmax(np.fft.irfft(product / (weight + weight.max() / 1000))))
    return best if best < size // 2 else best - size


@pytest.mark.parametrize("encoder", ["libmp3lame", "mp2", "ac3"])
def test_audio_in_avi_is_in_sync_to_the_sample(
    encoder: str, ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    source, result = tmp_path / "in.mkv", tmp_path / "out.avi"
    video = ["-f", "lavfi", "-i", "testsrc2=s=64x48:r=25:d=1"]
    argv = [ffmpeg.path, "-v", "error", *video, "-f", "lavfi", "-i", NOISE]
    assert not run([*argv, "-c:v", "mpeg4", "-c:a", "pcm_s16le", str(source)]).status
    chosen = ["--audio-codec", encoder]
    assert avio(["transcode", str(source), str(result), *chosen]) == 0
    assert lateness(samples(ffmpeg, source), samples(ffmpeg, result)) == 0
