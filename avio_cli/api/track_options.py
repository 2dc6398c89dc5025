"""The keywords of `track`: those of ``avio track``, by the same names."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, field, fields
from pathlib import Path
from typing import Any

from avio_cli.api.detecting import InputSize, Model, detector_options
from avio_cli.api.options import (
    Output,
    Time,
    as_steps,
    live_options,
    names,
    time_range,
    whole_number,
    yes_or_no,
)
from avio_cli.api.sources import output_path
from avio_cli.api.track_parts import Shapes, chosen_tracker, lines_and_zones
from avio_cli.callbacks.step import Callback
from avio_cli.errors import UsageError, did_you_mean
from avio_cli.ffmpeg.limits import Limits
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.jobs.track.from_detections import DetectionFileJob
from avio_cli.jobs.track.job import TrackJob, annotated_video
from avio_cli.jobs.track.trackers.options import TrackerOptions
from avio_cli.media.pixel_formats import PIXEL_FORMATS
from avio_cli.vision.annotators.parts import DRAWN

LEAST_SCORE = 0.1
"""Of detections, where the caller names none."""
_OF_MODELS = frozenset(
    ("model", "trt", "runtime", "device", "fp16", "input_size", "workers", "nms")
)
_RESULTS = ("class_vote", "min_length", "compact_ids")
_WITHOUT_SOURCE = frozenset(
    {
        *("detections", "classes", "conf", "tracker", "tracker_options", "stride"),
        *("camera_motion", "lag", "refine", "reid", "reid_gap"),
        *_RESULTS,
        *("records", "records_format", "lines", "zones", "force"),
    }
)
Outputs = Output | Sequence[Output]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackOptions:
    """All keywords of `track`."""

    model: Model = "auto"
    """A name that ``avio models`` lists, a file, ``auto`` or ``motion``."""
    classes: Sequence[str] = ()
    """Names of the classes to keep; empty: all."""
    conf: float | None = None
    """Lowest score of a detection; None: 0.1, and all of a file of detections."""
    nms: float = 0.5
    """Overlap above which the lesser of two boxes is dropped."""
    runtime: str = "auto"
    """``auto``, ``onnx``, ``openvino``, ``torch`` or ``tensorrt``."""
    device: str = "auto"
    """``auto``, ``cpu``, ``cuda`` or ``cuda:N``."""
    fp16: bool = False
    input_size: InputSize = None
    """Width and height of the model's input; None: its own, fitted to the video."""
    trt: str = ""
    """A TensorRT engine, or ``auto``."""
    workers: int = 0
    """Parallel sessions; 0: one for each core."""
    detections: Output | None = None
    """A file of MOT detections instead of a model."""
    tracker: str = "bytetrack"
    """``bytetrack``, ``steadytrack`` or ``bytetrack-reference``."""
    tracker_options: Mapping[str, Any] = field(default_factory=dict)
    """Such as ``{"track_thresh": 0.5}``; see docs/tracking.md."""
    camera_motion: str = "auto"
    """By what predictions follow the camera: ``boxes``, the ``image`` too, or ``off``;
    ``auto``: by boxes with ``steadytrack``."""
    lag: int = 0
    """Frames that are seen before a frame's tracks are final: then they are smoothed,
    and short gaps are filled."""
    refine: str = ""
    """``fast`` or ``best``: read the source twice, for tracks of the whole of it."""
    reid: Output | None = None
    """A model of appearance (ONNX), which decides where boxes alone leave a doubt."""
    reid_gap: float = 0.0
    """Seconds after which a track that was left is found again by appearance."""
    class_vote: bool = False
    """Whether a track keeps the class that most of its scores speak for."""
    min_length: int = 0
    """Leave out tracks in fewer than N of 2N-1 frames; the others come 2N-2 frames
    late."""
    compact_ids: bool = False
    """Whether ids are 1, 2, 3 …, as tracks are first shown."""
    stride: int = 1
    """Detect every Nth frame, predict between."""
    start: Time = 0
    """Seconds after the source's start."""
    end: Time | None = None
    hwaccel: str = "none"
    """``auto``: a device that works decodes; ``none``; or one by name."""
    allow_damaged: bool = False
    """Whether a damaged source is tracked as far as it goes."""
    limits: Limits | None = None
    """How large the source may be; see `probe`."""
    pixel_format: str = "bgr24"
    """Of the frames that are given; empty: none are, only the small image that the
    detector sees, which is faster."""
    output: Output | None = None
    """The annotated video."""
    preset: str = ""
    """Of the annotated video."""
    draw: Sequence[str] = DRAWN
    """What is drawn into it: any of boxes, labels, trails and heatmap, and ``blur`` or
    ``pixelate`` to hide what is in the boxes; empty: nothing."""
    records: Outputs = ()
    """Files of tracks: .jsonl, .csv, .txt (MOT) or .json (COCO)."""
    records_format: str = ""
    """``jsonl``, ``csv``, ``mot``, ``mot-classes`` or ``coco``; empty: by the
    extensions."""
    save_detections: Output | None = None
    """A file for the detections."""
    crops: Output | None = None
    """A folder for the best crop of each track, as PNG."""
    overlay: Output | None = None
    """A file of subtitles that shows the tracks: .ass for players, .vtt for pages."""
    lines: Shapes = field(default_factory=dict)
    """Lines that count, ``{"gate": (x1, y1, x2, y2)}``, or with a rule as text,
    ``{"gate": "x1,y1,x2,y2:margin=8:anchor=center:class=person"}``."""
    zones: Shapes = field(default_factory=dict)
    """Polygons that count, ``{"yard": (x1, y1, x2, y2, x3, y3)}``, likewise."""
    callback: Callback | Sequence[Callback] = ()
    """Called with each frame, whose ``tracks`` are set, before it is encoded."""
    display: bool = False
    """Whether frames are shown in a window."""
    resume: bool = False
    """Whether an interrupted run is continued; its records show how far it came."""
    force: bool = False
    """Whether existing files may be replaced."""
    live: Mapping[str, Any] = field(default_factory=dict)
    """Of a live source: fields of `LiveOptions`, such as ``{"latency": "newest"}``."""

    @classmethod
    def of(cls, keywords: Mapping[str, Any]) -> "TrackOptions":
        """Make them of keywords.

        Raises:
            UsageError: one is not known, or is no boolean where it must be one.
        """
        for name in keywords.keys() - cls.__dataclass_fields__.keys():
            raise UsageError(
                f"track has no argument {name!r}",
                hint=did_you_mean(name, cls.__dataclass_fields__),
            )
        booleans = {e.name for e in fields(cls) if isinstance(e.default, bool)}
        checked = {n: yes_or_no(n, keywords[n]) for n in booleans & keywords.keys()}
        return cls(**{**keywords, **checked})

    @property
    def is_run(self) -> bool:
        """Whether a call writes or shows something itself; else it gives frames."""
        files = (self.output, self.save_detections, self.crops, self.overlay)
        written = any(file is not None for file in files)
        return written or bool(self.record_files) or self.display or self.resume

    @property
    def record_files(self) -> tuple[str, ...]:
        """The files of records, as texts."""
        given = self.records
        files = [given] if isinstance(given, (str, os.PathLike)) else given
        return tuple(str(output_path(file)) for file in files)

    @property
    def detection_file(self) -> Path | None:
        """The file of detections."""
        return None if self.detections is None else output_path(self.detections)

    @property
    def tracker_choice(self) -> TrackerOptions:
        """The tracker, its options as texts."""
        results = {name: getattr(self, name) for name in _RESULTS}
        return chosen_tracker(
            self.tracker,
            self.tracker_options,
            self.camera_motion,
            refine=self.refine,
            lag=self.lag,
            reid=self.reid,
            reid_gap=self.reid_gap,
            results=results,
        )

    def job(self, source: MediaSource) -> TrackJob:
        """The job that does this.

        Raises:
            UsageError: an argument is wrong, or would be ignored.
        """
        # The model of appearance runs on the device, too.
        others = _OF_MODELS - ({"device"} if self.reid else frozenset())
        self._refuse_ignored(others, "detections take the place of a model")
        start, end = time_range(self.start, self.end)
        output = None if self.output is None else output_path(self.output)
        saved, crops, overlay = self.save_detections, self.crops, self.overlay
        return TrackJob(
            source=source,
            detector=self._detector(),
            tracker=self.tracker_choice,
            stride=whole_number("stride", self.stride, least=1),
            zones=lines_and_zones(self.lines, self.zones),
            draw=names("draw", self.draw) if self.is_run else (),
            output=output,
            encoding=annotated_video(output, self.preset, start, end),
            records=self.record_files,
            records_format=self.records_format,
            save_detections=None if saved is None else output_path(saved),
            crops=None if crops is None else output_path(crops),
            overlay=None if overlay is None else output_path(overlay),
            callbacks=as_steps(self.callback),
            display=self.display,
            pixel_format="" if self.is_run else self._checked_format(),
            start=start,
            end=end,
            hwaccel=self.hwaccel,
            force=self.force,
            resume=self.resume,
            allow_damaged=self.allow_damaged,
            live=live_options(self.live),
        )

    def file_job(self) -> DetectionFileJob:
        """The job that tracks a file of detections alone.

        Raises:
            UsageError: there is none, or an argument is wrong or would be ignored.
        """
        file = self.detection_file
        if file is None:
            raise UsageError("there is no source, and no file of detections")
        if self.output is not None:
            raise UsageError("an annotated video needs a source")
        others = frozenset(self.__dataclass_fields__) - _WITHOUT_SOURCE
        self._refuse_ignored(others, "without a source only detections are tracked")
        return DetectionFileJob(
            detections=file,
            detector=self._detector(),
            tracker=self.tracker_choice,
            stride=whole_number("stride", self.stride, least=1),
            zones=lines_and_zones(self.lines, self.zones),
            records=self.record_files,
            records_format=self.records_format,
            force=self.force,
        )

    def _refuse_ignored(self, names: frozenset[str], reason: str) -> None:
        """Refuse arguments of these that are not the default, with detections."""
        given = [
            entry.name
            for entry in fields(self)
            if entry.name in names and getattr(self, entry.name) != _default(entry)
        ]
        if given and self.detections is not None:
            raise UsageError(f"{', '.join(given)} would be ignored: {reason}")

    def _detector(self) -> Any:
        conf = self.conf
        if conf is None:
            conf = LEAST_SCORE if self.detections is None else 0.0
        return detector_options(
            self.model,
            classes=self.classes,
            conf=conf,
            nms=self.nms,
            runtime=self.runtime,
            device=self.device,
            fp16=self.fp16,
            input_size=self.input_size,
            trt=self.trt,
            workers=self.workers,
            detections=self.detection_file,
        )

    def _checked_format(self) -> str:
        if self.pixel_format and self.pixel_format not in PIXEL_FORMATS:
            known = ", ".join(sorted(PIXEL_FORMATS))
            raise UsageError(
                f"unknown pixel format {self.pixel_format!r}", hint=f"known: {known}"
            )
        return self.pixel_format


def _default(entry: "Field[Any]") -> Any:
    factory = entry.default_factory
    return entry.default if factory is MISSING else factory()
