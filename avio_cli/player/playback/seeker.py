"""Reading: the session in use, and the seeks that lead to the next one."""

import time
from dataclasses import replace
from fractions import Fraction
from typing import Protocol

from avio_cli.media.frame import Frame
from avio_cli.media.time_range import MICROSECOND
from avio_cli.player.playback.audio_output import SoundFeeder
from avio_cli.player.playback.clock import Clock
from avio_cli.player.playback.decode_session import Session
from avio_cli.player.playback.frame_cache import Timeline
from avio_cli.player.playback.open_media import Film
from avio_cli.player.playback.seek import Seek, is_nearer

NEAR_END = Fraction(1)
"""Seconds before a wanted time at which the last frame is looked for."""


class Watcher(Protocol):
    """Is told what happens; the statistics are one."""

    def sought(self, seek: Seek, frame: Frame, origin: Fraction) -> None:
        """A seek has brought this frame."""
        ...

    def stepped(self, direction: int, frame: Frame, asked: float) -> None:
        """A step has brought this frame."""
        ...

    def dropped(self, count: int) -> None:
        """So many frames were passed over because they were late."""
        ...


class Reading:
    """Reads one film on from wherever it is sent.

    Args:
        film: what is read.
        timeline: gets all frames.
        clock: set where reading arrives.
        feeder: gets the sound from there on.
        watcher: is told of seeks.
    """

    def __init__(
        self,
        film: Film,
        timeline: Timeline,
        clock: Clock,
        feeder: SoundFeeder,
        watcher: Watcher,
    ) -> None:
        self._film, self._timeline = film, timeline
        self._clock, self._feeder, self._watcher = clock, feeder, watcher
        self.session: Session | None = None
        self.speed = Fraction(1)
        self.joined = False
        """Whether the session's next frame follows the timeline's last one."""
        self.in_step = False
        """Whether the sound that waits belongs to the current frame."""
        self.seek: Seek | None = None
        self._next: Fraction | None = None

    @property
    def settled(self) -> bool:
        """Whether the last seek has arrived."""
        return self.seek is None and self._next is None

    @property
    def target(self) -> Fraction | None:
        """Where a seek that the user asked for leads; None where there is none."""
        if self._next is not None:
            return self._next
        return None if self.seek is None or self.seek.keeps else self.seek.target

    def go(self, target: Fraction) -> None:
        """Seek; while one is under way, only the last one asked for follows it."""
        if self.seek is not None and self.seek.counts:
            self._next = target
        else:
            self._set_out(self._seek_for(target))

    def go_to_end(self, duration: Fraction) -> None:
        """Seek the last frame."""
        last, self._next = self._film.last, None
        target = duration if last is None else last
        seek = Seek(target, time.monotonic(), last_frame=True)
        self.begin(seek if last is not None else replace(seek, earlier=NEAR_END))

    def _set_out(self, seek: Seek) -> None:
        """Go on reading, where that leads to the target sooner; else begin there."""
        session = self.session
        self._feeder.attach(None)  # first: it takes sound that may be wanted
        self._clock.run(False)
        if session is None or not self._leads_to(session, seek):
            self.begin(seek)
            return
        self.seek = replace(seek, reads_on=True)
        session.skip_sound(self._film.origin + seek.start)

    def _leads_to(self, session: Session, seek: Seek) -> bool:
        """Whether the session that runs is nearer to the target than a new one."""
        last, target = self._timeline.last, self._film.origin + seek.start
        if last is None or not self.joined or seek.last_frame:
            return False
        ahead, reached = last.time < target - MICROSECOND, session.reached
        if reached is None or not (ahead and session.can_go_on_to(target)):
            return False
        return is_nearer(reached, target, self._film.index)

    def begin(self, seek: Seek) -> None:
        """Send a new session where a seek leads; the old one ends by itself."""
        self.seek = seek
        self._feeder.attach(None)
        self._clock.run(False)
        if self.session is not None:
            self.session.close()
        self.session = self._film.open_session(seek.start, self.speed)
        self.joined = False

    def proceed(self, current: Frame | None, *, paused: bool) -> Frame | None:
        """Go on with the seek under way; returns the frame it brings, once.

        Raises:
            AvioError: the source cannot be read from there.
        """
        seek, session = self.seek, self.session
        if seek is None or session is None:
            return None
        if seek.reads_on:
            return self._read_on(seek, session, paused=paused)
        cached = self._at_hand(seek)
        if cached is not None:
            return cached
        if not session.ready:
            return None
        if session.over and session.picture() is None:
            session.raise_error()
            if not seek.last_frame:
                return self._look_earlier(seek, session, paused=paused)
        if seek.last_frame:
            return self._take_all(seek, session, paused=paused)
        frame = self._arrive(seek, session, paused=paused)
        return None if seek.keeps and _same_time(frame, current) else frame

    def close(self) -> None:
        """Stop reading; does not wait for it."""
        self._feeder.attach(None)
        if self.session is not None:
            self.session.close()

    def _seek_for(self, target: Fraction) -> Seek:
        """Beyond the last frame, that one is looked for."""
        seek, last = Seek(target, time.monotonic()), self._film.last
        if last is None or target <= last:
            return seek
        return replace(seek, last_frame=True, earlier=target - last)

    def _at_hand(self, seek: Seek) -> Frame | None:
        """A frame of the timeline is shown before the readers are ready."""
        # The index may come while frames before the last one are arriving.
        if not seek.counts or (seek.last_frame and seek.start != self._film.last):
            return None
        frame = self._timeline.at(self._film.origin + seek.start)
        if frame is None:
            return None
        self._watcher.sought(seek, frame, self._film.origin)
        if self._next is None:
            seek.counts, seek.keeps, seek.last_frame = False, True, False
        else:
            self._begin_next()
        return frame

    def _read_on(self, seek: Seek, session: Session, *, paused: bool) -> Frame | None:
        wanted = self._film.origin + seek.start - MICROSECOND
        over = session.over  # asked first: what comes after it is taken next time
        while (frame := session.take_picture()) is not None:
            self._timeline.add(frame)
            if frame.time >= wanted:
                self.in_step = True
                self._end(seek, frame)
                if self.seek is None:
                    self._start_from(seek, session, frame, paused=paused)
                return frame
        if over:  # there is nothing, or it failed: a new session tells
            self.begin(replace(seek, reads_on=False))
        return None

    def _look_earlier(
        self, seek: Seek, session: Session, *, paused: bool
    ) -> Frame | None:
        """There is nothing from there on: show the last frame there is."""
        if self._film.video is None or seek.start == 0:
            return self._arrive(seek, session, paused=paused)
        earlier = max(NEAR_END, 4 * seek.earlier)
        self.begin(replace(seek, earlier=earlier, last_frame=True))
        return None

    def _take_all(self, seek: Seek, session: Session, *, paused: bool) -> Frame | None:
        session.discard_sound()
        over = session.over  # asked first: what comes after it is taken next time
        while (frame := session.take_picture()) is not None:
            self._join(frame, seek)
        if not over:
            return None
        if not self.joined:
            return self._look_earlier(seek, session, paused=paused)
        last = self._timeline.last
        self.in_step = False
        self._end(seek, last)
        return last

    def _arrive(self, seek: Seek, session: Session, *, paused: bool) -> Frame | None:
        """The readers are where they were sent: show, and play on if wanted."""
        frame = session.take_picture()
        if frame is not None:
            if not self._film.can_seek:  # only now it is known where it begins
                self._film.origin = frame.time
            self._join(frame, seek)
        self.joined = self.in_step = True
        self._end(seek, frame)
        if self.seek is None:
            self._start_from(seek, session, frame, paused=paused)
        return frame

    def _start_from(
        self, seek: Seek, session: Session, frame: Frame | None, *, paused: bool
    ) -> None:
        position = self._film.origin + seek.start
        near = frame is not None and frame.time - position < 1
        if frame is not None and (near or not session.has_sound):
            position = frame.time  # the sound before it is left out
        self._feeder.attach(session if session.has_sound else None, float(self.speed))
        self._feeder.begin(position, playing=not paused)

    def _join(self, frame: Frame, seek: Seek) -> None:
        """Put a frame of the session where it belongs."""
        timeline = self._timeline
        if not self.joined:
            first, last = timeline.first, timeline.last
            if not (first and last and first.time <= frame.time <= last.time):
                timeline.clear()
            timeline.begins_at_start |= seek.start == 0
            self.joined = True
        timeline.add(frame)

    def _end(self, seek: Seek, frame: Frame | None) -> None:
        self.seek = None
        if seek.counts and frame is not None:
            self._watcher.sought(seek, frame, self._film.origin)
        if self._next is not None:
            self._begin_next()

    def _begin_next(self) -> None:
        target, self._next = self._next, None
        if target is not None:
            self._set_out(self._seek_for(target))


def _same_time(one: Frame | None, other: Frame | None) -> bool:
    return one is not None and other is not None and one.time == other.time
