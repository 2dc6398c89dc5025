"""Build the command of the decoding ffmpeg from the settings."""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from avio_cli.decode.live.kinds import fitted, live_inputs
from avio_cli.decode.pipe_format import ffmpeg_format, pipe_format
from avio_cli.decode.settings import (
    AudioFormat,
    DetectorView,
    ReaderSettings,
    select_video,
    time_base_of,
)
from avio_cli.ffmpeg.clock import Clock
from avio_cli.ffmpeg.command import QUIET, Command, Output
from avio_cli.ffmpeg.hardware.accelerators import ACCELERATORS
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.time_order import increasing_times
from avio_cli.media.color import (
    back_to_yuv_filter,
    from_rgb_filter,
    is_full_range,
    is_grey,
    limited_grey_filter,
    tag_filter,
)
from avio_cli.media.fitting import steady_shape
from avio_cli.media.info import MediaInfo, VideoStream
from avio_cli.media.pixel_formats import PIXEL_FORMATS
from avio_cli.media.pixel_names import is_rgb

_NUT = ("-map_metadata", "-1", "-map_chapters", "-1", "-write_index", "0", "-f", "nut")
"""Nothing but frames or audio; an index would keep 230 bytes a frame in memory."""

_SAME_LUMA = "setparams=colorspace=unknown"
"""Before YUV becomes grey, which ffmpeg 9.0 converts to the luma of BT.601 where the
tag is another one: by up to 33 levels of 255."""

_EARLY = Fraction(1)
"""Seconds before the start: a deinterlacer needs what was shown before."""


def decode_command(
    source: MediaSource,
    settings: ReaderSettings,
    *,
    seek: Fraction,
    shift: int,
    audio_descriptor: int | None = None,
    packet_descriptor: int | None = None,
) -> Command:
    """Build the ffmpeg command that sends frames, and audio on another descriptor.

    Args:
        source: what to read.
        settings: what is wanted.
        seek: seconds after the source's start at which decoding starts; 0: no seek.
        shift: whole seconds added to all times, because NUT has no negative ones.
        audio_descriptor: where the child writes audio; None for nowhere.
        packet_descriptor: likewise the packets of the video.
    """
    video = select_video(source.info, settings.video_track)
    seeking = source.seek(seek)
    clock, times = source.clock(seeking), source.clock(seeking).restored(shift)
    settings = _in_first_size(_without_beginning(settings, clock), source, video)
    hardware, devices = _hardware(video, settings)
    options = (*live_inputs(source), *settings.input_options, *hardware, *seeking)
    outputs = [_video_output(source.info, settings, times)]
    if audio_descriptor is not None and settings.audio is not None:
        outputs.append(_audio_output(settings.audio, times, audio_descriptor))
    if packet_descriptor is not None:
        number = source.info.video_number(settings.video_track)
        outputs.append(_packet_output(number, times, packet_descriptor))
    outputs += clock.outputs
    globals_ = (*QUIET, *devices, *clock.options)
    return Command((source.input(options),), tuple(outputs), globals_)


def _without_beginning(settings: ReaderSettings, clock: Clock) -> ReaderSettings:
    """Have ffmpeg drop what is well before the start, where it cannot seek."""
    start = settings.start - _EARLY
    if not clock.continues or start <= 0:
        return settings
    cut = f"trim=start={float(start):.6f}"
    first = f"{cut},{settings.deinterlace}" if settings.deinterlace else cut
    if (audio := settings.audio) is not None:
        filters = f"a{cut},{audio.filters}" if audio.filters else f"a{cut}"
        audio = replace(audio, filters=filters)
    return replace(settings, deinterlace=first, audio=audio)


def _in_first_size(
    settings: ReaderSettings, source: MediaSource, video: VideoStream
) -> ReaderSettings:
    """Have ffmpeg keep the size of a live source, which may change."""
    if not (fit := fitted(source, video)):
        return settings
    first = f"{fit},{settings.deinterlace}" if settings.deinterlace else fit
    return replace(settings, deinterlace=first)


