"""Audio in one array: every sample at its time, none missing in silence."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import avio_cli as avio
from avio_cli.ffmpeg.locate import FFmpeg
from tests.clips import Clip, _ffmpeg, make_clip


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    path = tmp_path_factory.mktemp("audio") / "tone.mkv"
    return make_clip(path, frames=50, audios=2, audio=("-c:a", "pcm_s16le"))


def pitch(block: avio.AudioBlock) -> float:
    """The strongest frequency in Hz."""
    level = np.abs(np.fft.rfft(block.samples[:, 0].astype(float)))
    return float(level.argmax()) * block.sample_rate / len(block.samples)


def test_it_is_all_there_at_its_own_rate(clip: Clip, ffmpeg: FFmpeg) -> None:
    audio = avio.read_audio(clip.path)
    declared = avio.probe(clip.path).audios[0]
    assert audio.sample_rate == declared.sample_rate
    assert audio.samples.shape == (2 * audio.sample_rate, declared.channels)
    assert audio.samples.dtype == np.int16
    assert abs(pitch(audio) - 440) < 2
    assert abs(pitch(avio.read_audio(clip.path, track=1)) - 880) < 2


def test_it_is_cut_to_the_sample(clip: Clip, bundled_ffmpeg: FFmpeg) -> None:
    audio = avio.read_audio(
        clip.path, start="0:00.5", end=1.25, sample_rate=8000, channels=1
    )
    assert audio.samples.shape == (6000, 1)
    assert abs(float(audio.time) - 0.5) < 0.001
    assert abs(pitch(audio) - 440) < 4


def test_a_video_gives_the_audio_of_its_part(
    clip: Clip, bundled_ffmpeg: FFmpeg
) -> None:
    with avio.open_video(clip.path, start=1) as video:
        audio = video.audio()
    assert len(audio.samples) == audio.sample_rate


def test_silence_fills_a_gap(bundled_ffmpeg: FFmpeg, tmp_path: Path) -> None:
    path = tmp_path / "gap.mkv"
    tone = "sine=440:r=8000:d=2,aselect='lt(t,0.5)+gte(t,1.5)'"
    _ffmpeg(["-f", "lavfi", "-i", tone, "-c:a", "pcm_s16le", f"file:{path}"])
    audio = avio.read_audio(path)
    assert abs(len(audio.samples) - 16000) <= 2048
    assert np.abs(audio.samples[6000:10000]).max() == 0
    assert np.abs(audio.samples[-2000:]).max() > 1000


def test_a_source_that_is_cut_off_is_damaged(
    bundled_ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    header_first = ("-movflags", "+faststart")
    path = tmp_path / "cut.mp4"
    make_clip(path, frames=100, audios=1, extra=header_first)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(avio.DamagedInputError, match="cut off: 1") as caught:
        avio.read_audio(path)
    assert caught.value.hint.startswith("allow_damaged=True")
    assert len(avio.read_audio(path, allow_damaged=True).samples)


def test_without_audio_there_is_an_error(
    bundled_ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    silent = make_clip(tmp_path / "silent.mp4", frames=2).path
    with pytest.raises(avio.InputError, match="has no audio"):
        avio.read_audio(silent)


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        ({"sample_rate": 10**9}, "sample_rate must be at most 2000000"),
        ({"sample_rate": 0}, "sample_rate must be at least 1"),
        ({"channels": 1000}, "channels must be at most 64"),
        ({"channels": 9}, "cannot be mixed to 9 channels"),
    ],
)
def test_what_no_audio_has_is_refused(
    clip: Clip, bundled_ffmpeg: FFmpeg, wanted: dict[str, Any], says: str
) -> None:
    for end in (None, 0.5):
        with pytest.raises(avio.AvioError, match=says):
            avio.read_audio(clip.path, end=end, **wanted)
