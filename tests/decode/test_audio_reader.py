"""Audio alone, cut to the sample, at any speed."""

import contextlib
import os
from fractions import Fraction
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest
from numpy.typing import NDArray

from avio_cli.decode.audio_reader import AudioReader
from avio_cli.decode.settings import AudioFormat, ReaderSettings
from avio_cli.errors import InputError
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.process.run import run
from avio_cli.ffmpeg.url import parse_url
from avio_cli.media.frame import AudioBlock
from tests.servers import serving


@pytest.fixture(scope="module")
def audio_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three seconds in stereo whose samples count up, 4 a step."""
    path = tmp_path_factory.mktemp("audio") / "audio.wav"
    wave = "aevalsrc=(n/4+1)/40000-0.45|0.2:s=48000:d=3:n=1024"
    argv = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-f", "lavfi", "-i", wave]
    done = run([*argv, "-c:a", "pcm_s16le", str(path)])
    assert done.status == 0, done.stderr
    return path


def read(
    ffmpeg: FFmpeg,
    path: Path,
    start: Fraction = Fraction(0),
    end: Fraction | None = None,
    speed: Fraction = Fraction(1),
) -> list[AudioBlock]:
    source = MediaSource.probe(ffmpeg, parse_url(path))
    settings = ReaderSettings(audio=AudioFormat(speed=speed), start=start, end=end)
    reader = AudioReader(source, settings)
    try:
        return list(reader.items())
    finally:
        reader.close()


def samples(blocks: list[AudioBlock]) -> NDArray[np.int16]:
    return np.concatenate([block.samples for block in blocks]).astype(np.int16)


def test_a_range_has_the_same_samples_as_in_the_whole(
    ffmpeg: FFmpeg, audio_file: Path
) -> None:
    whole = samples(read(ffmpeg, audio_file))
    assert len(whole) == 3 * 48000
    part = read(ffmpeg, audio_file, Fraction(5, 4), Fraction(7, 4))
    assert part[0].time == Fraction(5, 4)
    assert np.array_equal(samples(part), whole[60000:84000])


@pytest.mark.parametrize("speed", [Fraction(1, 4), Fraction(3, 2), Fraction(4)])
def test_times_stay_those_of_the_source_at_any_speed(
    ffmpeg: FFmpeg, audio_file: Path, speed: Fraction
) -> None:
    blocks = read(ffmpeg, audio_file, Fraction(1), Fraction(2), speed)
    assert float(blocks[0].time) == pytest.approx(1, abs=0.001)
    end = blocks[-1].time + blocks[-1].duration
    assert float(end) == pytest.approx(2, abs=0.001)
    assert len(samples(blocks)) == pytest.approx(48000 / speed, rel=0.01)


def test_a_track_that_is_not_there_is_named(
    bundled_ffmpeg: FFmpeg, audio_file: Path
) -> None:
    source = MediaSource.probe(bundled_ffmpeg, parse_url(audio_file))
    settings = ReaderSettings(audio=AudioFormat(track=1))
    with pytest.raises(InputError, match="no audio track number 1"):
        AudioReader(source, settings)


@pytest.mark.skipif(os.name == "nt", reason="sockets are no descriptors there")
@pytest.mark.parametrize(("kind", "broken"), [("reset", True), ("plain", False)])
def test_a_broken_connection_is_no_end_of_a_body(
    ffmpeg: FFmpeg, audio_file: Path, kind: str, broken: bool
) -> None:
    with serving(audio_file.parent) as url:
        source = MediaSource.probe(ffmpeg, parse_url(f"{url}/{kind}-audio.wav"))
        reader = AudioReader(source, ReaderSettings(audio=AudioFormat()))
        with contextlib.closing(reader), contextlib.suppress(InputError):
            assert list(reader.items())
    assert reader.disconnected == broken
