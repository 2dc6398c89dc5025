"""Draws what is over the video besides the controls: messages, lists, previews."""

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from avio_cli.optional import load_opencv
from avio_cli.player.hud.icons import icon
from avio_cli.player.hud.layout import Control, Layout, Rect
from avio_cli.player.hud.painting import (
    AMBER,
    BLUE,
    PANEL,
    RED,
    WHITE,
    BgraImage,
    composite,
    draw,
    panel,
    rounded_box,
)
from avio_cli.player.hud.text import fit_text, text_width, write
from avio_cli.player.key_bindings import KEY_LIST

Image = NDArray[np.uint8]


def _no_image() -> Image:
    return np.empty((0, 0, 3), np.uint8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What is shown above the bar under the mouse."""

    time: str
    chapter: str = ""
    image: Image = field(default_factory=_no_image, compare=False)
    """bgr24; empty where it is not there yet."""
    revision: int = 0
    """Distinguishes one image from another without comparing pixels."""


@dataclass(frozen=True, slots=True)
class Tip:
    """A tooltip: what the part under the mouse does."""

    control: Control
    text: str
    key: str
    """The key that does the same."""


def draw_message(canvas: BgraImage, layout: Layout, text: str) -> Rect:
    """Draw a short message at the top; returns what was touched."""
    size, pad = layout.text_size, layout.pixels(14)
    text = fit_text(text, size, layout.width - 4 * pad)
    height = layout.pixels(34)
    width = text_width(text, size) + 2 * pad
    rect = Rect((layout.width - width) // 2, layout.pixels(44), width, height)
    composite(canvas, panel(width, height, height / 2, 0.88), rect.x, rect.y)
    write(canvas, text, rect.x + pad, rect.middle, size)
    return rect


def draw_trouble(canvas: BgraImage, layout: Layout, text: str) -> Rect:
    """Draw why no new frames come, in the middle; returns what was touched."""
    size, pad = round(1.2 * layout.text_size), layout.pixels(16)
    text = fit_text(text, size, layout.width - 3 * pad)
    width, height = text_width(text, size) + 2 * pad, layout.pixels(44)
    left, top = (layout.width - width) // 2, (layout.height - height) // 2
    composite(canvas, panel(width, height, height / 4, 0.88), left, top)
    write(canvas, text, left + pad, top + height // 2, size, AMBER)
    return Rect(left, top, width, height)


def draw_recording(canvas: BgraImage, layout: Layout) -> Rect:
    """Draw the recording indicator at the end of the title's line."""
    rect = recording_rect(layout)
    pad, dot = layout.pixels(9), layout.pixels(13)
    composite(canvas, panel(rect.width, rect.height, rect.height / 2), rect.x, rect.y)
    draw(canvas, icon("dot", dot), rect.x + pad, rect.middle - dot // 2, RED)
    x = rect.x + round(1.6 * pad) + dot
    write(canvas, "REC", x, rect.middle, layout.text_size)
    return rect


def recording_rect(layout: Layout) -> Rect:
    """Where the recording indicator is."""
    pad, height = layout.pixels(9), layout.pixels(27)
    width = text_width("REC", layout.text_size) + layout.pixels(13) + round(2.9 * pad)
    right = layout.width - layout.pixels(12)
    return Rect(right - width, layout.pixels(22) - height // 2, width, height)


def draw_tip(canvas: BgraImage, layout: Layout, tip: Tip) -> Rect:
    """Draw what a button does above the controls; returns what was touched."""
    size, pad, height = layout.text_size, layout.pixels(9), layout.pixels(26)
    words, key = text_width(tip.text, size), text_width(tip.key, size)
    width, side = words + key + 3 * pad, layout.pixels(8)
    x = layout.controls[tip.control].center - width // 2
    x = max(min(x, layout.width - side - width), side)
    y = layout.panel.y - height
    if Control.BAR in layout.controls:
        y = layout.controls[Control.BAR].middle - layout.pixels(12) - height
    composite(canvas, panel(width, height, layout.pixels(7), 0.88), x, y)
    write(canvas, tip.text, x + pad, y + height // 2, size)
    write(canvas, tip.key, x + words + 2 * pad, y + height // 2, size, BLUE)
    return Rect(x, y, width, height)


def draw_pulse(canvas: BgraImage, layout: Layout, name: str, opacity: float) -> Rect:
    """Draw a large sign in the middle; returns what was touched."""
    size, mark = layout.pixels(76), layout.pixels(40)
    rect = Rect((layout.width - size) // 2, (layout.height - size) // 2, size, size)
    middle = (size - mark) // 2
    disc = rounded_box(size, size, size / 2)
    draw(canvas, disc, rect.x, rect.y, PANEL, 0.62 * opacity)
    mask = icon(name, mark)
    draw(canvas, mask, rect.x + middle, rect.y + middle, WHITE, opacity)
    return rect


def draw_information(
    canvas: BgraImage, layout: Layout, lines: tuple[str, ...], bottom: int
) -> Rect:
    """Draw the information overlay; returns what was touched.

    Args:
        canvas: changed in place.
        layout: its sizes.
        lines: what to write; those that do not fit are dropped.
        bottom: the row above which it must end.
    """
    x, y = layout.pixels(14), layout.pixels(44)
    image = _information_panel(layout, lines, bottom - y)
    composite(canvas, image, x, y)
    return Rect(x, y, image.shape[1], image.shape[0])


@lru_cache(maxsize=2)
def _information_panel(layout: Layout, lines: tuple[str, ...], room: int) -> BgraImage:
    pad = layout.pixels(12)
    size = _size_for(len(lines), layout, room - 2 * pad)
    step = round(size * 1.45)
    lines = lines[: max((room - 2 * pad) // step, 1)]
    widest = layout.width - 2 * layout.pixels(14) - 2 * pad
    lines = tuple(fit_text(line, size, widest) for line in lines)
    # Figures change all the time: a width in steps does not tremble with them.
    unit = layout.pixels(40)
    width = max(text_width(line, size) for line in lines)
    width = min(-(-width // unit) * unit, widest) + 2 * pad
    height = len(lines) * step + 2 * pad
    image = np.array(panel(width, height, layout.pixels(10)))
    for row, line in enumerate(lines):
        middle = pad + row * step + step // 2
        write(image, line, pad, middle, size, opacity=0.95)
    image.setflags(write=False)
    return image


def _size_for(rows: int, layout: Layout, room: int) -> int:
    """Letters as large as usual, or smaller where all would not fit."""
    fitting = int(room / max(rows, 1) / 1.45)
    return max(min(layout.text_size, fitting), min(layout.text_size, 10))


def draw_keys(canvas: BgraImage, layout: Layout) -> Rect:
    """Draw the list of keys in the middle; returns what was touched."""
    image = _keys_panel(layout.width, layout.height, layout.scale)
    height, width = image.shape[:2]
    rect = Rect(
        (layout.width - width) // 2, (layout.height - height) // 2, width, height
    )
    composite(canvas, image, rect.x, rect.y)
    return rect


@lru_cache(maxsize=4)
def _keys_panel(width: int, height: int, scale: float) -> BgraImage:
    """The whole list in two columns, in the largest letters that fit."""
    rows = -(-len(KEY_LIST) // 2)
    size = max(round(15 * scale), 12)
    while size > 6 and not _fits(size, rows, width, height):
        size -= 1
    step, pad = round(size * 1.6), round(size * 1.1)
    widths = _column_widths(size)
    outer = sum(map(sum, widths)) + pad * 2 + size * 5
    tall = rows * step + 2 * pad
    image = np.array(panel(outer, tall, size * 0.8, 0.88))
    left = pad
    for column, (keys, words) in enumerate(widths):
        part = KEY_LIST[column * rows : (column + 1) * rows]
        for row, (key, word) in enumerate(part):
            middle = pad + row * step + step // 2
            write(image, key, left, middle, size, BLUE)
            write(image, word, left + keys + size, middle, size, opacity=0.95)
        left += keys + words + 4 * size
    image.setflags(write=False)
    return image


def _fits(size: int, rows: int, width: int, height: int) -> bool:
    pad = round(size * 1.1)
    wide = sum(map(sum, _column_widths(size))) + pad * 2 + size * 5
    return wide <= width * 0.98 and rows * round(size * 1.6) + 2 * pad <= height * 0.98


def _column_widths(size: int) -> list[tuple[int, int]]:
    rows = -(-len(KEY_LIST) // 2)
    columns = (KEY_LIST[:rows], KEY_LIST[rows:])
    return [
        (
            max(text_width(key, size) for key, _ in part),
            max(text_width(word, size) for _, word in part),
        )
        for part in columns
    ]


def draw_preview(
    canvas: BgraImage, layout: Layout, column: int, image: BgraImage
) -> Rect:
    """Put a `preview_panel` above the bar; returns what was touched."""
    height, width = image.shape[:2]
    side, bottom = layout.pixels(14), layout.controls[Control.BAR].y - layout.pixels(4)
    left = min(max(column - width // 2, side), layout.width - side - width)
    rect = Rect(left, max(bottom - height, 0), width, height)
    composite(canvas, image, rect.x, rect.y)
    return rect


def preview_panel(layout: Layout, preview: Preview) -> BgraImage:
    """The time under the mouse, the chapter there, and a thumbnail of it."""
    size, pad, label = layout.text_size, layout.pixels(8), layout.pixels(26)
    width, height = _image_size(layout, preview.image)
    chapter = fit_text(preview.chapter, size, max(width, layout.pixels(200)) - 2 * pad)
    text = f"{preview.time}  {chapter}" if chapter else preview.time
    outer = max(width, text_width(text, size)) + 2 * pad
    outer = min(outer, layout.width - 2 * layout.pixels(14))
    tall = label + (height + pad if height else 0)
    image = np.array(panel(outer, tall, layout.pixels(9), 0.88))
    if height:
        thumbnail = _rounded(preview.image, width, height, layout.pixels(5))
        composite(image, thumbnail, (outer - width) // 2, pad)
    x = (outer - text_width(text, size)) // 2
    write(image, text, x, tall - label // 2, size)
    return image


def _image_size(layout: Layout, image: Image) -> tuple[int, int]:
    """Width and height of a preview: large enough to see, never most of the window."""
    height, width = image.shape[:2]
    if not height:
        return 0, 0
    room = layout.panel.y - layout.pixels(44 + 34)
    largest = (layout.width * 0.4, min(layout.height * 0.35, max(room, 1)))
    usual = layout.pixels(200) / max(width, height)
    ratio = min(usual, largest[0] / width, largest[1] / height)
    if ratio * min(width, height) < 24:
        return 0, 0
    return round(width * ratio), round(height * ratio)


def _rounded(image: Image, width: int, height: int, radius: float) -> BgraImage:
    cv2 = load_opencv()
    scaled = cv2.resize(image, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.dstack([scaled, rounded_box(width, height, radius)])
