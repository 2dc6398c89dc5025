"""What to ask of the decoding ffmpeg: settings, and the command they become."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from avio_cli.errors import InputError, UsageError
from avio_cli.ffmpeg.address import Address
from avio_cli.ffmpeg.command import QUIET, Command, Output, source_input
from avio_cli.ffmpeg.hardware import ACCELERATORS
from avio_cli.media import AudioStream, MediaInfo, VideoStream
from avio_cli.pixel_formats import PIXEL_FORMATS

FILTERED_TIME_BASE = Fraction(1, 90000)
"""Ticks for times that a user's filter may have changed: the source's own base
would be wrong for ``fps=30`` (0, 0.000012, 0.1 … with ffmpeg 5.1 and 9.0)."""

_NUT = ("-map_metadata", "-1", "-map_chapters", "-1", "-write_index", "0", "-f", "nut")
"""Nothing but pictures or sound; an index would keep 230 bytes a frame in memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A second, small picture of each frame, as a detector wants it.

    The frame is scaled to fit, keeps its shape, and sits at the top left.
    """

    width: int
    height: int
    pad: int = 114
    """Grey level of what is not covered, 0 to 255."""

    def scaled_size(self, width: int, height: int) -> tuple[int, int]:
        """Width and height that a frame of the given size has inside the view."""
        ratio = min(Fraction(self.width, width), Fraction(self.height, height))
        return max(1, int(width * ratio)), max(1, int(height * ratio))

    def filters(self, width: int, height: int) -> str:
        """The ffmpeg filter chain for frames of the given size."""
        inner_width, inner_height = self.scaled_size(width, height)
        grey = f"0x{self.pad:02x}{self.pad:02x}{self.pad:02x}"
        return (
            f"scale={inner_width}:{inner_height}:flags=bilinear,format=bgr24,"
            f"pad={self.width}:{self.height}:0:0:color={grey}"
        )

    def filters_on_cuda(self, width: int, height: int) -> str:
        """The same for pictures on the card: only the small one is fetched."""
        inner_width, inner_height = self.scaled_size(width, height)
        # The card makes even sizes only; what is missing is done afterwards.
        even = f"{inner_width + inner_width % 2}:{inner_height + inner_height % 2}"
        return (
            f"scale_cuda={even}:interp_algo=bilinear:format=nv12,"
            f"hwdownload,format=nv12,{self.filters(width, height)}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioFormat:
    """How sound is wanted; ffmpeg resamples and mixes to it."""

    sample_rate: int = 48000
    channels: int = 2
    track: int = 0
    """Which of the source's sound tracks, counted from 0."""
    filters: str = ""
    """ffmpeg filters for the sound, as a user would write them after ``-af``."""
    speed: Fraction = Fraction(1)
    """How fast it will be played, pitch kept. Times stay those of the source, and
    `AudioBlock.sample_rate` counts the samples in a second of the source."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderSettings:
    """How a source is to be read."""

    pixel_format: str = "bgr24"
    """A key of `avio_cli.pixel_formats.PIXEL_FORMATS`."""
    video_track: int = 0
    """Which film of the source, counted from 0 without cover art."""
    view: View | None = None
    """A second picture of each frame; None for none."""
    view_only: bool = False
    """Whether only the view travels: ``Frame.planes`` is then the view as well."""
    audio: AudioFormat | None = None
    """Sound beside the picture; None for none."""
    start: Fraction = Fraction(0)
    """Seconds after the source's start; the first frame is at or after it."""
    end: Fraction | None = None
    """Seconds after the source's start; the last frame is before it."""
    video_filter: str = ""
    """ffmpeg filters for the picture, as a user would write them after ``-vf``."""
    deinterlace: str = ""
    """A filter that runs before all others and leaves times as they are."""
    hardware: str = ""
    """What decodes: a key of `ACCELERATORS`; empty: software."""
    may_fall_back: bool = False
    """Whether software goes on, from the same frame, where hardware fails."""
    subtitles: str = ""
    """A filter that draws subtitles over the picture, and changes no time."""
    input_options: tuple[str, ...] = ()
    """Further options of ffmpeg for the source."""

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
    """Pick the film to read.

    Raises:
        InputError: the source has none, or not so many.
    """
    videos = info.videos
    if not videos:
        raise InputError(f"{info.source} has no video", hint=_what_there_is(info))
    if track >= len(videos):
        raise InputError(
            f"{info.source} has no video track number {track}",
            hint=f"it has {len(videos)}, counted from 0",
        )
    return videos[track]


