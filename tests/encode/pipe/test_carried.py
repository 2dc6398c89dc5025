"""Which frames are converted before they reach the encoder, and to which colours."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from avio_cli.encode.pipe.bgr_to_yuv import BgrToYuv
from avio_cli.encode.pipe.carried import CarriedFrames
from avio_cli.encode.settings import EncodeSettings, VideoOptions
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.probe.probe import probe
from avio_cli.ffmpeg.url import parse_url
from avio_cli.media.frame import Frame
from avio_cli.media.info import Color, VideoStream
from avio_cli.presets import find_preset
from tests.decode.reading import plain_decode
from tests.encode.making import encode
from tests.encode.test_video_params import BT709, video_stream

PIXELS = np.random.default_rng(5).integers(0, 256, (48, 64, 3), np.uint8)


def carried(
    preset: str = "mp4-h264",
    pixel_format: str = "bgr24",
    video: VideoStream | None = None,
    pixels: NDArray[np.uint8] = PIXELS,
    **options: Any,
) -> tuple[CarriedFrames, Frame]:
    frame = Frame((pixels,), pixel_format, 0, 0, Fraction(1, 25))
    chosen = VideoOptions(**options)
    settings = EncodeSettings(preset=find_preset(preset), video=chosen)
    return CarriedFrames.of(frame, video, settings), frame


@pytest.mark.parametrize("pixel_format", ["bgr24", "rgb24"])
@pytest.mark.parametrize("preset", ["mp4-h264", "mkv-ffv1", "webm-vp9", "avi-mpeg4"])
def test_frames_that_become_yuv420p_are_sent_as_that(
    preset: str, pixel_format: str
) -> None:
    video = video_stream(color=replace(BT709, matrix="bt2020nc"))
    made, frame = carried(preset, pixel_format, video)

    matrix = "bt601" if preset == "avi-mpeg4" else "bt2020"  # AVI cannot name it
    red_first = pixel_format == "rgb24"
    convert = BgrToYuv((64, 48), matrix, full_range=False, red_first=red_first)
    assert made.params.pixel_format == "yuv420p"
    for plane, expected in zip(made.planes(frame), convert(PIXELS), strict=True):
        assert np.array_equal(plane, expected)


@pytest.mark.parametrize(
    "given",
    [
        {"preset": "mp4-av1"},
        {"preset": "mov-prores"},
        {"preset": "gif"},
        {"filters": "hue=s=0"},
        {"deinterlace": "on"},
        {"pixel_format": "gray", "pixels": PIXELS[:, :, 0]},
    ],
    ids=lambda given: " ".join(map(str, given.values()))[:20],
)
def test_other_frames_are_sent_as_they_are(given: dict[str, Any]) -> None:
    made, frame = carried(**given)
    assert made.params.pixel_format == frame.pixel_format
    assert made.planes(frame) is frame.planes


@pytest.mark.parametrize(
    ("preset", "video", "color"),
    [
        ("mp4-h264", video_stream(), BT709),
        ("mp4-h264", None, Color(range="tv")),
        ("mp4-h264", video_stream(color=Color()), Color(range="tv")),
        ("mp4-h264", video_stream(pixel_format="gbrp", color=Color()), BT709),
        ("mp4-h264", video_stream(color=Color(range="pc")), Color(range="pc")),
        ("avi-mpeg4", video_stream(color=Color(range="pc")), Color(range="tv")),
    ],
)
def test_the_colours_are_those_that_the_result_is_tagged_with(
    preset: str, video: VideoStream | None, color: Color
) -> None:
    made, frame = carried(preset, video=video)
    assert made.params.color == color
    convert = BgrToYuv(
        (64, 48),
        "bt709" if color.matrix else "bt601",
        full_range=color.range == "pc",
    )
    assert np.array_equal(made.planes(frame)[0], convert(PIXELS)[0])


@pytest.mark.parametrize("size", [(64, 48), (66, 50)])
def test_a_result_has_the_planes_that_were_made(
    size: tuple[int, int], ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    pixels = np.random.default_rng(6).integers(0, 256, (size[1], size[0], 3), np.uint8)
    frame = Frame((pixels,), "bgr24", 0, 0, Fraction(1, 25))
    result = tmp_path / "result.mp4"
    video = VideoOptions(quality=0, options={"preset": "ultrafast"})

    encode(ffmpeg, result, [frame], video=video)

    assert probe(ffmpeg, parse_url(result)).videos[0].pixel_format == "yuv420p"
    planes = plain_decode(ffmpeg, result, size, "yuv420p")[0]
    expected = BgrToYuv(size, "bt601", full_range=False)(pixels)
    for plane, levels in zip(planes, expected, strict=True):
        assert np.array_equal(plane, levels)
