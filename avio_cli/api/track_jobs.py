"""The jobs that the keywords of `track` ask for."""

from dataclasses import MISSING, Field, fields
from pathlib import Path
from typing import Any

from avio_cli.api.detecting import detector_options
from avio_cli.api.options import (
    as_steps,
    live_options,
    names,
    time_range,
    whole_number,
)
from avio_cli.api.sources import output_path, output_text
from avio_cli.api.track_options import RESULTS, TrackOptions
from avio_cli.api.track_parts import lines_and_zones
from avio_cli.cluster import RayOptions
from avio_cli.errors import UsageError
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.jobs.track.from_detections import DetectionFileJob
from avio_cli.jobs.track.job import TrackJob
from avio_cli.jobs.track.job_parts import DetectorOptions, annotated_video
from avio_cli.media.pixel_formats import PIXEL_FORMATS

LEAST_SCORE = 0.1
"""Of detections, where the caller names none."""
_OF_MODELS = frozenset(
    ("model", "trt", "runtime", "device", "fp16", "input_size", "workers", "nms")
)
_OF_RAY = frozenset(("ray_options", "cpus", "gpus"))
_WITHOUT_SOURCE = frozenset(
    {
        *("detections", "classes", "conf", "tracker", "tracker_options", "stride"),
        *("camera_motion", "lag", "refine", "reid", "reid_gap"),
        *RESULTS,
        *("records", "records_format", "lines", "zones", "force"),
    }
)


def track_job(options: TrackOptions, source: MediaSource) -> TrackJob:
    """The job that does this.

    Raises:
        UsageError: an argument is wrong, or would be ignored.
    """
    # The model of appearance runs on the device, too.
    others = _OF_MODELS - ({"device"} if options.reid else frozenset())
    _refuse_ignored(options, others, "detections take the place of a model")
    start, end = time_range(options.start, options.end)
    output = None if options.output is None else output_path(options.output)
    saved, crops = options.save_detections, options.crops
    overlay, page = options.overlay, options.report
    return TrackJob(
        source=source,
        detector=_detector(options),
        tracker=options.tracker_choice,
        stride=whole_number("stride", options.stride, least=1),
        shards=whole_number("shards", options.shards, least=0),
        ray=_cluster(options),
        zones=lines_and_zones(options.lines, options.zones),
        draw=names("draw", options.draw) if options.is_run else (),
        output=output,
        encoding=annotated_video(output, options.preset, start, end),
        records=options.record_files,
        records_format=options.records_format,
        save_detections=None if saved is None else output_path(saved),
        crops=None if crops is None else Path(output_text(crops)),
        overlay=None if overlay is None else output_path(overlay),
        report=None if page is None else output_path(page),
        callbacks=as_steps(options.callback),
        display=options.display,
        serve=str(options.serve),
        pixel_format="" if options.is_run else _checked_format(options),
        start=start,
        end=end,
        hwaccel=options.hwaccel,
        force=options.force,
        resume=options.resume,
        allow_damaged=options.allow_damaged,
        live=live_options(options.live),
    )


def file_job(options: TrackOptions) -> DetectionFileJob:
    """The job that tracks a file of detections alone.

    Raises:
        UsageError: there is none, or an argument is wrong or would be ignored.
    """
    file = options.detection_file
    if file is None:
        raise UsageError("there is no source, and no file of detections")
    if options.output is not None:
        raise UsageError("an annotated video needs a source")
    others = frozenset(options.__dataclass_fields__) - _WITHOUT_SOURCE
    _refuse_ignored(options, others, "without a source only detections are tracked")
    return DetectionFileJob(
        detections=file,
        detector=_detector(options),
        tracker=options.tracker_choice,
        stride=whole_number("stride", options.stride, least=1),
        zones=lines_and_zones(options.lines, options.zones),
        records=options.record_files,
        records_format=options.records_format,
        force=options.force,
    )


def _refuse_ignored(options: TrackOptions, names: frozenset[str], reason: str) -> None:
    """Refuse arguments of these that are not the default, with detections."""
    given = [
        entry.name
        for entry in fields(options)
        if entry.name in names and getattr(options, entry.name) != _default(entry)
    ]
    if given and options.detections is not None:
        raise UsageError(f"{', '.join(given)} would be ignored: {reason}")


def _detector(options: TrackOptions) -> DetectorOptions:
    conf = options.conf
    if conf is None:
        conf = LEAST_SCORE if options.detections is None else 0.0
    return detector_options(
        options.model,
        classes=options.classes,
        conf=conf,
        nms=options.nms,
        runtime=options.runtime,
        device=options.device,
        fp16=options.fp16,
        input_size=options.input_size,
        trt=options.trt,
        workers=options.workers,
        detections=options.detection_file,
    )


def _cluster(options: TrackOptions) -> RayOptions | None:
    if options.ray:
        init = options.ray_options
        return RayOptions(options.ray, options.cpus, options.gpus, init)
    given = [
        entry.name
        for entry in fields(options)
        if entry.name in _OF_RAY and getattr(options, entry.name) != _default(entry)
    ]
    if given:
        raise UsageError(f"{', '.join(given)} would be ignored: it is of ray")
    return None


def _checked_format(options: TrackOptions) -> str:
    if options.pixel_format and options.pixel_format not in PIXEL_FORMATS:
        known = ", ".join(sorted(PIXEL_FORMATS))
        raise UsageError(
            f"unknown pixel format {options.pixel_format!r}", hint=f"known: {known}"
        )
    return options.pixel_format


def _default(entry: "Field[Any]") -> Any:
    factory = entry.default_factory
    return entry.default if factory is MISSING else factory()
