"""Lines of framecrc and framehash are read, the odd ones too, with both ffmpegs."""

import io
from fractions import Fraction
from pathlib import Path

import pytest

from avio_cli.demux.framecrc import (
    COPIED,
    FramecrcPacket,
    FramecrcReader,
    framecrc_command,
    whole_lines,
)
from avio_cli.ffmpeg.command import Input
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.process.run import run
from avio_cli.ffmpeg.url import file_url

HEADER = """\
#extradata 0:       51, 0x6c2a0d9c
#software: Lavf59.27.100
#tb 0: 1/15360
#media_type 0: video
#tb 1: 1001/24000
#stream#, dts,        pts, duration,     size, hash
"""
NO_TIME = "-9223372036854775808"


def parse(text: str) -> list[FramecrcPacket]:
    return list(FramecrcReader(whole_lines(io.BytesIO(text.encode()))))


def packet(line: str) -> FramecrcPacket:
    (only,) = parse(f"{HEADER}{line}\n")
    return only


def test_a_line_is_a_packet_with_the_time_base_of_its_stream() -> None:
    video, audio = parse(
        f"{HEADER}"
        "0,       -512,       2048,      512,      615, 0x29893a3f, F=0x0\n"
        "1,          3,          3,        1,      384, 0xd37377c1\n"
    )
    assert video == FramecrcPacket(
        0, -512, 2048, 512, 615, False, False, Fraction(1, 15360)
    )
    assert video.presentation_time == Fraction(2048, 15360)
    assert video.decode_time == Fraction(-512, 15360)
    assert audio.stream == 1
    assert audio.presentation_time == Fraction(3 * 1001, 24000)


@pytest.mark.parametrize(
    ("flags", "key", "discard"),
    [
        ("", True, False),
        (", F=0x0", False, False),
        (", F=0x1", True, False),
        (", F=0x5", True, True),
        (", F=0x14", False, True),
        # Side data, as 5.1 and as 9.0 list it.
        (", S=1,       10", True, False),
        (", F=0x5, S=1,       10", True, True),
        (", F=0x0, S=1, MPEGTS Stream ID,        1, 0x00e000e0", False, False),
        (", S=2, Skip Samples,       10, 0x05af00f3, New Extradata, 5, 0x1", True, 0),
    ],
)
def test_flags_are_found_before_side_data(flags: str, key: bool, discard: bool) -> None:
    found = packet(f"0, 0, 0, 512, 89, 0x30f72bed{flags}")
    assert (found.key, found.discard, found.size) == (key, discard, 89)


def test_a_missing_time_is_replaced_by_the_other() -> None:
    found = packet(f"0,      -1536, {NO_TIME},    512,      615, 0x3a6839db")
    assert (found.pts, found.dts) == (None, -1536)
    assert found.presentation_time == found.decode_time == Fraction(-1, 10)
    found = packet(f"0, {NO_TIME},       1536,      0,      615, 0x3a6839db")
    assert found.presentation_time == found.decode_time == Fraction(1, 10)
    found = packet(f"0, {NO_TIME}, {NO_TIME},      0,      615, 0x3a6839db")
    assert found.presentation_time is found.decode_time is None


def test_a_line_of_framehash_is_read_too() -> None:
    found = packet("1,      -1024,      -1024,     1024,      317, d86e9b24, S=1,  10")
    assert (found.stream, found.pts, found.size) == (1, -1024, 317)


@pytest.mark.parametrize("torn", ["0, 512, 10", "0, 512, 1024, 512, 615, 0x3a68", "#t"])
def test_a_torn_last_line_is_left_out(torn: str) -> None:
    whole = "0, 0, 0, 512, 89, 0x30f72bed\n"
    assert [p.pts for p in parse(f"{HEADER}{whole}{torn}")] == [0]


def test_lines_may_come_in_pieces_and_with_carriage_returns() -> None:
    class Slow(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(min(size or 7, 7))

    found = list(whole_lines(Slow(b"first line\r\n\nthird\nfou")))
    assert found == ["first line", "", "third"]


def test_streams_without_packets_have_a_time_base() -> None:
    reader = FramecrcReader(HEADER.splitlines())
    assert list(reader) == []
    assert reader.time_bases == {0: Fraction(1, 15360), 1: Fraction(1001, 24000)}


@pytest.mark.parametrize(
    ("name", "streams", "packets", "discarded"),
    [("SAR-2by3.mp4", 2, 148, 1), ("sample_h264.ts", 1, 30, 0)],
)
def test_the_command_lists_every_packet(
    name: str, streams: int, packets: int, discarded: int, ffmpeg: FFmpeg, shared: Path
) -> None:
    source = Input(file_url(shared / "media/edge" / name))
    command = framecrc_command(source, ("-map", "0", *COPIED))
    found = parse(run(command.argv(ffmpeg.path)).stdout.decode())
    assert len({packet.stream for packet in found}) == streams
    assert len(found) == packets
    assert sum(packet.discard for packet in found) == discarded
    assert found[0].key
    assert all(packet.presentation_time is not None for packet in found)