def _hardware(
    video: VideoStream, settings: ReaderSettings
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Options before the input, and global ones."""
    if not settings.hardware:
        return (), ()
    row = ACCELERATORS[settings.hardware]
    keep = stays_on_gpu(video, settings)
    return row.input_options(keep=keep), row.device_options()


def stays_on_gpu(video: VideoStream, settings: ReaderSettings) -> bool:
    """Whether frames are scaled on an NVIDIA GPU before they are downloaded.

    ffmpeg's own filters (rotation, mirroring) and those of users run in software.
    """
    early = settings.deinterlace or settings.blend or settings.tone_map
    filters = early or settings.video_filter or settings.subtitles
    plain = not filters and video.is_upright
    return settings.hardware == "cuda" and settings.view is not None and plain


def audio_command(
    source: MediaSource, settings: ReaderSettings, *, seek: Fraction, shift: int
) -> Command:
    """Build the ffmpeg command that sends only audio, on its stdout.

    Args:
        source: what to read.
        settings: what is wanted; its `audio` must be set.
        seek: seconds after the source's start at which decoding starts; 0: no seek.
        shift: whole seconds added to all times, because NUT has no negative ones.
    """
    seeking = source.seek(seek)
    options = (*live_inputs(source), *settings.input_options, *seeking)
    clock = source.clock(seeking)
    settings = _without_beginning(settings, clock)
    audio = settings.audio or AudioFormat()
    output = _audio_output(audio, clock.restored(shift), 1)
    outputs = (output, *clock.outputs)
    return Command((source.input(options),), outputs, (*QUIET, *clock.options))


def _video_output(
    info: MediaInfo, settings: ReaderSettings, times: tuple[str, ...]
) -> Output:
    video = select_video(info, settings.video_track)
    base = time_base_of(video, settings)
    return Output(
        "pipe:1",
        (
            *_maps(info, video, settings),
            # A literal base: -1 is refused by 9.0 and `demux` by 5.1.
            *("-fps_mode", "passthrough"),
            *("-enc_time_base:v", f"{base.numerator}/{base.denominator}"),
            # One thread passes frames on faster than several do (5.1 and 9.0).
            *("-c:v", "rawvideo", "-threads:v", "1"),
            *times,
            *_NUT,
        ),
    )


def _maps(
    info: MediaInfo, video: VideoStream, settings: ReaderSettings
) -> Iterator[str]:
    selector = f"0:V:{info.video_number(settings.video_track)}"
    shape = "" if settings.hardware else steady_shape(info.container, video)
    number = 0
    if not settings.view_only:
        yield from (
            "-map",
            selector,
            "-pix_fmt:v:0",
            ffmpeg_format(video, settings),
        )
        if chain := _video_filters(video, settings, shape):
            yield from ("-filter:v:0", chain)
        number = 1
    if settings.view is not None:
        yield from ("-map", selector, f"-filter:v:{number}")
        yield _view_chain(video, settings, settings.view, shape)
        yield from (f"-pix_fmt:v:{number}", "bgr24")


def _video_filters(video: VideoStream, settings: ReaderSettings, shape: str) -> str:
    tag, last = limited_grey_filter(video), ""
    if PIXEL_FORMATS[pipe_format(video, settings)].channels == 3:
        tag = tag_filter(video)
    elif settings.pixel_format.startswith("yuv"):
        named = "out_color_matrix" in settings.video_filter
        last = "" if named else from_rgb_filter(video) or _full_range(video, settings)
        as_wanted = settings.video_range or not settings.video_filter
        back = "" if as_wanted else back_to_yuv_filter(video)
        if back and not named:
            tag, last = tag_filter(video), back
    elif is_grey(settings.pixel_format) and not is_rgb(video.pixel_format):
        last = _SAME_LUMA
    order = _time_order(video, settings, counted=True)
    if stays_on_gpu(video, settings):
        download = f"hwdownload,format={'p010le' if video.bit_depth > 8 else 'nv12'}"
        return ",".join(filter(None, (order, download, tag)))
    early = (settings.deinterlace, shape, settings.blend, settings.tone_map)
    chain = (order, tag, *early, settings.video_filter, settings.subtitles, last)
    return ",".join(filter(None, chain))


def _time_order(video: VideoStream, settings: ReaderSettings, *, counted: bool) -> str:
    if settings.least_step is None:
        return ""
    return increasing_times(settings.least_step, video, counted=counted)


def _view_chain(
    video: VideoStream, settings: ReaderSettings, view: DetectorView, shape: str
) -> str:
    tag = tag_filter(video)
    order = _time_order(video, settings, counted=settings.view_only)
    if stays_on_gpu(video, settings):
        scaled = view.filters_on_cuda(video.width, video.height, tag)
        return f"{order},{scaled}" if order else scaled
    own = view.filters(video.width, video.height)
    early = (settings.deinterlace, shape, settings.blend, settings.tone_map)
    chain = (order, tag, *early, settings.video_filter, own)
    return ",".join(filter(None, chain))


def _full_range(video: VideoStream, settings: ReaderSettings) -> str:
    """Keep all levels where ffmpeg has no name for the full range of a format."""
    wanted = settings.pixel_format
    deep = PIXEL_FORMATS[wanted].bits > 8 and wanted != video.pixel_format
    return "scale=in_range=pc:out_range=pc" if deep and is_full_range(video) else ""


def _audio_output(
    audio: AudioFormat, times: tuple[str, ...], descriptor: int
) -> Output:
    return Output(
        f"pipe:{descriptor}",
        (
            *("-map", f"0:a:{audio.track}", "-c:a", "pcm_s16le"),
            *("-ar", str(audio.sample_rate), "-ac", str(audio.channels)),
            *(("-filter:a", chain) if (chain := audio_filters(audio)) else ()),
            *times,
            *_NUT,
        ),
    )


def _packet_output(number: int, times: tuple[str, ...], descriptor: int) -> Output:
    copied = ("-map", f"0:V:{number}", "-c", "copy", "-flush_packets", "1")
    return Output(f"pipe:{descriptor}", (*copied, *times, *_NUT))


def audio_filters(audio: AudioFormat) -> str:
    """The ffmpeg filter chain for audio; empty where nothing is to be done."""
    parts = [audio.filters] if audio.filters else []
    if audio.speed != 1:
        # atempo counts samples only: a gap would shift all that follows it.
        parts.append("aresample=async=1")
        # Above 2 it skips samples, below 0.5 it refuses (ffmpeg 5.1): two in a row.
        steps = 1 if Fraction(1, 2) <= audio.speed <= 2 else 2
        tempo = float(audio.speed) ** (1 / steps)
        parts += [f"atempo={tempo:.6f}"] * steps
    return ",".join(parts)
