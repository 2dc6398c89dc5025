"""Layout of the HUD's parts, for any size of window; no drawing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

SMALLEST = 0.75
"""Scale below which neither letters nor buttons shrink; parts vanish instead."""
LARGEST = 4.0
LEAST_WIDTH, LEAST_HEIGHT = 96, 64
"""Pixels of a window in which nothing at all is drawn when it is smaller."""


class Control(Enum):
    """What the mouse can be on."""

    PLAY = "play"
    STEP_BACK = "step back"
    STEP_FORWARD = "step forward"
    PREVIOUS = "previous file"
    NEXT = "next file"
    MUTE = "mute"
    VOLUME = "volume"
    TIME = "time"
    SPEED = "speed"
    RECORD = "record"
    INFORMATION = "information"
    FULL_SCREEN = "full screen"
    BAR = "bar"


LEFT = (
    *(
        Control.PLAY,
        Control.STEP_BACK,
        Control.STEP_FORWARD,
        Control.PREVIOUS,
        Control.NEXT,
    ),
    *(Control.MUTE, Control.VOLUME, Control.TIME),
)
RIGHT = (Control.SPEED, Control.RECORD, Control.INFORMATION, Control.FULL_SCREEN)
_DROP_ORDER = (
    *(
        Control.VOLUME,
        Control.INFORMATION,
        Control.SPEED,
        Control.PREVIOUS,
        Control.NEXT,
    ),
    *(
        Control.MUTE,
        Control.RECORD,
        Control.STEP_BACK,
        Control.STEP_FORWARD,
        Control.FULL_SCREEN,
    ),
    Control.TIME,
)
"""In the order in which they are dropped where there is no room."""
_WIDTHS = {Control.VOLUME: 74, Control.SPEED: 52}
_BUTTON, _BAR, _BELOW, _ABOVE, _SIDE = 36, 20, 8, 6, 14
"""Pixels at scale 1: a button's square, the bar's height, gaps around."""


@dataclass(frozen=True, slots=True)
class Rect:
    """A box in pixels."""

    x: int
    y: int
    width: int
    height: int

    def contains(self, x: float, y: float) -> bool:
        """Whether a point is inside."""
        return self.x <= x < self.right and self.y <= y < self.bottom

    @property
    def right(self) -> int:
        """The first column beyond it."""
        return self.x + self.width

    @property
    def bottom(self) -> int:
        """The first row beyond it."""
        return self.y + self.height

    @property
    def middle(self) -> int:
        """The row through its centre."""
        return self.y + self.height // 2

    @property
    def center(self) -> int:
        """The column through its centre."""
        return self.x + self.width // 2

    def overlaps(self, other: "Rect") -> bool:
        """Whether they share a pixel."""
        across = self.x < other.right and other.x < self.right
        return across and self.y < other.bottom and other.y < self.bottom


@dataclass(frozen=True, slots=True, kw_only=True)
class LayoutInputs:
    """What has to be laid out."""

    time_width: int
    """Pixels of the widest text of the times."""
    seekable: bool = True
    """Whether there is a bar."""
    audio: bool = True
    record: bool = False
    steps_back: bool = True
    several_files: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """The positions of everything in one size of window.

    `plan_layout` gives the same object for the same window: it is equal to itself only.
    """

    width: int
    height: int
    scale: float
    """Of lengths that are given for a window of 960x540."""
    panel: Rect
    """The lower edge, which takes the mouse."""
    controls: Mapping[Control, Rect]
    """What is there; of a bar, the whole height that can be clicked."""

    def pixels(self, length: float) -> int:
        """A length at this scale, at least one pixel."""
        return max(1, round(length * self.scale))

    @property
    def text_size(self) -> int:
        """Of the letters, as typographers count it."""
        return text_size_for(self.scale)

    def part_at(self, x: float, y: float) -> Control | None:
        """What is under the mouse."""
        hits = (part for part, rect in self.controls.items() if rect.contains(x, y))
        return next(hits, None)

    def track(self, part: Control) -> Rect:
        """The line of a bar or slider, as high as the part."""
        rect = self.controls[part]
        inset = self.pixels(8) if part is Control.VOLUME else 0
        return Rect(rect.x + inset, rect.y, rect.width - 2 * inset, rect.height)

    def share_at(self, part: Control, x: float) -> float:
        """How far along a bar or slider a column is, 0 to 1."""
        track = self.track(part)
        return min(max((x - track.x) / max(track.width - 1, 1), 0.0), 1.0)

    def column_at(self, part: Control, share: float) -> int:
        """The column that far along a bar or slider."""
        track = self.track(part)
        return track.x + round(min(max(share, 0.0), 1.0) * (track.width - 1))


def text_size_for(scale: float) -> int:
    """Size of the letters at a scale, as typographers count it."""
    return max(12, round(15 * scale))


def scale_for(width: int, height: int) -> float:
    """How large everything is drawn: grows slower than the window."""
    share = min(width / 960, height / 540)
    return float(min(max(share**0.7, SMALLEST), LARGEST))


@lru_cache(maxsize=16)
def plan_layout(width: int, height: int, content: LayoutInputs) -> Layout:
    """Lay out everything that fits; what is less important is dropped first."""
    scale = scale_for(width, height)
    layout = Layout(width, height, scale, Rect(0, height, width, 0), {})
    if width < LEAST_WIDTH or height < LEAST_HEIGHT:
        return layout
    side, button = layout.pixels(_SIDE), layout.pixels(_BUTTON)
    row = height - layout.pixels(_BELOW) - button
    bar = layout.pixels(_BAR) if content.seekable else 0
    top = max(row - bar - layout.pixels(_ABOVE), 0)
    there = list(_there(content))
    gap = layout.pixels(_SIDE / 2)
    rects = dict(_row(layout, content, there, row, gap))
    if bar:
        rects[Control.BAR] = Rect(side, row - bar, width - 2 * side, bar)
    return Layout(width, height, scale, Rect(0, top, width, height - top), rects)


def _there(content: LayoutInputs) -> Iterable[Control]:
    absent = set()
    if not content.audio:
        absent |= {Control.MUTE, Control.VOLUME}
    if not content.record:
        absent |= {Control.RECORD}
    if not content.steps_back:
        absent |= {Control.STEP_BACK}
    if not content.several_files:
        absent |= {Control.PREVIOUS, Control.NEXT}
    return (part for part in (*LEFT, *RIGHT) if part not in absent)


def _row(
    layout: Layout, content: LayoutInputs, there: list[Control], y: int, side: int
) -> Iterable[tuple[Control, Rect]]:
    """The buttons and texts that fit, from both sides."""
    widths = {part: _width(layout, content, part) for part in there}
    for part in _DROP_ORDER:
        if sum(widths.values()) <= layout.width - 2 * side:
            break
        widths.pop(part, None)
        if part is Control.PREVIOUS:  # neither is of use without the other
            widths.pop(Control.NEXT, None)
    height = layout.pixels(_BUTTON)
    left, right = side, layout.width - side
    for part in LEFT:
        if part in widths:
            yield part, Rect(left, y, widths[part], height)
            left += widths[part]
    for part in reversed(RIGHT):
        if part in widths:
            right -= widths[part]
            yield part, Rect(right, y, widths[part], height)


def _width(layout: Layout, content: LayoutInputs, part: Control) -> int:
    if part is Control.TIME:
        return content.time_width + layout.pixels(_SIDE)
    return layout.pixels(_WIDTHS.get(part, _BUTTON))
