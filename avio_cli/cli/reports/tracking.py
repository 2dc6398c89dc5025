"""What ``avio track`` runs, and what it prints afterwards."""

import json
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from avio_cli.cli.models import download_bar
from avio_cli.cli.options import common as options
from avio_cli.cli.options.common import ProgressMode
from avio_cli.cli.reports.course import can_draw, course_lines
from avio_cli.cli.terminal import report_progress
from avio_cli.optional import many_imports

if TYPE_CHECKING:
    from avio_cli.jobs.track.from_detections import DetectionFileJob
    from avio_cli.jobs.track.job import TrackJob
    from avio_cli.jobs.track.summary import TrackSummary
    from avio_cli.vision.counting.zones import LineOrZone


def track_source(
    job: "TrackJob", stats: Path | None, progress: ProgressMode, *, quiet: bool
) -> None:
    """Track a source, and say what was found."""
    with many_imports():
        if job.report is None:
            from avio_cli.jobs.track.run import track
        else:
            from avio_cli.jobs.report.tracked import track_and_report as track
    with (
        report_progress(progress, quiet=quiet) as report,
        download_bar(job.detector.model, quiet=quiet) as downloading,
    ):
        summary = track(job, report, downloading)
    if stats is not None:
        _write_statistics(stats, summary, job)
    if summary.already_complete:
        typer.echo("avio: nothing to resume: the records are complete", err=True)
        return
    data = not job.records and job.output is None
    _print_summary(summary, quiet=quiet, data=data)


def check_statistics(stats: Path | None, job: "TrackJob") -> None:
    """Fail early where they cannot be written; those of the same run are replaced."""
    from avio_cli.jobs.track.resuming.statistics import are_of_run

    force = job.force or are_of_run(stats, job)
    options.check_file(stats, job.inputs, job.outputs, force=force)


def track_detections(
    job: "DetectionFileJob", stats: Path | None, progress: ProgressMode, *, quiet: bool
) -> None:
    """Track a file of detections, without a video."""
    from avio_cli.jobs.track.from_detections import track_detection_file

    options.check_file(stats, job.inputs, job.outputs, force=job.force)
    with report_progress(progress, quiet=quiet) as report:
        summary = track_detection_file(job, report)
    if stats is not None:
        _write_json(stats, summary.as_record())
    _print_summary(summary, quiet=quiet, data=not job.records)


def line_and_zones(lines: list[str], zones: list[str]) -> "tuple[LineOrZone, ...]":
    """Parse all lines and zones; see `parse_line` and `parse_zone`."""
    from avio_cli.vision.counting.zones import parse_line, parse_zone

    return (*map(parse_line, lines), *map(parse_zone, zones))


def bench_source(
    job: "TrackJob", stats: Path | None, progress: ProgressMode, *, quiet: bool
) -> None:
    """Measure each installed runtime on a source, and print a table."""
    from avio_cli.jobs.track.bench import bench

    def report(runtime: str) -> None:
        if not quiet:
            typer.echo(f"avio: measuring {runtime}", err=True)

    found = bench(job, report)
    typer.echo("\n".join(found.lines()))
    if stats is not None:
        _write_json(stats, found.as_record())


def _write_statistics(path: Path, summary: "TrackSummary", job: "TrackJob") -> None:
    from avio_cli.jobs.track.resuming.statistics import are_of_run, mark_statistics

    if summary.already_complete and are_of_run(path, job):
        return  # those of the run that did the work say more
    _write_json(path, mark_statistics(summary.as_record(), job))


def _write_json(path: Path, record: object) -> None:
    from avio_cli.output.file import write_text_file

    # Whether it may be replaced was checked before the run.
    write_text_file(path, json.dumps(record, indent=2) + "\n", force=True)


def _print_summary(summary: "TrackSummary", *, quiet: bool, data: bool) -> None:
    """The summary: on stdout where it is the only output, else on stderr."""
    from avio_cli.ffmpeg.url import printable

    if not data and quiet:
        return
    lines = [printable(line) for line in summary.lines()]
    if can_draw(sys.stdout if data else sys.stderr):
        width = shutil.get_terminal_size().columns
        lines += map(printable, course_lines(summary, width))
    typer.echo("\n".join(lines), err=not data)
