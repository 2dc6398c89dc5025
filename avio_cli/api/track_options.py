"""The keywords of `track`: those of ``avio track``, by the same names."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from avio_cli.api.detecting import InputSize, Model
from avio_cli.api.options import (
    Output,
    Time,
    yes_or_no,
)
from avio_cli.api.sources import output_path, output_text
from avio_cli.api.track_parts import Shapes, chosen_tracker
from avio_cli.callbacks.step import Callback
from avio_cli.errors import UsageError, did_you_mean
from avio_cli.ffmpeg.limits import Limits
from avio_cli.jobs.track.trackers.options import TrackerOptions
from avio_cli.vision.annotators.parts import DRAWN

RESULTS = ("class_vote", "min_length", "compact_ids")
"""Keywords of how results are finished."""
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
    shards: int = 0
    """Detect so many segments of a file side by side; the tracks are the same."""
    ray: str = ""
    """The address of a Ray cluster that detects them, or ``local`` for one here."""
    ray_options: Mapping[str, Any] = field(default_factory=dict)
    """Further arguments of ``ray.init``."""
    cpus: float = 1.0
    """CPU cores that each segment declares to Ray."""
    gpus: float = 0.0
    """GPUs, or a fraction of one."""
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
    report: Output | None = None
    """A page for browsers: .html."""
    lines: Shapes = field(default_factory=dict)
    """Lines that count, ``{"gate": (x1, y1, x2, y2)}``, or with a rule as text,
    ``{"gate": "x1,y1,x2,y2:margin=8:anchor=center:class=person"}``."""
    zones: Shapes = field(default_factory=dict)
    """Polygons that count, ``{"yard": (x1, y1, x2, y2, x3, y3)}``, likewise."""
    callback: Callback | Sequence[Callback] = ()
    """Called with each frame, whose ``tracks`` are set, before it is encoded."""
    display: bool = False
    """Whether frames are shown in a window."""
    serve: str | int = ""
    """``[HOST:]PORT`` of a page that shows the run; without a host, this machine alone
    can open it. Its address is in the log ``avio.run``, or on stderr."""
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
        files = (self.output, self.save_detections, self.crops)
        made = (*files, self.overlay, self.report)
        written = any(file is not None for file in made)
        shown = self.display or self.serve != ""
        return written or bool(self.record_files) or shown or self.resume

    @property
    def record_files(self) -> tuple[str, ...]:
        """The files of records, as texts."""
        given = self.records
        files = [given] if isinstance(given, (str, os.PathLike)) else given
        return tuple(str(output_path(file)) for file in files)

    @property
    def detection_file(self) -> Path | None:
        """The file of detections."""
        given = self.detections
        return None if given is None else Path(output_text(given))

    @property
    def tracker_choice(self) -> TrackerOptions:
        """The tracker, its options as texts."""
        results = {name: getattr(self, name) for name in RESULTS}
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
