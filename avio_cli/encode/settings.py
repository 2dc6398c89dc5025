"""Settings of an encoding job, as data."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from avio_cli.encode.video_params import VideoParams
from avio_cli.errors import UsageError
from avio_cli.ffmpeg.probe.filtered import Filtered
from avio_cli.ffmpeg.probe.hdr_metadata import HdrMetadata
from avio_cli.media.container import Container
from avio_cli.media.containers import container_for
from avio_cli.media.info import Ending, MediaInfo
from avio_cli.mux.streams import StreamSelection
from avio_cli.mux.verify import Verification
from avio_cli.presets import Preset

Deinterlacing = Literal["auto", "on", "off"]


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoOptions:
    """Video options of the user that override the preset."""

    encoder: str = ""
    quality: int | None = None
    width: int | None = None
    height: int | None = None
    upscale: bool = False
    rate: Fraction | None = None
    filters: str = ""
    deinterlace: Deinterlacing = "auto"
    """``auto``: frames flagged as interlaced; ``on``: all frames."""
    options: Mapping[str, str] = field(default_factory=dict)
    light: bool = False
    """Whether the preset's encoder shall leave time for other work; not an option."""

    def given(self) -> Iterator[str]:
        """What the user set, by the names that the command line has for it."""
        values = {
            "--video-codec": self.encoder,
            "--quality": self.quality is not None,
            "--width": self.width is not None,
            "--height": self.height is not None,
            "--upscale": self.upscale,
            "--fps": self.rate is not None,
            "--vf": self.filters,
            "--deinterlace": self.deinterlace == "on",
            "--encoder-option": self.options,
        }
        yield from (name for name, value in values.items() if value)


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioOptions:
    """Audio options of the user that override the preset."""

    encoder: str = ""
    filters: str = ""

    def given(self) -> Iterator[str]:
        """As in `VideoOptions`."""
        values = {"--audio-codec": self.encoder, "--af": self.filters}
        yield from (name for name, value in values.items() if value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cadence:
    """How a video fits a container that has one rate, or no start time."""

    late: Fraction
    """Seconds after the start of the result at which the first frame is due."""
    steady: bool
    """Whether each frame has a tick of the rate for itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodeSettings:
    """What to encode and how."""

    preset: Preset
    video: VideoOptions = field(default_factory=VideoOptions)
    audio: AudioOptions = field(default_factory=AudioOptions)
    streams: StreamSelection = field(default_factory=StreamSelection)
    start: Fraction = Fraction(0)
    """Seconds after the source's start where the output starts."""
    end: Fraction | None = None
    keyframe_preroll: Fraction = Fraction(0)
    """For a stream copy that starts with a keyframe: seconds between its decoding
    and its presentation time. Without it ffmpeg drops the keyframe as too early."""
    copied_packets: Mapping[int, int] = field(default_factory=dict)
    """For a copied video's index: how many packets are copied, if the end cuts it."""
    hidden_audio: Mapping[int, int] = field(default_factory=dict)
    """For an audio stream's index: how many packets at its start an edit list hides,
    where the container cannot hide them again."""
    audio_lead: Fraction = Fraction(0)
    """Seconds before the start from which audio must be read: ffmpeg 9.0 skips so much
    of an MP4's audio wherever decoding starts."""
    audio_changes: bool = False
    """Whether the rate or channels of audio change midway that silence is to fill."""
    video_lead: Fraction = Fraction(0)
    """Seconds before the start at which the keyframe is decoded that it needs: MP4
    finds keyframes by when they are decoded, and might begin with one shown later."""
    verify: Verification = "quick"
    metadata: Mapping[str, str] = field(default_factory=dict)
    """Added to the source's metadata."""
    hdr_metadata: HdrMetadata | None = None
    """An HDR10 source's metadata, for encoders that ffmpeg does not pass it to."""
    filtered: Filtered | None = None
    """What the user's filters make of the colours; None: what they were."""
    generate_pts: bool = False
    """Whether ffmpeg makes presentation times for a copy, where packets lack them."""
    pts_filter: str = ""
    """A bitstream filter that corrects them; empty: they are right."""
    ending: Ending | None = None
    """The source's last frame, where its duration is unlike that of others, or the rate
    is constant."""
    moves_frames: bool = False
    """Whether frames whose times are not after the one before are moved behind it."""
    cadences: Mapping[int, Cadence] = field(default_factory=dict)
    """Of videos, by index, where the container has one rate, or no start time."""
    decoder: str = ""
    """The hardware decoder, where ffmpeg alone decodes the source: a key of
    `ACCELERATORS`; empty: software."""

    @property
    def container(self) -> Container:
        """The container of the preset's muxer."""
        return container_for(self.preset.container)


@dataclass(frozen=True, slots=True, kw_only=True)
class PipedVideo:
    """The frames of the first video stream, piped to ffmpeg's stdin."""

    params: VideoParams
    shift: int
    """Whole seconds that were added to their timestamps."""
    first: Fraction = Fraction(0)
    """Seconds: the first one's timestamp in the pipe."""


def check_range(start: Fraction, end: Fraction | None, info: MediaInfo) -> None:
    """Fail early on a range that is not in the source.

    Raises:
        UsageError: it ends before it starts, or starts after the source's end.
    """
    if end is not None and end <= start:
        raise UsageError(
            f"--end ({float(end):g} s) is not after --start ({float(start):g} s)"
        )
    if info.duration is not None and start >= info.duration > 0:
        raise UsageError(
            f"--start ({float(start):g} s) is after the end of {info.source} "
            f"({float(info.duration):.2f} s)"
        )
