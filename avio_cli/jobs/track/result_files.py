"""Outputs of a run besides the video: records, detections, subtitles."""

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from typing import Any

from avio_cli.closing import ClosedOnExit
from avio_cli.decode.settings import select_video
from avio_cli.detections import Detections
from avio_cli.errors import OutputError
from avio_cli.ffmpeg.output_place import check_place, is_written_into
from avio_cli.media.frame import Frame
from avio_cli.media.info import MediaInfo
from avio_cli.records.detections import MOST_FRAMES, read_detections
from avio_cli.records.entry import FrameRecord, Happenings, VideoInfo
from avio_cli.records.files import AppendedFile, display_name
from avio_cli.records.marks import Mark
from avio_cli.records.resume import ResumePoint
from avio_cli.records.rows import detection_rows
from avio_cli.records.writer import RecordSink, open_records
from avio_cli.vision.counting.crossings import CrossingCounter
from avio_cli.vision.subtitles.formats import SubtitleText

_DEFAULT_STEP = Fraction(1, 25)
"""Seconds that the last frame is shown where it is the only one."""


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
        refuse_existing(path, force=force or resume is not None)
        super().__init__(path, keep=None if resume is None else resume.kept(path))

    def write(self, number: int, detections: Detections) -> None:
        """Append the detections of one frame."""
        self.put(detection_rows(number, detections))


class Overlay(AppendedFile):
    """Writes what is complete of the subtitles after each frame: a kill leaves that.

    Args:
        path: the file.
        text: makes its content.
        origin: seconds on the source's clock at which it starts: 0 in the file.
        counter: has counted each frame already; counts are drawn, too.
        force: whether a file that is there may be replaced.

    Raises:
        OutputError: it exists and may not be replaced, or cannot be written.
    """

    def __init__(
        self,
        path: Path,
        text: SubtitleText,
        origin: Fraction,
        counter: CrossingCounter,
        *,
        force: bool,
    ) -> None:
        refuse_existing(path, force=force)
        super().__init__(path, header=text.header)
        self._text, self._origin, self._counter = text, origin, counter
        self._times: Sequence[Fraction] = ()
        self._closed = False

    def write(self, frame: Frame) -> None:
        """Add a frame with its tracks."""
        time = frame.time - self._origin
        self._times = (*self._times[-1:], time)
        self.put(self._text.frame(time, frame.tracks, self._counter.counts(ids=False)))

    def close(self) -> None:
        """Write the rest, and close the file; safe to call twice."""
        if self._closed:
            return
        self._closed = True
        try:
            both = len(self._times) == 2
            step = self._times[1] - self._times[0] if both else _DEFAULT_STEP
            self.put(self._text.finish(step))
        finally:
            super().close()


def refuse_existing(path: Path, *, force: bool) -> None:
    """Fail early where the file cannot be written.

    Raises:
        OutputError: it exists and may not be replaced, has no folder, or nothing
            can go there.
    """
    check_place(path)
    if path.exists() and not is_written_into(path) and not force:
        raise OutputError(f"{display_name(path)} exists", hint="-y replaces it")


class Results(ClosedOnExit):
    """All files of results of one run; they stay, however the run ends.

    Args:
        records: the tracks' files.
        detections: the file of detections; none or one.
        overlays: the file of subtitles; likewise.
    """

    def __init__(
        self,
        records: RecordSink,
        detections: Sequence[DetectionFile] = (),
        overlays: Sequence[Overlay] = (),
    ) -> None:
        self._records = records
        self._detections = tuple(detections)
        self._overlays = tuple(overlays)

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
        overlay: Callable[[], Overlay] | None = None,
        force: bool = False,
        resume: ResumePoint | None = None,
    ) -> "Results":
        """Open all files, or none of them; see `open_records`.

        The overlay is opened last, by the function that is given.

        Raises:
            UsageError: files or formats are not valid.
            OutputError: a file exists and may not be replaced, or cannot be written.
        """
        how: dict[str, Any] = {"force": force, "resume": resume}
        with ExitStack() as opened:
            files = [] if detections is None else [DetectionFile(detections, **how)]
            for file in files:
                opened.callback(file.close)
            records = open_records(record_files, formats, video=video, **how)
            opened.callback(records.close)
            overlays = [overlay()] if overlay else []
            opened.pop_all()
        return cls(records, files, overlays)

    def write(
        self,
        frame: Frame,
        detections: Detections,
        found: Happenings,
    ) -> None:
        """Write the results of one frame.

        Args:
            frame: with its tracks.
            detections: what was detected in it.
            found: crossings, a gap, and who is in the zones.

        Raises:
            OutputError: a file cannot be written.
        """
        number, seconds = frame.index + 1, round(frame.seconds, 6)
        tracks = frame.tracks
        self._records.put(FrameRecord(number, frame.pts, seconds, tracks, *found))
        for file in self._detections:
            file.write(number, detections)
        for overlay in self._overlays:
            overlay.write(frame)

    def marks(self) -> list[tuple[Mark, ...]]:
        """Bring all files to the disk, and mark those that are files; see `mark`.

        Raises:
            OutputError: a file cannot be written.
        """
        marks = [*self._records.marks(), *(file.mark() for file in self._detections)]
        return [mark for mark in marks if mark]

    def done(self) -> None:
        """Remove what only a resumed run would need; see `RecordSink.done`."""
        self._records.done()

    def close(self) -> None:
        """Close all files."""
        with ExitStack() as stack:
            stack.callback(self._records.close)
            for file in (*self._detections, *self._overlays):
                stack.callback(file.close)
