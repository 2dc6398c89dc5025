"""Parameters of what an encoder gets as input, and how a pipe declares it."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction

from avio_cli.ffmpeg.nut.reader import FOURCCS, NutStream
from avio_cli.media.color import MATRICES, assumed_color, is_full_range
from avio_cli.media.fitting import steady_shape
from avio_cli.media.frame import Frame
from avio_cli.media.info import AudioStream, Color, VideoStream
from avio_cli.media.pixel_names import is_rgb

_TAGS = frozenset(
    "bt709 bt470m bt470bg smpte170m smpte240m film bt2020 smpte428 smpte431 smpte432 "
    "gamma22 gamma28 linear log iec61966-2-1 bt2020-10 bt2020-12 smpte2084 "
    "arib-std-b67 fcc ycgco bt2020nc bt2020c tv pc".split()
)
"""Colour tags that both ffmpeg 5.1 and 9.0 take as option values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoParams:
    """Parameters of an encoder's input video."""

    width: int
    height: int
    pixel_format: str
    """ffmpeg's name."""
    time_base: Fraction
    rate: Fraction | None = None
    """Nominal frame rate, only a hint for the encoder."""
    sample_aspect_ratio: Fraction = Fraction(1)
    color: Color = field(default_factory=Color)
    interlaced: bool = False
    """Whether frames may be interlaced, as the source declares."""
    sent: bool = False
    """Whether Python sends the frames; else ffmpeg decodes them."""
    source_format: str = ""
    """ffmpeg's name of the format that they were decoded from, if Python sends them."""

    steady: str = ""
    """Filters that keep its shape where the source's changes; see `steady_shape`."""

    @classmethod
    def of_stream(cls, video: VideoStream, container: str = "") -> "VideoParams":
        """Parameters of what ffmpeg's own decoder passes to its encoder.

        Args:
            video: the stream.
            container: of its source, where that is decoded in software.
        """
        return cls(
            width=video.width,
            height=video.height,
            pixel_format="yuva420p" if video.alpha_apart else video.pixel_format,
            time_base=video.time_base,
            rate=nominal_rate(video),
            sample_aspect_ratio=video.display_sample_aspect_ratio,
            color=video.color,
            interlaced=video.is_interlaced,
            steady=steady_shape(container, video),
        )

    @classmethod
    def of_frame(cls, frame: Frame, video: VideoStream | None) -> "VideoParams":
        """Parameters of a frame; `video` declares the colours it was decoded from."""
        if video is None:
            return cls(
                width=frame.width,
                height=frame.height,
                pixel_format=frame.pixel_format,
                time_base=frame.time_base,
                sent=True,
            )
        return replace(
            cls.of_stream(video),
            width=frame.width,
            height=frame.height,
            pixel_format=frame.pixel_format,
            time_base=frame.time_base,
            color=_frame_color(frame, video),
            sent=True,
            source_format=video.pixel_format,
            interlaced=False,  # raw frames have no flags: done before
        )

    @property
    def is_rgb(self) -> bool:
        """Whether it must be converted to YUV first."""
        return is_rgb(self.pixel_format)

    @property
    def is_full_range(self) -> bool:
        """Whether it is YUV or grey that uses all levels."""
        return is_full_range(self)


def _frame_color(frame: Frame, video: VideoStream) -> Color:
    """The tags of a frame; RGB video is tagged as what is made of it."""
    if not is_rgb(video.pixel_format):
        return video.color
    if frame.pixel_format.startswith("yuv"):
        return assumed_color(video)
    # Its own tags are of RGB, or absent: the encoder chooses.
    matrix = video.color.matrix
    return replace(video.color, matrix=matrix if matrix in MATRICES else "gbr")


def nominal_rate(video: VideoStream) -> Fraction | None:
    """Frame rate to configure an encoder with; None where unknown."""
    # A slow-motion Matroska file may claim 1000 on average, a sensor stream at
    # least 90000: neither is a frame rate.
    for rate in (video.nominal_rate, video.average_rate):
        if rate is not None and 0 < rate <= 300:
            return rate
    return None


def color_arguments(color: Color, specifier: str) -> Iterator[str]:
    """Colour tags as ffmpeg options; none for what is unspecified."""
    tags = (
        ("color_range", color.range),
        ("colorspace", color.matrix),
        ("color_primaries", color.primaries),
        ("color_trc", color.transfer),
    )
    for name, value in tags:
        if value in _TAGS:
            yield from (f"-{name}{specifier}", value)


def nut_video_stream(params: VideoParams) -> NutStream:
    """Raw frames, as the pipe declares them."""
    return NutStream(
        kind="video",
        fourcc=FOURCCS[params.pixel_format],
        time_base=params.time_base,
        width=params.width,
        height=params.height,
        sample_aspect_ratio=params.sample_aspect_ratio,
        frame_rate=params.rate,
    )


def nut_audio_stream(audio: AudioStream) -> NutStream:
    """Blocks of audio, as the pipe declares them."""
    return NutStream(
        kind="audio",
        fourcc=FOURCCS[audio.codec],
        time_base=audio.time_base,
        sample_rate=audio.sample_rate,
        channels=audio.channels,
    )


def raw_video_stream(params: VideoParams) -> VideoStream:
    """Raw frames, as a source that contains nothing else would hold them."""
    return VideoStream(
        index=0,
        codec="rawvideo",
        time_base=params.time_base,
        coded_width=params.width,
        coded_height=params.height,
        pixel_format=params.pixel_format,
        sample_aspect_ratio=Fraction(1),
        dispositions=frozenset({"default"}),
    )


def shift_for(frame: Frame) -> int:
    """Whole seconds, a whole number of ticks, that make the first time positive."""
    if frame.pts >= 0:
        return 0
    step = frame.time_base.numerator
    return -(frame.time // step) * step


def shape_of(frame: Frame) -> str:
    """What all frames of a pipe must have in common, for messages."""
    size = f"{frame.width}x{frame.height} {frame.pixel_format}"
    return f"{size} with ticks of {frame.time_base} s"
