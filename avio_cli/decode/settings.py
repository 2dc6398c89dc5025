"""Settings for reading a source: ranges, sizes, pixel and sample formats."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

from avio_cli.errors import InputError, UsageError
from avio_cli.media.filters import retiming_filter
from avio_cli.media.fitting import RESIZES, Placement, place
from avio_cli.media.info import AudioStream, MediaInfo, VideoStream
from avio_cli.media.pixel_formats import PIXEL_FORMATS

FILTERED_TIME_BASE = Fraction(1, 90000)
"""Ticks for times that a user's filter may have changed: the source's own base
would be wrong for ``fps=30`` (0, 0.000012, 0.1 … with ffmpeg 5.1 and 9.0)."""


BWDIF_INTERLACED = "bwdif=mode=send_frame:deint=interlaced"
"""Outputs one frame for two fields, where frames are flagged as interlaced."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectorView:
    """A second, small image of each frame: the input of a detector."""

    width: int
    height: int
    pad: int = 114
    """Grey level of what is not covered, 0 to 255."""
    resize: str = "letterbox"
    """How the frame is placed: a key of `avio_cli.media.fitting.RESIZES`."""

    def __post_init__(self) -> None:
        if self.resize not in RESIZES:
            raise UsageError(
                f"unknown resize {self.resize!r}", hint=f"known: {', '.join(RESIZES)}"
            )

    def placement(self, width: int, height: int) -> Placement:
        """Where a frame of the given size is inside the view."""
        return place((width, height), (self.width, self.height), self.resize)

    def scaled_size(self, width: int, height: int) -> tuple[int, int]:
        """Width and height of a frame of the given size inside the view."""
        inner = self.placement(width, height)
        return inner.width, inner.height

    def filters(self, width: int, height: int) -> str:
        """The ffmpeg filter chain for frames of the given size."""
        inner = self.placement(width, height)
        grey = f"0x{self.pad:02x}{self.pad:02x}{self.pad:02x}"
        return (
            f"scale={inner.width}:{inner.height}:flags=bilinear,format=bgr24,"
            f"pad={self.width}:{self.height}:{inner.left}:{inner.top}:color={grey}"
        )

    def filters_on_cuda(self, width: int, height: int, tag: str = "") -> str:
        """The same for frames on the GPU: only the small one is downloaded.

        Args:
            width: of the frames.
            height: of the frames.
            tag: a filter for what was downloaded, before it becomes RGB.
        """
        inner_width, inner_height = self.scaled_size(width, height)
        # The GPU scales to even sizes only; the rest is done afterwards.
        even = f"{inner_width + inner_width % 2}:{inner_height + inner_height % 2}"
        chain = (
            f"scale_cuda={even}:interp_algo=bilinear:format=nv12",
            "hwdownload,format=nv12",
            tag,
            self.filters(width, height),
        )
        return ",".join(filter(None, chain))


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioFormat:
    """The requested audio format; ffmpeg resamples and mixes to it."""

    sample_rate: int = 48000
    channels: int = 2
    track: int = 0
    """Which of the source's audio tracks, counted from 0."""
    filters: str = ""
    """ffmpeg filters for the audio, as a user would write them after ``-af``."""
    speed: Fraction = Fraction(1)
    """How fast it will be played, pitch kept. Times stay those of the source, and
    `AudioBlock.sample_rate` counts the samples in a second of the source."""


