import gc
import io
import os
from fractions import Fraction
from typing import IO

import numpy as np
import pytest

from avio_cli.errors import StreamError
from avio_cli.ffmpeg.nut.coding import LARGEST_STRING, blob, signed, varint
from avio_cli.ffmpeg.nut.headers import Flag
from avio_cli.ffmpeg.nut.packets import FILE_ID, MAIN, STREAM, packet
from avio_cli.ffmpeg.nut.reader import FOURCCS, NutReader, NutStream
from tests.ffmpeg.nut.nut_building import (
    Run,
    audio_body,
    checked,
    info,
    main_body,
    packets_of,
    read,
    stream_of,
    syncpoint,
    text,
    video_body,
)

PLAIN = Run(Flag.KEY | Flag.CODED_PTS | Flag.SIZE, 1)
"""Code 1: time and size are in the frame's header."""
MSB = 1 << 7
"""Added to a pts that is coded in full, with 7 bits for short ones."""


def plain(pts: int, data: bytes) -> bytes:
    return b"\1" + varint(pts + MSB) + varint(len(data)) + data


def simple(*pieces: bytes) -> bytes:
    return stream_of(main_body([PLAIN]), [video_body()], *pieces)


@pytest.mark.parametrize("data", [b"", b"nut", b"RIFF" * 20, FILE_ID[:-1] + b"x"])
def test_what_is_no_nut_stream_is_reported(data: bytes) -> None:
    with pytest.raises(StreamError, match="no NUT stream"):
        read(data)


def test_a_stream_may_end_after_its_headers() -> None:
    reader = NutReader(io.BytesIO(simple()))
    assert list(reader) == []
    assert len(reader.streams) == 1


def piped(data: bytes) -> IO[bytes]:
    """The end of a pipe that is read from, unbuffered; all is written already."""
    end, start = os.pipe()
    os.write(start, data)
    os.close(start)
    return os.fdopen(end, "rb", buffering=0)


def test_a_pipe_without_a_byte_has_no_reader() -> None:
    with piped(b"") as pipe:
        assert NutReader.open(pipe) is None


def test_a_dropped_reader_leaves_its_pipe_open() -> None:
    with piped(simple(plain(1, b"x" * 24), plain(2, b"y" * 24))) as pipe:
        reader = NutReader.open(pipe)
        assert reader is not None
        assert [packet.pts for packet in reader] == [1, 2]
        del reader
        gc.collect()
        assert not pipe.closed


def test_a_pipe_that_was_closed_is_not_read_by_its_number() -> None:
    with piped(simple(*(plain(n, b"x" * 24) for n in range(1000)))) as pipe:
        reader = NutReader.open(pipe)
        assert reader is not None
    with piped(b"of another child" * 1000) as other:
        with pytest.raises(ValueError, match="closed"):
            list(reader)
        assert len(other.read(20000)) == 16000


def test_torn_headers_are_distinguished_from_an_end() -> None:
    for end in range(len(FILE_ID), len(simple())):
        with pytest.raises(StreamError, match="ends in the middle of a packet"):
            read(simple()[:end])


def test_stream_headers_say_what_a_stream_is() -> None:
    data = stream_of(
        main_body([PLAIN], streams=4, bases=[(1001, 30000), (1, 48000)]),
        [
            audio_body(1, base=1, channels=2),
            video_body(0, fourcc=FOURCCS["yuv420p"], width=65, height=37),
            video_body(2, kind=2, fourcc=b"UTF8"),
            video_body(3, kind=9, fourcc=b"ab"),
        ],
        info(1, ("Title", text("x")), ("r_frame_rate", text("30000/1001"))),
        info(0, ("Encoder", text("someone"))),
        info(9, ("r_frame_rate", text("25/1"))),
        info(3, ("r_frame_rate", text("0/0"))),
    )
    video, audio, subtitle, reserved = NutReader(io.BytesIO(data)).streams
    assert video == NutStream(
        kind="video",
        fourcc=b"I420",
        time_base=Fraction(1001, 30000),
        width=65,
        height=37,
        sample_aspect_ratio=Fraction(1),
        frame_rate=Fraction(30000, 1001),
    )
    assert video.format == "yuv420p"
    assert video.packet_size == 65 * 37 + 2 * 33 * 19
    assert (audio.kind, audio.sample_rate, audio.channels) == ("audio", 48000, 2)
    assert (audio.format, audio.packet_size) == ("pcm_s16le", None)
    assert audio.time_base == Fraction(1, 48000)
    assert (subtitle.kind, subtitle.frame_rate) == ("subtitle", None)
    assert (reserved.kind, reserved.format) == ("data", "")


