"""ffmpeg's report, line by line; the lines are as 5.1.9 or 9.0.2 printed them."""

from fractions import Fraction

import pytest

from avio_cli.errors import FFmpegError
from avio_cli.ffmpeg.probe.ffmpeg_report import media_from_report
from avio_cli.ffmpeg.probe.report_stream import (
    channel_count,
    exact_rate,
    stream_from_line,
)
from avio_cli.media.info import (
    AudioStream,
    Color,
    OtherStream,
    SubtitleStream,
    VideoStream,
)


def color(of_range: str, matrix: str, primaries: str, transfer: str) -> Color:
    return Color(range=of_range, matrix=matrix, primaries=primaries, transfer=transfer)


@pytest.mark.parametrize(
    ("printed", "rate"),
    [
        ("29.97", Fraction(30000, 1001)),
        ("23.98", Fraction(24000, 1001)),
        ("59.94", Fraction(60000, 1001)),
        ("119.88", Fraction(120000, 1001)),
        ("47.95", Fraction(48000, 1001)),
        ("25", Fraction(25)),
        ("12.50", Fraction(25, 2)),
        ("20.09", Fraction(2009, 100)),
        ("1k", Fraction(1000)),
        ("90k", Fraction(90000)),
        ("0.0042", Fraction(42, 10000)),
        ("0", None),
    ],
)
def test_rounded_rates_become_exact(printed: str, rate: Fraction | None) -> None:
    assert exact_rate(printed) == rate


@pytest.mark.parametrize(
    ("layout", "channels"),
    [
        ("mono", 1),
        ("stereo", 2),
        ("5.1(side)", 6),
        ("7.1.4", 12),
        ("22.2", 24),
        ("quad(side)", 4),
        ("hexagonal", 6),
        ("13 channels", 13),
        ("2 channels (FL+LFE)", 2),
        ("ambisonic 1", 4),
        ("ambisonic 2+stereo", 11),
        ("", 0),
        ("unheard of", 0),
    ],
)
def test_channels_of_a_layout(layout: str, channels: int) -> None:
    assert channel_count(layout) == channels


def test_video_line_with_everything() -> None:
    video = stream_from_line(
        "Stream #0:1[0x2](eng), 3, 1/30000: Video: av1 (libdav1d) (Main), 1 reference "
        "frame (av01 / 0x31307661), yuv420p10le(tv, bt2020nc/bt2020/smpte2084, "
        "progressive, left), 720x1280 (720x1284) [SAR 2:3 DAR 3:8], 0/1, 853 kb/s, "
        "SAR 4:3 DAR 3:4, 29.97 fps, 30 tbr, 30k tbn, start 0.066733 (default) "
        "(visual impaired)",
        {"title": "Main", "handler_name": "VideoHandler", "DURATION": "00:01:00.5"},
        [
            "Mastering display metadata: has_primaries:1",
            "Content Light Level Metadata, MaxCLL=1000",
            "DOVI configuration record: version: 1.0, profile: 5",
            "Display Matrix: rotation of -90.00 degrees",
        ],
    )
    assert video == VideoStream(
        index=1,
        codec="av1",
        time_base=Fraction(1, 30000),
        start_pts=2002,
        duration=Fraction(121, 2),
        language="eng",
        title="Main",
        dispositions=frozenset({"default", "visual_impaired"}),
        metadata={"handler_name": "VideoHandler", "DURATION": "00:01:00.5"},
        bit_rate=853000,
        coded_width=720,
        coded_height=1280,
        rotation=90,
        sample_aspect_ratio=Fraction(4, 3),
        average_rate=Fraction(30000, 1001),
        nominal_rate=Fraction(30),
        pixel_format="yuv420p10le",
        profile="Main",
        color=color("tv", "bt2020nc", "bt2020", "smpte2084"),
        field_order="progressive",
        hdr=("mastering display", "content light level", "Dolby Vision"),
    )


def video_line(pixels: str) -> VideoStream:
    line = f"Stream #0:0, 1, 1/25: Video: h264 (High), {pixels}, 64x48, 25 tbn"
    stream = stream_from_line(line, {}, [])
    assert isinstance(stream, VideoStream)
    return stream


@pytest.mark.parametrize(
    ("pixels", "expected"),
    [
        ("yuv420p", Color()),
        ("yuv420p(left)", Color()),
        ("yuv420p(progressive, left)", Color()),
        ("yuv420p(tv, bt709, progressive)", color("tv", "bt709", "bt709", "bt709")),
        ("pal8(pc, gbr/unknown/unknown)", color("pc", "gbr", "", "")),
        ("gbrp(unknown/bt709/iec61966-2-1)", color("", "", "bt709", "iec61966-2-1")),
    ],
)
def test_colors_are_separated_from_the_words_around_them(
    pixels: str, expected: Color
) -> None:
    assert video_line(pixels).color == expected


