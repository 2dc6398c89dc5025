"""Archives of CVAT: MOT 1.1 with its names of classes, and CVAT for video."""

import struct
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import BinaryIO

import numpy as np

from avio_cli.detections import Tracks
from avio_cli.errors import InputError
from avio_cli.records.entry import FileContent, VideoInfo
from avio_cli.records.exchange.cvat_reader import parse_cvat
from avio_cli.records.exchange.table import BoxTable, as_written, table_of
from avio_cli.records.facts import LEAST_SCORE, one_line
from avio_cli.records.files import display_name
from avio_cli.records.mot import MotForm, parse_mot
from avio_cli.records.parsing import ClassNames, text_of
from avio_cli.records.recorded import RecordedTracks

_ROWS, _LABELS = "gt/gt.txt", "gt/labels.txt"
_LARGEST = 1 << 31
"""Bytes of a file in an archive: 20 million rows. A small archive may claim more."""
_BROKEN = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError),
    *(NotImplementedError, RuntimeError, ValueError),
)
"""What zipfile raises: also of compression or encryption that it does not know."""
_FORM = MotForm(
    least=9,
    most=9,
    hint="a row is frame,id,x,y,w,h,score or 0,class,visibility",
)


def write_mot_zip(
    recorded: RecordedTracks,
    video: VideoInfo,
    file: BinaryIO,
    tolerance: float | None = None,
) -> None:
    """Write records as the archive that CVAT calls MOT 1.1.

    Args:
        recorded: the tracks.
        video: makes no difference.
        file: gets the archive.
        tolerance: makes no difference.

    Raises:
        OSError: it cannot be written.
    """
    names = "".join(f"{one_line(name)}\n" for name in recorded.class_names)
    contents = {_LABELS: names, _ROWS: _rows(table_of(recorded.entries))}
    with zipfile.ZipFile(file, "w") as archive:
        for place, text in contents.items():
            # Without the time of day: the same tracks are the same bytes.
            member = zipfile.ZipInfo(place)
            member.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(member, text)


def _rows(table: BoxTable) -> str:
    """Rows as in MOT16, with scores in the column where 0 says: to be ignored."""
    corners = as_written(table.tracks.boxes)
    columns = (
        *(table.frames, table.tracks.ids, corners[:, :2] / 100),
        (corners[:, 2:] - corners[:, :2]) / 100,
        *(np.maximum(table.tracks.scores, LEAST_SCORE), table.tracks.classes + 1),
    )
    row = "%d,%d,%.2f,%.2f,%.2f,%.2f,%.4f,%d,1\n"
    values = np.column_stack(columns)
    return row * len(table) % tuple(values.ravel().tolist())


def read_zip(path: Path, names: ClassNames, *, whole: bool = False) -> FileContent:
    """Read an archive that CVAT exported: MOT 1.1 or CVAT for video.

    Args:
        path: the file.
        names: numbers the classes.
        whole: makes no difference: a truncated archive cannot be opened.

    Raises:
        InputError: it cannot be read, or has neither.
    """
    name = display_name(path)
    try:
        with zipfile.ZipFile(path) as archive:
            members = {PurePosixPath(info.filename): info for info in archive.filelist}
            for place, info in members.items():
                if place.name == "annotations.xml":
                    text = _content(archive, info, name)
                    return parse_cvat(f"{name}: {place}", text, names)
            for place, info in members.items():
                if place.parts[-2:] == ("gt", "gt.txt"):
                    labels = members.get(place.with_name("labels.txt"))
                    listed = labels and _content(archive, labels, name)
                    rows = _content(archive, info, name)
                    return _mot(f"{name}: {place}", rows, listed or b"", names)
    except OSError as error:
        raise InputError(f"cannot read {name}: {error.strerror}") from error
    except _BROKEN as error:
        raise InputError(f"{name} is not a complete archive: {error}") from error
    raise InputError(
        f"{name} has neither {_ROWS} nor annotations.xml",
        hint="CVAT's formats with tracks are 'MOT 1.1' and 'CVAT for video 1.1'",
    )


def _content(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str) -> bytes:
    with archive.open(info) as member:
        content = member.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        raise InputError(f"{name}: {info.filename} has more than {_LARGEST:,} bytes")
    return content


def _mot(name: str, text: bytes, labels: bytes, names: ClassNames) -> FileContent:
    rows = parse_mot(Path(name), text_of(name, text), _FORM)
    rows.refuse_infinite()
    rows.refuse_broken((0, 1, 7))
    listed = [line.strip() for line in text_of(name, labels).strip().split("\n")]
    numbers = rows.integers(7)
    rows.refuse(
        (numbers < 1) | (numbers > len(listed)),
        f"class {{7}} is none of the {len(listed)} in labels.txt",
    )
    known = np.array([names.number(label) for label in listed], np.int64)
    tracks = Tracks(
        rows.corners.astype(np.float32),
        rows.values[:, 6].astype(np.float32),
        known[numbers - 1] if len(rows) else np.empty(0, np.int64),
        rows.integers(1),
    )
    counted = np.flatnonzero(rows.values[:, 6] != 0)
    return FileContent(BoxTable(rows.integers(0), tracks)[counted].entries())
