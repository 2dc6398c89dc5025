"""The state of a run: restored from a checkpoint, and kept in further ones."""

import time
from collections.abc import Sequence
from pathlib import Path

from avio_cli.jobs.track.job import TrackJob
from avio_cli.jobs.track.progress import RunTotals
from avio_cli.jobs.track.result_files import Results
from avio_cli.jobs.track.resuming import checkpoint
from avio_cli.jobs.track.resuming.checkpoint import Checkpoint, write_checkpoint
from avio_cli.jobs.track.resuming.fingerprint import output_options
from avio_cli.jobs.track.resuming.run_files import (
    checkpoint_path,
    name_in,
    result_files,
)
from avio_cli.protocols import Stateful
from avio_cli.records.marks import Mark, mark_of
from avio_cli.vision.counting.crossings import CrossingCounter


class RunState:
    """Everything that a run needs to go on after a kill.

    Args:
        job: its settings; without a file of records there are no checkpoints.
        totals: what it has done.
        tracker: its tracker.
        counter: its lines and zones.
    """

    def __init__(
        self,
        job: TrackJob,
        totals: RunTotals,
        tracker: Stateful,
        counter: CrossingCounter,
    ) -> None:
        self._job, self._totals = job, totals
        self._tracker, self._counter = tracker, counter
        self._path = checkpoint_path(job.planned)
        if job.source.is_live and self._path is not None:
            # What was missed does not come again: there is nothing to go on with, and
            # what is there is of another run.
            self._path.unlink(missing_ok=True)
            self._path = None
        self._due = 0.0
        self._complete = False
        self._output: tuple[Mark, ...] = ()
        self.asked: dict[str, str] = {}
        """What determines the result."""
        self.results = Results.none()
        """The files of results, once they are open."""

    def restore(self, stored: Checkpoint) -> None:
        """Go on from a checkpoint.

        Raises:
            AvioError: it is damaged, or of other lines and zones.
        """
        self._tracker.restore(stored.tracker)
        self._counter.restore(stored.counter)
        self._totals.frames, self._totals.pts = stored.frames, stored.pts
        self._totals.detections = stored.detections
        self._totals.ids.update(stored.ids)
        self._totals.course.restore(stored.course)
        self._complete = stored.complete

    def frame_done(self) -> None:
        """Write a checkpoint if the last one is old enough."""
        if time.monotonic() >= self._due:
            self.write()

    def records_done(self) -> None:
        """Complete the files of results, and write that they are complete."""
        if not self._complete:
            self.results.close()
            self._complete = True
            self.write()
            self.results.done()

    def output_done(self, finished: Path | None) -> None:
        """Mark the annotated video before it gets its name: a kill may come between.

        Args:
            finished: the file under its hidden name; None where it is no file.
        """
        if finished is not None and self._path is not None:
            self._output = (mark_of(finished),)
            self.write()

    def write(self) -> None:
        """Write a checkpoint now.

        Raises:
            OutputError: it, or a file of results, cannot be written.
        """
        if self._path is None:
            return
        stored = Checkpoint(
            self.asked,
            self._totals.frames,
            self._totals.pts,
            self._totals.detections,
            list(self._totals.ids),
            self._tracker.state(),
            self._counter.state(),
            self._marks(self._path),
            self._totals.course.state(),
            self._complete,
            self._output,
            output_options(self._job) if self._output else "",
        )
        write_checkpoint(self._path, stored)
        self._due = time.monotonic() + checkpoint.PERIOD

    def _marks(self, path: Path) -> dict[str, Sequence[Mark]]:
        files = result_files(self._job, complete=self._complete)
        marks: Sequence[Sequence[Mark]]
        if self._complete:
            marks = [(mark_of(file),) for file in files]
        else:
            marks = self.results.marks() or [()] * len(files)
        names = [name_in(path.parent, file) for file in files]
        return dict(zip(names, marks, strict=True))
