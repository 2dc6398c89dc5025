"""Outputs of a run besides the video: records of tracks, and of detections."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Literal

from avio_cli.closing import ClosedOnExit
from avio_cli.decode.settings import select_video
from avio_cli.detections import Detections
from avio_cli.errors import OutputError
from avio_cli.ffmpeg.output_place import is_written_into, refuse_other
from avio_cli.media.frame import Frame
from avio_cli.media.info import MediaInfo
from avio_cli.records.detections import MOST_FRAMES, read_detections
from avio_cli.records.entry import CountEvent, FrameRecord, VideoInfo
from avio_cli.records.resume import truncate_lines
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


class DetectionFile:
    """Detections as rows ``frame,-1,x,y,w,h,score,class``, flushed each frame.

    Args:
        path: the file.
        force: whether one that is there may be replaced.
        resume_after: continue it after this frame; None starts a new one.

    Raises:
        OutputError: the file exists and may not be replaced, or cannot be written.
    """

    def __init__(
        self, path: Path, *, force: bool, resume_after: int | None = None
    ) -> None:
        refuse_other(path)
        there = path.exists() and not is_written_into(path)
        if there and not force and resume_after is None:
            raise OutputError(f"{path} exists", hint="-y replaces it")
        try:
            if there and resume_after is not None:
                truncate_lines(path, "mot", resume_after)
            mode: Literal["ab", "wb"] = "wb" if resume_after is None else "ab"
            self._file: BinaryIO = path.open(mode, buffering=0)
        except OSError as error:
            raise OutputError(f"cannot write {path}: {error.strerror}") from error

    def write(self, number: int, detections: Detections) -> None:
        """Append the detections of one frame."""
        self._file.write(detection_rows(number, detections).encode())

    def close(self) -> None:
        """Close the file; it stays."""
        self._file.close()


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
    def open(
        cls,
        record_files: Sequence[str],
        formats: Sequence[str],
        video: VideoInfo,
        *,
        detections: Path | None = None,
        force: bool = False,
        resume_after: int | None = None,
    ) -> "Results":
        """Open all files, or none of them; see `open_records`.

        Raises:
            UsageError: files or formats are not valid.
            OutputError: a file exists and may not be replaced, or cannot be written.
        """
        how: dict[str, Any] = {"force": force, "resume_after": resume_after}
        files = [] if detections is None else [DetectionFile(detections, **how)]
        try:
            records = open_records(record_files, formats, video=video, **how)
        except BaseException:
            for file in files:
                file.close()
            raise
        return cls(records, files)

    def write(
        self, frame: Frame, detections: Detections, events: Sequence[CountEvent] = ()
    ) -> None:
        """Write the results of one frame.

        Raises:
            OutputError: a file cannot be written.
        """
        number, seconds = frame.index + 1, round(frame.seconds, 6)
        self._records.put(FrameRecord(number, frame.pts, seconds, frame.tracks, events))
        for file in self._detections:
            file.write(number, detections)

    def close(self) -> None:
        """Close all files."""
        self._records.close()
        for file in self._detections:
            file.close()
