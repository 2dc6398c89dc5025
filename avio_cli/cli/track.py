"""``avio track``."""

from fractions import Fraction
from pathlib import Path
from typing import Annotated

import typer

from avio_cli.cli.options import common as options
from avio_cli.cli.options import detection as detecting
from avio_cli.cli.options import live
from avio_cli.cli.options import ray as clusters
from avio_cli.cli.options import track_results as results
from avio_cli.cli.options.common import ProgressMode
from avio_cli.cli.reports import tracking as runs
from avio_cli.cli.terminal import set_up_messages
from avio_cli.cli.track_source import opened_source, why_reread
from avio_cli.cli.transcode import load_callbacks
from avio_cli.cli.usage import completion
from avio_cli.optional import many_imports

EXAMPLES = """\b
Examples:
  avio track street.mp4 -o tracked.mp4 --records tracks.jsonl
  avio track street.mp4 --report street.html --zone yard=4,3,9,3,9,6
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
        typer.Option(
            *("--output", "-o"),
            parser=options.parse_output,
            metavar="FILE",
            help="Annotated video.",
        ),
    ] = None,
    records: results.Records = None,
    records_format: results.RecordsFormat = "",
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
    detections: results.DetectionFile = None,
    save_detections: results.SaveDetections = None,
    overlay: results.Overlay = None,
    report: results.Report = None,
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
    line: results.Line = None,
    zone: results.Zone = None,
    stride: detecting.Stride = 1,
    shards: results.Shards = 0,
    ray: clusters.RayAddress = "",
    ray_option: clusters.RayOption = None,
    cpus: clusters.Cpus = 1.0,
    gpus: clusters.Gpus = 0.0,
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
    stats: options.Statistics = None,
    allow_damaged: options.AllowDamaged = False,
    duration: live.Duration = None,
    timeout: live.Timeout = None,
    latency: live.Latency = "complete",
    segment: live.Segment = None,
    keep: live.Keep = None,
    clock_aligned: live.ClockAligned = False,
    metrics: live.Metrics = "",
    on_event: live.OnEvent = None,
    serve: live.Serve = "",
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
    with many_imports():
        from avio_cli.jobs.track.job import TrackJob
        from avio_cli.jobs.track.job_parts import annotated_video
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
    encoding = annotated_video(output, preset or "", start, end)
    limits = options.input_limits(max_pixels, safe=safe, hwaccel=hwaccel.value)
    limits, reread = limits.awaiting(timeout), why_reread(context.params)
    with opened_source(source, limits, context.obj, reread, detector) as opened:
        job = TrackJob(
            source=opened,
            detector=detector,
            tracker=tracker_options,
            stride=stride,
            shards=shards,
            ray=clusters.ray_options(context),
            zones=zones,
            draw=() if no_draw else detecting.split_names("--draw", draw),
            output=output,
            encoding=encoding,
            records=record_files,
            records_format=records_format,
            save_detections=save_detections,
            crops=crops,
            overlay=overlay,
            report=report,
            callbacks=load_callbacks(callback or [], callback_arg or []),
            start=start,
            end=end,
            hwaccel=hwaccel.value,
            force=force,
            resume=resume,
            display=display,
            serve=serve,
            allow_damaged=allow_damaged,
            live=live_options,
        )
        runs.check_statistics(stats, job)
        run = runs.bench_source if bench else runs.track_source
        run(job, stats, progress, quiet=quiet)
