"""Reads records: the tracks of each frame, and their times."""

import logging
import os
from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from avio_cli.errors import InputError
from avio_cli.records.coco_reader import read_coco
from avio_cli.records.entry import FileContent, FrameRecord
from avio_cli.records.exchange.cvat_reader import read_cvat
from avio_cli.records.exchange.label_studio_reader import read_json, read_label_studio
from avio_cli.records.exchange.parquet import read_parquet
from avio_cli.records.exchange.zipped import read_zip
from avio_cli.records.files import display_name
from avio_cli.records.formats import Format, find_format
from avio_cli.records.line_reader import read_csv, read_json_lines, read_mot_tracks
from avio_cli.records.parsing import ClassNames
from avio_cli.records.recorded import RecordedTracks as RecordedTracks

LOG = logging.getLogger("avio.records")


def read_tracks(
    path: str | os.PathLike[str],
    class_names: Sequence[str] = (),
    *,
    extension: str = "",
    format: str = "",  # noqa: A002  # as the option of the command line
    whole: bool = False,
    size: tuple[int, int] | None = None,
) -> RecordedTracks:
    """Read a record file; its extension decides the format.

    A truncated last line, as a kill may leave it, is left out with a warning.

    Args:
        path: a file with an extension in `READERS`.
        class_names: names that get the first numbers; others follow them.
        extension: used instead of the file's own.
        format: name of a format, used instead of both.
        whole: whether a truncated file is an error instead.
        size: width and height of the frame, for files that have boxes in percent and
            do not say it.

    Raises:
        UsageError: there is no format of that name.
        InputError: it cannot be read, is not of its extension's format (names the
            line), or has a frame twice.
    """
    file = Path(path)
    if format:
        reader = _reader_of(find_format(format, display_name(file)))
    else:
        reader = READERS.get(extension or file.suffix.lower())
    if reader is None:
        raise InputError(
            f"{display_name(file)} is not a record format that avio reads",
            hint=f"known: {', '.join(READERS)}",
        )
    if size is not None and reader in (read_json, read_label_studio):
        reader = partial(reader, size=size)
    names = ClassNames(list(class_names))
    content = reader(file, names, whole=whole)
    entries = sorted(content.entries, key=lambda entry: entry.number)
    _refuse_twice(entries, display_name(file))
    _warn_of_inverted(entries, display_name(file))
    return RecordedTracks(
        *(tuple(entries), tuple(names.names)),
        *(content.each_frame, content.video),
    )


def _refuse_twice(entries: Sequence[FrameRecord], name: str) -> None:
    for entry, following in pairwise(entries):
        if entry.number == following.number:
            raise InputError(
                f"{name} has frame {entry.number} twice",
                hint="records are of one run over one video",
            )
    shown: dict[int, int] = {}
    for entry in entries:
        if entry.pts is None:
            continue
        other = shown.setdefault(entry.pts, entry.number)
        if other != entry.number:
            raise InputError(
                f"{name}: frames {other} and {entry.number} have the same "
                f"presentation time, {entry.pts}",
                hint="records are of one run over one video",
            )


def _warn_of_inverted(entries: Sequence[FrameRecord], name: str) -> None:
    """Say that boxes end before they begin: such a box covers nothing."""
    inverted = [
        (entry.number, track_id)
        for entry in entries
        for track_id in entry.tracks.ids[_ends_early(entry.tracks.boxes)].tolist()
    ]
    if inverted:
        LOG.warning(
            "%s: %d boxes end before they begin, the first in frame %d of id %d: "
            "boxes are x1 y1 x2 y2, and x y width height in MOT and COCO only",
            *(name, len(inverted), *inverted[0]),
        )


def _ends_early(boxes: NDArray[np.float32]) -> NDArray[np.bool_]:
    early: NDArray[np.bool_] = np.any(boxes[:, 2:] < boxes[:, :2], axis=1)
    return early


class _Reader(Protocol):
    def __call__(
        self, path: Path, names: ClassNames, *, whole: bool = False
    ) -> FileContent: ...


READERS: dict[str, _Reader] = {
    ".txt": read_mot_tracks,
    ".jsonl": read_json_lines,
    ".csv": read_csv,
    ".json": read_json,
    ".xml": read_cvat,
    ".zip": read_zip,
    ".parquet": read_parquet,
}
"""Readers of record files by extension."""
_OF_JSON = {"coco": read_coco, "label-studio": read_label_studio}


def _reader_of(known: Format) -> _Reader | None:
    return _OF_JSON.get(known.name, READERS.get(known.extension))
