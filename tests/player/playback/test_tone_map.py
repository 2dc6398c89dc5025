"""HDR is shown in the colours of a usual screen."""

import os
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import imageio_ffmpeg
import numpy as np
import pytest
from numpy.typing import NDArray

from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.process.run import run
from avio_cli.ffmpeg.url import parse_url
from avio_cli.media.info import Color, VideoStream
from avio_cli.player.playback import tone_map
from avio_cli.player.playback.tone_map import mapped_size, tone_map_filter
from avio_cli.player.thumbnails import ThumbnailReader
from tests.player.conftest import Play

REFERENCE = (
    "zscale=t=linear:npl=100,format=gbrpf32le,zscale=p=bt709,"
    "tonemap=hable:desat=0,zscale=t=bt709:m=bt709:r=tv,format=yuv420p"
)
HDR = {
    "smpte2084": ("yuv420p10le", "p=2020:t=smpte2084:m=2020_ncl:npl=1000:r=tv"),
    "arib-std-b67": ("yuv420p", "p=2020:t=arib-std-b67:m=2020_ncl:r=tv"),
}


def make(*words: str) -> None:
    done = run([imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", *words])
    assert done.status == 0, done.stderr


@pytest.fixture(params=HDR)
def video(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """HDR of 10 and of 8 bits, with the tags of each."""
    pixel_format, encoding = HDR[request.param]
    path = tmp_path / "hdr.mkv"
    sdr = "setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709"
    made = f"testsrc2=s=320x180:r=10:d=5,{sdr},zscale={encoding}"
    tags = ("-color_primaries", "bt2020", "-colorspace", "bt2020nc")
    make(
        *("-f", "lavfi", "-i", f"{made},format={pixel_format}", "-c:v", "ffv1"),
        *(*tags, "-color_trc", request.param, "-color_range", "tv", str(path)),
    )
    return path


def pixels_of(path: Path) -> NDArray[np.int16]:
    with av.open(str(path)) as container:
        frame = next(container.decode(video=0))
        return frame.to_ndarray(format="rgb24").astype(np.int16)


@pytest.mark.slow
def test_what_is_shown_is_what_ffmpeg_makes_of_hdr(
    play: Play, video: Path, tmp_path: Path, ffmpeg: object
) -> None:
    """With a callback in bgr24, too: 8 bits are else converted by the source's tags."""
    reference, callback = tmp_path / "reference.png", tmp_path / "same.py"
    make("-i", str(video), "-vf", REFERENCE, "-frames:v", "1", str(reference))
    callback.write_text("def same(frame):\n    frame.planes[0][0, 0] = 0\n")
    folder = ("--record-dir", str(tmp_path))
    script = ["key SPACE", "key HOME", "key c", "wait 0.5", "quit"]
    play(video, script=script, options=folder)
    play(video, script=script, options=(*folder, "--callback", f"{callback}:same"))
    screenshots = list(tmp_path.glob("hdr-*.png"))
    assert len(screenshots) == 2
    for screenshot in screenshots:
        error = np.abs(pixels_of(screenshot) - pixels_of(reference))
        assert error.mean() < 4, screenshot


def test_previews_are_mapped_too(video: Path, bundled_ffmpeg: FFmpeg) -> None:
    source = MediaSource.probe(bundled_ffmpeg, parse_url(video))
    means = []
    for mapped in (False, True):
        reader = ThumbnailReader(source, tone_map=mapped)
        image = reader._fetch(0)
        reader.close()
        assert image.shape == (180, 320, 3)
        means.append(float(np.ptp(image.astype(int), axis=2).mean()))
    assert means[1] > 1.2 * means[0], "colours are less washed out"


def test_an_ffmpeg_without_the_filters_shows_hdr_as_it_is(
    play: Play,
    video: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(tone_map, "can_tone_map", lambda ffmpeg: False)
    found = play(video, options=("--end", "0.3"))
    assert found["frames_shown"] + found["frames_dropped"] == 3
    assert "HDR is shown as it is" in capfd.readouterr().err


def stream(width: int, height: int, rate: int = 60) -> VideoStream:
    return VideoStream(
        index=0,
        codec="hevc",
        time_base=Fraction(1, 1000),
        coded_width=width,
        coded_height=height,
        average_rate=Fraction(rate),
        color=Color(transfer="smpte2084"),
    )


@pytest.mark.parametrize("cores", [1, 2, 16])
def test_large_frames_become_as_small_as_the_machine_can_map(
    cores: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    width, height = mapped_size(stream(3840, 2160))
    assert width * height * 60 <= 1.01 * cores * 2 / 3 * 1920 * 1080 * 24
    assert width % 2 == height % 2 == 0
    assert abs(width / height - 16 / 9) < 0.01
    assert mapped_size(stream(640, 360, rate=24)) == (640, 360)


def test_frames_that_are_data_keep_their_size_and_odd_sizes_their_chroma() -> None:
    large = stream(3840, 2160)
    assert not tone_map_filter(large, keeps_size=True).startswith("scale")
    odd = tone_map_filter(stream(321, 180), keeps_size=True)
    assert odd.startswith("format=yuv444p10le,")
    assert tone_map_filter(replace(large, color=Color()), keeps_size=False) == ""
