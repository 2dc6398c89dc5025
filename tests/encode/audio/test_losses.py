"""Rates and depths of audio stay, or a warning names what is lost."""

import re
from fractions import Fraction
from pathlib import Path

import pytest

from avio_cli.cli.main import run as avio
from avio_cli.encode.audio.losses import rate_for, resampling, sample_warnings
from avio_cli.encode.settings import AudioOptions
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.process.run import run
from avio_cli.media.info import AudioStream


def audio(
    rate: int = 48000, codec: str = "pcm_s16le", form: str = "s16"
) -> AudioStream:
    return AudioStream(
        index=0,
        codec=codec,
        time_base=Fraction(1, rate),
        sample_rate=rate,
        channels=2,
        sample_format=form,
    )


@pytest.mark.parametrize(
    ("rate", "encoder", "wanted"),
    [
        (48000, "libopus", None),
        (32000, "libopus", 48000),
        (8000, "libopus", None),
        (37800, "aac", 44100),
        (192000, "aac", 96000),
        (96000, "libmp3lame", 48000),
        (192000, "flac", None),
        (0, "aac", None),
    ],
)
def test_the_next_higher_rate_is_chosen(
    rate: int, encoder: str, wanted: int | None
) -> None:
    assert rate_for(rate, encoder) == wanted


@pytest.mark.parametrize("encoder", ["aac", "libmp3lame", "libopus", "mp2", "ac3"])
def test_the_rates_are_those_that_ffmpeg_lists(ffmpeg: FFmpeg, encoder: str) -> None:
    text = run([ffmpeg.path, "-hide_banner", "-h", f"encoder={encoder}"]).stdout
    found = re.search(r"sample rates: ([\d ]+)", text.decode())
    assert found is not None
    listed = {int(rate) for rate in found[1].split()}
    assert {rate for rate in listed if rate_for(rate, encoder) is None} == listed
    assert rate_for(max(listed) + 1, encoder) == max(listed)
    assert rate_for(min(listed) - 1, encoder) == min(listed)


@pytest.mark.parametrize(
    ("stream", "encoder", "said"),
    [
        (audio(96000), "libopus", "96000 Hz becomes 48000 Hz"),
        (audio(32000), "libopus", ""),
        (audio(48000, "pcm_s32le", "s32"), "flac", "32 bits become 24"),
        (audio(48000, "pcm_f32le", "flt"), "flac", "floating point becomes 24 bits"),
        (audio(48000, "pcm_f64le", "dbl"), "pcm_s16le", "becomes 16 bits"),
        (audio(48000, "aac", "fltp"), "flac", ""),
        (audio(48000, "pcm_s16le", "s16"), "flac", ""),
    ],
)
def test_each_loss_is_named(stream: AudioStream, encoder: str, said: str) -> None:
    warnings = list(sample_warnings(stream, encoder, AudioOptions()))
    assert len(warnings) == bool(said)
    assert not said or said in warnings[0]


def test_a_rate_or_depth_of_the_user_is_no_loss() -> None:
    chosen = AudioOptions(filters="aresample=22050")
    assert not list(sample_warnings(audio(96000), "libopus", chosen))
    assert not list(resampling(audio(96000), "libopus", chosen))
    deep = audio(48000, "pcm_s24le", "s32")
    assert not list(
        sample_warnings(deep, "pcm_s16le", AudioOptions(encoder="pcm_s16le"))
    )


@pytest.mark.parametrize(
    ("rate", "name"), [(8000, "out.mp3"), (32000, "out.opus"), (192000, "out.m4a")]
)
def test_unusual_rates_pass_verification(
    rate: int, name: str, ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    source = tmp_path / "in.wav"
    tone = f"sine=sample_rate={rate}:duration=2"
    argv = [ffmpeg.path, "-v", "error", "-f", "lavfi", "-i", tone, str(source)]
    assert run(argv).status == 0
    assert avio(["transcode", str(source), str(tmp_path / name)]) == 0


def test_the_highest_tones_of_32_khz_are_heard_in_opus(
    bundled_ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    source, result = tmp_path / "in.wav", tmp_path / "out.opus"
    tone = "sine=frequency=14000:sample_rate=32000:duration=1"
    made = [bundled_ffmpeg.path, "-v", "error", "-f", "lavfi", "-i", tone, str(source)]
    assert run(made).status == 0
    assert avio(["transcode", str(source), str(result)]) == 0
    measured = [bundled_ffmpeg.path, "-hide_banner", "-i", str(result)]
    heard = "highpass=13000,volumedetect"
    log = run([*measured, "-af", heard, "-f", "null", "-"]).stderr
    found = re.search(r"mean_volume: (-?[\d.]+) dB", str(log))
    assert found is not None
    assert float(found[1]) > -40