def select_audio(info: MediaInfo, track: int) -> AudioStream:
    """Pick the sound to read.

    Raises:
        InputError: the source has none, or not so many.
    """
    if not info.audios:
        raise InputError(f"{info.source} has no sound")
    if track >= len(info.audios):
        raise InputError(
            f"{info.source} has no sound track number {track}",
            hint=f"it has {len(info.audios)}, counted from 0",
        )
    return info.audios[track]


def decode_command(
    address: Address,
    info: MediaInfo,
    settings: ReaderSettings,
    *,
    seek: Fraction,
    shift: int,
    audio_descriptor: int | None = None,
) -> Command:
    """Build the one ffmpeg that sends pictures, and sound on a descriptor of its own.

    Args:
        address: what to read.
        info: what the probe found there.
        settings: what is wanted.
        seek: seconds after the source's start at which decoding begins; 0: no seek.
        shift: whole seconds added to all times, because NUT knows no negative ones.
        audio_descriptor: where the child shall write sound; None for nowhere.
    """
    seeking = ("-ss", f"{float(seek):.6f}") if seek > 0 else ()
    video = select_video(info, settings.video_track)
    hardware, devices = _hardware(video, settings)
    options = (*settings.input_options, *hardware, *seeking, "-copyts")
    outputs = [_picture_output(info, settings, shift)]
    if audio_descriptor is not None and settings.audio is not None:
        outputs.append(_sound_output(settings.audio, shift, audio_descriptor))
    source = source_input(address, options)
    return Command((source,), tuple(outputs), (*QUIET, *devices))


