"""NewestFrame: where a run leaves its frame, and viewers find it; nobody waits.

The run only sets a name. What looks at frames takes the one that is there, as often as
it likes: how fast it is, or whether it looks at all, makes no difference to the run.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from avio_cli.media.frame import Frame
from avio_cli.media.info import Color

MOST_FRAMES = 15
"""A second, of those that are shown."""
INTERVAL = 1 / MOST_FRAMES
_UNSEEN_INTERVAL = 1.0
"""Seconds between two frames that are copied while nobody looks: the first viewer need
not wait for the next frame."""
_LOOKS = 1.0
"""Seconds for which who took a frame counts as looking."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How frames are to be shown, and what is named in them."""

    color: Color = field(default_factory=Color)
    """Of YUV frames; see `assumed_color`."""
    sample_aspect_ratio: Fraction = Fraction(1)
    class_names: tuple[str, ...] = ()
    drawn: bool = False
    """Whether boxes are drawn into frames already."""
    about: Mapping[str, Any] = field(default_factory=dict)
    """As JSON types: what the page is to know before it shows a frame."""


@dataclass(frozen=True, slots=True)
class ShownFrame:
    """A frame for viewers; nobody changes it any more."""

    number: int
    """Different for each; not the frame's own."""
    frame: Frame
    look: Look


class NewestFrame:
    """Holds the last frame of a run; one thread sets it, any looks at it.

    Args:
        clock: monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._number = 0
        self._set_at = self._looked_at = float("-inf")
        self.look = Look()
        self.shown: ShownFrame | None = None
        """None before the first one."""

    @property
    def is_due(self) -> bool:
        """Whether a frame that must be copied for viewers is worth it now."""
        now = self._clock()
        looked = now - self._looked_at < _LOOKS
        return now - self._set_at >= (INTERVAL if looked else _UNSEEN_INTERVAL)

    def set(self, frame: Frame) -> None:
        """Show a frame, which nobody may change from now on."""
        self._number += 1
        self._set_at = self._clock()
        self.shown = ShownFrame(self._number, frame, self.look)

    def looked(self) -> None:
        """Somebody waits for frames."""
        self._looked_at = self._clock()
