"""Session: one ffmpeg reading on from one position; what it gave waits here."""

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from fractions import Fraction
from typing import Protocol

from avio_cli.media.frame import AudioBlock, Frame
from avio_cli.media.time_range import MICROSECOND, Stretch
from avio_cli.player.playback.frame_cache import bytes_of
from avio_cli.player.playback.open_settings import Limits

FrameStage = Callable[[Iterator[Frame]], Generator[Frame, None, None]]
"""Something that is done to all frames before they are shown, such as tracking."""


class ItemReader(Protocol):
    """Reads a source: `MediaReader`, or one like it."""

    def items(self) -> Generator[Frame | AudioBlock, None, None]:
        """Yield frames and blocks of sound, once."""
        ...

    def damage(self) -> str:
        """What the source failed to give, as one clause; empty if nothing."""
        ...

    def abandon(self) -> None:
        """End the iteration at once; from any thread."""
        ...

    def close(self) -> None:
        """Release everything; from the iterating thread."""
        ...


class _Closed(Exception):  # noqa: N818 - a signal within the thread, not a failure
    """Nobody wants more."""


class Session:
    """Reads in a thread of its own, some way ahead.

    Picture and sound wait in queues of their own. Reading goes on while one of them
    is short, however full the other is, up to a last limit: so sound that is late,
    ends early or is badly interleaved cannot stop the pictures.

    Args:
        reader: closed by the session.
        has_picture: whether pictures will come.
        has_sound: whether sound will come.
        stage: what is done to the frames on their way.
        limits: how far ahead.
    """

    def __init__(
        self,
        reader: ItemReader,
        *,
        has_picture: bool = True,
        has_sound: bool = False,
        stage: FrameStage | None = None,
        limits: Limits | None = None,
    ) -> None:
        self.has_picture, self.has_sound = has_picture, has_sound
        self.error: BaseException | None = None
        self.damage = ""
        """What the source failed to give, once it is over."""
        self._reader, self._stage = reader, stage
        self._limits = limits or Limits()
        self._pictures: deque[Frame] = deque()
        self._sound: deque[AudioBlock] = deque()
        self._picture_bytes, self._sound_seconds = 0, 0.0
        self._sound_unwanted = False
        self._wanted_sound = Stretch(None, None)
        self._sound_taken: Fraction | None = None
        self._picture_taken: Fraction | None = None
        self._closed = self._over = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def over(self) -> bool:
        """Whether nothing more will come; something may still wait."""
        return self._over

    @property
    def ready(self) -> bool:
        """Whether playing can begin."""
        with self._changed:
            if self._pictures or self._over:
                return True
            enough = 0.2 if not self.has_picture else 2.0
            return self._sound_seconds >= enough

    @property
    def starved(self) -> bool:
        """Whether nothing waits, though more will come."""
        with self._changed:
            return not (self._pictures or self._sound or self._over)

    @property
    def sound_waits(self) -> bool:
        """Whether there is sound that was not taken."""
        return bool(self._sound)

    def picture(self) -> Frame | None:
        """The next picture, left where it is; None where none waits."""
        with self._changed:
            return self._pictures[0] if self._pictures else None

    @property
    def reached(self) -> Fraction | None:
        """When the latest picture is shown that has come; None where none has."""
        with self._changed:
            return self._pictures[-1].time if self._pictures else self._picture_taken

    def take_picture(self) -> Frame | None:
        """The next picture, if one waits."""
        with self._changed:
            if not self._pictures:
                return None
            frame = self._pictures.popleft()
            self._picture_bytes -= bytes_of(frame)
            self._picture_taken = frame.time
            self._changed.notify_all()
            return frame

    def take_sound(self) -> AudioBlock | None:
        """The next block of sound, if one waits."""
        with self._changed:
            if not self._sound:
                return None
            block = self._sound.popleft()
            self._sound_seconds -= float(block.duration)
            self._sound_taken = block.time + block.duration
            self._changed.notify_all()
            return block

    def give_back_sound(self, block: AudioBlock) -> None:
        """Put a block, or what is left of it, before all others."""
        with self._changed:
            self._sound.appendleft(block)
            self._sound_taken = block.time
            self._sound_seconds += float(block.duration)

    def skip_sound(self, until: Fraction) -> None:
        """Forget the sound before a time, to the sample, and what of it comes later.

        Args:
            until: seconds on the source's own clock.
        """
        with self._changed:
            self._wanted_sound = Stretch(until - MICROSECOND, None)
            waiting, self._sound = self._sound, deque()
            self._sound_seconds = 0.0
            for block in waiting:
                self._keep_sound(block)
            self._changed.notify_all()

    def can_go_on_to(self, time: Fraction) -> bool:
        """Whether all that is shown and heard from a time on is still to come.

        Not with a stage: what it does to each frame on the way would cost too much.
        """
        if self._stage is not None or not self.has_picture:
            return False
        reached, taken = self.reached, self._sound_taken
        waiting = bool(self._pictures)
        if self._over and (not waiting or reached is None or reached < time):
            return False
        in_time = taken is None or taken <= time
        return not self.has_sound or (in_time and not self._sound_unwanted)

    def discard_sound(self) -> None:
        """Forget all sound, now and from now on."""
        with self._changed:
            self._sound_unwanted = True
            self._sound.clear()
            self._sound_seconds = 0.0
            self._changed.notify_all()

    def raise_error(self) -> None:
        """Raise what ended the reading, if it was not its end."""
        if self.error is not None:
            raise self.error

    def close(self) -> None:
        """Stop reading; does not wait for it: see `join`."""
        with self._changed:
            self._closed = True
            self._pictures.clear()
            self._sound.clear()
            self._changed.notify_all()
        self._reader.abandon()

    def join(self, seconds: float) -> None:
        """Wait until the child is gone."""
        self._thread.join(seconds)

    @property
    def gone(self) -> bool:
        """Whether the thread and its child have ended."""
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            with closing(self._frames()) as frames:
                staged = self._stage(frames) if self._stage else frames
                with closing(staged):
                    for frame in staged:
                        self._put(frame)
            self.damage = self._reader.damage()
        except _Closed:
            pass
        except BaseException as error:  # handed to the thread that plays
            self.error = None if self._closed else error
        finally:
            self._reader.close()
            with self._changed:
                self._over = True
                self._changed.notify_all()

    def _frames(self) -> Generator[Frame, None, None]:
        """The pictures; sound is put aside on the way."""
        items = self._reader.items()
        try:
            for item in items:
                if isinstance(item, Frame):
                    yield item
                else:
                    self._put_sound(item)
        finally:
            items.close()

    def _put(self, frame: Frame) -> None:
        with self._changed:
            self._pictures.append(frame)
            self._picture_bytes += bytes_of(frame)
            self._wait_for_room()

    def _put_sound(self, block: AudioBlock) -> None:
        with self._changed:
            if not self._sound_unwanted:
                self._keep_sound(block)
            self._wait_for_room()

    def _keep_sound(self, block: AudioBlock) -> None:
        wanted = self._wanted_sound.cut(block)
        if len(wanted.samples):
            self._sound.append(wanted)
            self._sound_seconds += float(wanted.duration)

    def _wait_for_room(self) -> None:
        self._changed.wait_for(lambda: self._closed or not self._full())
        if self._closed:
            raise _Closed

    def _full(self) -> bool:
        limits, pictures = self._limits, self._picture_bytes
        wants_sound = self.has_sound and not self._sound_unwanted
        enough_sound = not wants_sound or self._sound_seconds >= limits.sound_seconds
        if not self.has_picture:
            return wants_sound and enough_sound
        several = len(self._pictures) > 1
        if enough_sound and several and pictures >= limits.picture_bytes:
            return True
        too_many = several and pictures >= limits.most_picture_bytes
        return too_many or self._sound_seconds >= limits.most_sound_seconds
