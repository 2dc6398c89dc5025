"""Presets as frozen data."""

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
"""Encoder options that a preset may set: none of these names a file or a command.

x265-params, svtav1-params and the like are not among them: they contain further
options, some of which name files (stats, qpfile, csv).
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class HardwareVariant:
    """A hardware encoder to replace the software encoder."""

    encoder: str
    """ffmpeg's encoder name; its ending is the family: ``h264_nvenc``."""
    quality: int | None = None
    """The preset's quality on this encoder's own scale."""
    options: Mapping[str, str] = field(default_factory=dict)
    """Keys of `ENCODER_OPTIONS` and their values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoPreset:
    """How video is encoded."""

    encoder: str
    """ffmpeg's encoder name."""
    pixel_formats: tuple[str, ...]
    """Output pixel formats; the first is used where the source has another."""
    quality: int | None = None
    """On the encoder's own scale; lower is better and larger."""
    quality_option: str = "crf"
    """The encoder option for quality; ``none`` where it has none."""
    even_size: bool = False
    """Whether width and height must be even."""
    options: Mapping[str, str] = field(default_factory=dict)
    """Keys of `ENCODER_OPTIONS` and their values."""
    keyframe_seconds: int | None = None
    """Maximum keyframe interval: where a player or server cuts."""
    max_rate: int | None = None
    """Maximum frame rate; frames beyond it are dropped."""
    palette: bool = False
    """Whether the video gets its own palette (gif)."""
    keeps_interlacing: bool = False
    """Whether interlaced frames stay so unless the user requests otherwise."""
    hardware: Mapping[str, HardwareVariant] = field(default_factory=dict)
    """By family: nvenc, vaapi, qsv, videotoolbox, amf."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioPreset:
    """How audio is encoded, where it is not copied."""

    encoder: str
    bit_rate_per_channel: int | None = None
    """Bits a second; None for lossless encoders."""
    max_channels: int | None = None
    """More channels are downmixed to this number."""
    copy: tuple[str, ...] = ()
    """Codecs to copy; ``any``: all that the container can hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """Settings of an output: container, video, audio."""

    name: str
    description: str
    container: str
    """ffmpeg's muxer name."""
    extensions: tuple[str, ...]
    """File name extensions that select this preset; lower case, with the dot."""
    video: VideoPreset | None = None
    """None: no video."""
    audio: AudioPreset | None = None
    """None: no audio."""
    path: Path = Path()
    """The file it was read from."""

    @property
    def audio_copy(self) -> tuple[str, ...]:
        """Audio codecs that are copied."""
        return self.audio.copy if self.audio else ()