def _hardware(
    video: VideoStream, settings: ReaderSettings
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Options before the input, and global ones."""
    if not settings.hardware:
        return (), ()
    row = ACCELERATORS[settings.hardware]
    keep = stays_on_card(video, settings)
    return row.input_options(keep=keep), row.device_options()


def stays_on_card(video: VideoStream, settings: ReaderSettings) -> bool:
    """Whether pictures are scaled on an NVIDIA card before they are fetched.

    Filters of ffmpeg's own (turning) and of users run in software.
    """
    filters = settings.video_filter or settings.deinterlace or settings.subtitles
    plain = not (filters or video.rotation)
    return settings.hardware == "cuda" and settings.view is not None and plain


def sound_command(
    address: Address, settings: ReaderSettings, *, seek: Fraction, shift: int
) -> Command:
    """Build the ffmpeg that sends sound alone, on its stdout.

    Args:
        address: what to read.
        settings: what is wanted; its `audio` must be there.
        seek: seconds after the source's start at which decoding begins; 0: no seek.
        shift: whole seconds added to all times, because NUT knows no negative ones.
    """
    seeking = ("-ss", f"{float(seek):.6f}") if seek > 0 else ()
    options = (*settings.input_options, *seeking, "-copyts")
    audio = settings.audio or AudioFormat()
    return Command((source_input(address, options),), (_sound_output(audio, shift, 1),))


def time_base_of(video: VideoStream, settings: ReaderSettings) -> Fraction:
    """The time base that frames will have."""
    return FILTERED_TIME_BASE if settings.video_filter else video.time_base


def _picture_output(info: MediaInfo, settings: ReaderSettings, shift: int) -> Output:
    video = select_video(info, settings.video_track)
    base = time_base_of(video, settings)
    return Output(
        "pipe:1",
        (
            *_maps(video, settings),
            # A literal base: -1 is refused by 9.0 and `demux` by 5.1.
            *("-fps_mode", "passthrough"),
            *("-enc_time_base:v", f"{base.numerator}/{base.denominator}"),
            # One thread hands pictures on faster than several do (5.1 and 9.0).
            *("-c:v", "rawvideo", "-threads:v", "1"),
            *(("-output_ts_offset", str(shift)) if shift else ()),
            *_NUT,
        ),
    )


def _maps(video: VideoStream, settings: ReaderSettings) -> Iterator[str]:
    selector = f"0:V:{settings.video_track}"
    number = 0
    if not settings.view_only:
        yield from ("-map", selector, "-pix_fmt:v:0", _wire_format(video, settings))
        if chain := _picture_chain(video, settings):
            yield from ("-filter:v:0", chain)
        number = 1
    if settings.view is not None:
        yield from ("-map", selector, f"-filter:v:{number}")
        yield _view_chain(video, settings, settings.view)
        yield from (f"-pix_fmt:v:{number}", "bgr24")


def _picture_chain(video: VideoStream, settings: ReaderSettings) -> str:
    if stays_on_card(video, settings):
        return f"hwdownload,format={'p010le' if video.bit_depth > 8 else 'nv12'}"
    chain = (settings.deinterlace, settings.video_filter, settings.subtitles)
    return ",".join(filter(None, chain))


def _view_chain(video: VideoStream, settings: ReaderSettings, view: View) -> str:
    if stays_on_card(video, settings):
        return view.filters_on_cuda(video.width, video.height)
    own = view.filters(video.width, video.height)
    chain = (settings.deinterlace, settings.video_filter, own)
    return ",".join(filter(None, chain))


def is_full_range_yuv(video: VideoStream) -> bool:
    """Whether the picture is YUV that uses all levels from 0 to 255."""
    name = video.pixel_format
    return name.startswith("yuvj") or (
        name.startswith("yuv") and video.color.range == "pc"
    )


def _wire_format(video: VideoStream, settings: ReaderSettings) -> str:
    # Full-range 4:2:0 is called yuvj420p by ffmpeg's decoders: asking for yuv420p
    # would squeeze it into limited range.
    wanted = settings.pixel_format
    if is_full_range_yuv(video) and wanted in ("yuv420p", "yuv422p", "yuv444p"):
        return wanted.replace("yuv", "yuvj")
    return wanted


def _sound_output(audio: AudioFormat, shift: int, descriptor: int) -> Output:
    return Output(
        f"pipe:{descriptor}",
        (
            *("-map", f"0:a:{audio.track}", "-c:a", "pcm_s16le"),
            *("-ar", str(audio.sample_rate), "-ac", str(audio.channels)),
            *(("-filter:a", chain) if (chain := sound_filters(audio)) else ()),
            *(("-output_ts_offset", str(shift)) if shift else ()),
            *_NUT,
        ),
    )


def sound_filters(audio: AudioFormat) -> str:
    """The ffmpeg filter chain for sound; empty where nothing is to be done."""
    parts = [audio.filters] if audio.filters else []
    if audio.speed != 1:
        # atempo counts samples only: a gap would shift all that comes after it.
        parts.append("aresample=async=1")
        # Above 2 it skips samples, below 0.5 it refuses (ffmpeg 5.1): two in a row.
        steps = 1 if Fraction(1, 2) <= audio.speed <= 2 else 2
        tempo = float(audio.speed) ** (1 / steps)
        parts += [f"atempo={tempo:.6f}"] * steps
    return ",".join(parts)


def _what_there_is(info: MediaInfo) -> str:
    kinds = [
        name
        for name, streams in (
            ("cover art", info.covers),
            ("sound", info.audios),
            ("subtitles", info.subtitles),
        )
        if streams
    ]
    return f"it holds {' and '.join(kinds)}" if kinds else ""