@pytest.mark.parametrize(
    ("words", "field_order"),
    [
        ("tv, smpte170m, top first, left", "tt"),
        ("tv, top coded first (swapped)", "tb"),
        ("bottom first", "bb"),
        ("top coded first (swapped)", "tb"),
        ("bottom coded first (swapped)", "bt"),
        ("tv", ""),
    ],
)
def test_field_orders_have_the_names_of_ffprobe(words: str, field_order: str) -> None:
    assert video_line(f"yuv420p({words})").field_order == field_order


@pytest.mark.parametrize(
    ("degrees", "rotation"),
    [("-90.00", 90), ("90.00", 270), ("-180.00", 180), ("0.00", 0), ("nan", 0)],
)
def test_display_matrix_turns_the_other_way(degrees: str, rotation: int) -> None:
    line = "Stream #0:0, 1, 1/25: Video: h264, yuv420p, 64x48, 25 fps"
    stream = stream_from_line(
        line, {}, [f"displaymatrix: rotation of {degrees} degrees"]
    )
    assert isinstance(stream, VideoStream)
    assert stream.rotation == rotation


def test_unknown_pixel_format_and_size() -> None:
    stream = stream_from_line("Stream #0:0, 1, 1/25: Video: none, none, 25 tbr", {}, [])
    assert isinstance(stream, VideoStream)
    assert (stream.codec, stream.pixel_format, stream.width) == ("unknown", "", 0)


def test_audio_lines() -> None:
    mp3 = stream_from_line(
        "Stream #0:1, 73, 3/125: Audio: mp3 (mp3float) (U[0][0][0] / 0x0055), "
        "48000 Hz, stereo, fltp, delay 1105, padding 3, 128 kb/s",
        {},
        [],
    )
    assert isinstance(mp3, AudioStream)
    assert (mp3.codec, mp3.profile, mp3.bit_rate) == ("mp3", "", 128000)
    assert mp3.time_base == Fraction(3, 125)
    flac = stream_from_line(
        "Stream #0:2(und), 1, 1/1000: Audio: flac, 96000 Hz, 5.1(side), s32 (24 bit)",
        {},
        [],
    )
    assert isinstance(flac, AudioStream)
    assert (flac.channels, flac.layout, flac.sample_format) == (6, "5.1(side)", "s32")
    assert flac.language == ""


def test_audio_without_parameters() -> None:
    line = (
        "Stream #0:1[0x2](und), 45, 1/44100: Audio: none, 0 channels, 74 kb/s (default)"
    )
    audio = stream_from_line(line, {}, [])
    assert isinstance(audio, AudioStream)
    assert (audio.codec, audio.sample_rate, audio.channels) == ("unknown", 0, 0)
    assert (audio.layout, audio.bit_rate) == ("", 74000)


def test_other_lines() -> None:
    text = stream_from_line(
        "Stream #0:2(eng), 1, 1/1000: Subtitle: subrip (srt) (default) (forced)", {}, []
    )
    assert isinstance(text, SubtitleStream)
    assert (text.codec, text.dispositions) == ("subrip", {"default", "forced"})
    code = stream_from_line(
        "Stream #0:2[0x3](eng), 1, 1/24000: Data: none (tmcd / 0x64636D74), 0 kb/s",
        {"timecode": "01:00:00:00"},
        [],
    )
    assert isinstance(code, OtherStream)
    assert (code.kind, code.bit_rate) == ("data", None)
    assert code.metadata == {"timecode": "01:00:00:00"}


def test_start_is_not_guessed_for_a_time_base_finer_than_what_is_printed() -> None:
    line = "Stream #0:0, 1, 1/14112000: Audio: pcm_s16le, 48000 Hz, stereo, start 0.5"
    assert stream_from_line(line, {}, []).start_pts is None


def test_line_without_time_base_is_an_error() -> None:
    with pytest.raises(FFmpegError, match="reports its streams in an unknown way"):
        stream_from_line("Stream #0:0: Video: h264, yuv420p, 64x48", {}, [])


def test_nothing_opened_is_nothing() -> None:
    log = "[error] file:x.mp4: Invalid data found when processing input\n"
    assert media_from_report(log, "x.mp4", 3) is None


