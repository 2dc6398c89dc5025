"""Whatever comes out of a pipe: packets or a StreamError, soon, in little memory."""

import functools
import io
import tracemalloc
from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from avio_cli.errors import StreamError
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.nut.coding import varint
from avio_cli.ffmpeg.nut.headers import read_frame_rate, read_main, read_stream
from avio_cli.ffmpeg.nut.packets import FILE_ID, INFO, MAIN, STREAM, SYNCPOINT, packet
from avio_cli.ffmpeg.nut.reader import FOURCCS, NutReader, NutStream
from avio_cli.ffmpeg.nut.writer import NutWriter
from avio_cli.ffmpeg.process.run import run
from tests.ffmpeg.nut.nut_building import Run, info, main_body, text, video_body

LIMIT = 1 << 20
"""Bytes that the reader allows in a packet."""
ALLOWED = 4 * LIMIT
"""Bytes that reading a damaged stream may take at once."""

TORN = "the stream ends in the middle of a packet"

Packets = list[tuple[int, int, bytes]]


def ours() -> bytes:
    """Two sizes of video and audio, written by us."""
    shared = {"kind": "video", "fourcc": FOURCCS["yuv420p"], "width": 6}
    streams = [
        NutStream(**shared, height=4, time_base=Fraction(1, 90000)),  # type: ignore[arg-type] # a dict's values have one type
        NutStream(**shared, height=2, time_base=Fraction(1001, 30000)),  # type: ignore[arg-type]
        NutStream(
            kind="audio",
            fourcc=FOURCCS["pcm_s16le"],
            time_base=Fraction(1, 48000),
            sample_rate=48000,
            channels=1,
        ),
    ]
    sink = io.BytesIO()
    writer = NutWriter(sink, streams)
    for index in range(2):
        writer.write(0, index * 3003, bytes([index]) * 36)
        writer.write(1, index, bytes([index + 9]) * 18)
        writer.write(2, index * 1601, bytes([index + 99]) * 50)
    return sink.getvalue()


@functools.cache
def ffmpegs(path: str) -> bytes:
    """Video and audio interleaved, written by ffmpeg."""
    argv = [path, "-v", "error", "-nostdin"]
    argv += ["-f", "lavfi", "-i", "testsrc2=s=32x18:r=30000/1001:d=0.3"]
    argv += ["-f", "lavfi", "-i", "sine=r=8000:d=0.3"]
    argv += ["-c:v", "rawvideo", "-pix_fmt", "gray", "-c:a", "pcm_s16le"]
    done = run([*argv, "-f", "nut", "pipe:1"])
    assert done.status == 0, done.stderr
    return done.stdout


def outcome(data: bytes) -> tuple[Packets, str]:
    """All packets up to the end or the error, and what the error said."""
    found: Packets = []
    try:
        for item in NutReader(io.BytesIO(data), largest_packet=LIMIT):
            found.append((item.stream, item.pts, item.payload.tobytes()))
    except StreamError as error:
        return found, error.message
    return found, ""


def survive(attempt: Callable[[], object]) -> None:
    """Check that it neither raises nor takes much memory."""
    tracemalloc.start()
    try:
        attempt()
        assert tracemalloc.get_traced_memory()[1] < ALLOWED
    finally:
        tracemalloc.stop()


def damage(data: bytes, draw: st.DataObject) -> bytes:
    """Flip bits, cut pieces out, put pieces in: one to four times."""
    for _ in range(draw.draw(st.integers(1, 4))):
        at = draw.draw(st.integers(0, max(len(data) - 1, 0)))
        kind = draw.draw(st.sampled_from(["flip", "cut", "insert", "end"]))
        if kind == "flip" and data:
            flipped = data[at] ^ 1 << draw.draw(st.integers(0, 7))
            data = data[:at] + bytes([flipped]) + data[at + 1 :]
        elif kind == "cut":
            data = data[:at] + data[at + draw.draw(st.integers(1, 50)) :]
        elif kind == "insert":
            data = data[:at] + draw.draw(st.binary(min_size=1)) + data[at:]
        else:
            data = data[:at]
    return data


