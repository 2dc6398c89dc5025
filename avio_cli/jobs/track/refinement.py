"""Refined runs: a first pass detects, the second has the tracks of the whole file.

The second pass is a run like any other, whose detector and tracker know everything
already. So records, counts, drawings and resumption are those of any run.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing
from dataclasses import replace
from fractions import Fraction

from avio_cli.decode.settings import ReaderSettings, select_video
from avio_cli.encode.ending import opened_reader
from avio_cli.errors import DamagedInputError, InputError, UsageError
from avio_cli.jobs.track.detection_source import Detected, DetectionSource
from avio_cli.jobs.track.job import TrackJob
from avio_cli.jobs.track.kept_detections import KeptDetections, remove_left
from avio_cli.jobs.track.progress import ProgressReporter, RunTotals
from avio_cli.jobs.track.reading import (
    AHEAD,
    from_time,
    numbered,
    reader_settings,
    refuse_damage,
)
from avio_cli.jobs.track.resuming.fingerprint import source_fingerprint
from avio_cli.jobs.track.resuming.resume import ResumeState, after
from avio_cli.jobs.track.resuming.run_files import detections_path
from avio_cli.jobs.track.summary import StageTimes
from avio_cli.jobs.track.trackers.refined import CHANGED
from avio_cli.media.frame import Frame
from avio_cli.pipeline import read_ahead
from avio_cli.progress import Progress
from avio_cli.vision.refine.looks import first_look
from avio_cli.vision.reid.embedder import Embedder


def refuse_what_cannot_be_refined(job: TrackJob) -> None:
    """Refuse what a refined run cannot do; of another one nothing.

    Raises:
        UsageError: names the option.
    """
    if not job.tracker.refine:
        return
    if job.display:
        raise UsageError(
            "--refine does not go with --display: tracks are known only once the file "
            "was read"
        )
    source = job.source
    live = source.url.kind == "url" and source.info.duration is None
    if live or not source.can_reopen:
        raise UsageError(
            f"--refine needs a file: {source.name} cannot be read twice",
            hint="record it first",
        )


class ReplayedDetections:
    """The detections of the first pass, for the second.

    Args:
        source: what detected them; it is closed.
        kept: what it found.
        job: says who looks at the frames.
        damage: what the first pass did not get, as far as that is known.
    """

    is_stateful = False

    def __init__(
        self,
        source: DetectionSource,
        kept: KeptDetections,
        job: TrackJob,
        damage: str = "",
    ) -> None:
        source.close()
        self.title, self.fingerprint = source.title, source.fingerprint
        self.class_names = source.class_names
        self.view = None  # full frames, or none at all
        if job.received and not job.needs_full_frames:
            self.view = source.view
        self._kept, self._job, self._damage = kept, job, damage

    def detect(self, frames: Iterator[Frame]) -> Detected:
        """Yield the frames in order with their detections.

        Raises:
            InputError: the frames are not those of the first pass.
        """
        for frame in frames:
            known = frame.index < len(self._kept)
            kept = self._kept.at(frame.index) if known else None
            if kept is None or kept.pts != frame.pts:
                raise self._refusal(frame)
            yield frame, kept.detections

    def _refusal(self, frame: Frame) -> InputError:
        """Of a frame that the first pass did not have there."""
        kept, count = self._kept, len(self._kept)
        if kept.complete:
            return _changed(kept)
        read, hint = "more", "--resume goes on behind them"
        if frame.index < count:
            kept.begin_again()
            read = "other frames"
        if frame.index < count or detections_path(self._job.planned) is None:
            hint = "run it again"
        known = f"the first pass read {count} frames of {self._job.source.name}"
        what = f"{self._damage or known}; the second pass read {read}"
        return DamagedInputError(what, hint=hint)

    def close(self) -> None:
        """Do nothing: the file is closed by who opened it."""


def keep_detections(
    job: TrackJob,
    asked: Mapping[str, str],
    done: ResumeState,
    *,
    resume: bool,
    length: int = 0,
) -> tuple[KeptDetections | None, ResumeState]:
    """Open the file between the two passes, where there are two.

    Args:
        job: the run's settings.
        asked: what determines its result.
        done: what an earlier run has done.
        resume: whether that is continued; else the file is started again.
        length: how many numbers an embedding has; 0: none are kept.

    Returns:
        The file, and what is left of `done`: tracks of a first pass that is not known
        any more, or that had no end, do not go on.

    Raises:
        OutputError: it cannot be written.
    """
    path = detections_path(job.planned)
    if not job.tracker.refine or done.complete:
        remove_left(path)
        return None, done
    kept = KeptDetections(path, asked, resume=resume, length=length)
    return kept, done if kept.complete else ResumeState()


def refuse_other_source(
    job: TrackJob, kept: KeptDetections, asked: Mapping[str, str]
) -> None:
    """Refuse a source that is another one than before the first pass.

    Raises:
        InputError: it is; nothing of the first pass is kept.
    """
    if source_fingerprint(job.source) != asked["INPUT"]:
        raise _changed(kept)


def refuse_other_length(kept: KeptDetections, frames: int) -> None:
    """Refuse a second pass that had fewer frames than the first.

    Raises:
        InputError: it had; nothing of the first pass is kept.
    """
    if frames != len(kept):
        raise _changed(kept)


def _changed(kept: KeptDetections) -> InputError:
    """Forget the first pass, so that another run starts both again."""
    kept.begin_again()
    return InputError(CHANGED, hint="run it again, with --resume or -y")


def _first_settings(
    job: TrackJob, source: DetectionSource, hardware: str, start: Fraction
) -> ReaderSettings:
    """How the first pass reads."""
    # The encoding stays: its filters decide which frames there are.
    alone = replace(job, output=None, crops=None, callbacks=(), pixel_format="")
    full = job.looks_at_frames
    return reader_settings(alone, source.view, hardware, start, full=full)


def after_kept(job: TrackJob, kept: KeptDetections) -> Fraction:
    """Where the first frame is that is not kept yet, in seconds after the start."""
    if not len(kept):
        return job.start
    base = select_video(job.source.info, 0).time_base
    return after(kept.at(len(kept) - 1).pts, job.source, base)


def detect_all(
    job: TrackJob,
    source: DetectionSource,
    kept: KeptDetections,
    hardware: str,
    times: StageTimes,
    on_progress: Callable[[Progress], None] | None,
    embedder: Embedder | None = None,
    *,
    first: int = 0,
    through: Fraction | None = None,
) -> str:
    """The first pass: detect in every frame that is not kept yet.

    Args:
        job: what to do.
        source: what detects.
        kept: where detections are kept.
        hardware: the hardware decoder; empty: software.
        times: of the stages.
        on_progress: called with the progress.
        embedder: says what detections look like; None: nothing is kept of that.
        first: the index of the first frame that is read.
        through: where reading begins, in seconds after the source's start; frames
            before those of the job are left out. None: it begins there.

    Returns:
        What the source did not deliver, where the job allows that.

    Raises:
        AvioError: it failed, or the source did not deliver all; what was detected
            stays.
    """
    if kept.complete:
        return ""
    if source.is_stateful and len(kept):
        kept.begin_again()
    start = after_kept(job, kept)
    begin = start if through is None else through
    settings = _first_settings(job, source, hardware, begin)
    totals = RunTotals()
    report = ProgressReporter(job, totals, on_progress)
    with ExitStack() as stack:
        reader = opened_reader(job.source, settings, stack)
        frames = numbered(reader, first + (len(kept) if through is None else 0))
        if begin < start:
            frames = from_time(frames, start + job.source.origin)
        ahead = stack.enter_context(closing(read_ahead(frames, AHEAD)))
        detected = stack.enter_context(closing(source.detect(ahead)))
        for frame, found in times.waiting("detect", detected):
            with times.stage("detect"):
                looks = first_look(embedder, frame, found, job.tracker.appearance)
            kept.append(frame.pts, frame.seconds, found, looks)
            totals.add(frame, found)
            report(frame)
        # The second pass, or who reads all segments, says it of the whole source.
        damage = refuse_damage(reader, job, warns=False)
    if not damage:  # else another run may find more
        kept.finish()
    return damage
