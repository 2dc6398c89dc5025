"""What ffmpeg's names of pixel formats say: colour model, chroma, bits and alpha."""

import re
from typing import NamedTuple

_RGB = ("rgb", "bgr", "gbr", "argb", "abgr", "0rgb", "0bgr", "pal8", "x2rgb", "x2bgr")
_ALPHA = (
    *("yuva", "rgba", "bgra", "argb", "abgr", "gbrap"),
    *("ya8", "ya16", "yaf", "ayuv", "vuya", "uyva"),
)
_KINDS = (
    (re.compile(r"gray|mono|ya(?:8|16|f)"), "gray"),
    (re.compile(r"nv12|nv21|p0"), "420"),
    (re.compile(r"nv16|nv20|p2|y2"), "422"),
    (re.compile(r"nv24|nv42|p4|ayuv|vuy|uyva|xv|v30x|xyz"), "444"),
)
"""The share of chroma in formats whose names do not say it, by how they start."""
_CHROMA = re.compile(r"4[0-4][0-4]")
"""What names of YUV formats have for the share of chroma: 4:2:0 and others."""
_BITS = re.compile(r"(9|10|12|14|16|32)(?:msb)?(?:le|be)$")
_PACKED = (
    (("p010", "nv20", "xv30", "v30x"), 10),
    (("xv36",), 12),
    (("rgb48", "bgr48", "rgba64", "bgra64", "ayuv64", "xv48"), 16),
    (("rgb96", "rgba128"), 32),
)
"""Bits of a sample in formats whose names give those of a whole pixel, or none."""


class _Steps(NamedTuple):
    """Pixels a chroma sample stands for."""

    across: int
    down: int


_STEPS = {
    "420": _Steps(2, 2),
    "422": _Steps(2, 1),
    "440": _Steps(1, 2),
    "411": _Steps(4, 1),
    "410": _Steps(4, 4),
}
_FULL = _Steps(1, 1)


def is_rgb(pixel_format: str) -> bool:
    """Whether a pixel format, by ffmpeg's name, is RGB or has a palette of it."""
    return pixel_format.startswith(_RGB)


def has_alpha(pixel_format: str) -> bool:
    """Whether a pixel format, by ffmpeg's name, has an alpha channel."""
    return pixel_format.startswith(_ALPHA)


def bits_of(pixel_format: str) -> int:
    """Bits of one sample, read off ffmpeg's name; 8 where it says nothing."""
    for prefixes, bits in _PACKED:
        if pixel_format.startswith(prefixes):
            return bits
    found = _BITS.search(pixel_format)
    return int(found[1]) if found else 8


def kind_of(pixel_format: str) -> str:
    """What a pixel format has of colour: ``rgb``, ``gray``, ``420`` and others."""
    if is_rgb(pixel_format):
        return "rgb"
    for pattern, kind in _KINDS:
        if pattern.match(pixel_format):
            return kind
    found = _CHROMA.search(pixel_format)
    return found[0] if found else pixel_format


def is_coarser(pixel_format: str, than: str) -> bool:
    """Whether a pixel format has less chroma than another; grey has none to lose."""
    if kind_of(than) == "gray":
        return False
    if kind_of(pixel_format) == "gray":
        return True
    held = _STEPS.get(kind_of(pixel_format), _FULL)
    wanted = _STEPS.get(kind_of(than), _FULL)
    return held.across > wanted.across or held.down > wanted.down
