"""What is decoded of a live source for a result, and how that is encoded."""

from fractions import Fraction

import pytest

from avio_cli.encode.live.streams import plan_piped
from avio_cli.encode.settings import EncodeSettings, VideoOptions
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.url import MediaUrl
from avio_cli.media.info import MediaInfo, VideoStream
from avio_cli.presets.finding import find_preset


def options(
    rate: int,
    preset: str = "mp4-h264",
    preset_name: str = "",
    *,
    light: bool = False,
    **given: str,
) -> dict[str, str]:
    """The encoder's options for a camera of so many frames a second."""
    given |= {"preset": preset_name} if preset_name else {}
    video = VideoStream(
        index=0,
        codec="h264",
        time_base=Fraction(1, 90000),
        coded_width=160,
        coded_height=96,
        average_rate=Fraction(rate),
    )
    info = MediaInfo(source="camera", container="mpegts", streams=(video,))
    camera = MediaSource(
        FFmpeg("ffmpeg", "PATH", ""), MediaUrl("url", "rtsp://camera", "camera"), info
    )
    settings = EncodeSettings(
        preset=find_preset(preset), video=VideoOptions(options=given, light=light)
    )
    return dict(plan_piped(camera, settings).settings.video.options)


@pytest.mark.parametrize(("rate", "frames"), [(10, "5"), (25, "12")])
def test_an_encoder_holds_half_a_second_back_which_a_kill_loses(
    rate: int, frames: str
) -> None:
    assert options(rate)["rc-lookahead"] == frames
    assert options(rate, light=True)["rc-lookahead"] == frames


def test_what_the_user_says_of_it_counts() -> None:
    assert options(25, **{"rc-lookahead": "60"})["rc-lookahead"] == "60"
    assert "rc-lookahead" not in options(25, tune="zerolatency")
    assert "rc-lookahead" not in options(200), "it would hold more back than by default"
    assert "rc-lookahead" not in options(25, preset_name="veryfast")
    assert "rc-lookahead" not in options(60, light=True)
    assert options(25, light=True, **{"rc-lookahead": "60"})["rc-lookahead"] == "60"
    assert "x265-params" not in options(10, "mp4-hevc", bf="3"), "x265 refuses that"
    assert options(10, "mp4-hevc")["x265-params"] == "rc-lookahead=5"