class PacketTap(Protocol):
    """Takes the packets of a video beside its frames."""

    def open(self, shift: int) -> tuple[int, int]:
        """Begin with another opening of the source.

        Args:
            shift: whole seconds that are added to all times.

        Returns:
            Its number, as in `Frame.packet`; and a descriptor to which the decoder
            writes them as NUT, and which is closed by who asked.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderSettings:
    """How a source is to be read."""

    pixel_format: str = "bgr24"
    """A key of `avio_cli.media.pixel_formats.PIXEL_FORMATS`."""
    video_track: int = 0
    """Which video track of the source, counted from 0 without cover art."""
    view: DetectorView | None = None
    """A second image of each frame; None for none."""
    view_only: bool = False
    """Whether only the view is read: ``Frame.planes`` is then the view as well."""
    audio: AudioFormat | None = None
    """Audio in addition to the video; None for none."""
    start: Fraction = Fraction(0)
    """Seconds after the source's start; the first frame is at or after it."""
    end: Fraction | None = None
    """Seconds after the source's start; the last frame is before it."""
    video_filter: str = ""
    """ffmpeg filters for the video, as a user would write them after ``-vf``."""
    video_range: str = ""
    """``pc`` or ``tv`` where the filters convert YUV to it; empty: the source's."""
    deinterlace: str = ""
    """A filter that runs before all others and leaves times as they are."""
    blend: str = ""
    """Filters that blend what is transparent over black; they change no time."""
    tone_map: str = ""
    """Filters from HDR to SDR, before those of the user; they leave times as they are,
    and give BT.709 of limited range."""
    least_step: Fraction | None = None
    """Seconds to the next frame where that is not later, as a container needs them;
    None: whatever ffmpeg makes of such times."""
    hardware: str = ""
    """What decodes: a key of `ACCELERATORS`; empty: software."""
    may_fall_back: bool = False
    """Whether software continues, from the same frame, where hardware fails."""
    subtitles: str = ""
    """A filter that draws subtitles over the video, and changes no time."""
    input_options: tuple[str, ...] = ()
    """Further options of ffmpeg for the source."""
    packets: PacketTap | None = None
    """Gets the packets of the video, too."""

    @property
    def sought(self) -> Fraction:
        """Seconds after the source's start that decoding may seek to.

        Filters that change times must see the source from its start: a seek would give
        them another first frame, or land after what they show at that time.
        """
        return Fraction(0) if retiming_filter(self.video_filter) else self.start

    def __post_init__(self) -> None:
        if self.pixel_format not in PIXEL_FORMATS:
            known = ", ".join(sorted(PIXEL_FORMATS))
            raise UsageError(
                f"unknown pixel format {self.pixel_format!r}", hint=f"known: {known}"
            )
        if self.view_only and self.view is None:
            raise UsageError("view_only needs a view")
        if self.end is not None and self.end <= self.start:
            raise UsageError(
                f"the end ({float(self.end):g} s) is not after "
                f"the start ({float(self.start):g} s)"
            )


def select_video(info: MediaInfo, track: int) -> VideoStream:
    """Pick the video track to read.

    Raises:
        InputError: the source has none, or not so many.
    """
    videos = info.videos
    if not videos:
        raise InputError(f"{info.source} has no video", hint=_available_streams(info))
    if track >= len(videos):
        raise InputError(
            f"{info.source} has no video track number {track}",
            hint=f"it has {len(videos)}, counted from 0",
        )
    return videos[track]


def select_audio(info: MediaInfo, track: int) -> AudioStream:
    """Pick the audio track to read.

    Raises:
        InputError: the source has none, or not so many.
    """
    if not info.audios:
        raise InputError(f"{info.source} has no audio")
    if track >= len(info.audios):
        raise InputError(
            f"{info.source} has no audio track number {track}",
            hint=f"it has {len(info.audios)}, counted from 0",
        )
    return info.audios[track]


def time_base_of(video: VideoStream, settings: ReaderSettings) -> Fraction:
    """The time base that frames will have."""
    return FILTERED_TIME_BASE if settings.video_filter else video.time_base


def _available_streams(info: MediaInfo) -> str:
    kinds = [
        name
        for name, streams in (
            ("cover art", info.covers),
            ("audio", info.audios),
            ("subtitles", info.subtitles),
        )
        if streams
    ]
    return f"it contains {' and '.join(kinds)}" if kinds else ""
