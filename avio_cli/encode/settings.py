"""What is encoded and how, as data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from avio_cli.encode.video_params import VideoParams
from avio_cli.errors import UsageError
from avio_cli.ffmpeg.probe.hdr_metadata import HdrMetadata
from avio_cli.ffmpeg.url import MediaUrl
from avio_cli.media.containers import Container, container_for
from avio_cli.media.info import MediaInfo
from avio_cli.mux.streams import StreamSelection
from avio_cli.mux.verify import Verification
from avio_cli.presets import Preset

Deinterlacing = Literal["auto", "on", "off"]


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoOptions:
    """What a user wants otherwise than the preset says."""

    encoder: str = ""
    quality: int | None = None
    width: int | None = None
    height: int | None = None
    upscale: bool = False
    rate: Fraction | None = None
    filters: str = ""
    deinterlace: Deinterlacing = "auto"
    """``auto``: pictures that say they are interlaced; ``on``: all."""
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RemuxSource:
    """The file whose first film is replaced by our frames; all else is kept."""

    address: MediaUrl
    """Must be a file: a second child reads it from the start."""
    info: MediaInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioOptions:
    """What a user wants of the sound otherwise than the preset says."""

    encoder: str = ""
    filters: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodeSettings:
    """How a result is to be made."""

    preset: Preset
    video: VideoOptions = field(default_factory=VideoOptions)
    audio: AudioOptions = field(default_factory=AudioOptions)
    streams: StreamSelection = field(default_factory=StreamSelection)
    start: Fraction = Fraction(0)
    """Seconds after the source's start where the result begins."""
    end: Fraction | None = None
    keyframe_preroll: Fraction = Fraction(0)
    """Of a copy that begins with a keyframe: seconds by which it is decoded before
    it is shown. Without it ffmpeg drops the keyframe as too early."""
    verify: Verification = "quick"
    metadata: Mapping[str, str] = field(default_factory=dict)
    """Added to what the source carries."""
    hdr_metadata: HdrMetadata | None = None
    """What an HDR10 source says of its light, for encoders that must be told."""
    decoder: str = ""
    """What decodes the source, where ffmpeg alone does: a key of `ACCELERATORS`;
    empty: software."""

    @property
    def container(self) -> Container:
        """What the preset's muxer can hold."""
        return container_for(self.preset.container)


@dataclass(frozen=True, slots=True, kw_only=True)
class PipedVideo:
    """The first film's pictures, coming from us on stdin."""

    params: VideoParams
    shift: int
    """Whole seconds that were added to their times."""


def check_range(start: Fraction, end: Fraction | None, info: MediaInfo) -> None:
    """Fail early on a stretch that the source does not have.

    Raises:
        UsageError: it ends before it begins, or begins after the source's end.
    """
    if end is not None and end <= start:
        raise UsageError(
            f"--end ({float(end):g} s) is not after --start ({float(start):g} s)"
        )
    if info.duration is not None and start >= info.duration > 0:
        raise UsageError(
            f"--start ({float(start):g} s) is behind the end of {info.source} "
            f"({float(info.duration):.2f} s)"
        )