def test_a_payload_is_the_receivers_own() -> None:
    data = simple(syncpoint(0), plain(0, b"abcd"), syncpoint(1), plain(1, b"efgh"))
    first, second = read(data)
    assert first.payload.dtype == np.uint8
    first.payload[:] = 0
    assert second.payload.tobytes() == b"efgh"
    assert not np.shares_memory(first.payload, second.payload)


def test_a_source_may_hand_out_less_than_asked() -> None:
    class Trickle(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(min(size or 0, 3))

        def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]
            return super().readinto(buffer[:5])

    source = Trickle(simple(syncpoint(3), plain(3, bytes(range(100)))))
    (only,) = NutReader(source)
    assert only.payload.tobytes() == bytes(range(100))


def test_short_times_are_completed_as_the_specification_shows() -> None:
    frames = [b"\1" + varint(257 + 256) + b"\0"]
    frames += [b"\1" + varint(lsb) + b"\0" for lsb in (255, 0, 4, 2, 3)]
    data = stream_of(
        main_body([PLAIN]), [video_body(lsb_bits=8)], syncpoint(200), *frames
    )
    assert [pts for _, pts, _ in packets_of(data)] == [257, 255, 256, 260, 258, 259]


def test_a_syncpoint_sets_the_time_of_all_streams_rounding_down() -> None:
    predicted = [Run(Flag.KEY, 1, pts_delta=2), Run(Flag.KEY, 1, 2, stream=1)]
    data = stream_of(
        main_body(predicted, streams=2, bases=[(1001, 30000), (1, 90000)]),
        [video_body(0), video_body(1, base=1)],
        syncpoint(10, base=0, bases=2),
        b"\1\2\2",
        syncpoint(90001, base=1, bases=2),
        b"\2\1",
    )
    times = [(stream, pts) for stream, pts, _ in packets_of(data)]
    assert times == [(0, 12), (1, 30032), (1, 30034), (1, 90003), (0, 29 + 2)]


