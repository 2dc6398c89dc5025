"""ffprobe's JSON parsed, and what it omits."""

import json
from fractions import Fraction
from typing import Any

from avio_cli.ffmpeg.probe.ffprobe_json import media_from_ffprobe
from avio_cli.media.info import AudioStream, Color, MediaInfo, OtherStream, VideoStream


def understood(**output: Any) -> MediaInfo:
    return media_from_ffprobe(json.dumps(output).encode(), "x")


def test_nothing_declared_is_nothing_known() -> None:
    assert understood() == MediaInfo(source="x", container="unknown", streams=())


def test_stream_with_nothing_declared() -> None:
    (stream,) = understood(streams=[{"index": 3, "codec_type": "video"}]).streams
    assert stream == VideoStream(
        index=3,
        codec="unknown",
        time_base=Fraction(1),
        coded_width=0,
        coded_height=0,
    )


def test_unknown_words_are_empty() -> None:
    stream = {
        "codec_type": "video",
        "profile": "100",
        "pix_fmt": "unknown",
        "color_range": "unknown",
        "color_transfer": "bt709",
        "sample_aspect_ratio": "0:1",
        "avg_frame_rate": "0/0",
        "r_frame_rate": "30000/1001",
        "time_base": "1/90000",
    }
    (video,) = understood(streams=[stream]).videos
    assert (video.profile, video.pixel_format) == ("", "")
    assert video.color == Color(transfer="bt709")
    assert video.sample_aspect_ratio == 1
    assert (video.average_rate, video.nominal_rate) == (None, Fraction(30000, 1001))


def test_prores_profile_may_be_a_number() -> None:
    stream = {"codec_type": "video", "codec_name": "prores", "profile": "4444"}
    assert understood(streams=[stream]).videos[0].profile == "4444"


def test_rotation_and_hdr_come_from_side_data() -> None:
    side_data = [
        {"side_data_type": "Content light level metadata", "max_content": 1000},
        {"side_data_type": "Mastering display metadata"},
        {"side_data_type": "Display Matrix", "rotation": 90},
    ]
    stream = {"codec_type": "video", "width": 64, "height": 48}
    (video,) = understood(streams=[{**stream, "side_data_list": side_data}]).videos
    assert (video.rotation, video.width, video.height) == (270, 48, 64)
    assert video.hdr == ("mastering display", "content light level")


def test_durations_are_exact() -> None:
    stream = {"codec_type": "audio", "time_base": "1/48000", "duration_ts": 200701}
    info = understood(streams=[stream], format={"duration": "4.181271"})
    assert info.streams[0].duration == Fraction(200701, 48000)
    assert info.duration == Fraction(4181271, 1000000)


def test_matroska_stores_a_tracks_duration_in_a_tag() -> None:
    stream = {"codec_type": "audio", "tags": {"DURATION-eng": "01:00:00.023000000"}}
    (audio,) = understood(streams=[stream]).streams
    assert isinstance(audio, AudioStream)
    assert audio.duration == Fraction(3600023, 1000)


def test_length_of_all_ones_is_unknown() -> None:
    stream = {
        "codec_type": "audio",
        "time_base": "1/44100",
        "duration_ts": 0xFFFFFFFF,
        "bit_rate": "1",
    }
    found = {"duration": "97391.548639", "bit_rate": "5"}
    info = understood(streams=[stream], format=found)
    assert (info.duration, info.bit_rate) == (None, None)
    assert (info.streams[0].duration, info.streams[0].bit_rate) == (None, None)


def test_control_characters_and_broken_letters_in_tags_are_read() -> None:
    output = b'{"format": {"tags": {"title": "a\x01b\xff"}}}'
    assert media_from_ffprobe(output, "x").metadata == {"title": "a\x01b�"}


def test_attachment_has_its_own_fields() -> None:
    tags = {"filename": "a.ttf", "mimetype": "font/ttf", "language": "und", "x": "y"}
    stream = {"codec_type": "attachment", "codec_name": "ttf", "tags": tags}
    (attached,) = understood(streams=[stream]).attachments
    assert isinstance(attached, OtherStream)
    assert (attached.filename, attached.mime_type) == ("a.ttf", "font/ttf")
    assert (attached.language, attached.metadata) == ("", {"x": "y"})


def test_stream_of_an_unknown_type_is_data() -> None:
    assert understood(streams=[{"index": 0}]).data[0].kind == "data"
