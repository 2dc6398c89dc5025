"""Which settings become which arguments of the decoding ffmpeg."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from avio_cli.decode.command import decode_command
from avio_cli.decode.settings import (
    AudioFormat,
    DetectorView,
    ReaderSettings,
    select_audio,
    select_video,
    time_base_of,
)
from avio_cli.errors import InputError, UsageError
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.url import MediaUrl
from avio_cli.media.color import is_full_range
from avio_cli.media.info import (
    AudioStream,
    Color,
    MediaInfo,
    SubtitleStream,
    VideoStream,
)


def video_stream(**fields: Any) -> VideoStream:
    known: dict[str, Any] = {
        "index": 0,
        "codec": "h264",
        "time_base": Fraction(1, 90000),
        "coded_width": 640,
        "coded_height": 360,
        "pixel_format": "yuv420p",
    }
    return VideoStream(**known | fields)


COVER = video_stream(index=1, dispositions=frozenset({"attached_pic"}))
AUDIO = AudioStream(
    index=2, codec="aac", time_base=Fraction(1, 48000), sample_rate=48000, channels=2
)
TEXT = SubtitleStream(index=3, codec="subrip", time_base=Fraction(1, 1000))


def info(*streams: Any) -> MediaInfo:
    return MediaInfo(source="video.mp4", container="mov,mp4", streams=streams)


def source(*streams: Any) -> MediaSource:
    url = MediaUrl("file", "file:/video.mp4", "video.mp4")
    return MediaSource(FFmpeg("ffmpeg", "PATH"), url, info(*streams))


def words(
    settings: ReaderSettings, *streams: Any, seek: Fraction = Fraction(0), **more: Any
) -> str:
    given = source(*(streams or (video_stream(),)))
    command = decode_command(given, settings, seek=seek, **{"shift": 0, **more})
    return " ".join(command.argv("ffmpeg"))


class TestCommand:
    def test_plain(self) -> None:
        command = words(ReaderSettings())
        assert (
            "-i file:/video.mp4 -map 0:V:0 -pix_fmt:v:0 yuv420p "
            "-fps_mode passthrough -enc_time_base:v 1/90000 -c:v rawvideo "
        ) in command
        assert command.endswith("-f nut pipe:1")

    def test_local_files_are_guarded(self) -> None:
        assert "-protocol_whitelist file,pipe" in words(ReaderSettings())

    @pytest.mark.parametrize(
        ("settings", "part"),
        [
            ({"video_track": 2}, "-map 0:V:2 -pix_fmt:v:0 yuv420p"),
            ({"pixel_format": "gray10le"}, "-pix_fmt:v:0 gray10le"),
            (
                {"video_filter": "fps=30"},
                "-filter:v:0 fps=30 -fps_mode passthrough -enc_time_base:v 1/90000",
            ),
            (
                {"view": DetectorView(width=416, height=416)},
                "-pix_fmt:v:0 yuv420p -map 0:V:0 -filter:v:1 scale=416:234:"
                "flags=bilinear,format=bgr24,pad=416:416:0:0:color=0x727272 "
                "-pix_fmt:v:1 bgr24",
            ),
            (
                {"view": DetectorView(width=416, height=416), "view_only": True},
                "video.mp4 -map 0:V:0 -filter:v:0 scale=416:234:flags=bilinear",
            ),
            (
                {
                    "view": DetectorView(width=64, height=64, pad=0),
                    "video_filter": "hflip",
                },
                "-filter:v:0 hflip -map 0:V:0 -filter:v:1 hflip,scale=64:36:"
                "flags=bilinear,format=bgr24,pad=64:64:0:0:color=0x000000",
            ),
        ],
    )
    def test_video(self, settings: dict[str, Any], part: str) -> None:
        assert part in words(
            ReaderSettings(**settings), video_stream(), video_stream(), video_stream()
        )

    @pytest.mark.parametrize(
        ("fields", "settings", "filters"),
        [
            ({}, {}, ""),
            ({"pixel_format": "yuv410p"}, {}, "setparams=colorspace=bt709"),
            ({}, {"video_filter": "hflip"}, "setparams=colorspace=bt709,hflip"),
            ({}, {"pixel_format": "yuv420p"}, ""),
            ({"color": Color(matrix="smpte170m")}, {}, ""),
            ({"coded_width": 1279}, {}, ""),
            (
                {"coded_width": 1279, "rotation": 90, "pixel_format": "yuv410p"},
                {},
                "setparams=colorspace=bt709",
            ),
            ({"pixel_format": "bgr0"}, {}, ""),
            (
                {"pixel_format": "bgr0"},
                {"pixel_format": "yuv420p", "video_filter": "hflip"},
                "hflip,scale=out_color_matrix=bt709:out_range=tv",
            ),
        ],
    )
    def test_untagged_video_counts_as_what_its_size_says(
        self, fields: dict[str, Any], settings: dict[str, Any], filters: str
    ) -> None:
        video = video_stream(**{"coded_width": 1280, "coded_height": 544} | fields)
        line = words(ReaderSettings(**settings), video)
        assert (f"-filter:v:0 {filters} " if filters else "-pix_fmt") in line
        assert ("-filter:v:0" in line) is bool(filters)

    @pytest.mark.parametrize("hardware", ["", "cuda"])
    def test_a_view_of_untagged_video_is_converted_by_its_size(
        self, hardware: str
    ) -> None:
        view = DetectorView(width=416, height=416)
        settings = ReaderSettings(view=view, view_only=True, hardware=hardware)
        line = words(settings, video_stream(coded_width=1280, coded_height=544))
        before, _, after = line.partition("setparams=colorspace=bt709")
        assert "format=bgr24" in after
        assert ("hwdownload" in before) is bool(hardware)

    def test_audio_goes_to_its_own_descriptor(self) -> None:
        settings = ReaderSettings(audio=AudioFormat(sample_rate=16000, channels=1))
        command = words(settings, audio_descriptor=7)
        assert "pipe:1 -map 0:a:0 -c:a pcm_s16le -ar 16000 -ac 1 " in command
        assert command.endswith("-f nut pipe:7")

    def test_audio_is_omitted_where_it_is_not_requested(self) -> None:
        assert "0:a" not in words(ReaderSettings(), audio_descriptor=7)
        assert "0:a" not in words(ReaderSettings(audio=AudioFormat()))

    def test_seeking_is_before_the_input(self) -> None:
        command = words(ReaderSettings(), seek=Fraction(10, 3))
        assert "-ss 3.333333 -i" in command
        assert "-copyts" in command

    def test_negative_times_are_shifted_in_both_outputs(self) -> None:
        settings = ReaderSettings(audio=AudioFormat())
        command = words(settings, shift=5, audio_descriptor=7)
        assert command.count("-output_ts_offset 5 ") == 2


@pytest.mark.parametrize(
    ("pixel_format", "range_", "asked", "wire"),
    [
        ("yuv420p", "", "yuv420p", "yuv420p"),
        ("yuv420p", "tv", "yuv420p", "yuv420p"),
        ("yuv420p", "pc", "yuv420p", "yuvj420p"),
        ("yuvj420p", "", "yuv420p", "yuvj420p"),
        ("yuvj422p", "pc", "yuv444p", "yuvj444p"),
        ("yuvj420p", "pc", "bgr24", "yuvj420p"),
        ("uyvy422", "", "bgr24", "yuv422p"),
        ("yuv420p10le", "", "bgr24", "bgr24"),
        ("bgr0", "", "bgr24", "bgr24"),
        ("yuv420p10le", "pc", "yuv420p10le", "yuv420p10le"),
        ("gray", "pc", "yuv420p", "yuvj420p"),
        ("nv12", "pc", "yuv420p", "yuvj420p"),
        ("uyvy422", "pc", "yuv422p", "yuvj422p"),
        ("bgr0", "pc", "yuv420p", "yuv420p"),
    ],
)
def test_full_range_is_not_squeezed(
    pixel_format: str, range_: str, asked: str, wire: str
) -> None:
    video = video_stream(pixel_format=pixel_format, color=Color(range=range_))
    command = words(ReaderSettings(pixel_format=asked), video)
    assert f"-pix_fmt:v:0 {wire} " in command
    assert is_full_range(video) is (
        pixel_format.startswith("yuvj") or (range_ == "pc" and pixel_format != "bgr0")
    )


def test_full_range_of_many_bits_is_not_squeezed() -> None:
    video = video_stream(pixel_format="yuvj420p", color=Color(range="pc"))
    command = words(ReaderSettings(pixel_format="yuv420p10le"), video)
    assert "-filter:v:0 scale=in_range=pc:out_range=pc " in command


@pytest.mark.parametrize(
    ("size", "inner"),
    [
        ((640, 360), (416, 234)),
        ((360, 640), (234, 416)),
        ((416, 416), (416, 416)),
        ((10, 5), (416, 208)),
        ((5000, 3), (416, 1)),
    ],
)
def test_a_view_keeps_the_shape(size: tuple[int, int], inner: tuple[int, int]) -> None:
    assert DetectorView(width=416, height=416).scaled_size(*size) == inner


def test_a_rotated_video_is_upright() -> None:
    settings = ReaderSettings(view=DetectorView(width=416, height=416))
    assert "scale=234:416:" in words(settings, video_stream(rotation=90))


class TestSettings:
    def test_an_unknown_pixel_format_lists_the_known(self) -> None:
        with pytest.raises(UsageError, match="unknown pixel format 'rgb565'") as caught:
            ReaderSettings(pixel_format="rgb565")
        assert "bgr24" in caught.value.hint

    def test_a_view_alone_needs_a_view(self) -> None:
        with pytest.raises(UsageError, match="view_only needs a view"):
            ReaderSettings(view_only=True)

    def test_a_filter_needs_finer_ticks(self) -> None:
        video = video_stream(time_base=Fraction(1, 25))
        assert time_base_of(video, ReaderSettings()) == Fraction(1, 25)
        filtered = ReaderSettings(video_filter="fps=30")
        assert time_base_of(video, filtered) == Fraction(1, 90000)


class TestChoice:
    def test_cover_art_is_no_video(self) -> None:
        second = video_stream(index=5)
        assert select_video(info(COVER, video_stream(), AUDIO, second), 1) is second

    @pytest.mark.parametrize(
        ("streams", "hint"),
        [
            ((), ""),
            ((AUDIO,), "it contains audio"),
            ((COVER, AUDIO, TEXT), "it contains cover art and audio and subtitles"),
        ],
    )
    def test_what_has_no_video_reports_what_it_has(
        self, streams: tuple[Any, ...], hint: str
    ) -> None:
        with pytest.raises(InputError, match=r"video\.mp4 has no video") as caught:
            select_video(info(*streams), 0)
        assert caught.value.hint == hint

    def test_a_video_that_is_not_there(self) -> None:
        with pytest.raises(InputError, match="has no video track number 1"):
            select_video(info(video_stream()), 1)

    def test_audio(self) -> None:
        assert select_audio(info(video_stream(), AUDIO), 0) is AUDIO
        with pytest.raises(InputError, match="has no audio"):
            select_audio(info(video_stream()), 0)
        with pytest.raises(InputError, match="has no audio track number 3"):
            select_audio(info(AUDIO), 3)


def test_no_word_passes_through_a_shell() -> None:
    settings = ReaderSettings(video_filter="drawtext=text='a; rm -rf $HOME'")
    command = decode_command(
        source(video_stream()), settings, seek=Fraction(0), shift=0
    )
    assert "drawtext=text='a; rm -rf $HOME'" in command.argv("ffmpeg")
    assert Path("ffmpeg").name == command.argv("ffmpeg")[0]
