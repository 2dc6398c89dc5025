"""What determines the result of a run: it can be resumed only with the same."""

import hashlib
import stat
from collections.abc import Sequence
from pathlib import Path

from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.jobs.track.job import TrackJob
from avio_cli.jobs.track.resuming.run_files import checkpoint_path, name_in
from avio_cli.jobs.track.trackers.options import TrackerOptions
from avio_cli.models.spec import ModelSpec
from avio_cli.vision.counting.zones import LineOrZone
from avio_cli.vision.refine.settings import refine_settings
from avio_cli.vision.trackers.registry import changed_options

_SAMPLE = 256 << 10
_DIGITS = 16


def run_fingerprint(
    job: TrackJob, detector: str, appearance: str = ""
) -> dict[str, str]:
    """What determines the result of a job, by option.

    Args:
        job: its settings.
        detector: the detector's fingerprint.
        appearance: that of the model of appearance.
    """
    choice = job.detector
    pairs = {
        "INPUT": source_fingerprint(job.source),
        "the detector": detector,
        "--fp16": "given" if choice.fp16 else "",
        "--classes": ",".join(choice.classes),
        "--conf": str(choice.confidence),
        "--nms": str(choice.iou_threshold),
        "--tracker": job.tracker.name,
        **_tracker_options(job.tracker),
        "--refine": job.tracker.refine,
        "--lag": str(job.tracker.lag or ""),
        "--reid": appearance,
        "--reid-gap": str(job.tracker.reid_gap or ""),
        **_results(job.tracker),
        "--stride": str(job.stride),
        "--line": _zones(job.zones, "line"),
        "--zone": _zones(job.zones, "zone"),
        "--start": str(job.start),
        "--end": "" if job.end is None else str(job.end),
        **_files(job),
    }
    return {name: value for name, value in pairs.items() if value}


def _tracker_options(choice: TrackerOptions) -> dict[str, str]:
    """What differs from the tracker's defaults; a default spelled out does not."""
    changed = changed_options(choice.name, choice.options)
    camera = changed.pop("camera_motion", "")
    words = (f"{key}={value}" for key, value in sorted(changed.items()))
    return {"--camera-motion": camera, "--tracker-option": " ".join(words)}


def _results(choice: TrackerOptions) -> dict[str, str]:
    """What is made of the tracks; a refinement does some of it in any case."""
    words = choice.results.words
    if choice.refine:
        words["--compact-ids"] = ""
        if choice.results.min_length <= refine_settings(choice.refine).least_boxes:
            words["--min-length"] = ""
    return words


def output_options(job: TrackJob) -> str:
    """What determines the annotated video besides its tracks, in words."""
    if job.output is None or job.encoding is None:
        return ""
    drawn = ",".join(job.draw) or "nothing"
    callbacks = " ".join(callback.name for callback in job.callbacks)
    return f"{job.output.name} {job.encoding.preset.name} {drawn} {callbacks}".strip()


def sampled_digest(path: Path) -> str:
    """A digest of a file's size, start, middle and end; empty of what is no file.

    Files are gigabytes, and what is another one differs there.
    """
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            return ""
        digest = hashlib.sha256(str(found.st_size).encode())
        with path.open("rb", buffering=0) as file:
            for start in (0, found.st_size // 2, found.st_size - _SAMPLE):
                file.seek(max(start, 0))
                digest.update(file.read(_SAMPLE))
    except OSError:
        return ""
    return digest.hexdigest()[:_DIGITS]


def named_file(path: Path) -> str:
    """A file's name and digest: it may be moved, but not changed."""
    digest = sampled_digest(path)
    return f"{path.name} (digest {digest})" if digest else str(path)


def model_digest(path: Path) -> str:
    """A digest of a model's file, and of the file beside it that has its weights."""
    # Neither OpenVINO's .xml nor ONNX with external data have their weights inside.
    beside = (path.with_suffix(".bin"), path.with_name(f"{path.name}.data"))
    weights = (path, *beside)
    return " ".join(filter(None, map(sampled_digest, weights))) or "no file"


def spec_digest(spec: ModelSpec) -> str:
    """A digest of how a model is fed and read: a description can be changed."""
    return hashlib.sha256(repr(spec).encode()).hexdigest()[:_DIGITS]


def source_fingerprint(source: MediaSource) -> str:
    """A source's name, and what it contains as it is now."""
    name, info = source.name.rpartition("/")[2], source.info
    if source.url.kind == "file":
        name = source.url.path.resolve().name  # the same file by any link
        return f"{name} ({info.size or 0} bytes, digest {_digest(source)})"
    return name if info.duration is None else f"{name} ({float(info.duration)} s)"


def _digest(source: MediaSource) -> str:
    return sampled_digest(source.url.path) or "unknown"


def _zones(zones: Sequence[LineOrZone], kind: str) -> str:
    chosen = (zone for zone in zones if zone.kind == kind)
    return " ".join(f"{zone.name}={_shape(zone)}" for zone in chosen)


def _shape(zone: LineOrZone) -> str:
    numbers = ",".join(f"{number:.10g}" for point in zone.points for number in point)
    return f"{numbers}:{zone.rule.text}" if zone.rule.text else numbers


def _files(job: TrackJob) -> dict[str, str]:
    checkpoint = checkpoint_path(job.planned)
    if checkpoint is None:
        return {}
    folder = checkpoint.parent
    records = (
        f"{name_in(folder, target.path)} ({target.format.name})"
        for target in job.planned
        if target.path is not None
    )
    saved = job.save_detections
    return {
        "--records": ", ".join(sorted(records)),
        "--save-detections": "" if saved is None else name_in(folder, saved),
    }
