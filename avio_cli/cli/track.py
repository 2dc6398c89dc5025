"""``avio track``."""

from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from avio_cli.cli.options import common as options
from avio_cli.cli.options import detection as detecting
from avio_cli.cli.options import live
from avio_cli.cli.options import track_results as results
from avio_cli.cli.options.common import ProgressMode
from avio_cli.cli.reports import tracking as runs
from avio_cli.cli.terminal import set_up_messages
from avio_cli.cli.transcode import load_callbacks
from avio_cli.cli.usage import completion

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avio_cli.ffmpeg.limits import Limits
    from avio_cli.ffmpeg.media_source import MediaSource
    from avio_cli.jobs.track.job import DetectorOptions

EXAMPLES = """\b
Examples:
  avio track street.mp4 -o tracked.mp4 --records tracks.jsonl
  avio track yard.mp4 --model motion --line gate=100,0,100,400
  avio track --detections det.txt --records tracks.txt
"""
Repeated = list[str] | None


def track_command(
    context: typer.Context,
    source: Annotated[
        str,
        typer.Argument(
            metavar="INPUT",
            help="File, URL, camera:0, screen: or -; none with --detections.",
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
        str,
        typer.Option(
            metavar="FORMAT",
            help="jsonl, csv, mot, mot-classes or coco.",
            autocompletion=completion.record_formats,
        ),
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
    overlay: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Tracks as subtitles: .ass, .vtt."),
    ] = None,
    tracker: detecting.Tracker = "bytetrack",
    tracker_option: detecting.TrackerOption = None,
    camera_motion: detecting.CameraMotion = "auto",
    lag: detecting.Lag = 0,
    refine: detecting.Refine = "",
    reid: detecting.Reid = "",
    reid_gap: detecting.ReidGap = 0.0,
    class_vote: results.ClassVote = False,
    min_length: results.MinLength = 0,
    compact_ids: results.CompactIds = False,
    crops: results.Crops = None,
    draw: detecting.Draw = detecting.DRAW_PARTS,
    no_draw: Annotated[bool, typer.Option("--no-draw", help="Draw nothing.")] = False,
    line: Annotated[
        Repeated,
        typer.Option(
            metavar="NAME=x1,y1,x2,y2",
            help="Count tracks that cross it; then :margin=8, :anchor=center or "
            ":class=person,car for this line.",
        ),
    ] = None,
    zone: Annotated[
        Repeated,
        typer.Option(
            metavar="NAME=x1,y1,…",
            help="Count tracks that enter and leave; rules as for --line.",
        ),
    ] = None,
    stride: detecting.Stride = 1,
    start: options.Start = None,
    end: options.End = None,
    hwaccel: options.Hwaccel = options.HwaccelMode.NONE,
    preset: Annotated[
        str | None,
        typer.Option(
            metavar="PRESET",
            help="Preset of the annotated video.",
            autocompletion=completion.presets,
        ),
    ] = None,
    callback: options.CallbackOption = None,
    callback_arg: options.CallbackArgument = None,
    stats: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write statistics as JSON.")
    ] = None,
    allow_damaged: options.AllowDamaged = False,
    duration: live.Duration = None,
    timeout: live.Timeout = None,
    latency: live.Latency = "complete",
    segment: live.Segment = None,
    keep: live.Keep = None,
    clock_aligned: live.ClockAligned = False,
    metrics: live.Metrics = "",
    on_event: live.OnEvent = None,
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
    max_pixels: options.MaxPixels = None,
    safe: options.Safe = False,
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
    tracker_options = detecting.tracker_choice(
        tracker,
        tracker_option,
        camera_motion,
        refine,
        lag,
        reid,
        reid_gap,
        results.results_choice(class_vote, min_length, compact_ids),
    )
    record_files = tuple(records or [])
    detector = detecting.detector_choice(
        model,
        trt=trt,
        runtime=runtime,
        device=device,
        fp16=fp16,
        input_size=input_size,
        workers=workers,
        classes=classes,
        conf=detecting.least_score(context, conf),
        nms=nms,
        detections=detections,
    )
    live_options = live.live_choice(
        timeout=timeout,
        latency=latency,
        segment=segment,
        keep=keep,
        clock_aligned=clock_aligned,
        metrics=metrics,
        on_event=on_event,
    )
    start, end = start or Fraction(0), live.end_of(start, end, duration)
    zones = runs.line_and_zones(line or [], zone or [])
    if not source:
        assert detections is not None
        from avio_cli.jobs.track.from_detections import DetectionFileJob

        file_job = DetectionFileJob(
            detections=detections,
            detector=detector,
            tracker=tracker_options,
            stride=stride,
            zones=zones,
            records=record_files,
            records_format=records_format,
            force=force,
        )
        runs.track_detections(file_job, stats, progress, quiet=quiet)
        return
    from avio_cli.jobs.track.job import TrackJob, annotated_video

    encoding = annotated_video(output, preset or "", start, end)
    limits = options.input_limits(max_pixels, safe=safe, hwaccel=hwaccel.value)
    limits, reread = limits.awaiting(timeout), _why_reread(context.params)
    with _opened_source(source, limits, context.obj, reread, detector) as opened:
        job = TrackJob(
            source=opened,
            detector=detector,
            tracker=tracker_options,
            stride=stride,
            zones=zones,
            draw=() if no_draw else detecting.split_names("--draw", draw),
            output=output,
            encoding=encoding,
            records=record_files,
            records_format=records_format,
            save_detections=save_detections,
            crops=crops,
            overlay=overlay,
            callbacks=load_callbacks(callback or [], callback_arg or []),
            start=start,
            end=end,
            hwaccel=hwaccel.value,
            force=force,
            resume=resume,
            display=display,
            allow_damaged=allow_damaged,
            live=live_options,
        )
        options.check_file(stats, job.inputs, job.outputs, force=force)
        run = runs.bench_source if bench else runs.track_source
        run(job, stats, progress, quiet=quiet)


def _why_reread(given: dict[str, object]) -> str:
    """Why the source must be readable several times; empty: once is enough."""
    reasons = {
        "refine": "--refine reads it twice",
        "start": "--start searches it",
        "resume": "--resume goes on in it",
        "bench": "--bench reads it several times",
    }
    if given["hwaccel"] is options.HwaccelMode.AUTO:
        return "--hwaccel auto may start again"
    return next((why for name, why in reasons.items() if given[name]), "")


@contextmanager
def _opened_source(
    source: str,
    limits: "Limits",
    early_probe: object,
    reread: str,
    detector: "DetectorOptions",
) -> "Iterator[MediaSource]":
    """Probe a source; what is piped is read once, unless something reads it again."""
    from avio_cli.decode.opening import opened_input
    from avio_cli.ffmpeg.locate import locate_ffmpeg
    from avio_cli.ffmpeg.url import parse_url

    url = parse_url(source, limits)
    with opened_input(locate_ffmpeg(), url, early_probe, reread=reread) as probed:
        # Both take as long as the probe, which is awaited afterwards.
        import avio_cli.jobs.track.run  # noqa: F401
        from avio_cli.jobs.track.model_choice import import_runtime

        import_runtime(detector)
        yield probed()
