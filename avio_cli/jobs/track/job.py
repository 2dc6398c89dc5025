"""Settings of a tracking run: frozen before any work starts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from avio_cli.callbacks.step import CallbackStep
from avio_cli.encode.settings import EncodeSettings, VideoOptions
from avio_cli.encode.video import fast_encoder_options
from avio_cli.errors import UsageError
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.mux.streams import StreamSelection
from avio_cli.presets import find_preset, preset_for
from avio_cli.records.formats import RecordTarget, plan_records
from avio_cli.vision.annotators.draw import DRAWABLE
from avio_cli.vision.counting.zones import LineOrZone

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
    iou_threshold: float = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackerOptions:
    """Which tracker, and its options as text."""

    name: str = "bytetrack"
    options: Mapping[str, str] = field(default_factory=dict)


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
    draw: tuple[str, ...] = DRAWABLE
    output: Path | None = None
    """The annotated video; None for none."""
    encoding: EncodeSettings | None = None
    """How it is encoded; needed with `output`."""
    records: tuple[str, ...] = ()
    """Files of records; ``-`` is stdout."""
    records_format: str = ""
    """A format's name; empty: by each file's extension."""
    save_detections: Path | None = None
    callbacks: tuple[CallbackStep, ...] = ()
    display: bool = False
    """Whether frames are shown in a window as they are tracked."""
    start: Fraction = Fraction(0)
    end: Fraction | None = None
    hwaccel: str = "none"
    """What may decode: one of `avio_cli.decode.acceleration.CHOICES`."""
    force: bool = False
    resume: bool = False
    """Whether to continue an interrupted run."""
    allow_damaged: bool = False

    def __post_init__(self) -> None:
        if self.stride < 1:
            raise UsageError(f"--stride must be at least 1, not {self.stride}")
        unknown = sorted(set(self.draw) - set(DRAWABLE))
        if unknown:
            raise UsageError(
                f"nothing called {unknown[0]!r} can be drawn",
                hint=f"choose from {', '.join(DRAWABLE)}",
            )
        if self.output is not None and self.encoding is None:
            raise UsageError("an annotated video needs settings to encode it with")

    @property
    def needs_full_frames(self) -> bool:
        """Whether full frames are needed, or only the detector's view."""
        return self.output is not None or bool(self.callbacks) or self.display

    @property
    def has_file_output(self) -> bool:
        """Whether anything is written: the run continues without a window."""
        return bool(self.output or self.records or self.save_detections)

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
