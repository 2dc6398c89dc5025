"""Settings of a tracking run: frozen before any work starts."""

from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

from avio_cli.callbacks.step import CallbackStep
from avio_cli.cluster import RayOptions
from avio_cli.decode.live.options import LiveOptions
from avio_cli.encode.settings import EncodeSettings
from avio_cli.errors import UsageError
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.output_place import refuse_no_name
from avio_cli.ffmpeg.url import MediaUrl
from avio_cli.jobs.track.job_checks import (
    read_files,
    refuse_inputs,
    refuse_uncounted,
    written_files,
)
from avio_cli.jobs.track.job_parts import DetectorOptions
from avio_cli.jobs.track.trackers.options import TrackerOptions
from avio_cli.output.special import refuse_same_output
from avio_cli.records.formats import RecordTarget, plan_records
from avio_cli.vision.annotators.parts import DRAWN, parse_drawing
from avio_cli.vision.counting.zones import LineOrZone
from avio_cli.vision.subtitles.formats import refuse_other_extension


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackJob:
    """Everything a tracking run needs."""

    source: MediaSource
    detector: DetectorOptions = field(default_factory=DetectorOptions)
    tracker: TrackerOptions = field(default_factory=TrackerOptions)
    stride: int = 1
    """Detect every Nth frame, predict between."""
    shards: int = 0
    """Segments that are detected side by side in children; 0: all is detected here."""
    ray: RayOptions | None = None
    """The cluster that detects them; None: children here."""
    zones: tuple[LineOrZone, ...] = ()
    """Lines and zones that count."""
    draw: tuple[str, ...] = DRAWN
    """Words of ``--draw``; empty: nothing is drawn."""
    output: Path | None = None
    """The annotated video; None for none."""
    encoding: EncodeSettings | None = None
    """How it is encoded; needed with `output`."""
    records: tuple[str, ...] = ()
    """Files of records; ``-`` is stdout."""
    records_format: str = ""
    """A format's name; empty: by each file's extension."""
    save_detections: Path | None = None
    crops: Path | None = None
    """A folder for the best crop of each track; None for none."""
    overlay: Path | None = None
    """A file of subtitles that shows the tracks: .ass or .vtt."""
    report: Path | None = None
    """A page that `avio_cli.jobs.report.tracked` makes of the records."""
    callbacks: tuple[CallbackStep, ...] = ()
    display: bool = False
    """Whether frames are shown in a window as they are tracked."""
    serve: str = ""
    """``[HOST:]PORT`` of a page that shows the run; empty: there is none."""
    pixel_format: str = ""
    """In which the caller wants full frames; empty: it wants none."""
    received: bool = False
    """Whether the caller gets the frames, if only the detector's view of them."""
    start: Fraction = Fraction(0)
    end: Fraction | None = None
    hwaccel: str = "none"
    """What may decode: one of `avio_cli.decode.acceleration.CHOICES`."""
    force: bool = False
    resume: bool = False
    """Whether to continue an interrupted run."""
    allow_damaged: bool = False
    live: LiveOptions = field(default_factory=LiveOptions)
    """How a live source is read, and written."""

    def __post_init__(self) -> None:
        if self.stride < 1:
            raise UsageError(f"--stride must be at least 1, not {self.stride}")
        if self.tracker.needs_image and self.resume:
            raise UsageError(
                "--camera-motion image does not go with --resume: no image is stored",
                hint="--camera-motion boxes does",
            )
        parse_drawing(self.draw)
        if self.output is not None and self.encoding is None:
            raise UsageError("an annotated video needs settings to encode it with")
        if self.detector.detections is not None and self.start:
            raise UsageError(
                "--start would shift --detections: their frame 1 is the video's first",
                hint="`avio trim --exact` cuts the video; --end leaves the rest out",
            )
        if self.save_detections is not None:
            refuse_no_name(self.save_detections, "--save-detections")
        if self.crops == Path():
            raise UsageError("--crops is empty or this folder", hint="name a folder")
        if self.overlay is not None:
            self._check_overlay(self.overlay)
        refuse_uncounted(self.zones, self.detector.classes)
        refuse_inputs(self.outputs, self.inputs)
        for number, path in enumerate(self.outputs):
            refuse_same_output(path, self.outputs[:number])

    def _check_overlay(self, path: Path) -> None:
        hint = "avio report makes it of the records"
        refuse_no_name(path, "--overlay")
        of_file = "avio report RECORDS VIDEO -o FILE.mkv puts tracks into a copy"
        refuse_other_extension(
            path, "--overlay", of_file if path.suffix.lower() == ".mkv" else ""
        )
        if self.resume:
            raise UsageError("--overlay does not go with --resume", hint=hint)

    @property
    def inputs(self) -> tuple[MediaUrl, ...]:
        """What is read."""
        code = [step.file for step in self.callbacks]
        others = (*self.detector.files, self.tracker.reid, *code)
        return read_files(self.source.url, others)

    @property
    def outputs(self) -> tuple[Path, ...]:
        """The files that are written."""
        others = (self.save_detections, self.overlay, self.report, self.output)
        return (*written_files(self.records), *filter(None, others))

    @property
    def fitting_detector(self) -> DetectorOptions:
        """The detector as the source needs it.

        Where that may not open the network, nor may it; where it is to be late by
        little, it takes few frames ahead.
        """
        allowed = self.detector.network and self.source.url.limits.network
        newest = self.live.latency == "newest"
        return replace(self.detector, network=allowed, newest=newest)

    @property
    def needs_full_frames(self) -> bool:
        """Whether full frames are needed, or only the detector's view."""
        return self.shows_frames or self.crops is not None or bool(self.serve)

    @property
    def shows_frames(self) -> bool:
        """Whether somebody sees what is drawn."""
        shown = self.output is not None or self.display
        return shown or bool(self.callbacks or self.pixel_format)

    @property
    def hides_boxes(self) -> bool:
        """Whether somebody sees frames in which boxes are hidden."""
        shown = self.shows_frames or bool(self.serve)
        return shown and parse_drawing(self.draw).redaction is not None

    @property
    def looks_at_frames(self) -> bool:
        """Whether a tracker needs full frames; in the first pass of a refined run."""
        return bool(self.tracker.reid)

    @property
    def needs_no_frames(self) -> bool:
        """Whether nobody looks at a frame once it was detected and tracked."""
        return not (self.received or self.needs_full_frames)

    @property
    def has_file_output(self) -> bool:
        """Whether anything is written: the run continues without a window."""
        others = (self.save_detections, self.crops, self.overlay, self.report)
        return bool(self.output or self.records or any(others))

    @property
    def has_classes(self) -> bool:
        """Whether some file of records has the tracks' classes."""
        named = (target for target in self.planned if target.path is not None)
        return any(target.format.name != "mot" for target in named)

    @property
    def planned(self) -> tuple[RecordTarget, ...]:
        """The files of records, each with its format.

        Raises:
            UsageError: they are not valid.
        """
        return plan_records(self.records, self.formats)

    @property
    def formats(self) -> tuple[str, ...]:
        """One format for all records, or none: the extensions decide."""
        return (self.records_format,) if self.records_format else ()
