"""What packets say of their rate and channels is read as ffmpeg's encoders write it."""

import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avio_cli.encode.audio.headers import LENGTH, can_change, rate_and_channels
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.process.run import run

ENCODERS = {
    "aac": ("aac", "adts", ("mono", "stereo", "5.1")),
    "mp2": ("mp2", "mp2", ("mono", "stereo")),
    "mp3": ("libmp3lame", "mp3", ("mono", "stereo")),
    "ac3": ("ac3", "ac3", ("mono", "stereo", "2.1", "3.0", "4.0", "5.0", "5.1")),
    "eac3": ("eac3", "eac3", ("mono", "stereo", "2.1", "3.0", "4.0", "5.0", "5.1")),
    "dts": ("dca", "dts", ("mono", "stereo", "5.1(side)")),
}
"""Encoder, format and layouts of each codec."""
RATES = ("48000", "44100", "32000")


def packet(
    ffmpeg: FFmpeg, folder: Path, codec: str, rate: str, layout: str, bits: str
) -> bytes:
    encoder, form, _ = ENCODERS[codec]
    path = folder / "one"
    tone = ["-f", "lavfi", "-i", f"sine=r={rate}:d=0.2", "-b:a", bits, "-strict", "-2"]
    mixed = ["-af", f"aformat=channel_layouts={layout}", "-ar", rate, "-c:a", encoder]
    quiet = ["-id3v2_version", "0", "-write_xing", "0"] if codec == "mp3" else []
    coded = [*tone, *mixed, *quiet, "-f", form, "-y", str(path)]
    assert not run([ffmpeg.path, "-v", "error", *coded]).status
    return path.read_bytes()[:LENGTH]


@pytest.mark.parametrize("codec", ENCODERS)
def test_each_rate_and_layout_differs_and_nothing_else_does(
    codec: str, bundled_ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    layouts = ENCODERS[codec][2]
    seen = {}
    for rate, layout in itertools.product(RATES[:2], layouts):
        said = {
            rate_and_channels(
                codec, packet(bundled_ffmpeg, tmp_path, codec, rate, layout, bits)
            )
            for bits in (("1280k", "1536k") if codec == "dts" else ("128k", "160k"))
        }
        assert len(said) == 1
        seen[rate, layout] = said.pop()
    assert all(seen.values())
    assert len(set(seen.values())) == len(seen)


@given(st.sampled_from([*ENCODERS, "flac", "opus"]), st.binary(max_size=LENGTH))
def test_what_is_no_header_says_nothing(codec: str, packet: bytes) -> None:
    said = rate_and_channels(codec, packet)
    assert not said or (len(packet) == LENGTH and can_change(codec))
