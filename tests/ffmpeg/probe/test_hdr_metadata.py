"""HDR10 metadata: read from a video, passed to encoders, reported where it is lost."""

import logging
from fractions import Fraction
from logging.handlers import BufferingHandler
from pathlib import Path

import imageio_ffmpeg
import pytest

from avio_cli import create_video, open_video
from avio_cli.cli.main import run as avio
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.probe.hdr_metadata import HdrMetadata, read_hdr_metadata
from avio_cli.ffmpeg.process.run import run
from avio_cli.ffmpeg.url import MediaUrl, parse_url
from tests.conftest import missing

PRIMARIES = (
    *(Fraction(13250, 50000), Fraction(34500, 50000)),
    *(Fraction(7500, 50000), Fraction(3000, 50000)),
    *(Fraction(34000, 50000), Fraction(16000, 50000)),
    *(Fraction(15635, 50000), Fraction(16450, 50000)),
)
METADATA = HdrMetadata(PRIMARIES, (Fraction(1000), Fraction(1, 10000)), (1000, 400))
X265 = (
    "hdr10=1:master-display=G(13250,34500)B(7500,3000)R(34000,16000)"
    "WP(15635,16450)L(10000000,1):max-cll=1000,400"
)
FFPROBE = FFmpeg("/usr/bin/ffmpeg", "PATH", "/usr/bin/ffprobe")


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not Path(FFPROBE.ffprobe).exists():
        missing("the system's ffprobe, which alone reports HDR10")
    path = tmp_path_factory.mktemp("light") / "hdr.mp4"
    argv = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-f", "lavfi", "-i"]
    argv += ["testsrc2=s=128x96:r=25:d=0.2", "-pix_fmt", "yuv420p10le"]
    tags = "colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc:log-level=none"
    argv += ["-c:v", "libx265", "-x265-params", f"{X265}:{tags}", f"file:{path}"]
    done = run(argv)
    assert done.status == 0, done.stderr
    return path


def test_encoders_get_it_in_their_own_syntax() -> None:
    assert METADATA.as_x265() == X265
    assert METADATA.as_svt() == (
        "mastering-display=G(0.26500,0.69000)B(0.15000,0.06000)R(0.68000,0.32000)"
        "WP(0.31270,0.32900)L(1000.0000,0.0001):content-light=1000,400"
    )
    assert (
        HdrMetadata(content_light_level=(1000, 400)).as_x265()
        == "hdr10=1:max-cll=1000,400"
    )


def test_it_is_read_from_the_first_frame(video: Path) -> None:
    assert read_hdr_metadata(FFPROBE, parse_url(video)) == METADATA


def test_it_is_read_without_ffprobe(video: Path, ffmpeg: FFmpeg) -> None:
    alone = FFmpeg(ffmpeg.path, "PATH")
    assert read_hdr_metadata(alone, parse_url(video)) == METADATA


def test_where_nothing_is_declared_there_is_none(video: Path, tmp_path: Path) -> None:
    assert read_hdr_metadata(FFmpeg("x", "PATH"), parse_url(video)) is None
    assert read_hdr_metadata(FFPROBE, MediaUrl("stdin", "pipe:0", "stdin")) is None
    noise = tmp_path / "noise.mp4"
    noise.write_bytes(b"noise")
    assert read_hdr_metadata(FFPROBE, parse_url(noise)) is None


@pytest.mark.parametrize("preset", ["mp4-hevc", "mp4-av1"])
def test_it_is_kept(preset: str, video: Path, ffmpeg: FFmpeg, tmp_path: Path) -> None:
    output = tmp_path / "out.mp4"
    fast = "preset=ultrafast" if preset == "mp4-hevc" else "preset=12"
    arguments = ["--preset", preset, "--encoder-option", fast]
    assert avio(["transcode", str(video), str(output), *arguments]) == 0
    kept = read_hdr_metadata(FFPROBE, parse_url(output))
    assert kept is not None
    assert kept.content_light_level == METADATA.content_light_level
    # AV1 stores 16 bits of each value.
    for value, wanted in zip(
        kept.primaries_and_white_point, METADATA.primaries_and_white_point, strict=True
    ):
        assert abs(value - wanted) < Fraction(1, 30000)
    assert abs(kept.mastering_luminance[0] - 1000) < 1


@pytest.fixture
def callback(tmp_path: Path) -> list[str]:
    code = tmp_path / "same.py"
    text = "def same(frame):\n    pass\n\n\nsame.pixel_format = 'yuv420p10le'\n"
    code.write_text(text)
    return ["--callback", f"{code}:same"]


@pytest.mark.parametrize("preset", ["mp4-hevc", "mp4-av1"])
def test_callbacks_keep_it(
    preset: str, video: Path, callback: list[str], ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    """Frames in Python have none: it was lost, without a word."""
    output = tmp_path / "out.mp4"
    arguments = ["--preset", preset, *callback]
    assert avio(["transcode", str(video), str(output), *arguments]) == 0
    kept = read_hdr_metadata(FFPROBE, parse_url(output))
    assert kept is not None
    assert kept.content_light_level == METADATA.content_light_level
    assert len(kept.primaries_and_white_point) == 8


@pytest.mark.parametrize("writes", ["callback", "python", "track", "merge"])
def test_its_loss_on_the_way_through_python_is_reported(
    writes: str,
    video: Path,
    callback: list[str],
    ffmpeg: FFmpeg,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """H.264 of frames from Python cannot have it."""
    output, source = tmp_path / "out.mp4", str(video)
    h264 = ["--preset", "mp4-h264"]
    if writes == "python":
        warned = _copied_in_python(video, output)
    else:
        arguments = {
            "callback": ["transcode", source, str(output), *h264, *callback],
            "track": ["track", source, "-o", str(output), "--model", "motion", *h264],
            "merge": ["merge", str(output), source, source, "--encode", *h264],
        }[writes]
        assert avio(arguments) == 0
        warned = capfd.readouterr().err
    assert read_hdr_metadata(FFPROBE, parse_url(output)) is None
    assert warned.count("mastering display and light level (HDR10) are lost") == 1


def _copied_in_python(video: Path, output: Path) -> str:
    handler = BufferingHandler(100)
    logger = logging.getLogger("avio")
    logger.addHandler(handler)
    try:
        with open_video(video) as frames, create_video(output, source=video) as writer:
            for frame in frames:
                writer.write(frame)
    finally:
        logger.removeHandler(handler)
    return "\n".join(record.getMessage() for record in handler.buffer)


def test_its_loss_is_reported(
    video: Path,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AVIO_FFMPEG", FFPROBE.path)
    output = tmp_path / "out.webm"
    fast = ("--encoder-option", "deadline=realtime")
    assert avio(["transcode", str(video), str(output), *fast]) == 0
    log = capfd.readouterr().err
    lost = read_hdr_metadata(FFPROBE, parse_url(output)) is None
    assert ("mastering display and light level (HDR10) are lost" in log) == lost
