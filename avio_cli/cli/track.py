"""``avio track``."""

import json
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from avio_cli.cli import detection_options as detecting
from avio_cli.cli import options
from avio_cli.cli.models import download_bar
from avio_cli.cli.options import ProgressMode
from avio_cli.cli.terminal import report_progress, set_up_messages
from avio_cli.cli.transcode import load_callbacks
from avio_cli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avio_cli.ffmpeg.media_source import MediaSource
    from avio_cli.jobs.track.job import TrackerOptions, TrackJob
    from avio_cli.jobs.track.summary import TrackSummary
    from avio_cli.vision.counting.zones import LineOrZone


EXAMPLES = """\b
Examples:
  avio track street.mp4 -o tracked.mp4 --records tracks.jsonl
  avio track yard.mp4 --model motion --records tracks.csv --line gate=100,0,100,400
  avio track --detections det.txt --records tracks.txt --tracker bytetrack-reference
"""
Repeated = list[str] | None


def track_command(
    context: typer.Context,
    source: Annotated[
        str,
        typer.Argument(
            metavar="INPUT",
            help="File, URL, or - for stdin; may be omitted with --detections.",
        ),
    ] = "",
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Annotated video."),
    ] = None,
    records: Annotated[
        Repeated,
        typer.Option(
            metavar="FILE",
            help="Tracks as .jsonl, .csv, .txt (MOT) or .json (COCO); - is stdout. "
            "May be repeated.",
        ),
    ] = None,
    records_format: Annotated[
        str, typer.Option(metavar="FORMAT", help="jsonl, csv, mot or coco.")
    ] = "",
    model: detecting.Model = "auto",
    trt: detecting.Trt = "",
    runtime: detecting.Runtime = "auto",
    device: detecting.Device = "auto",
    fp16: detecting.Fp16 = False,
    input_size: detecting.InputSize = "",
    workers: detecting.Workers = 0,
    classes: detecting.Classes = "",
    conf: detecting.Confidence = detecting.CONFIDENCE,
    nms: detecting.Overlap = detecting.NMS_IOU,
    detections: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="MOT detections instead of a model."),
    ] = None,
    save_detections: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the detections.")
    ] = None,
    tracker: detecting.Tracker = "bytetrack",
    tracker_option: detecting.TrackerOption = None,
    draw: detecting.Draw = detecting.DRAW_PARTS,
    no_draw: Annotated[bool, typer.Option("--no-draw", help="Draw nothing.")] = False,
    line: Annotated[
        Repeated,
        typer.Option(metavar="NAME=x1,y1,x2,y2", help="Count tracks that cross it."),
    ] = None,
    zone: Annotated[
        Repeated,
        typer.Option(metavar="NAME=x1,y1,…", help="Count tracks that enter and leave."),
    ] = None,
    stride: detecting.Stride = 1,
    start: options.Start = None,
    end: options.End = None,
    hwaccel: options.Hwaccel = options.HwaccelMode.NONE,
    preset: Annotated[
        str | None, typer.Option(help="Preset of the annotated video.")
    ] = None,
    callback: options.CallbackOption = None,
    callback_arg: options.CallbackArgument = None,
    stats: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write statistics as JSON.")
    ] = None,
    allow_damaged: options.AllowDamaged = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="Continue an interrupted run.")
    ] = False,
    display: Annotated[
        bool, typer.Option("--display", help="Show the frames as they are tracked.")
    ] = False,
    bench: Annotated[
        bool,
        typer.Option("--bench", help="Measure each installed runtime; do not track."),
    ] = False,
    force: options.Force = False,
    progress: options.ProgressOption = ProgressMode.AUTO,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Detect and track objects; draw and record them.

    Audio and timestamps are kept in the annotated video.
    """
    set_up_messages(quiet=quiet, verbose=verbose)
    detecting.check_track_options(context)
    options.check_stats(stats, force=force)
    tracker_options = detecting.tracker_choice(tracker, tracker_option)
    record_files = tuple(records or [])
    if not source:
        if output is not None:
            raise UsageError("an annotated video (--output) needs an INPUT")
        _track_detections(
            detections,
            tracker_options,
            record_files,
            records_format,
            force=force,
            quiet=quiet,
        )
        return
    from avio_cli.jobs.track.job import TrackJob, annotated_video

    detector = detecting.detector_choice(
        model,
        trt=trt,
        runtime=runtime,
        device=device,
        fp16=fp16,
        input_size=input_size,
        workers=workers,
        classes=classes,
        conf=conf,
        nms=nms,
        detections=detections,
    )
    zones = _zones(line or [], zone or [])
    encoding = annotated_video(output, preset or "", start or Fraction(0), end)
    with _opened_source(source, context.obj) as opened:
        job = TrackJob(
            source=opened,
            detector=detector,
            tracker=tracker_options,
            stride=stride,
            zones=zones,
            draw=() if no_draw else detecting.split_names(draw),
            output=output,
            encoding=encoding,
            records=record_files,
            records_format=records_format,
            save_detections=save_detections,
            callbacks=load_callbacks(callback or [], callback_arg or []),
            start=start or Fraction(0),
            end=end,
            hwaccel=hwaccel.value,
            force=force,
            resume=resume,
            display=display,
            allow_damaged=allow_damaged,
        )
        run = _bench if bench else _track
        run(job, stats, progress, quiet=quiet)


@contextmanager
def _opened_source(source: str, early_probe: object) -> "Iterator[MediaSource]":
    """Probe a source that may be opened several times."""
    from avio_cli.decode.background_probe import background_probe
    from avio_cli.decode.stdin import spooled_stdin
    from avio_cli.ffmpeg.locate import locate_ffmpeg
    from avio_cli.ffmpeg.url import parse_url

    ffmpeg = locate_ffmpeg()
    with spooled_stdin(parse_url(source)) as url:
        probing = background_probe(ffmpeg, url, early_probe)
        import avio_cli.jobs.track.run  # noqa: F401 - takes as long as the probe

        yield probing.result()


def _track(
    job: "TrackJob", stats: Path | None, progress: ProgressMode, *, quiet: bool
) -> None:
    from avio_cli.jobs.track.resume import is_finished
    from avio_cli.jobs.track.run import track

    if job.resume and is_finished(job.planned):
        typer.echo("avio: nothing to resume: the records are complete", err=True)
        return
    with (
        report_progress(progress, quiet=quiet) as report,
        download_bar(job.detector.model, quiet=quiet) as downloading,
    ):
        summary = track(job, report, downloading)
    if stats is not None:
        _write_json(stats, summary.as_record())
    data = not job.records and job.output is None
    _print_summary(summary, quiet=quiet, data=data)


def _track_detections(
    detections: Path | None,
    tracker: "TrackerOptions",
    record_files: tuple[str, ...],
    records_format: str,
    *,
    force: bool,
    quiet: bool,
) -> None:
    """Track a file of detections, without a video."""
    from avio_cli.jobs.track.from_detections import track_detection_file

    if detections is None:
        raise UsageError("name an INPUT, or --detections", hint="see avio track --help")
    formats = (records_format,) if records_format else ()
    summary = track_detection_file(
        detections, tracker, record_files, formats, force=force
    )
    _print_summary(summary, quiet=quiet, data=not record_files)


def _zones(lines: list[str], zones: list[str]) -> "tuple[LineOrZone, ...]":
    from avio_cli.vision.counting.zones import parse_line, parse_zone

    return (*map(parse_line, lines), *map(parse_zone, zones))


def _bench(
    job: "TrackJob", stats: Path | None, progress: ProgressMode, *, quiet: bool
) -> None:
    from avio_cli.jobs.track.bench import bench, lines

    def report(runtime: str) -> None:
        if not quiet:
            typer.echo(f"avio: measuring {runtime}", err=True)

    reading, measured = bench(job, report)
    typer.echo("\n".join(lines(reading, measured)))
    if stats is not None:
        rows = [row.as_record() for row in measured]
        record = {"reading_frames_per_second": round(reading, 2), "runtimes": rows}
        _write_json(stats, record)


def _write_json(path: Path, record: object) -> None:
    from avio_cli.output.file import write_text_file

    # Whether it may be replaced was checked before the run.
    write_text_file(path, json.dumps(record, indent=2) + "\n", force=True)


def _print_summary(summary: "TrackSummary", *, quiet: bool, data: bool) -> None:
    """The summary: on stdout where it is the only output, else on stderr."""
    from avio_cli.ffmpeg.url import printable

    if data or not quiet:
        typer.echo("\n".join(map(printable, summary.lines())), err=not data)
