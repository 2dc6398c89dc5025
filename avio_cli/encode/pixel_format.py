"""Choose the output's pixel format; warn of what is lost."""

import re
from collections.abc import Iterator

from avio_cli.encode.color_signal import signals_range
from avio_cli.encode.settings import EncodeSettings
from avio_cli.encode.video_params import VideoParams
from avio_cli.ffmpeg.hardware.accelerators import family_of
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.probe.captions import has_closed_captions
from avio_cli.media.frame import Frame
from avio_cli.media.info import VideoStream
from avio_cli.media.pixel_names import bits_of, has_alpha, is_coarser, is_rgb, kind_of
from avio_cli.mux.streams import MappedStream
from avio_cli.presets import VideoPreset

_SUBSAMPLED = re.compile(r"(?<=yuv)42[02]|(?<=yuv[aj])42[02]")
"""Matches what names of pixel formats have for less chroma than luma."""
_FULL_CHROMA = {"nv12": "yuv444p", "p010le": "yuv444p10le"}


def is_high_bit_depth(params: VideoParams, preset: VideoPreset) -> bool:
    """Whether the output will have more than 8 bits a sample."""
    return bits_of(_nearest_format(params, preset.pixel_formats)) > 8


def keeps_alpha(params: VideoParams, preset: VideoPreset) -> bool:
    """Whether the output will have the alpha channel that its input has."""
    wanted = _nearest_format(params, preset.pixel_formats)
    return has_alpha(params.pixel_format) and (preset.palette or has_alpha(wanted))


def output_format(
    params: VideoParams, preset: VideoPreset, encoder: str, muxer: str
) -> str:
    """The pixel format that an encoder gets, before it goes to a device.

    Args:
        params: the input of the encode.
        preset: whose formats are allowed.
        encoder: the preset's, or the user's.
        muxer: of the container.
    """
    # A conversion from yuvj420p to nv12 loses the range.
    full_names = family_of(encoder) is None and signals_range(encoder, muxer)
    allowed = [f for f in preset.pixel_formats if full_names or f[:4] != "yuvj"]
    return _nearest_format(params, tuple(allowed))


def even_filters(
    wanted: str, size: tuple[int, int], even: tuple[int, int]
) -> Iterator[str]:
    """Filters that repeat the last column and row where a size is odd.

    ``pad`` rounds a width down to whole chroma samples and so blackens the last column
    (seen with 5.1 and 9.0). So it gets 4:4:4, whose chroma is repeated and then taken
    back, which changes no sample.

    Args:
        wanted: the pixel format of the encoder.
        size: width and height of the video.
        even: those of the result.
    """
    width, height = size
    full = _FULL_CHROMA.get(wanted) or _SUBSAMPLED.sub("444", wanted)
    yield f"format={wanted}"
    if full != wanted:
        yield "scale=in_h_chr_pos=0:in_v_chr_pos=0:flags=neighbor"
        yield f"format={full}"
    yield f"pad={even[0]}:{even[1]}:0:0"
    grown = f"right={even[0] - width}:bottom={even[1] - height}"
    yield f"fillborders={grown}:mode=smear"
    if full != wanted:
        yield "scale=out_h_chr_pos=0:out_v_chr_pos=0:flags=neighbor"
        yield f"format={wanted}"


def _nearest_format(params: VideoParams, allowed: tuple[str, ...]) -> str:
    name = params.pixel_format
    if has_alpha(name) and name not in allowed:
        allowed = tuple(filter(has_alpha, allowed)) or allowed
        if alike := _alpha_format(params, allowed):
            return alike
    if params.is_full_range and not name.startswith("yuvj"):
        full = name.replace("yuv", "yuvj")
        if full in allowed:
            return full
    plain = name.replace("yuvj", "yuv")
    for candidate in (name, plain, _wider_format(params, allowed)):
        if candidate in allowed:
            return candidate
    if bits_of(name) > 8 and "yuv420p10le" in allowed:
        return "yuv420p10le"
    if "yuv420p" in allowed and not params.is_rgb:
        return "yuv420p"
    if params.is_full_range and "yuvj420p" in allowed:
        return "yuvj420p"
    return allowed[0]