def test_sizes_are_split_between_frame_code_and_header() -> None:
    # Codes 1 to 100 say the size modulo 100; the run steps over "N".
    run = Run(Flag.KEY | Flag.SIZE, 100, multiplier=100)
    sizes = (0, 76, 77, 99, 176, 230)
    frames = [
        bytes([size % 100 + 1 + (size % 100 >= 77)])
        + varint(size // 100)
        + bytes([size]) * size
        for size in sizes
    ]
    data = stream_of(main_body([run]), [video_body()], syncpoint(0), *frames)
    assert [payload for _, _, payload in packets_of(data)] == [
        bytes([s]) * s for s in sizes
    ]


def test_a_size_may_come_from_the_frame_code_alone() -> None:
    data = stream_of(
        main_body([Run(Flag.KEY, 9, pts_delta=1, multiplier=99, size=3)]),
        [video_body()],
        syncpoint(5),
        b"\1abc",
        b"\3abcde",
    )
    assert packets_of(data) == [(0, 6, b"abc"), (0, 7, b"abcde")]


def test_coded_flags_and_all_optional_fields_are_read() -> None:
    wanted = Flag.KEY | Flag.CODED_PTS | Flag.STREAM | Flag.SIZE | Flag.CHECKSUM
    wanted |= Flag.RESERVED | Flag.MATCH_TIME | Flag.ELISION
    header = b"\1" + varint(wanted) + varint(1) + varint(MSB + 70) + varint(5)
    header += signed(-9) + varint(2) + varint(3) + bytes([1, 2, 3])
    data = stream_of(
        main_body([Run(Flag.CODED, 1)], streams=2, elisions=[b"xx", b"\0\0\1"]),
        [video_body(0), video_body(1)],
        syncpoint(0),
        checked(header) + b"ab",
    )
    assert packets_of(data) == [(1, 70, b"\0\0\1ab")]


def test_elided_beginnings_are_put_back_but_not_on_large_packets() -> None:
    run = Run(Flag.KEY | Flag.SIZE, 1, elision=1)
    large = bytes(5000)
    data = stream_of(
        main_body([run], elisions=[b"\xff\xfb"]),
        [video_body()],
        syncpoint(0),
        b"\1" + varint(5) + b"abc",
        b"\1" + varint(5000) + large,
    )
    assert [payload for _, _, payload in packets_of(data)] == [b"\xff\xfbabc", large]


def test_frames_that_only_end_a_stream_are_passed_over() -> None:
    ending = Run(Flag.KEY | Flag.END | Flag.CODED_PTS, 1)
    data = stream_of(
        main_body([PLAIN, ending]),
        [video_body()],
        syncpoint(0),
        plain(1, b"a"),
        b"\2" + varint(MSB + 2),
        plain(3, b"b"),
    )
    assert packets_of(data) == [(0, 1, b"a"), (0, 3, b"b")]


def test_side_data_are_cut_out() -> None:
    run = Run(Flag.KEY | Flag.SIZE | Flag.SIDE_DATA, 1, elision=1)
    side = varint(2) + blob(b"SkipStart") + signed(1105)
    side += blob(b"Extradata") + signed(-2) + blob(b"bin") + blob(b"\1\2\3")
    side += varint(1) + blob(b"title") + text("x")
    data = stream_of(
        main_body([run], version=4, elisions=[b"<<"]),
        [video_body()],
        syncpoint(0),
        b"\1" + varint(len(side) + 6) + side + b"data",
    )
    assert packets_of(data) == [(0, 0, b"<<data")]
    video = video_body(fourcc=FOURCCS["gray"], width=3, height=2)
    frame = b"\1" + varint(len(side) + 5) + side + b"dat"
    with pytest.raises(StreamError, match="only 5 bytes"):
        packets_of(stream_of(main_body([run], elisions=[b"<<"]), [video], frame))


def test_packets_of_other_kinds_are_skipped_wherever_they_stand() -> None:
    headers = packet(MAIN, main_body([PLAIN])) + packet(STREAM, video_body())
    unknown = packet(b"NZ\1\2\3\4\5\6", b"whatever")
    index = packet(b"NX\xdd\x67\x2f\x23\xe6\x4e", bytes(100_000))
    tags = info(1, ("r_frame_rate", text("7/1")))
    pieces = [FILE_ID, unknown, packet(MAIN, main_body([PLAIN])), tags, unknown]
    pieces += [packet(STREAM, video_body()), unknown, index]
    pieces += [syncpoint(0), plain(0, b"a"), unknown, headers, tags, index]
    pieces += [syncpoint(1), plain(1, b"b"), headers, index]
    data = b"".join(pieces)
    assert packets_of(data) == [(0, 0, b"a"), (0, 1, b"b")]


def test_reserved_bytes_at_the_end_of_packets_are_ignored() -> None:
    data = stream_of(
        main_body([PLAIN]) + b"\7reserved",
        [video_body() + b"more"],
        packet(syncpoint(4)[:8], varint(4) + varint(0) + b"and a wall clock"),
        b"\1" + varint(5) + b"\1a",
    )
    assert packets_of(data) == [(0, 5, b"a")]


@pytest.mark.parametrize(
    ("what", "frame"),
    [
        ("an invalid frame code", b"\0abc"),
        ("an invalid frame code", b"\xff"),
        ("a leap without checksum", plain(5000, b"a")),
        ("a size without checksum", plain(0, bytes(70_000))),
        ("a size beyond all bounds", b"\1" + varint(MSB) + varint(1 << 60)),
        ("a wrong checksum", b"\2" + varint(MSB) + b"\1\0\0\0\0a"),
        ("a stream that is not there", b"\3" + varint(7) + varint(MSB) + b"\1a"),
        ("an elision that is not there", b"\4" + varint(MSB) + b"\1\5a"),
        ("too many reserved fields", b"\5" + varint(MSB) + b"\0" + varint(256)),
        ("an end with data", b"\6" + varint(MSB) + b"\1a"),
        ("a time below zero", b"\1" + varint(127) + b"\1a"),
    ],
)
def test_impossible_frames_are_refused(what: str, frame: bytes) -> None:
    flags = PLAIN.flags
    more = (Flag.CHECKSUM, Flag.STREAM, Flag.ELISION, Flag.RESERVED, Flag.END)
    runs = [PLAIN, *(Run(flags | extra, 1) for extra in more)]
    data = stream_of(main_body(runs), [video_body()], syncpoint(0), frame)
    with pytest.raises(StreamError, match=r"damaged|impossible"):
        packets_of(data)


def test_raw_video_must_have_the_size_its_header_says() -> None:
    header = video_body(fourcc=FOURCCS["bgr24"], width=4, height=2)
    good = stream_of(
        main_body([PLAIN]), [header], syncpoint(0), plain(0, bytes(24)), plain(1, b"x")
    )
    packets = iter(NutReader(io.BytesIO(good)))
    assert next(packets).payload.size == 24
    with pytest.raises(StreamError, match="size"):
        next(packets)


def test_raw_audio_must_come_in_whole_samples() -> None:
    data = stream_of(
        main_body([PLAIN]),
        [audio_body(channels=2)],
        syncpoint(0),
        plain(0, bytes(8)),
        plain(1, bytes(6)),
    )
    packets = iter(NutReader(io.BytesIO(data)))
    assert next(packets).payload.size == 8
    with pytest.raises(StreamError, match="size"):
        next(packets)


def test_a_limit_holds_where_no_header_says_the_size() -> None:
    data = simple(syncpoint(0), plain(0, bytes(1000)))
    assert len(list(NutReader(io.BytesIO(data), largest_packet=1000))) == 1
    with pytest.raises(StreamError, match="size"):
        list(NutReader(io.BytesIO(data), largest_packet=999))


@pytest.mark.parametrize("cut", [1, 3, 15, 20, 30])
def test_a_stream_cut_in_a_packet_is_torn(cut: int) -> None:
    whole = simple(syncpoint(0), plain(0, bytes(20)))
    packets = iter(NutReader(io.BytesIO(whole[:-cut])))
    with pytest.raises(StreamError, match="ends in the middle of a packet"):
        next(packets)


def test_a_syncpoint_promises_a_frame() -> None:
    data = simple(syncpoint(0), plain(0, b"a"), syncpoint(1))
    with pytest.raises(StreamError, match="ends in the middle"):
        packets_of(data)


@pytest.mark.parametrize(
    ("main", "header"),
    [
        (main_body(version=2), video_body()),
        (main_body(version=5), video_body()),
        (main_body(streams=251), video_body()),
        (main_body(bases=[(0, 1)]), video_body()),
        (main_body(bases=[(1, 1 << 31)]), video_body()),
        (main_body([Run(0, 300)]), video_body()),
        (main_body([Run(0, 255)]), video_body()),
        (main_body([Run(0, 1, stream=1)]), video_body()),
        (main_body(elisions=[bytes(1025)]), video_body()),
        (main_body()[:-200], video_body()),
        (main_body(), video_body(1)),
        (main_body(), video_body(base=1)),
        (main_body(), video_body(lsb_bits=16)),
        (main_body(), video_body(width=0)),
        (main_body(), video_body(height=65536)),
        (main_body(), video_body(fourcc=b"fivec")),
        (main_body(), video_body()[:-9]),
        (main_body(), audio_body(rate=(48001, 2))),
        (main_body(), audio_body(rate=(48000, 0))),
        (main_body(), audio_body(channels=0)),
    ],
)
def test_impossible_headers_are_refused(main: bytes, header: bytes) -> None:
    with pytest.raises(StreamError, match=r"impossible|not supported|256|shorter"):
        read(stream_of(main, [header]))


def test_a_large_header_has_a_checksum_over_its_length() -> None:
    data = bytearray(simple(info(1, ("Title", text("x" * 9000))), syncpoint(0)))
    with pytest.raises(StreamError, match="ends in the middle"):
        packets_of(bytes(data))
    at = data.index(b"NI\xab") + 9
    data[at] ^= 1
    with pytest.raises(StreamError, match="damaged"):
        packets_of(bytes(data))
    with pytest.raises(StreamError, match="too large"):
        packets_of(simple(info(1, ("Title", text("x" * LARGEST_STRING)))))
