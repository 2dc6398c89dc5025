"""Fragments of real files: exact times, keyframes, and what browsers call the codec."""

import io
import struct
from fractions import Fraction
from pathlib import Path

import pytest

from avio_cli.errors import StreamError
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.process.run import run
from avio_cli.ffmpeg.url import parse_url
from avio_cli.live_page.copied.codec import codec_string
from avio_cli.live_page.copied.fragments import Fragment, Header, read_fragments
from avio_cli.live_page.copied.muxing import LATER, muxing_command
from tests.clips import VARIABLE, groups, make_clip

X265 = "-c:v libx265 -preset ultrafast -pix_fmt yuv420p -x265-params log-level=none"
VP9 = "-c:v libvpx-vp9 -cpu-used 8 -deadline realtime -pix_fmt yuv420p"
AV1 = "-c:v libsvtav1 -preset 12 -pix_fmt yuv420p"


def fragments_of(
    ffmpeg: FFmpeg, path: Path, seconds: Fraction = Fraction(0)
) -> tuple[Header, list[Fragment]]:
    source = MediaSource.probe(ffmpeg, parse_url(str(path)))
    clock = ("-output_ts_offset", str(LATER))
    given = source.input(source.seek(seconds))
    command = muxing_command(given, "0:v:0", source.info.videos[0], clock)
    done = run(command.argv(ffmpeg.path), timeout=60)
    assert done.status == 0, done.stderr
    header, *rest = read_fragments(io.BytesIO(done.stdout))
    assert isinstance(header, Header)
    return header, [part for part in rest if isinstance(part, Fragment)]


def test_each_packet_is_one_with_its_time(tmp_path: Path, ffmpeg: FFmpeg) -> None:
    clip = make_clip(
        tmp_path / "in.mp4", ticks=VARIABLE, frames=len(VARIABLE), video=groups(10, 0)
    )
    _, found = fragments_of(ffmpeg, clip.path)
    assert [part.time - LATER for part in found] == list(clip.times)
    keys = [number for number, part in enumerate(found) if part.is_key]
    assert keys == [0, 10, 20, 30]


def test_a_seek_begins_at_the_keyframe_before(tmp_path: Path, ffmpeg: FFmpeg) -> None:
    clip = make_clip(tmp_path / "in.mkv", frames=50, video=groups(20, 0))
    _, found = fragments_of(ffmpeg, clip.path, Fraction(30, 25))
    assert found[0].is_key
    assert found[0].time == LATER + Fraction(20, 25)


@pytest.mark.parametrize(
    ("name", "video", "codec"),
    [
        ("a.mp4", "-c:v libx264 -profile:v high -pix_fmt yuv420p", "avc1.64000b"),
        ("a.mkv", "-c:v libx264 -profile:v baseline -pix_fmt yuv420p", "avc1.42c00b"),
        ("a.mp4", X265, "hvc1.1.6.L30.90"),
        ("a.webm", VP9, "vp09.00.10.08"),
        ("a.mp4", AV1, "av01.0.00M.08"),
    ],
)
def test_the_codec_is_named_as_browsers_do(
    name: str, video: str, codec: str, tmp_path: Path, bundled_ffmpeg: FFmpeg
) -> None:
    clip = make_clip(tmp_path / name, frames=5, video=video.split())
    header, _ = fragments_of(bundled_ffmpeg, clip.path)
    assert codec_string(header.data) == codec


def test_what_is_no_mp4_is_an_error() -> None:
    assert codec_string(b"nothing") == ""
    with pytest.raises(StreamError, match="a box of 3 bytes"):
        list(read_fragments(io.BytesIO(b"\0\0\0\3moof")))
    assert list(read_fragments(io.BytesIO(b"\0\0\0\x20moof cut off"))) == []


@pytest.mark.parametrize(
    ("entry", "kind"),
    [(b"avc1", b"avcC"), (b"hvc1", b"hvcC"), (b"vp09", b"vpcC"), (b"av01", b"av1C")],
)
def test_a_codec_that_is_described_too_briefly_is_not_known(
    entry: bytes, kind: bytes
) -> None:
    data = bytes(8) + mp4_box(entry, bytes(78) + mp4_box(kind, b"\1\2"))
    for name in (b"stsd", b"stbl", b"minf", b"mdia", b"trak", b"moov"):
        data = mp4_box(name, data)
    assert codec_string(data) == ""


def mp4_box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(body), kind) + body
