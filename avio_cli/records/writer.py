"""Writes the tracks of frames to record files."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack

from avio_cli.media.frame import Frame
from avio_cli.records.coco_reader import read_coco
from avio_cli.records.coco_writer import CocoFile
from avio_cli.records.entry import CountEvent, FrameRecord, VideoInfo, finite
from avio_cli.records.files import AppendedFile, Encode, LineFile, RecordWriter
from avio_cli.records.formats import RecordTarget, check_records, plan_records
from avio_cli.records.marks import Mark
from avio_cli.records.parsing import ClassNames
from avio_cli.records.resume import ResumePoint
from avio_cli.records.rows import (
    CSV_HEADER,
    csv_rows,
    json_line,
    mot_class_rows,
    mot_rows,
)

_LINES: dict[str, tuple[Encode, str]] = {
    "mot": (mot_rows, ""),
    "mot-classes": (mot_class_rows, ""),
    "csv": (csv_rows, CSV_HEADER),
    "jsonl": (json_line, ""),
}
"""For each line-based format: how to format an entry, and the header."""


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
        entries = read_coco(path, names) if done else []
        return CocoFile(path, video, [e for e in entries if e.number <= done])
    encode, header = _LINES[name]
    keep = resume.kept(path) if resume and path is not None else None
    return LineFile(AppendedFile(path, header=header, keep=keep), encode, video)
