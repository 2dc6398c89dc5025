"""Writes the tracks of frames to record files."""

import shutil
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import BinaryIO

from avio_cli.media.frame import Frame
from avio_cli.records.coco_reader import read_coco
from avio_cli.records.coco_writer import CocoFile
from avio_cli.records.entry import (
    CountEvent,
    FrameRecord,
    VideoInfo,
    as_recorded,
    finite,
)
from avio_cli.records.exchange.whole_file import WRITERS, WholeFile
from avio_cli.records.files import AppendedFile, Encode, LineFile, RecordWriter
from avio_cli.records.formats import Format, RecordTarget, check_records, plan_records
from avio_cli.records.marks import Mark
from avio_cli.records.parsing import ClassNames
from avio_cli.records.recorded import RecordedTracks
from avio_cli.records.resume import ResumePoint
from avio_cli.records.rows import (
    CSV_HEADER,
    csv_rows,
    json_line,
    mot_class_rows,
    mot_rows,
)
from avio_cli.temporary import TemporaryFolder

_LINES: dict[str, tuple[Encode, str]] = {
    "mot": (mot_rows, ""),
    "mot-classes": (mot_class_rows, ""),
    "csv": (csv_rows, CSV_HEADER),
    "jsonl": (json_line, ""),
}
"""For each line-based format: how to format an entry, and the header."""


def write_records(
    format_: Format,
    recorded: RecordedTracks,
    video: VideoInfo,
    file: BinaryIO,
    tolerance: float | None = None,
) -> None:
    """Write tracks that are all there, in any format.

    Args:
        format_: of the file.
        recorded: the tracks.
        video: what is known of the video.
        file: open for writing.
        tolerance: see `WholeWriter`.

    Raises:
        AvioError: something is missing that the format needs.
        OSError: it cannot be written.
    """
    known = replace(video, class_names=recorded.class_names)
    entries = [replace(e, tracks=as_recorded(e.tracks)) for e in recorded.entries]
    if format_.name in WRITERS:
        WRITERS[format_.name](recorded, known, file, tolerance)
    elif format_.name in _LINES:
        encode, header = _LINES[format_.name]
        file.write(header.encode())
        file.writelines(encode(entry, known).encode() for entry in entries)
    else:
        with TemporaryFolder() as folder:
            path = folder / "records.json"
            CocoFile(path, known, entries).close()
            with path.open("rb") as made:
                shutil.copyfileobj(made, file)


class RecordSink:
    """Writes each frame's tracks to all files; a Sink that keeps its files.

    Args:
        writers: one a file.
        events: returns the events at a frame index; see `CountEvent`.
    """

    def __init__(
        self,
        writers: Sequence[RecordWriter],
        events: Callable[[int], Sequence[CountEvent]] | None = None,
    ) -> None:
        self._writers = tuple(writers)
        self._events = events

    def write(self, frame: Frame) -> None:
        """Write one frame.

        Raises:
            OutputError: a file cannot be written.
        """
        events = self._events(frame.index) if self._events else ()
        seconds = round(frame.seconds, 6)
        tracks = finite(frame.tracks)
        self.put(FrameRecord(frame.index + 1, frame.pts, seconds, tracks, events))

    def put(self, entry: FrameRecord) -> None:
        """Write one entry of any frame."""
        for writer in self._writers:
            writer.write(entry)

    def marks(self) -> list[tuple[Mark, ...]]:
        """Bring the files to the disk, and mark each, in their order.

        Raises:
            OutputError: a file cannot be written.
        """
        return [writer.mark() for writer in self._writers]

    def finish(self) -> None:
        """Make the files complete."""
        self.close()

    def done(self) -> None:
        """Remove what only a resumed run would need: this one is complete."""
        for writer in self._writers:
            if isinstance(writer, WholeFile):
                writer.done()

    def close(self) -> None:
        """Close the files; they stay, complete up to the last frame written."""
        with ExitStack() as stack:
            for writer in self._writers:
                stack.callback(writer.close)


def open_records(
    targets: Sequence[str],
    formats: Sequence[str] = (),
    *,
    video: VideoInfo,
    force: bool = False,
    resume: ResumePoint | None = None,
    events: Callable[[int], Sequence[CountEvent]] | None = None,
) -> RecordSink:
    """Open record files; none is touched if one of them cannot be opened.

    Args:
        targets: paths, or ``-`` for standard output.
        formats: see `plan_records`.
        video: the tracked video.
        force: whether existing files may be replaced.
        resume: where the files go on; what follows in them is dropped.
        events: returns the events at a frame index.

    Raises:
        UsageError: formats or outputs do not fit.
        OutputError: a file cannot be written, or exists and may not be replaced.
    """
    planned = plan_records(targets, formats)
    check_records(planned, force=force, resume=resume is not None)
    with ExitStack() as opened:
        writers = []
        for target in planned:
            writer = _open(target, video, resume)
            opened.callback(writer.close)
            writers.append(writer)
        opened.pop_all()
    return RecordSink(writers, events)


def _open(
    target: RecordTarget, video: VideoInfo, resume: ResumePoint | None
) -> RecordWriter:
    path, name = target.path, target.format.name
    if name == "coco":
        assert path is not None
        done = resume.frame if resume else 0
        names = ClassNames(list(video.class_names))
        entries = read_coco(path, names).entries if done else []
        return CocoFile(path, video, [e for e in entries if e.number <= done])
    growing = target.growing
    keep = resume.kept(growing) if resume and growing is not None else None
    if name not in _LINES:
        return WholeFile(target, video, keep)
    encode, header = _LINES[name]
    return LineFile(AppendedFile(path, header=header, keep=keep), encode, video)
