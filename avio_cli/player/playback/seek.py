"""Kinds of seeks, states of a seeker, and whether decoding forward is cheaper."""

from dataclasses import dataclass
from enum import Enum, auto
from fractions import Fraction
from typing import ClassVar, Protocol

from avio_cli.demux.frame_index import FrameIndex
from avio_cli.media.frame import Frame

START_SECONDS = Fraction(1, 2)
"""Video that could be decoded while ffmpeg starts: 0.2 s of real time, with 1080p."""
OUTPUT_COST = Fraction(3, 2)
"""Cost of a frame that is output, where one that is only decoded costs 1."""


@dataclass(frozen=True, slots=True)
class UserSeek:
    """The user asked for this time; the frame that it leads to is reported."""

    target: Fraction
    asked: float
    """When it was requested, on the monotonic clock."""


@dataclass(frozen=True, slots=True)
class Restart:
    """Playback goes on from here: at the start, in a loop, with other tracks."""

    target: Fraction


@dataclass(frozen=True, slots=True)
class Resume:
    """The current frame, which is at this time, stays: the readers start at it."""

    target: Fraction


Seek = UserSeek | Restart | Resume
"""A kind of seek; times in seconds after the source's start."""


@dataclass(frozen=True, slots=True)
class ToFirstFrame:
    """A new session starts at the target; its first frame ends the seek."""

    seek: Seek

    @property
    def start(self) -> Fraction:
        """Where the session starts."""
        return max(Fraction(0), self.seek.target)


@dataclass(frozen=True, slots=True)
class ToLastFrame:
    """A new session starts before the target; its last frame ends the seek."""

    seek: Seek
    preroll: Fraction
    """How long before the target the session starts."""
    has_frames: bool = False
    """Whether the session's first frames are in the cache."""

    @property
    def start(self) -> Fraction:
        """Where the session starts."""
        return max(Fraction(0), self.seek.target - self.preroll)


@dataclass(frozen=True, slots=True)
class DecodingForward:
    """The running session decodes up to the target; no new one is started."""

    seek: UserSeek

    @property
    def start(self) -> Fraction:
        """From where on frames and audio are wanted."""
        return self.seek.target


class Follows(Enum):
    """What the running session yields next, after the frames in the cache."""

    NOTHING = auto()
    """Frames from somewhere else: it cannot continue."""
    FRAMES = auto()
    """The next frame, but no audio that continues at the current one."""
    FRAMES_AND_AUDIO = auto()


@dataclass(frozen=True, slots=True)
class Settled:
    """No seek is in progress."""

    follows: Follows
    seek: ClassVar[None] = None


SeekerState = ToFirstFrame | ToLastFrame | DecodingForward | Settled
"""How a seek proceeds, or that none is in progress."""


class PlaybackObserver(Protocol):
    """Gets seeks, steps and dropped frames; `Statistics` is one."""

    def on_seek(self, seek: UserSeek, frame: Frame, origin: Fraction) -> None:
        """A seek has led to this frame."""
        ...

    def on_step(self, direction: int, frame: Frame, asked: float) -> None:
        """A step has led to this frame."""
        ...

    def on_drop(self, count: int) -> None:
        """This many frames were dropped because they were late."""
        ...


def decoding_forward_is_cheaper(
    reached: Fraction, target: Fraction, index: FrameIndex | None
) -> bool:
    """Whether decoding forward costs less than a new session, in seconds of video.

    Args:
        reached: time of the last decoded frame.
        target: after it.
        index: where a new session would start to decode; None: at the target.
    """
    key = target if index is None else index.key_before(target + index.time_base)
    restart_cost = START_SECONDS + max(Fraction(0), target - key)
    return OUTPUT_COST * (target - reached) <= restart_cost
