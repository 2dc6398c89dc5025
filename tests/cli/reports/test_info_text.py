"""The text of `avio info`, made of facts alone."""

from dataclasses import replace
from fractions import Fraction

from avio_cli.cli.reports.info_text import (
    PACKET_HEADER,
    media_report,
    packet_row,
    plain_text,
)
from avio_cli.demux.packet_list import Packet
from avio_cli.media.info import (
    AudioStream,
    Chapter,
    Color,
    MediaInfo,
    OtherStream,
    SubtitleStream,
    VideoStream,
)

VIDEO = VideoStream(
    index=0,
    codec="hevc",
    time_base=Fraction(1, 90000),
    coded_width=3840,
    coded_height=2160,
    rotation=90,
    sample_aspect_ratio=Fraction(2, 3),
    average_rate=Fraction(30000, 1001),
    nominal_rate=Fraction(30000, 1001),
    pixel_format="yuv420p10le",
    profile="Main 10",
    color=Color(
        range="tv", matrix="bt2020nc", primaries="bt2020", transfer="smpte2084"
    ),
    field_order="progressive",
    hdr=("mastering display",),
    dispositions=frozenset({"default"}),
    language="eng",
    bit_rate=66_330_326,
    metadata={"encoder": "x265", "vendor_id": "FFMP"},
)
COVER = VideoStream(
    index=3,
    codec="png",
    time_base=Fraction(1, 90000),
    coded_width=240,
    coded_height=169,
    nominal_rate=Fraction(90000),
    dispositions=frozenset({"attached_pic"}),
)
INFO = MediaInfo(
    source="video.mkv",
    container="matroska,webm",
    streams=(
        VIDEO,
        AudioStream(
            index=1,
            codec="aac",
            time_base=Fraction(1, 48000),
            sample_rate=48000,
            channels=2,
            layout="stereo",
            sample_format="fltp",
            profile="LC",
            title="Talk",
            dispositions=frozenset({"hearing_impaired", "comment"}),
        ),
        SubtitleStream(
            index=2, codec="subrip", time_base=Fraction(1, 1000), language="deu"
        ),
        COVER,
        OtherStream(
            index=10,
            codec="unknown",
            time_base=Fraction(1, 90000),
            kind="attachment",
            filename="a.ttf",
            mime_type="font/ttf",
        ),
    ),
    start=Fraction(-6, 1000),
    duration=Fraction(6009, 100),
    size=2_494_339,
    bit_rate=331_000,
    chapters=(
        Chapter(start=Fraction(0), end=Fraction(10), title="Opening"),
        Chapter(start=Fraction(10), end=Fraction(6009, 100)),
    ),
    metadata={"title": "One\nTwo", "major_brand": "isom"},
)

TEXT = """\
video.mkv
  Container  matroska,webm
  Duration   1:00.090 (60.09 s)
  Start      -0.006 s
  Size       2.38 MiB (2,494,339 bytes)
  Bit rate   331 kb/s

Streams
  #0   video       hevc (Main 10)  2160x3840, 30000/1001 (29.97) fps, 66.3 Mb/s  \
[eng, default]
                                   stored 3840x2160, rotated 90° clockwise, \
pixels 2:3, displayed as 2160x2560
                                   yuv420p10le, bt2020nc/bt2020/smpte2084, \
limited range, progressive
                                   HDR (PQ), mastering display
  #1   audio       aac (LC)        48000 Hz, stereo, fltp  \
["Talk", comment, hearing impaired]
  #2   subtitle    subrip          [deu]
  #3   cover       png             240x169
  #10  attachment                  a.ttf, font/ttf

Chapters
  1  0:00.000 - 0:10.000  Opening
  2  0:10.000 - 1:00.090

Metadata
  title  One
         Two

Metadata of streams
  #0 encoder  x265
"""


def test_whole_report() -> None:
    assert plain_text(media_report(INFO)) == TEXT


def with_video(video: VideoStream) -> str:
    return plain_text(media_report(replace(INFO, streams=(video,))))


def test_variable_rate_shows_both_rates() -> None:
    text = with_video(replace(VIDEO, average_rate=Fraction(1125, 56)))
    assert "1125/56 (20.089) fps on average, 30000/1001 (29.97) fps nominal" in text


def test_unknown_things_are_left_out_or_said_so() -> None:
    empty = VideoStream(
        index=0,
        codec="unknown",
        time_base=Fraction(1),
        coded_width=0,
        coded_height=0,
    )
    info = MediaInfo(source="x", container="mpegts", streams=(empty,))
    assert plain_text(media_report(info)) == (
        "x\n  Container  mpegts\n  Duration   not known\n\n"
        "Streams\n  #0  video  unknown  size not known\n"
    )


def test_single_image_has_neither_rate_nor_duration() -> None:
    image = replace(INFO, container="png_pipe", streams=(VIDEO,), duration=None)
    text = plain_text(media_report(image))
    assert "fps" not in text
    assert "Duration" not in text


def test_no_streams_is_a_short_report() -> None:
    info = MediaInfo(source="x", container="mpegts", streams=())
    assert "Streams" not in plain_text(media_report(info))


def test_control_characters_are_escaped() -> None:
    evil = "\x1b[31mred\x07\u202e\r"
    info = replace(
        INFO,
        streams=(replace(VIDEO, title=evil, language=evil, metadata={evil: evil}),),
        chapters=(Chapter(start=Fraction(0), end=Fraction(1), title=evil),),
        metadata={evil: evil},
    )
    text = plain_text(media_report(info))
    assert text.count("\\x1b[31mred\\x07\\u202e\\r") == 5
    assert all(line.isprintable() for line in text.split("\n"))


def test_tag_that_the_file_has_too_is_shown_once() -> None:
    tags = {"creation_time": "1999"}
    info = replace(INFO, streams=(replace(VIDEO, metadata=tags),), metadata=tags)
    assert plain_text(media_report(info)).count("1999") == 1


def test_packet_rows_line_up_with_their_header() -> None:
    packet = Packet(
        stream=1,
        pts=-1024,
        dts=None,
        duration=1024,
        size=317,
        key=True,
        discard=True,
        position=None,
        seconds=-0.02322,
    )
    row = packet_row(packet)
    assert row.split() == [
        *("1", "-1024", "-0.023220", "-", "1024", "317", "-", "key", "discard")
    ]
    assert row.index(" key") == PACKET_HEADER.index(" flags")
    for name, value in (("stream", "1"), ("pts", "-1024"), ("size", "317")):
        end = PACKET_HEADER.index(name) + len(name)
        assert row[:end].endswith(value)