REPORT = """\
[debug] Opening an input file: file:x.mkv.
[matroska,webm @ 0x55] [debug] Stream #0:7, 1, 1/25: Video: not one of these
[info] Input #0, matroska,webm, from 'file:x.mkv':
[info]   Metadata:
[info]     title           : First
                  : Stream #0:8, 1, 1/25: Video: second
                  :
[info]     com.example: x  : a: b
[info]     größe         : 5
[info]     com.example.quite.long: c
[info]   Duration: 26:00:00.05, start: -0.007000, bitrate: 1235 kb/s
[info]   Chapters:
[info]     Chapter #0:0: start 0.000000, end 10.500000
[info]       Metadata:
[info]         title           : Opening
[info]         mood            : calm
[info]   Program 1 Service
[info]     Metadata:
[info]       service_name    : Service
[info]   Stream #0:1[0x101], 1, 1/90000: Audio: mp2, 48000 Hz, stereo, fltp
[info]   Stream #0:0[0x100], 1, 1/90000: Video: h264, yuv420p, 64x48, 25 fps, 90k tbn
[info]     Metadata:
[info]       title           : Video
[info]     Side data:
[info]       displaymatrix: rotation of 90.00 degrees
[info]   Program 2
[info]   Stream #0:1[0x101], 1, 1/90000: Audio: mp2, 48000 Hz, stereo, fltp
[info]   Stream group #0:0[0x1]: IAMF Audio Element:
[info]     Layer 0: stereo
[verbose]     Stream #0:2[0x0], 0, 1/44100: Audio: flac, 44100 Hz, stereo, s16 (default)
[debug] Successfully opened the file.
[fatal] At least one output file must be specified
"""


def test_whole_report() -> None:
    info = media_from_report(REPORT, "x.mkv", 99)
    assert info is not None
    assert (info.source, info.container, info.size) == ("x.mkv", "matroska,webm", 99)
    assert info.duration == 26 * 3600 + Fraction(5, 100)
    assert (info.start, info.bit_rate) == (Fraction(-7, 1000), 1235000)
    assert info.metadata == {
        "title": "First\nStream #0:8, 1, 1/25: Video: second\n",
        "com.example: x": "a: b",
        "größe": "5",
        "com.example.quite.long": "c",
    }
    (chapter,) = info.chapters
    assert (chapter.end, chapter.title) == (Fraction(21, 2), "Opening")
    assert chapter.metadata == {"mood": "calm"}
    assert [stream.index for stream in info.streams] == [0, 1, 2]
    assert (info.videos[0].title, info.videos[0].rotation) == ("Video", 270)


def test_report_with_windows_line_ends() -> None:
    assert media_from_report(REPORT.replace("\n", "\r\n"), "x.mkv", 99) == (
        media_from_report(REPORT, "x.mkv", 99)
    )


TRACK_REFERENCE = """\
[info] Input #0, mov,mp4,m4a,3gp,3g2,mj2, from 'file:x.mp4':
[info]   Metadata:
[info]     Stream #0:9, 1, 1/25: a tag's name
[info]   Duration: 00:00:04.00, start: 0.000000, bitrate: 29 kb/s
[info]   Stream group #0:0[0x3]: Track Reference:
[info]     Stream #0:0[0x1](und), 2, 1/12800: Video: h264, yuv420p, 80x48, 25 fps
[info]       Metadata:
[info]         timecode        : 10:00:00:00
[info]       Side data:
[info]         Display Matrix: rotation of -90.00 degrees
[info]     Stream #0:2[0x3](eng), 1, 1/12800: Data: none (tmcd / 0x64636D74), 0/1
[info]   Stream group #0:1[0x4]: Track Reference:
[info]     Stream #0:0[0x1](und), 2, 1/12800: Video: h264, yuv420p, 80x48, 25 fps
[info]       Metadata:
[info]         timecode        : 10:00:00:00
[info]       Side data:
[info]         Display Matrix: rotation of -90.00 degrees
[info]   Stream #0:1[0x2](und), 1, 1/48000: Audio: aac, 48000 Hz, mono, fltp
[info]     Metadata:
[info]       handler_name    : AudioHandler
[info]       Stream #0:8     : another tag
[fatal] At least one output file must be specified
"""


def test_streams_of_a_track_reference_are_read_with_all_that_is_under_them() -> None:
    info = media_from_report(TRACK_REFERENCE, "x.mp4", 3)
    assert info is not None
    assert [(s.index, s.codec) for s in info.streams] == [
        (0, "h264"),
        (1, "aac"),
        (2, "unknown"),
    ]
    assert info.videos[0].metadata == {"timecode": "10:00:00:00"}
    assert info.videos[0].rotation == 90
    assert info.audios[0].metadata["Stream #0:8"] == "another tag"
