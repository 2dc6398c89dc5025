"""The tracking run: detection ahead in parallel, then one frame after the other."""

from collections.abc import Callable, Generator
from contextlib import ExitStack, closing
from dataclasses import replace

from avio_cli.demux.known_jumps import with_known_jumps
from avio_cli.detections import Detections
from avio_cli.encode.settings import check_range
from avio_cli.jobs.track.job import TrackJob
from avio_cli.jobs.track.opened_run import OpenedRun
from avio_cli.jobs.track.summary import TrackSummary
from avio_cli.media.frame import Frame
from avio_cli.progress import DownloadProgress, Progress, no_download_progress


def track(
    job: TrackJob,
    on_progress: Callable[[Progress], None] | None = None,
    on_download: DownloadProgress = no_download_progress,
) -> TrackSummary:
    """Run the whole job.

    Raises:
        AvioError: it failed. Records are kept as far as they were written; an
            incomplete video is not.
    """
    with ExitStack() as stack:
        run = _open(job, stack, on_download)
        for _ in run.frames(on_progress):
            pass
        return run.summary()


def tracked_frames(
    job: TrackJob, on_download: DownloadProgress = no_download_progress
) -> Generator[tuple[Frame, Detections, tuple[str, ...]], None, None]:
    """Run the job frame by frame, as the receiver asks for them.

    Yields:
        A frame with its tracks, its detections, and the names of their classes.

    Raises:
        AvioError: as `track`.
    """
    with ExitStack() as stack:
        run = _open(replace(job, received=True), stack, on_download)
        names = run.source.class_names
        with closing(run.frames()) as frames:
            for frame, detections in frames:
                yield frame, detections, names


def _open(job: TrackJob, stack: ExitStack, on_download: DownloadProgress) -> OpenedRun:
    job = replace(job, source=with_known_jumps(job.source))
    check_range(job.start, job.end, job.source.info)
    return OpenedRun(job, stack, on_download)
