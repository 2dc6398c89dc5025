"""Choose the output's pixel format; warn of what is lost."""

import re
from collections.abc import Iterator

from avio_cli.encode.video_params import VideoParams
from avio_cli.presets import VideoPreset

_HIGH_BIT_DEPTH = re.compile(r"(?:9|10|12|14|16|48|64|f32)(?:le|be)$")
"""Matches the end of names of pixel formats with more than 8 bits a sample."""
_ALPHA_PREFIXES = ("yuva", "rgba", "bgra", "argb", "abgr", "gbrap", "ya8", "ya16")


def is_high_bit_depth(params: VideoParams, preset: VideoPreset) -> bool:
    """Whether the output will have more than 8 bits a sample."""
    return bool(_HIGH_BIT_DEPTH.search(_nearest_format(params, preset.pixel_formats)))


def _nearest_format(params: VideoParams, allowed: tuple[str, ...]) -> str:
    name = params.pixel_format
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
    if name.startswith(_ALPHA_PREFIXES) and not wanted.startswith(_ALPHA_PREFIXES):
        yield f"transparency is lost: {name} becomes {wanted}"