fuzzing = settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def test_a_stream_cut_anywhere_gives_its_whole_packets_and_says_it_is_torn() -> None:
    data = ours()
    whole, message = outcome(data)
    assert (len(whole), message) == (6, "")
    first = data.index(SYNCPOINT)
    ends = {len(data), first}
    ends |= {at for at in range(first, len(data)) if data.startswith(SYNCPOINT, at)}
    for end in range(first, len(data) + 1):
        found, message = outcome(data[:end])
        assert found == whole[: len(found)]
        assert len(found) == sum(other <= end for other in ends - {first})
        assert message == ("" if end in ends else TORN)


def test_a_flipped_bit_before_a_payload_never_changes_what_is_read() -> None:
    data = ours()
    whole, _ = outcome(data)
    first = data.index(SYNCPOINT)
    head = data.index(b"\0" * 36) - first
    for bit in range(head * 8):
        damaged = bytearray(data)
        damaged[first + bit // 8] ^= 1 << bit % 8
        found, message = outcome(bytes(damaged))
        assert message or found == whole, f"bit {bit}"


@fuzzing
@given(draw=st.data())
def test_damage_to_our_stream_is_survived(draw: st.DataObject) -> None:
    damaged = damage(ours(), draw)
    survive(lambda: outcome(damaged))


@fuzzing
@given(draw=st.data())
@pytest.mark.slow
def test_damage_to_ffmpegs_stream_is_survived(
    ffmpeg: FFmpeg, draw: st.DataObject
) -> None:
    damaged = damage(ffmpegs(ffmpeg.path), draw)
    survive(lambda: outcome(damaged))


@pytest.mark.parametrize("start", [MAIN, STREAM, INFO, SYNCPOINT])
@fuzzing
@given(draw=st.data())
@pytest.mark.sampled(4)
def test_damage_with_right_checksums_is_survived(
    start: bytes, draw: st.DataObject
) -> None:
    bodies = {
        MAIN: main_body([Run(0x29, 30, size=20)], elisions=[b"abc"]),
        STREAM: video_body(),
        INFO: info(1, ("Title", text("x")), ("r_frame_rate", text("25/1")))[9:-4],
        SYNCPOINT: varint(77) + varint(0),
    }
    bodies[start] = damage(bodies[start], draw)
    frames = bytes([9, 0x81, 9, 3]) + bytes(80)
    pieces = b"".join(packet(code, body) for code, body in bodies.items())
    survive(lambda: outcome(FILE_ID + pieces + frames))


@fuzzing
@given(body=st.binary(max_size=200), version=st.sampled_from([b"", b"\3\1", b"\4\1\1"]))
def test_headers_of_noise_are_survived(body: bytes, version: bytes) -> None:
    main = read_main(main_body())
    for attempt in (
        lambda: read_main(version + body),
        lambda: read_stream(body, main),
        lambda: read_frame_rate(body),
    ):
        try:
            attempt()
        except StreamError:
            continue


@fuzzing
@given(noise=st.binary(max_size=2000))
def test_noise_after_the_headers_is_survived(noise: bytes) -> None:
    data = ours()
    head = data[: data.index(SYNCPOINT)]
    survive(lambda: outcome(head + noise))


def test_a_promise_of_gigabytes_takes_no_memory() -> None:
    header = video_body(fourcc=FOURCCS["bgr24"], width=65535, height=65535)
    main = main_body([Run(0x29, 1)])
    size = 65535 * 65535 * 3
    frame = b"\1" + varint(128) + varint(size)
    pieces = [packet(MAIN, main), packet(STREAM, header)]
    pieces += [packet(SYNCPOINT, b"\0\0"), frame]
    data = FILE_ID + b"".join(pieces)
    survive(lambda: outcome(data))
    assert outcome(data)[1]
