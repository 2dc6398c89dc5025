"""State of an interrupted run, from its records and checkpoint."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from avio_cli.errors import InputError, UsageError
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.jobs.track.checkpoint import Checkpoint, checkpoint_path, read_checkpoint
from avio_cli.jobs.track.job import TrackJob
from avio_cli.media.frame import Frame
from avio_cli.records.files import display_name
from avio_cli.records.formats import RecordTarget
from avio_cli.records.reader import RecordedTracks, read_tracks
from avio_cli.records.resume import resume_point

_NOTHING = RecordedTracks((), ())


@dataclass(frozen=True, slots=True)
class ResumeState:
    """State of an earlier run; by default none."""

    checkpoints: tuple[Checkpoint, ...] = ()
    """None or one: its last."""
    recorded: RecordedTracks = field(default=_NOTHING)
    """Its tracks, to be drawn again."""

    @property
    def frames(self) -> int:
        """Frames that need not be tracked again."""
        return self.checkpoints[0].frames if self.checkpoints else 0

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
        # Half a tick later no frame but the next one is the first.
        last = (self.checkpoints[0].pts + Fraction(1, 2)) * time_base
        return last - source.origin

    def replay(self, frames: Iterable[Frame]) -> Iterator[Frame]:
        """Set the recorded tracks of frames that are done."""
        for frame in frames:
            frame.tracks = self.recorded.at(frame.index + 1)
            yield frame


def is_finished(planned: Sequence[RecordTarget]) -> bool:
    """Whether there are records and no checkpoint, as after a finished run."""
    path = checkpoint_path(planned)
    if path is None or path.exists():
        return False
    return all(output.path.exists() for output in planned if output.path is not None)


def load_resume_state(
    job: TrackJob,
    asked: Mapping[str, str],
    class_names: Sequence[str] = (),
) -> ResumeState:
    """Load the state that a job continues from.

    Args:
        job: with `resume` set or not.
        asked: what determines its result; see `run_fingerprint`.
        class_names: of the detector.

    Raises:
        UsageError: there is no file of records, or other options were given.
        InputError: a file is damaged.
    """
    if not job.resume:
        return ResumeState()
    path = checkpoint_path(job.planned)
    if path is None:
        raise UsageError("--resume needs a file of records", hint="--records FILE")
    if not path.exists():
        return ResumeState()
    checkpoint = read_checkpoint(path)
    checkpoint.refuse_other(asked)
    _check_records(job.planned, checkpoint)
    recorded = _NOTHING
    if job.needs_full_frames:
        recorded = _best_records(job.planned, class_names)
    return ResumeState((checkpoint,), recorded)


def run_fingerprint(job: TrackJob, detector: str) -> dict[str, str]:
    """What determines the result of a job, by option."""
    choice = job.detector
    source = job.source.name.rpartition("/")[2]
    pairs = {
        "INPUT": f"{source} ({job.source.info.size or 0} bytes)",
        "the detector": detector,
        "--classes": ",".join(choice.classes),
        "--conf": str(choice.confidence),
        "--nms": str(choice.iou_threshold),
        "--tracker": job.tracker.name,
        "--tracker-option": " ".join(
            f"{key}={value}" for key, value in sorted(job.tracker.options.items())
        ),
        "--stride": str(job.stride),
        "--start": str(job.start),
        "--end": "" if job.end is None else str(job.end),
    }
    return {name: value for name, value in pairs.items() if value}


def _check_records(planned: Sequence[RecordTarget], checkpoint: Checkpoint) -> None:
    files = [t for t in planned if t.format.every_frame and t.path is not None]
    if files and resume_point(files) < checkpoint.frames:
        raise InputError(
            f"{display_name(files[0].path)} contains less than "
            f"{checkpoint.frames} frames, which "
            "its checkpoint says are done",
            hint="start again with -y",
        )


def _best_records(
    planned: Sequence[RecordTarget], class_names: Sequence[str]
) -> RecordedTracks:
    """The records with the most digits: the last of those with every frame."""
    output = [t for t in planned if t.path is not None][-1]
    assert output.path is not None
    return read_tracks(output.path, class_names, extension=output.format.extension)
