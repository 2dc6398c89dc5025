"""The text of an ASS file: its header, and a line for each thing that is shown."""

from collections.abc import Sequence

from avio_cli.vision.annotators.label_placement import Rectangle
from avio_cli.vision.annotators.labels import Style
from avio_cli.vision.annotators.palette import BLACK, WHITE, Bgr

TICKS = 100
"""In a second: ASS has no finer times."""
_WORD_JOINER = "\u2060"
"""Invisible; behind a backslash it keeps the next letter from being a command."""
_ESCAPES = {"{": r"\{", "}": r"\}", "\\": "\\" + _WORD_JOINER}

_HEADER = """\
[Script Info]
Title: tracks
ScriptType: v4.00+
PlayResX: {width}
PlayResY: {height}
LayoutResX: {width}
LayoutResY: {height}
WrapStyle: 2
ScaledBorderAndShadow: yes
YCbCr Matrix: None

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, \
BackColour, Bold, Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, \
BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding
Style: B,sans-serif,{text},{white},{white},{black},{black},\
0,0,0,0,100,100,0,0,1,0,0,7,0,0,0,1
Style: L,sans-serif,{text},{black},{black},{white},{white},\
0,0,0,0,100,100,0,0,3,{padding},0,7,0,0,0,1
Style: C,sans-serif,{text},{white},{white},{black},{black},\
0,0,0,0,100,100,0,0,3,{padding},0,7,0,0,0,1
Style: Z,sans-serif,{text},{white},{white},{black},{black},\
0,0,0,0,100,100,0,0,1,1,0,7,0,0,0,1

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""


def header(width: int, height: int, style: Style) -> str:
    """The file's beginning: coordinates are pixels of a frame of that size."""
    return _HEADER.format(
        width=width,
        height=height,
        text=text_size(style),
        padding=style.padding // 2 + 1,
        white=f"&H00{_hexadecimal(WHITE)}",
        black=f"&H00{_hexadecimal(BLACK)}",
    )


def text_size(style: Style) -> int:
    """Height of a line of text, in which ASS measures fonts."""
    return round(style.text * 1.25)


def label_size(text: str, style: Style) -> tuple[int, int]:
    """About how wide a label is, and how high; only players know their fonts."""
    padding = 2 * (style.padding // 2 + 1)
    size = text_size(style)
    return round(0.55 * size * len(text)) + padding, size + padding


def box_line(times: str, box: Rectangle, line: int, color: Bgr) -> str:
    """A box as a drawing: its outer edge, and the inner one the other way round."""
    width = max(box.right - box.left, 2 * line)
    height = max(box.bottom - box.top, 2 * line)
    right, bottom = width - line, height - line
    outer = f"m 0 0 l {width} 0 {width} {height} 0 {height}"
    inner = f"m {line} {line} l {line} {bottom} {right} {bottom} {right} {line}"
    tags = rf"{{\pos({box.left},{box.top})\c&H{_hexadecimal(color)}&\p1}}"
    return f"Dialogue: 1,{times},B,,0,0,0,,{tags}{outer} {inner}\n"


def label_line(
    times: str, place: tuple[int, int], text: str, style: Style, color: Bgr | None
) -> str:
    """A text on a background.

    Args:
        times: start and end.
        place: left and top of the background.
        text: any; none of it is markup.
        style: of all that is drawn.
        color: of the background; None: dark, under white letters.
    """
    padding = style.padding // 2 + 1
    tags = rf"\pos({place[0] + padding},{place[1] + padding})"
    if color is not None:
        tags += rf"\3c&H{_hexadecimal(color)}&"
    name = "C" if color is None else "L"
    return f"Dialogue: 2,{times},{name},,0,0,0,,{{{tags}}}{plain(text)}\n"


def polygons_line(times: str, polygons: Sequence[Sequence[tuple[int, int]]]) -> str:
    """Filled polygons, white with a dark rim."""
    left = min(x for polygon in polygons for x, _ in polygon)
    top = min(y for polygon in polygons for _, y in polygon)
    parts = []
    for polygon in polygons:
        (x, y), *others = [(x - left, y - top) for x, y in polygon]
        parts.append(f"m {x} {y} l " + " ".join(f"{x} {y}" for x, y in others))
    tags = rf"{{\pos({left},{top})\p1}}"
    return f"Dialogue: 0,{times},Z,,0,0,0,,{tags}{' '.join(parts)}\n"


def times(start: int, end: int) -> str:
    """Start and end as a line has them."""
    return f"{_clock(start)},{_clock(end)}"


def plain(text: str) -> str:
    """A text without markup, in one line."""
    shown = (c if c.isprintable() else " " for c in text)
    return "".join(_ESCAPES.get(character, character) for character in shown)


def _clock(time: int) -> str:
    minutes, rest = divmod(time, 60 * TICKS)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest // TICKS:02}.{rest % TICKS:02}"


def _hexadecimal(color: Bgr) -> str:
    return "".join(f"{value:02X}" for value in color)
