"""Choose the output's pixel format; warn of what is lost."""

import re
from collections.abc import Iterator

from avio_cli.encode.settings import EncodeSettings
from avio_cli.encode.video_params import VideoParams
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.probe.captions import has_closed_captions
from avio_cli.media.color import has_alpha, is_rgb
from avio_cli.media.frame import Frame
from avio_cli.media.info import VideoStream
from avio_cli.mux.streams import MappedStream
from avio_cli.presets import VideoPreset

_HIGH_BIT_DEPTH = re.compile(r"(?:9|10|12|14|16|48|64|f32)(?:le|be)$")
"""Matches the end of names of pixel formats with more than 8 bits a sample."""


def is_high_bit_depth(params: VideoParams, preset: VideoPreset) -> bool:
    """Whether the output will have more than 8 bits a sample."""
    return bool(_HIGH_BIT_DEPTH.search(_nearest_format(params, preset.pixel_formats)))


def keeps_alpha(params: VideoParams, preset: VideoPreset) -> bool:
    """Whether the output will have the alpha channel that its input has."""
    wanted = _nearest_format(params, preset.pixel_formats)
    return has_alpha(params.pixel_format) and (preset.palette or has_alpha(wanted))


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
    for candidate in (name, plain):
        if candidate in allowed:
            return candidate
    if _HIGH_BIT_DEPTH.search(name) and "yuv420p10le" in allowed:
        return "yuv420p10le"
    if "yuv420p" in allowed and not params.is_rgb:
        return "yuv420p"
    if params.is_full_range and "yuvj420p" in allowed:
        return "yuvj420p"
    return allowed[0]


def _alpha_format(params: VideoParams, allowed: tuple[str, ...]) -> str:
    """The allowed format with alpha that loses least; empty where none has it."""
    name = params.pixel_format
    deep = bool(_HIGH_BIT_DEPTH.search(name))
    full_chroma = params.is_rgb or "444" in name

    def losses(other: str) -> tuple[bool, bool, bool]:
        return (
            deep != bool(_HIGH_BIT_DEPTH.search(other)),
            params.is_rgb != is_rgb(other),
            full_chroma and not is_rgb(other) and "444" not in other,
        )

    return min(filter(has_alpha, allowed), key=losses, default="")


def _quality_warnings(params: VideoParams, wanted: str) -> Iterator[str]:
    name = params.pixel_format
    if _HIGH_BIT_DEPTH.search(name) and not _HIGH_BIT_DEPTH.search(wanted):
        hdr = params.color.transfer in ("smpte2084", "arib-std-b67")
        kind = "HDR" if hdr else "more than 8-bit"
        yield f"{kind} video ({name}) becomes 8-bit ({wanted})"
    elif wanted == "pal8":
        return  # 256 colours were requested
    elif any(s in name and s not in wanted for s in ("444", "422")):
        yield f"colour resolution is reduced: {name} becomes {wanted}"
    if has_alpha(name) and wanted != "pal8" and not has_alpha(wanted):
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