def _wider_format(params: VideoParams, allowed: tuple[str, ...]) -> str:
    """The allowed format that holds all of the video with the fewest bits, if any.

    Else the deepest with as much chroma. RGB from Python is as fine as the YUV that it
    was decoded from.
    """
    name, source = params.pixel_format, params.source_format
    if params.is_rgb and source and not is_rgb(source):
        finer = kind_of(source) in ("422", "440", "444")
        return f"yuv{kind_of(source)}p" if finer else ""
    if name == "pal8" and "bgra" in allowed:  # its colours may be transparent
        return "bgra"
    alike = [
        other
        for other in allowed
        if kind_of(other) == kind_of(name) and has_alpha(other) == has_alpha(name)
    ]
    enough = [other for other in alike if bits_of(other) >= bits_of(name)]
    return min(enough, key=bits_of, default="") or max(alike, key=bits_of, default="")


def _alpha_format(params: VideoParams, allowed: tuple[str, ...]) -> str:
    """The allowed format with alpha that loses least; empty where none has it."""
    name = params.pixel_format
    rgb = kind_of(name) in ("rgb", "gray")  # RGB has all levels of grey, YUV fewer

    def losses(other: str) -> tuple[int, bool, bool, int]:
        lost_bits = max(0, bits_of(name) - bits_of(other))
        converted = is_rgb(other) != rgb
        return lost_bits, converted, is_coarser(other, name), bits_of(other)

    return min(filter(has_alpha, allowed), key=losses, default="")


def _quality_warnings(params: VideoParams, wanted: str) -> Iterator[str]:
    name, left = params.pixel_format, bits_of(wanted)
    if left < bits_of(name):
        deep = f"{bits_of(name)}-bit" if left > 8 else "more than 8-bit"
        hdr = params.color.transfer in ("smpte2084", "arib-std-b67")
        kind = "HDR" if hdr and left <= 8 else deep
        yield f"{kind} video ({name}) becomes {left}-bit ({wanted})"
    if wanted == "pal8":
        return  # 256 colours were requested
    source = params.source_format or name
    if not is_rgb(source) and is_coarser(wanted, source):  # RGB becomes YUV: expected
        yield f"colour resolution is reduced: {source} becomes {wanted}"
    if has_alpha(name) and not has_alpha(wanted):
        yield f"the alpha channel is lost: {name} becomes {wanted}"


def keeps_alpha_tag(
    mapped: MappedStream, settings: EncodeSettings, *, from_pipe: bool
) -> bool:
    """Whether a tag for alpha beside the video, if there is one, holds for the result.

    Args:
        mapped: a stream of the source.
        settings: of the encode.
        from_pipe: whether its frames come from Python.
    """
    video, preset = mapped.stream, settings.preset.video
    if not isinstance(video, VideoStream) or not video.alpha_apart:
        return True
    if mapped.action == "copy":
        return settings.container.muxer in ("matroska", "webm")
    if from_pipe or preset is None or preset.encoder != "libvpx-vp9":
        return False
    return keeps_alpha(VideoParams.of_stream(video), preset)


def lost_alpha(mapped: MappedStream, settings: EncodeSettings) -> Iterator[str]:
    """Say that a copy loses it; of what is encoded, the pixel format says so."""
    if mapped.action == "copy":
        title = settings.container.title
        yield f"the alpha channel is lost: {title} cannot hold it"


def piping_losses(
    video: VideoStream | None, frame: Frame, source: MediaSource | None
) -> Iterator[str]:
    """What frames in Python lack of the video that they were decoded from."""
    if video is None:
        return
    if video.alpha_apart or has_alpha(video.pixel_format):
        yield f"the alpha channel is lost: frames are {frame.pixel_format} in Python"
    if source and has_closed_captions(source.ffmpeg, source.url, video):
        yield "closed captions are lost: frames have none in Python"
