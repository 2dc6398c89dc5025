"""State of an interrupted run, from its records and checkpoint."""

import logging
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from avio_cli.errors import AvioError, InputError, UsageError
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.jobs.track.detection_source import DetectionSource
from avio_cli.jobs.track.job import TrackJob
from avio_cli.jobs.track.job_parts import MOTION
from avio_cli.jobs.track.resuming.checkpoint import Checkpoint, read_checkpoint
from avio_cli.jobs.track.resuming.fingerprint import output_options
from avio_cli.jobs.track.resuming.run_files import (
    checkpoint_path,
    name_in,
    result_files,
)
from avio_cli.media.frame import Frame
from avio_cli.records.detections import MOST_CLASSES
from avio_cli.records.files import display_name
from avio_cli.records.formats import RecordTarget
from avio_cli.records.marks import Mark
from avio_cli.records.reader import RecordedTracks, read_tracks
from avio_cli.records.resume import START_AGAIN, ResumePoint, is_unchanged

LOG = logging.getLogger("avio.track")
_NOTHING = RecordedTracks((), ())


@dataclass(frozen=True, slots=True)
class ResumeState:
    """State of an earlier run; by default none."""

    checkpoints: tuple[Checkpoint, ...] = ()
    """None or one: its last."""
    point: ResumePoint = field(default_factory=ResumePoint)
    """Where its files go on."""
    recorded: RecordedTracks = field(default=_NOTHING)
    """Its tracks, to be drawn again."""

    @property
    def frames(self) -> int:
        """Frames that need not be tracked again."""
        return self.point.frame

    @property
    def complete(self) -> bool:
        """Whether nothing is to be tracked any more."""
        return any(checkpoint.complete for checkpoint in self.checkpoints)

    def leaves_nothing(self, job: TrackJob, *, finished: bool) -> bool:
        """Whether a job has nothing to do; finished: nor its annotated video."""
        shown = finished or job.output is None
        return self.complete and shown and job.crops is None

    def start(
        self, start: Fraction, source: MediaSource, time_base: Fraction
    ) -> Fraction:
        """Seconds after the source's start of the first frame to do.

        Args:
            start: of the run.
            source: what is read.
            time_base: of its video.
        """
        if not self.frames:
            return start
        return after(self.checkpoints[0].pts, source, time_base)

    def replay(self, frames: Iterable[Frame]) -> Iterator[Frame]:
        """Set the recorded tracks of frames that are done."""
        for frame in frames:
            frame.tracks = self.recorded.at(frame.index + 1)
            yield frame


def after(pts: int, source: MediaSource, time_base: Fraction) -> Fraction:
    """Seconds after the source's start from which a frame and all before are left out.

    Args:
        pts: of the frame, in ticks of its video.
        source: what is read.
        time_base: of its video.
    """
    # Half a tick later no frame but the next one is the first.
    return (pts + Fraction(1, 2)) * time_base - source.origin


def is_output_finished(job: TrackJob) -> bool:
    """Whether the annotated video is there as the run of this checkpoint left it."""
    path = checkpoint_path(job.planned)
    if not job.resume or job.output is None or path is None:
        return False
    try:
        stored = read_checkpoint(path)
    except InputError:  # `load_resume_state` reports it
        return False
    alike = stored.output_options == output_options(job)
    return alike and any(is_unchanged(job.output, mark) for mark in stored.output)


def load_resume_state(
    job: TrackJob,
    asked: Mapping[str, str],
    class_names: Sequence[str] = (),
) -> ResumeState:
    """Load the state that a job continues from.

    Args:
        job: with `resume` set or not; with `force`, too, what cannot be continued is
            started again.
        asked: what determines its result; see `run_fingerprint`.
        class_names: of the detector.

    Raises:
        UsageError: there is no file of records, or other options were given.
        InputError: a file is damaged, or no checkpoint says what it is.
    """
    if not job.resume:
        return ResumeState()
    path = checkpoint_path(job.planned)
    if path is None:
        raise UsageError("--resume needs a file of records", hint="--records FILE")
    try:
        return _load(job, path, asked, class_names)
    except AvioError as error:
        if not job.force:
            raise
        LOG.warning("%s: it is started again", error.message)
        return ResumeState()


def usable_state(
    job: TrackJob, stored: ResumeState, source: DetectionSource, *, finished: bool
) -> ResumeState:
    """What can be kept of an earlier run.

    Args:
        job: its settings.
        stored: what it has done.
        source: what detects.
        finished: whether it has made the annotated video.
    """
    if not stored.frames or stored.leaves_nothing(job, finished=finished):
        return stored
    if source.is_stateful and not (stored.complete or job.tracker.refine):
        LOG.warning("%s has to read the video again from its start", MOTION)
        return ResumeState()
    if job.hides_boxes:
        LOG.warning("records have no detections to hide: all is tracked again")
        return ResumeState()
    if job.needs_full_frames and not job.has_classes:
        LOG.warning("MOT records have no classes to draw: all is tracked again")
        return ResumeState()
    return stored


def _load(
    job: TrackJob, path: Path, asked: Mapping[str, str], class_names: Sequence[str]
) -> ResumeState:
    made = (result_files(job, complete=True), result_files(job))
    there = [file for files in made for file in files if file.exists()]
    if not os.path.lexists(path):
        if there:
            raise InputError(
                f"cannot resume: {display_name(there[0])} has no checkpoint "
                f"({path.name}), which would say how far it is done",
                hint=START_AGAIN,
            )
        return ResumeState()
    checkpoint = read_checkpoint(path)
    checkpoint.refuse_other(asked)
    if not there:
        return ResumeState()
    files = result_files(job, complete=checkpoint.complete)
    marks = _marks(files, path, checkpoint)
    point = ResumePoint(checkpoint.frames, marks)
    if checkpoint.complete:
        _refuse_changed(marks)
    else:
        point.refuse_other()
    recorded = _NOTHING
    if job.needs_full_frames and checkpoint.frames:
        recorded = _best_records(job.planned, class_names, checkpoint)
    return ResumeState((checkpoint,), point, recorded)


def _marks(
    files: Sequence[Path], path: Path, checkpoint: Checkpoint
) -> dict[Path, Sequence[Mark]]:
    names = {name_in(path.parent, file): file for file in files}
    if set(names) != set(checkpoint.files):
        raise InputError(
            f"cannot resume: {display_name(path)} is of other files",
            hint=START_AGAIN,
        )
    return {names[name]: marks for name, marks in checkpoint.files.items()}


def _refuse_changed(marks: Mapping[Path, Sequence[Mark]]) -> None:
    for file, (mark, *_) in marks.items():
        if not is_unchanged(file, mark):
            state = "is not as its run left it" if file.exists() else "does not exist"
            raise InputError(
                f"cannot resume: {display_name(file)} {state}", hint=START_AGAIN
            )


def _best_records(
    planned: Sequence[RecordTarget], class_names: Sequence[str], stored: Checkpoint
) -> RecordedTracks:
    """The records with the most digits: the last of those with every frame."""
    output = [t for t in planned if t.path is not None][-1]
    assert output.path is not None
    assert output.growing is not None
    # A class without a name is called by its number, and has to get that again.
    numbers = map(str, range(len(class_names), MOST_CLASSES))
    names = (*class_names, *numbers)
    if stored.complete or output.format.grows:
        return read_tracks(output.path, names, format=output.format.name)
    return read_tracks(output.growing, names)
