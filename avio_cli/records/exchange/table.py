"""All boxes of a file as one table; annotators have a list for each object."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avio_cli.detections import Tracks
from avio_cli.records.entry import FrameRecord
from avio_cli.records.mot import by_frame

MOST_BOXES = 10_000_000
"""100 objects for an hour: more boxes would be of a file that is made to fill the
memory, with key frames that are far from each other."""
MOST_LENGTH = 2_000_000
"""Frames, 18 hours at 30 a second: likewise."""


@dataclass(frozen=True, slots=True)
class BoxTable:
    """Boxes with their frames."""

    frames: NDArray[np.int64]
    """int64 (n,): numbers of frames, 1 for the first."""
    tracks: Tracks
    """The boxes of all frames."""

    def __len__(self) -> int:
        return len(self.frames)

    def __getitem__(self, rows: NDArray[np.int64]) -> "BoxTable":
        return BoxTable(self.frames[rows], self.tracks[rows])

    def entries(self) -> list[FrameRecord]:
        """The frames that have boxes, without times."""
        return [
            FrameRecord(number, None, None, self.tracks[rows])
            for number, rows in by_frame(self.frames)
        ]

    def objects(self) -> Iterator[tuple[int, "BoxTable"]]:
        """Each track id in order, and its boxes in the order of their frames."""
        ids = self.tracks.ids
        order = np.lexsort((self.frames, ids)).astype(np.int64)
        known, starts = np.unique(ids[order], return_index=True)
        if len(known):
            for track_id, rows in zip(
                known.tolist(), np.split(order, starts[1:]), strict=True
            ):
                yield track_id, self[rows]


def table_of(entries: Sequence[FrameRecord]) -> BoxTable:
    """The boxes of all frames."""
    counts = [len(entry.tracks) for entry in entries]
    numbers = np.array([entry.number for entry in entries], np.int64)
    tracks = joined_tracks(entry.tracks for entry in entries)
    return BoxTable(np.repeat(numbers, counts), tracks)


def joined_tracks(parts: Iterable[Tracks]) -> Tracks:
    """All boxes of several, one behind the other."""
    listed = [Tracks(), *parts]
    return Tracks(
        *(
            np.concatenate([getattr(part, name) for part in listed])
            for name in ("boxes", "scores", "classes", "ids")
        )
    )


def as_written(boxes: NDArray[np.float32]) -> NDArray[np.float64]:
    """Corners in hundredths of a pixel, as all records have them: whole numbers."""
    return np.rint(boxes.astype(np.float64) * 100)
