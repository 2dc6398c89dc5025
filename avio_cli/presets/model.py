"""What a preset says, as frozen data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

SCHEMA = 1
ENCODER_OPTIONS = frozenset(
    {
        *("preset", "tune", "profile", "level", "g", "bf", "refs"),
        *("b", "maxrate", "bufsize"),
        *("row-mt", "deadline", "cpu-used", "lag-in-frames", "auto-alt-ref"),
        *("tile-columns", "tile-rows", "rc-lookahead", "aq-mode"),
        *("coder", "context", "slices", "slicecrc", "vendor"),
        *("spatial-aq", "temporal-aq", "multipass", "low_power", "quality", "usage"),
    }
)
"""What a preset may set on an encoder: none of these names a file or a command.

x265-params, svtav1-params and the like are not among them: they carry options of their
own, some of which name files (stats, qpfile, csv).
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class HardwareVariant:
    """The same picture made by an encoder on a device."""

    encoder: str
    """ffmpeg's encoder name; its end tells the family: ``h264_nvenc``."""
    quality: int | None = None
    """What the preset's quality is on this encoder's own scale."""
    options: Mapping[str, str] = field(default_factory=dict)
    """Keys of `ENCODER_OPTIONS` and their values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoPreset:
    """How the picture is encoded."""

    encoder: str
    """ffmpeg's encoder name."""
    pixel_formats: tuple[str, ...]
    """What the result may hold; the first is taken where the source has another."""
    quality: int | None = None
    """In the encoder's own scale; lower is better and larger."""
    quality_option: str = "crf"
    """The encoder's name for its quality scale; ``none`` where it has none."""
    even_size: bool = False
    """Whether width and height must be even."""
    options: Mapping[str, str] = field(default_factory=dict)
    """Keys of `ENCODER_OPTIONS` and their values."""
    keyframe_seconds: int | None = None
    """A keyframe at least this often: where a player or server cuts."""
    max_rate: int | None = None
    """Frames a second beyond which some are left out."""
    palette: bool = False
    """Whether the picture gets a palette of its own colours (gif)."""
    keeps_interlacing: bool = False
    """Whether interlaced pictures stay so unless told otherwise."""
    hardware: Mapping[str, HardwareVariant] = field(default_factory=dict)
    """By family: nvenc, vaapi, qsv, videotoolbox, amf."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioPreset:
    """How sound is encoded, where it is not copied."""

    encoder: str
    bit_rate_per_channel: int | None = None
    """Bits a second; None for lossless encoders."""
    max_channels: int | None = None
    """More are mixed down to so many."""
    copy: tuple[str, ...] = ()
    """Codecs left as they are; ``any``: all that the container can hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """What a result shall be: container, picture, sound."""

    name: str
    description: str
    container: str
    """ffmpeg's muxer name."""
    extensions: tuple[str, ...]
    """File name endings for which this preset is meant; lower case, with the dot."""
    video: VideoPreset | None = None
    """None: no picture."""
    audio: AudioPreset | None = None
    """None: no sound."""
    path: Path = Path()
    """Where it was read."""

    @property
    def audio_copy(self) -> tuple[str, ...]:
        """Sound codecs that are left as they are."""
        return self.audio.copy if self.audio else ()
