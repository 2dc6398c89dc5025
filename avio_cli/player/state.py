"""What the HUD shows and asks for: the player's state, and its actions."""

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from avio_cli.events import InputEvent


class Verb(Enum):
    """What the player can be asked to do; each says what `Action.value` means there."""

    QUIT = "quit"
    ESCAPE = "escape"
    """Leave full screen, else quit."""
    PAUSE = "pause"
    """Toggle."""
    SEEK_BY = "seek by"
    """Seconds, negative: back."""
    SEEK_TO = "seek to"
    """Seconds from the start of the file."""
    SEEK_END = "seek end"
    STEP = "step"
    """1: forward, -1: back, by one frame."""
    SPEED_BY = "speed by"
    """Factor."""
    SPEED = "speed"
    """The speed itself; 1 is normal."""
    VOLUME_BY = "volume by"
    """Percentage points."""
    VOLUME = "volume"
    """Percent, 0 to 130."""
    MUTE = "mute"
    FULL_SCREEN = "full screen"
    RECORD = "record"
    """Toggle."""
    SCREENSHOT = "screenshot"
    LOOP = "loop"
    """First A, then B, then off."""
    CHAPTER = "chapter"
    """1: next, -1: previous."""
    FILE = "file"
    """1: next, -1: previous."""
    INFO = "information"
    INFORMATION = "information"  # noqa: PIE796 - its old name
    AUDIO_TRACK = "audio track"
    SUBTITLES = "subtitles"
    """The next track, then none."""
    SUBTITLES_VISIBLE = "subtitles visible"
    """Toggle."""
    SUBTITLE_DELAY_BY = "subtitle delay by"
    """Seconds; positive: later."""
    SUBTITLE_SIZE_BY = "subtitle size by"
    """Factor."""
    SUBTITLE_POSITION_BY = "subtitle position by"
    """Percent of the video's height; positive: down."""
    DEINTERLACE = "deinterlace"
    KEYS = "keys"
    """Toggle the list of keys."""
    PIN_HUD = "pin"


@dataclass(frozen=True, slots=True)
class Action:
    """One thing asked of the player."""

    verb: Verb
    value: float = 0.0


@dataclass(frozen=True, slots=True)
class Mark:
    """A chapter's start on the seek bar."""

    seconds: float
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayerState:
    """All that a HUD may show; times in seconds from the start of the file."""

    title: str = ""
    position: float = 0.0
    duration: float | None = None
    """None: live, or unknown."""
    frame_number: int | None = None
    """Counted from 1, where the index is known."""
    paused: bool = False
    at_end: bool = False
    can_seek: bool = True
    can_step_back: bool = True
    speed: float = 1.0
    has_audio: bool = True
    volume: float = 100.0
    muted: bool = False
    full_screen: bool = False
    can_record: bool = False
    recording: bool = False
    marks: tuple[Mark, ...] = ()
    loop_a: float | None = None
    loop_b: float | None = None
    file_number: int = 1
    file_count: int = 1
    live: bool = False
    """Whether it is a source without an end, such as a camera."""
    lost: bool = False
    """Whether a live source gives no frames now."""
    trouble: str = ""
    """What is wrong: why no new frames come (``Lost for 12 s, opening it again``), or
    that a recording failed; empty: nothing."""
    message: str = ""
    """A short message about what has just happened (``Volume 80 %``); empty: none."""
    information: tuple[str, ...] = ()
    """Lines of the information overlay; empty: it is off."""
    keys_shown: bool = False
    dropped: int = 0
    """Frames that came too late to be shown."""
    offset: float | None = None
    """Seconds by which frames are shown after their audio; None where not known."""


class Thumbnails(Protocol):
    """Small images of the video, for previews on the seek bar."""

    def at(self, seconds: float) -> NDArray[np.uint8]:
        """The image nearest to a time: bgr24 (h, w, 3), (0, 0, 3) if not there yet.

        Returns at once; what is missing is fetched in the background.
        """
        ...


class Hud(Protocol):
    """Draws over the video, and handles the mouse; what ``--hud-class`` replaces.

    An instance is made once for a window, without arguments.
    """

    def handle(self, event: InputEvent, state: PlayerState) -> tuple[Action, ...]:
        """React to an event; consume it if it was meant for the HUD."""
        ...

    def draw(
        self,
        width: int,
        height: int,
        state: PlayerState,
        thumbnails: Thumbnails,
        now: float,
    ) -> NDArray[np.uint8]:
        """Draw for a window of that many pixels.

        Args:
            width: pixels of the drawable area (twice the window's on a HiDPI screen).
            height: its rows.
            state: what to show.
            thumbnails: previews.
            now: seconds on a monotonic clock: for hiding and fading.

        Returns:
            BGRA uint8 (height, width, 4), straight alpha; or (0, 0, 4) where nothing
            is drawn. The same array object as last time means: nothing changed.
        """
        ...
