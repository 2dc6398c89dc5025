"""Settings of a tracking run: frozen before any work starts."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

from avio_cli.callbacks.step import CallbackStep
from avio_cli.decode.live.options import LiveOptions
from avio_cli.encode.settings import EncodeSettings, VideoOptions
from avio_cli.encode.video import fast_encoder_options
from avio_cli.errors import UsageError
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.output_place import refuse_no_name
from avio_cli.ffmpeg.url import MediaUrl, file_url
from avio_cli.jobs.track.trackers.options import TrackerOptions
from avio_cli.mux.streams import StreamSelection
from avio_cli.output.special import refuse_same_file, refuse_same_output
from avio_cli.presets import find_preset, preset_for
from avio_cli.records.formats import RecordTarget, plan_records
from avio_cli.vision.annotators.parts import DRAWN, parse_drawing
from avio_cli.vision.counting.zones import LineOrZone
from avio_cli.vision.subtitles.formats import refuse_other_extension

MOTION = "motion"
"""The name of the detector that needs no weights."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectorOptions:
    """Which detector, and how it runs."""

    model: str = "auto"
    """A name, a path, ``auto`` or ``motion``."""
    detections: Path | None = None
    """A file of detections instead of a model."""
    trt: str = ""
    """A TensorRT engine to run instead of the model's own file, or ``auto``."""
    runtime: str = "auto"
    device: str = "auto"
    fp16: bool = False
    input_size: tuple[int, int] | None = None
    """Width and height of the model's input; None: the model's own."""
    workers: int = 0
    """Parallel sessions; 0: one for each core."""
    classes: tuple[str, ...] = ()
    """Names of classes to keep; empty: all."""
    confidence: float = 0.1
    """Lowest score, also of a file of detections."""
    iou_threshold: float = 0.5
    network: bool = True
    """Whether a model may be downloaded."""
    newest: bool = False
    """Whether no more frames are taken ahead than are needed; see `Pace`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackJob:
    """Everything a tracking run needs."""

    source: MediaSource
    detector: DetectorOptions = field(default_factory=DetectorOptions)
    tracker: TrackerOptions = field(default_factory=TrackerOptions)
    stride: int = 1
    """Detect every Nth frame, predict between."""
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
    callbacks: tuple[CallbackStep, ...] = ()
    display: bool = False
    """Whether frames are shown in a window as they are tracked."""
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
        written = (*self.records, self.save_detections, self.overlay)
        refuse_inputs(written, self.inputs)
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
        return read_files(self.source.url, self.detector.detections)

    @property
    def outputs(self) -> tuple[Path, ...]:
        """The files that are written."""
        others = (self.save_detections, self.overlay, self.output)
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
        return self.shows_frames or self.crops is not None

    @property
    def shows_frames(self) -> bool:
        """Whether somebody sees what is drawn."""
        shown = self.output is not None or self.display
        return shown or bool(self.callbacks or self.pixel_format)

    @property
    def hides_boxes(self) -> bool:
        """Whether somebody sees frames in which boxes are hidden."""
        return self.shows_frames and parse_drawing(self.draw).redaction is not None

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
        others = (self.save_detections, self.crops, self.overlay)
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


def read_files(
    source: MediaUrl | None, detections: Path | None
) -> tuple[MediaUrl, ...]:
    """What a run reads, and so may not write."""
    name = str(detections)
    file = MediaUrl("file", file_url(Path(name)), name) if detections else None
    return tuple(filter(None, (source, file)))


def written_files(records: Iterable[str]) -> tuple[Path, ...]:
    """The files of records, without standard output."""
    return tuple(Path(name) for name in records if name != "-")


def refuse_inputs(
    outputs: Iterable[str | Path | None], inputs: tuple[MediaUrl, ...]
) -> None:
    """Fail where records or detections would replace what is read.

    Raises:
        OutputError: one is an input.
    """
    for output in outputs:
        if output is not None and str(output) != "-":
            for url in inputs:
                refuse_same_file(Path(output), url)


def refuse_uncounted(zones: Iterable[LineOrZone], kept: tuple[str, ...]) -> None:
    """Fail where a line or zone counts a class that is not kept.

    Args:
        zones: lines and zones.
        kept: names of the classes that are detected; empty: all.

    Raises:
        UsageError: one does: it would count none for ever.
    """
    for zone in zones if kept else ():
        for name in zone.rule.classes:
            if name not in kept:
                raise UsageError(
                    f"{zone.kind} {zone.name!r} counts class {name!r}, which --classes "
                    "leaves out",
                    hint=f"add it: --classes {','.join((*kept, name))}",
                )


def annotated_video(
    output: Path | None,
    preset: str = "",
    start: Fraction = Fraction(0),
    end: Fraction | None = None,
) -> EncodeSettings | None:
    """Settings of the annotated video; None without one.

    Args:
        output: its file.
        preset: a preset's name; empty: by the file's extension, with a fast encoder.
        start: seconds after the source's start.
        end: likewise.

    Raises:
        UsageError: there is no such preset, or no output for it.
    """
    if output is None:
        if preset:
            raise UsageError("--preset needs --output")
        return None
    chosen = find_preset(preset) if preset else preset_for(output)
    return EncodeSettings(
        preset=chosen,
        video=VideoOptions(options={} if preset else fast_encoder_options(chosen)),
        streams=StreamSelection(audio_copy=chosen.audio_copy),
        start=start,
        end=end,
    )
