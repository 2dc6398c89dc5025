"""Entries and clips to record."""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from hypothesis import strategies as st

from avio_cli.detections import Tracks
from avio_cli.media.frame import Frame
from avio_cli.records.entry import FrameRecord, VideoInfo

VIDEO = VideoInfo("in.mp4", 640, 480, Fraction(25), ("person", "car"))


def tracks(*rows: Sequence[float]) -> Tracks:
    """Rows of id x1 y1 x2 y2 score class."""
    table = np.array(rows, np.float64).reshape(-1, 7)
    return Tracks(
        table[:, 1:5].astype(np.float32),
        table[:, 5].astype(np.float32),
        table[:, 6].astype(np.int64),
        table[:, 0].astype(np.int64),
    )


def entry(number: int, *rows: Sequence[float]) -> FrameRecord:
    """The frame of that number of a video of 25 frames a second."""
    pts = 512 * (number - 1)
    return FrameRecord(number, pts, round(pts / 12800, 6), tracks(*rows))


def frame(index: int, *rows: Sequence[float]) -> Frame:
    """The same as a frame."""
    plane = np.zeros((4, 6), np.uint8)
    made = Frame((plane,), "gray", index, 512 * index, Fraction(1, 12800))
    made.tracks = tracks(*rows)
    return made


ONE = (7, 10, 20, 110.5, 220.25, 0.9, 0)
TWO = (8, 300, 40, 350, 90, 0.5, 1)


def clip(count: int) -> list[FrameRecord]:
    """Every third frame has no tracks; the others have one or two."""
    rows = ((ONE,), (ONE, TWO), ())
    return [entry(n, *rows[n % 3]) for n in range(1, count + 1)]


@st.composite
def some_entries(draw: st.DrawFn) -> list[FrameRecord]:
    """Entries in order; boxes and scores as exact as the formats keep them."""
    numbers = draw(st.lists(st.integers(1, 500), unique=True, max_size=8).map(sorted))
    return [entry(n, *draw(_rows())) for n in numbers]


@st.composite
def _rows(draw: st.DrawFn) -> list[list[float]]:
    track_ids = draw(st.lists(st.integers(1, 10**6), unique=True, max_size=4))
    corner = st.integers(-5000, 500000).map(lambda v: v / 100)
    return [
        [
            track_id,
            *(draw(corner) for _ in range(4)),
            draw(st.integers(0, 10000)) / 10000,
            draw(st.integers(0, 1)),
        ]
        for track_id in track_ids
    ]
