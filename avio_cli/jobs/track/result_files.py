"""Outputs of a run besides the video: records of tracks, and of detections."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from avio_cli.closing import ClosedOnExit
from avio_cli.decode.settings import select_video
from avio_cli.detections import Detections
from avio_cli.errors import OutputError
from avio_cli.ffmpeg.output_place import is_written_into, refuse_other
from avio_cli.media.frame import Frame
from avio_cli.media.info import MediaInfo
from avio_cli.records.detections import MOST_FRAMES, read_detections
from avio_cli.records.entry import CountEvent, FrameRecord, VideoInfo
from avio_cli.records.files import AppendedFile, display_name
from avio_cli.records.marks import Mark
from avio_cli.records.resume import ResumePoint
from avio_cli.records.rows import detection_rows
from avio_cli.records.writer import RecordSink, open_records


def load_detections(path: Path, last: int = MOST_FRAMES) -> Mapping[int, Detections]:
    """Detections of a file by frame number; see `read_detections`."""
    return read_detections(path, last).frames


def most_frames(info: MediaInfo) -> int:
    """A number that no frame of the video reaches; declared lengths are inexact."""
    video = select_video(info, 0)
    rates = [rate for rate in (video.average_rate, video.nominal_rate) if rate]
    if not rates or info.duration is None:
        return MOST_FRAMES
    return 2 * math.ceil(info.duration * max(rates)) + 25


class DetectionFile(AppendedFile):
    """Detections as rows ``frame,-1,x,y,w,h,score,class``, flushed each frame.

    Args:
        path: the file.
        force: whether one that is there may be replaced.
        resume: where it goes on; None starts a new one.

    Raises:
        OutputError: the file exists and may not be replaced, or cannot be written.
    """

    def __init__(
        self, path: Path, *, force: bool, resume: ResumePoint | None = None
    ) -> None:
        refuse_other(path)
        there = path.exists() and not is_written_into(path)
        if there and not force and resume is None:
            raise OutputError(f"{display_name(path)} exists", hint="-y replaces it")
        super().__init__(path, keep=None if resume is None else resume.kept(path))

    def write(self, number: int, detections: Detections) -> None:
        """Append the detections of one frame."""
        self.put(detection_rows(number, detections))


class Results(ClosedOnExit):
    """All files of results of one run; they stay, however the run ends.

    Args:
        records: the tracks' files.
        detections: the file of detections; none or one.
    """

    def __init__(
        self, records: RecordSink, detections: Sequence[DetectionFile] = ()
    ) -> None:
        self._records = records
        self._detections = tuple(detections)

    @classmethod
    def none(cls) -> "Results":
        """No file at all."""
        return cls(RecordSink(()))

    @classmethod
    def open(
        cls,
        record_files: Sequence[str],
        formats: Sequence[str],
        video: VideoInfo,
        *,
        detections: Path | None = None,
        force: bool = False,
        resume: ResumePoint | None = None,
    ) -> "Results":
        """Open all files, or none of them; see `open_records`.

        Raises:
            UsageError: files or formats are not valid.
            OutputError: a file exists and may not be replaced, or cannot be written.
        """
        how: dict[str, Any] = {"force": force, "resume": resume}
        files = [] if detections is None else [DetectionFile(detections, **how)]
        try:
            records = open_records(record_files, formats, video=video, **how)
        except BaseException:
            for file in files:
                file.close()
            raise
        return cls(records, files)

    def write(
        self,
        frame: Frame,
        detections: Detections,
        events: Sequence[CountEvent] = (),
        gap: float | None = None,
    ) -> None:
        """Write the results of one frame.

        Args:
            frame: with its tracks.
            detections: what was detected in it.
            events: of lines and zones.
            gap: as of `FrameRecord`.

        Raises:
            OutputError: a file cannot be written.
        """
        number, seconds = frame.index + 1, round(frame.seconds, 6)
        tracks = frame.tracks
        self._records.put(FrameRecord(number, frame.pts, seconds, tracks, events, gap))
        for file in self._detections:
            file.write(number, detections)

    def marks(self) -> list[tuple[Mark, ...]]:
        """Bring all files to the disk, and mark those that are files; see `mark`.

        Raises:
            OutputError: a file cannot be written.
        """
        marks = [*self._records.marks(), *(file.mark() for file in self._detections)]
        return [mark for mark in marks if mark]

    def close(self) -> None:
        """Close all files."""
        self._records.close()
        for file in self._detections:
            file.close()
