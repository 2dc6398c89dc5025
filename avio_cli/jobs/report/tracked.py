"""Track a source, and make a page of its records where one is wanted."""

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from avio_cli.errors import InputError, UsageError
from avio_cli.ffmpeg.output_place import refuse_no_name
from avio_cli.jobs.report.job import PAGE, ReportJob
from avio_cli.jobs.report.run import OnProgress, check_report, report
from avio_cli.jobs.track.job import TrackJob
from avio_cli.jobs.track.run import track
from avio_cli.jobs.track.summary import TrackSummary
from avio_cli.progress import DownloadProgress, no_download_progress
from avio_cli.temporary import TemporaryFolder

_FORMATS = ("jsonl", "coco", "csv")
"""Formats of records with all that a page shows, the best one first."""


def track_and_report(
    job: TrackJob,
    on_progress: OnProgress = None,
    on_download: DownloadProgress = no_download_progress,
) -> TrackSummary:
    """Track, then read the source once more for the page.

    Args:
        job: the settings.
        on_progress: of both.
        on_download: of a model.

    Raises:
        AvioError: one of them failed; records stay.
    """
    output = job.report
    if output is None:
        return track(job, on_progress, on_download)
    with ExitStack() as stack:
        records = _records(job)
        keeps_records = records is not None
        if records is None:
            records = stack.enter_context(TemporaryFolder()) / "tracks.jsonl"
            job = replace(job, records=(*job.records, str(records)))
        page = ReportJob(
            records=records,
            source=job.source,
            output=output,
            zones=job.zones,
            of_run=True,
            keeps_records=keeps_records,
            force=job.force,
        )
        _check(job, page)
        summary = track(job, on_progress, on_download)
        report(page, on_progress)
    return replace(summary, page=output)


def _records(job: TrackJob) -> Path | None:
    """A file of records that a page can be made of; None where the run has none."""
    planned = {target.format.name: target.path for target in job.planned}
    usable = (planned.get(name) for name in _FORMATS)
    found = next((path for path in usable if path is not None), None)
    if found is None and (job.resume or job.records_format):
        raise UsageError(
            "--report needs records of all frames from the start",
            hint="--records FILE.jsonl",
        )
    return found


def _check(job: TrackJob, page: ReportJob) -> None:
    """Fail before the run where there can be no page after it."""
    refuse_no_name(page.output, "--report")
    if page.extension != PAGE:
        raise UsageError(
            f"--report {str(page.output)!r} is no page: .html",
            hint="--overlay makes subtitles",
        )
    if not job.source.can_reopen:
        raise InputError(
            f"--report reads its source twice, and {job.source.name} is there once",
            hint="record it; avio track FILE --report FILE.html",
        )
    check_report(page)
