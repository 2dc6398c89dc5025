"""Parts of a tracking run's settings: its detector, and how its video is encoded."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from avio_cli.encode.settings import EncodeSettings, VideoOptions
from avio_cli.errors import UsageError
from avio_cli.mux.streams import StreamSelection
from avio_cli.presets import find_preset, preset_for

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

    @property
    def files(self) -> tuple[str | Path | None, ...]:
        """What is read, as far as it is a file and no name."""
        return self.detections, self.model, self.trt


def annotated_video(
    output: Path | None,
    preset: str = "",
    start: Fraction = Fraction(0),
    end: Fraction | None = None,
) -> EncodeSettings | None:
    """Settings of the annotated video; None without one.

    Args:
        output: its file.
        preset: a preset's name; empty: by the file's extension, with a light encoder.
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
        video=VideoOptions(light=not preset),
        streams=StreamSelection(audio_copy=chosen.audio_copy),
        start=start,
        end=end,
    )
