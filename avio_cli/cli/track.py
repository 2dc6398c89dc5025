"""``avio track``."""

import json
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
    from avio_cli.encode.settings import EncodeSettings
    from avio_cli.jobs.track.job import TrackJob
    from avio_cli.jobs.track.summary import TrackSummary


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
    from avio_cli.decode.background_probe import background_probe
    from avio_cli.decode.stdin import spooled_stdin
    from avio_cli.ffmpeg.locate import locate_ffmpeg
    from avio_cli.ffmpeg.url import parse_url

    set_up_messages(quiet=quiet, verbose=verbose)
    record_files = tuple(records or [])
    tracking = detecting.tracker_choice(tracker, tracker_option)
    options.check_stats(stats, force=force)
    if not source:
        from avio_cli.jobs.track.from_detections import track_detection_file

        if output is not None:
            raise UsageError("an annotated video (--output) needs an INPUT")
        summary = track_detection_file(
            _needed(detections),
            tracking,
            record_files,
            (records_format,) if records_format else (),
            force=force,
        )
        _print_summary(summary, quiet=quiet, data=not record_files)
        return
    # Importing this takes as long as an early ffprobe.
    from avio_cli.jobs.track.job import TrackJob
    from avio_cli.jobs.track.resume import is_finished
    from avio_cli.jobs.track.run import track
    from avio_cli.vision.counting.zones import LineOrZone, parse_line, parse_zone

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
    zones: list[LineOrZone] = [parse_line(text) for text in line or []]
    zones += [parse_zone(text) for text in zone or []]
    ffmpeg = locate_ffmpeg()
    with spooled_stdin(parse_url(source)) as url:
        probing = background_probe(ffmpeg, url, context.obj)
        job = TrackJob(
            source=probing.result(),
            detector=detector,
            tracker=tracking,
            stride=stride,
            zones=tuple(zones),
            draw=() if no_draw else detecting.split_names(draw),
            output=output,
            encoding=_encoding(output, preset, start, end),
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
        if bench:
            _bench(job, stats, quiet=quiet)
            return
        if resume and is_finished(job.planned):
            typer.echo("avio: nothing to resume: the records are complete", err=True)
            return
        with (
            report_progress(progress, quiet=quiet) as report,
            download_bar(model, quiet=quiet) as downloading,
        ):
            summary = track(job, report, downloading)
    if stats is not None:
        _write_stats(stats, summary)
    _print_summary(summary, quiet=quiet, data=not record_files and output is None)


def _bench(job: "TrackJob", stats: Path | None, *, quiet: bool) -> None:
    from avio_cli.jobs.track.bench import bench, lines

    def report(runtime: str) -> None:
        if not quiet:
            typer.echo(f"avio: measuring {runtime}", err=True)

    reading, measured = bench(job, report)
    typer.echo("\n".join(lines(reading, measured)))
    if stats is not None:
        rows = [row.as_record() for row in measured]
        record = {"reading_frames_per_second": round(reading, 2), "runtimes": rows}
        stats.write_text(json.dumps(record, indent=2) + "\n")


def _encoding(
    output: Path | None,
    preset: str | None,
    start: Fraction | None,
    end: Fraction | None,
) -> "EncodeSettings | None":
    from avio_cli.encode.settings import EncodeSettings, VideoOptions
    from avio_cli.encode.video import fast_encoder_options
    from avio_cli.mux.streams import StreamSelection
    from avio_cli.presets import find_preset, preset_for

    if output is None:
        if preset:
            raise UsageError("--preset needs --output")
        return None
    chosen = find_preset(preset) if preset else preset_for(output)
    return EncodeSettings(
        preset=chosen,
        video=VideoOptions(options={} if preset else fast_encoder_options(chosen)),
        streams=StreamSelection(audio_copy=chosen.audio_copy),
        start=start or Fraction(0),
        end=end,
    )


def _needed(detections: Path | None) -> Path:
    if detections is None:
        raise UsageError("give an INPUT, or --detections", hint="see avio track --help")
    return detections


def _write_stats(path: Path, summary: "TrackSummary") -> None:
    path.write_text(json.dumps(summary.as_record(), indent=2) + "\n")


def _print_summary(summary: "TrackSummary", *, quiet: bool, data: bool) -> None:
    """The summary: on stdout where it is the only output, else on stderr."""
    if data or not quiet:
        typer.echo("\n".join(summary.lines()), err=not data)
