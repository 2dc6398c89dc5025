import io
import random
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avio_cli.ffmpeg.nut.packets import SYNCPOINT
from avio_cli.ffmpeg.nut.reader import FOURCCS, NutReader, NutStream
from avio_cli.ffmpeg.nut.writer import NutWriter
from avio_cli.media.frame import PIXEL_FORMATS
from tests.ffmpeg.nut.nut_building import packets_of

FREE = NutStream(kind="data", fourcc=b"TEST", time_base=Fraction(1, 90000))
VIDEO = NutStream(
    kind="video",
    fourcc=FOURCCS["yuv420p"],
    time_base=Fraction(1001, 30000),
    width=5,
    height=3,
    sample_aspect_ratio=Fraction(4, 3),
    frame_rate=Fraction(30000, 1001),
)

AUDIO = NutStream(
    kind="audio",
    fourcc=FOURCCS["pcm_s16le"],
    time_base=Fraction(1, 48000),
    sample_rate=48000,
    channels=2,
)

PARTS = st.integers(1, 2**31 - 1)
RATIOS = st.builds(Fraction, PARTS, PARTS)
VIDEOS = st.builds(
    NutStream,
    kind=st.just("video"),
    fourcc=st.sampled_from([*map(FOURCCS.get, PIXEL_FORMATS), b"H264", b"ab"]),
    time_base=RATIOS,
    width=st.integers(1, 9),
    height=st.integers(1, 9),
    sample_aspect_ratio=RATIOS | st.just(Fraction(0)),
    frame_rate=RATIOS | st.none(),
)
AUDIOS = st.builds(
    NutStream,
    kind=st.just("audio"),
    fourcc=st.sampled_from([FOURCCS["pcm_s16le"], b"Opus"]),
    time_base=RATIOS,
    sample_rate=PARTS,
    channels=st.integers(1, 1024),
    frame_rate=st.none(),
)
OTHERS = st.builds(
    NutStream,
    kind=st.sampled_from(["subtitle", "data"]),
    fourcc=st.binary(min_size=4, max_size=4),
    time_base=RATIOS,
)
STREAMS = st.lists(VIDEOS | AUDIOS | OTHERS, min_size=1, max_size=5)


class Trickle(io.BytesIO):
    """Takes a few bytes at a time, as a full pipe does."""

    def write(self, data: Any, /) -> int:
        return super().write(bytes(data[:13]))


@settings(max_examples=60, deadline=None)
@given(streams=STREAMS, draw=st.data(), endless=st.booleans())
def test_what_is_written_is_read(
    streams: list[NutStream], draw: st.DataObject, endless: bool
) -> None:
    sink = Trickle()
    writer = NutWriter(sink, streams, endless=endless)
    sent: list[tuple[int, int, bytes]] = []
    for _ in range(draw.draw(st.integers(0, 6))):
        index = draw.draw(st.integers(0, len(streams) - 1))
        pts = draw.draw(st.integers(0, 2**55 - 1))
        size = streams[index].packet_size
        if size is None:
            size = draw.draw(st.integers(0, 300)) * streams[index].block_size
        data = random.randbytes(size)
        cut = draw.draw(st.integers(0, len(data)))
        writer.write(index, pts, data[:cut], bytearray(data[cut:]))
        sent.append((index, pts, data))
    assert NutReader(io.BytesIO(sink.getvalue())).streams == tuple(streams)
    assert packets_of(sink.getvalue()) == sent


@pytest.mark.parametrize("name", PIXEL_FORMATS)
def test_planes_are_written_as_they_lie(name: str) -> None:
    layout = PIXEL_FORMATS[name]
    stream = NutStream(
        kind="video",
        fourcc=FOURCCS[name],
        time_base=Fraction(1, 25),
        width=7,
        height=5,
    )
    rng = np.random.default_rng(1)
    planes = [
        rng.integers(0, 1 << layout.bits, shape).astype(layout.dtype)
        for shape in layout.shapes(7, 5)
    ]
    sink = io.BytesIO()
    NutWriter(sink, [stream]).write(0, 0, *planes)
    assert packets_of(sink.getvalue()) == [
        (0, 0, b"".join(p.tobytes() for p in planes))
    ]


def test_a_cropped_plane_is_written_without_its_gaps() -> None:
    whole = np.arange(40, dtype=np.uint16).reshape(5, 8)
    sink = io.BytesIO()
    writer = NutWriter(sink, [FREE])
    writer.write(0, 7, whole[1:4, 2:5], np.empty((0, 3)), whole.T)
    expected = whole[1:4, 2:5].tobytes() + whole.T.tobytes()
    assert packets_of(sink.getvalue()) == [(0, 7, expected)]


def test_large_buffers_are_neither_joined_nor_copied() -> None:
    class Sink:
        def __init__(self) -> None:
            self.addresses: list[int] = []

        def write(self, data: memoryview, /) -> int:
            self.addresses.append(np.frombuffer(data, np.uint8).ctypes.data)
            return len(data)

    sink = Sink()
    luma, chroma = np.zeros((4, 4), np.uint8), np.zeros(9, np.uint16)
    NutWriter(sink, [FREE]).write(0, 0, luma, chroma)
    assert sink.addresses[-2:] == [luma.ctypes.data, chroma.ctypes.data]


def test_every_packet_has_a_syncpoint_unless_there_is_no_end() -> None:
    counts = []
    for endless in (False, True):
        sink = io.BytesIO()
        writer = NutWriter(sink, [FREE], endless=endless)
        for pts in range(5):
            writer.write(0, pts, b"data")
        counts.append(sink.getvalue().count(SYNCPOINT))
    assert counts == [5, 1]


@pytest.mark.parametrize(
    ("stream", "pts", "data"),
    [
        (0, -1, b""),
        (0, 1 << 55, b""),
        (3, 0, b""),
        (-1, 0, b""),
        (1, 0, bytes(26)),
        (2, 0, bytes(6)),
    ],
)
def test_what_nut_cannot_store_is_refused_before_a_byte_is_written(
    stream: int, pts: int, data: bytes
) -> None:
    sink = io.BytesIO()
    writer = NutWriter(sink, [FREE, VIDEO, AUDIO])
    before = sink.tell()
    with pytest.raises(ValueError, match="NUT"):
        writer.write(stream, pts, data)
    assert sink.tell() == before


@pytest.mark.parametrize(
    "wrong",
    [
        {"time_base": Fraction(0)},
        {"time_base": Fraction(-1, 25)},
        {"time_base": Fraction(1, 1 << 31)},
        {"frame_rate": Fraction(0)},
        {"fourcc": b"abc"},
        {"width": 0},
        {"sample_aspect_ratio": Fraction(-1)},
        {"kind": "audio", "channels": 0},
    ],
)
def test_impossible_streams_are_refused(wrong: dict[str, Any]) -> None:
    facts = {name: getattr(VIDEO, name) for name in VIDEO.__slots__}
    with pytest.raises(ValueError, match="NUT"):
        NutWriter(io.BytesIO(), [NutStream(**{**facts, **wrong})])


@pytest.mark.parametrize("count", [0, 251])
def test_the_number_of_streams_is_bounded(count: int) -> None:
    with pytest.raises(ValueError, match="250"):
        NutWriter(io.BytesIO(), [FREE] * count)


def test_a_pipe_that_does_not_block_is_refused() -> None:
    class Full:
        def write(self, data: memoryview, /) -> None:
            return None

    with pytest.raises(BlockingIOError):
        NutWriter(Full(), [FREE])
