"""Playback: which frame is shown when; seeking, stepping, pausing."""

import time
from collections import deque
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Protocol

from avio_cli.frame import Frame
from avio_cli.player.clock import Clock
from avio_cli.player.film import Film
from avio_cli.player.refill import SHARE, WITHOUT_INDEX, Refill
from avio_cli.player.session import Session
from avio_cli.player.sound import SoundFeeder
from avio_cli.player.timeline import Timeline

TIMELINE_BYTES = 256 << 20
"""Memory for decoded frames around the current one."""
NEAR_BEGINNING = 12
"""Frames left before the first one when the next refill begins, while stepping back."""
NEAR_END = Fraction(1)
"""Seconds before the end where the last frame is looked for."""


@dataclass(slots=True)
class Seek:
    """A seek under way; times in seconds after the source's start."""

    target: Fraction
    """What was asked for."""
    asked: float
    """When, on the monotonic clock."""
    counts: bool = True
    """Whether the user asked for it; else only the readers change."""
    last_frame: bool = False
    """Whether the last frame there is shall be shown, not the first."""
    keeps: bool = False
    """Whether the frame shown stays: the readers only begin at it."""
    earlier: Fraction = Fraction(0)
    """How much before the target the readers begin."""

    @property
    def start(self) -> Fraction:
        """Where the readers begin."""
        return max(Fraction(0), self.target - self.earlier)


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


class Playback:
    """What plays of one film; call `advance` again and again.

    Args:
        film: what is read.
        clock: followed by the pictures.
        feeder: plays the sound.
        watcher: is told what happens.
        paused: whether it begins paused.
        speed: times the normal one.
    """

    def __init__(
        self,
        film: Film,
        clock: Clock,
        feeder: SoundFeeder,
        watcher: Watcher,
        *,
        paused: bool = False,
        speed: Fraction = Fraction(1),
        limit: int = TIMELINE_BYTES,
    ) -> None:
        self.film, self.clock = film, clock
        self.paused, self.speed = paused, speed
        self.current: Frame | None = None
        self.at_end = False
        self.in_time = False
        """Whether the last frame was shown because it was due, not because of a jump."""
        self.lead = 0.0
        """Seconds that showing a frame takes: it is begun so much earlier."""
        self.timeline = Timeline(limit)
        self._feeder, self._watcher = feeder, watcher
        self._session: Session | None = None
        self._joined = False
        self._in_step = False
        self._seek: Seek | None = None
        self._next_target: Fraction | None = None
        self._steps: deque[tuple[int, float]] = deque()
        self._refill: Refill | None = None
        self._loop_a: Fraction | None = None
        self._loop_b: Fraction | None = None
        clock.set_speed(float(speed))
        self._begin(Seek(film.start, time.monotonic(), counts=False))

    # What may be asked

    @property
    def position(self) -> Fraction:
        """Where it is, in seconds after the source's start."""
        if self._next_target is not None:
            return self._next_target
        if self._seek is not None and not self._seek.keeps:
            return self._seek.target
        film = self.film
        if self.current is not None and (self.paused or film.audio_track is None):
            if film.video is not None:
                return self.current.time - film.origin
        return max(Fraction(0), Fraction(self.clock.now()) - film.origin)

    @property
    def settled(self) -> bool:
        """Whether all that was asked for is done and shown."""
        return self._seek is None and not self._steps and self._next_target is None

    @property
    def loop(self) -> tuple[Fraction | None, Fraction | None]:
        """Where the A-B loop begins and ends, as far as it is set."""
        return self._loop_a, self._loop_b

    @property
    def error(self) -> BaseException | None:
        """What ended the reader, if it failed."""
        return self._session.error if self._session else None

    # What may be told

    def set_paused(self, paused: bool) -> None:
        """Stand still, or go on."""
        if paused == self.paused:
            return
        self.paused = paused
        self._steps.clear()
        if self._seek is not None:
            return  # it ends in the new state
        if not paused and self.at_end and self.film.can_seek:
            self.seek_to(self.film.start)
        elif not paused and not self._in_step_with_sound() and self.film.can_seek:
            self._reopen()
        else:
            self._feeder.pause(paused)

    def seek_to(self, target: Fraction) -> None:
        """Go to a time; while a seek is under way, the last one asked for counts."""
        if not self.film.can_seek:
            return
        duration = self.film.duration
        if duration is not None:
            target = min(target, duration)
        target = max(Fraction(0), target)
        self._steps.clear()
        if self._seek is not None and self._seek.counts:
            self._next_target = target
        else:
            self._begin(self._seek_for(target))

    def restart(self) -> None:
        """Play from the beginning again."""
        self.paused = False
        self._begin(Seek(self.film.start, time.monotonic(), counts=False))

    def seek_end(self) -> None:
        """Go to the last frame."""
        duration = self.film.duration
        if not self.film.can_seek or duration is None:
            return
        self._steps.clear()
        self._next_target = None
        if self.film.video is None:
            self.seek_to(duration)
            return
        last = self.film.last
        target = duration if last is None else last
        seek = Seek(target, time.monotonic(), last_frame=True)
        self._begin(seek if last is not None else replace(seek, earlier=NEAR_END))

    def step(self, direction: int) -> None:
        """Show the next frame, or the one before; pauses."""
        if self.film.video is None:
            return
        if not self.paused:
            self.set_paused(True)
        self._steps.append((direction, time.monotonic()))

    def set_speed(self, speed: Fraction) -> None:
        """Play faster or slower, pitch kept."""
        self.speed = speed
        self.clock.set_speed(float(speed))
        if self.film.audio_track is not None:
            self._reopen()

    def leave_sound_out(self) -> None:
        """Play without sound: there is nothing to hear it with."""
        self.film.audio_track = None
        if self._session is not None:
            self._session.discard_sound()
            self._session.has_sound = False

    def change_tracks(self) -> None:
        """Read on with the tracks that the film has chosen now."""
        self.timeline.clear()
        self._reopen(keeps=False)

    def mark_loop(self) -> None:
        """Set the loop's beginning here, then its end, then neither."""
        if self._loop_a is None:
            self._loop_a = self.position
        elif self._loop_b is None and self.position > self._loop_a:
            self._loop_b = self.position
        else:
            self._loop_a = self._loop_b = None

    def close(self) -> None:
        """Stop everything; the film stays open."""
        self._feeder.attach(None)
        if self._refill is not None:
            self._refill.close()
        if self._session is not None:
            self._session.close()

    # What happens by and by

    def advance(self) -> Frame | None:
        """Do what is due; returns the frame to show, if it is another one."""
        self._take_refill()
        self.in_time = False
        if self._seek is not None:
            return self._show(self._continue_seek(self._seek))
        if self._steps:
            return self._show(self._continue_step())
        if self.paused:
            return None
        if self._loop_b is not None and self.position >= self._loop_b:
            self._begin(Seek(self._loop_a or Fraction(0), time.monotonic()))
            return None
        self.in_time = True
        return self._show(self._play())

    def next_due(self) -> float | None:
        """Seconds until the next frame is due; None where none is known."""
        frame = self._session.picture() if self._session and not self.paused else None
        if frame is None or self._seek is not None:
            return None
        return (frame.seconds - self.clock.now()) / float(self.speed) - self.lead

    def _show(self, frame: Frame | None) -> Frame | None:
        if frame is not None:
            self.current = frame
        return frame

    # Playing

    def _play(self) -> Frame | None:
        session = self._session
        if session is None or not self._joined:
            self._reopen()
            return None
        self._hold_while_starved(session)
        frame = self._take_due(session)
        if frame is None and session.over and session.picture() is None:
            self._finish(session)
        return frame

    def _take_due(self, session: Session) -> Frame | None:
        """The last of the frames that are due; those before it are passed over."""
        now = self.clock.now() + self.lead * float(self.speed)
        due: Frame | None = None
        while (frame := session.picture()) is not None and frame.seconds <= now:
            session.take_picture()
            self.timeline.add(frame)
            if due is not None:
                self._watcher.dropped(1)
            due = frame
        return due

    def _hold_while_starved(self, session: Session) -> None:
        """No time passes while a slow source or decoder gives nothing."""
        starved = session.starved and self._feeder.silent
        if starved == self.clock.running:
            self.clock.run(not starved)

    def _finish(self, session: Session) -> None:
        last, now = self.timeline.last, Fraction(self.clock.now())
        if last is not None and now < last.time + self.film.frame_duration:
            return
        if session.sound_waits or (session.has_sound and not self._feeder.silent):
            return
        self.at_end = True
        self.paused = True
        self._feeder.pause(True)

    def _in_step_with_sound(self) -> bool:
        return self._joined and self._in_step

    # Seeking

    def _begin(self, seek: Seek) -> None:
        self.at_end = False
        self._seek = seek
        self._feeder.attach(None)
        self.clock.run(False)
        if self._session is not None:
            self._session.close()
        self._session = self.film.open_session(seek.start, self.speed)
        self._joined = False

    def _reopen(self, *, keeps: bool = True) -> None:
        """Begin the readers anew where we are."""
        keeps = keeps and self.current is not None and self.film.video is not None
        target = self.position
        if not self.film.can_seek:
            return
        if keeps and self.current is not None and self._seek is None:
            target = self.current.time - self.film.origin
        self._begin(Seek(target, time.monotonic(), counts=False, keeps=keeps))

    def _continue_seek(self, seek: Seek) -> Frame | None:
        session = self._session
        if session is None:
            return None
        cached = self._from_timeline(seek)
        if cached is not None:
            return cached
        if not session.ready:
            return None
        if seek.last_frame:
            return self._continue_to_last(seek, session)
        if session.picture() is None and session.over and not session.error:
            return self._look_earlier(seek)
        return self._arrive(seek, session)

    def _from_timeline(self, seek: Seek) -> Frame | None:
        """A frame that is at hand is shown before the readers are ready."""
        if not seek.counts or (seek.last_frame and self.film.last is None):
            return None
        frame = self.timeline.at(self.film.origin + seek.start)
        if frame is None:
            return None
        self._watcher.sought(seek, frame, self.film.origin)
        if self._next_target is not None:
            self._begin_next()
        else:
            seek.counts, seek.keeps = False, True
            seek.last_frame = False
        return frame

    def _look_earlier(self, seek: Seek) -> Frame | None:
        """There is nothing from there on: show the last frame there is."""
        if self.film.video is None or seek.start == 0:
            return self._arrive(seek, self._session)
        earlier = max(NEAR_END, 4 * seek.earlier)
        self._begin(replace(seek, earlier=earlier, last_frame=True))
        return None

    def _continue_to_last(self, seek: Seek, session: Session) -> Frame | None:
        session.discard_sound()
        while (frame := session.take_picture()) is not None:
            self._join(frame, seek)
        if not session.over:
            return None
        if not self._joined:
            return self._look_earlier(seek)
        last = self.timeline.last
        self._end_seek(seek, last)
        self._in_step = False
        if not self.paused:
            self.at_end = self.paused = True
        return last

    def _arrive(self, seek: Seek, session: Session | None) -> Frame | None:
        """The readers are where they were sent: show, and play on if wanted."""
        frame = session.take_picture() if session else None
        if session is None:
            return None
        if frame is not None:
            self._join(frame, seek)
        self._joined = self._in_step = True
        self._end_seek(seek, frame)
        if self._seek is None:
            self._start_from(seek, session, frame)
        kept = seek.keeps and self.current is not None
        return None if kept and _same_time(frame, self.current) else frame

    def _start_from(self, seek: Seek, session: Session, frame: Frame | None) -> None:
        position = self.film.origin + seek.start
        near = frame is not None and frame.time - position < 1
        if frame is not None and (near or not session.has_sound):
            position = frame.time  # the sound before it is left out
        self._feeder.attach(session if session.has_sound else None, float(self.speed))
        self._feeder.begin(position, playing=not self.paused)

    def _join(self, frame: Frame, seek: Seek) -> None:
        """Put the first frame of a session where it belongs."""
        timeline = self.timeline
        if not self._joined:
            first, last = timeline.first, timeline.last
            inside = first and last and first.time <= frame.time <= last.time
            if not inside:
                timeline.clear()
            self._joined = True
            timeline.begins_at_start |= seek.start == 0
        timeline.add(frame)

    def _end_seek(self, seek: Seek, frame: Frame | None) -> None:
        self._seek = None
        if seek.counts and frame is not None:
            self._watcher.sought(seek, frame, self.film.origin)
        if self._next_target is not None:
            self._begin_next()

    def _begin_next(self) -> None:
        target, self._next_target = self._next_target, None
        if target is not None:
            self._begin(self._seek_for(target))

    def _seek_for(self, target: Fraction) -> Seek:
        """Beyond the last frame, that one is looked for."""
        seek, last = Seek(target, time.monotonic()), self.film.last
        if last is None or target <= last:
            return seek
        return replace(seek, last_frame=True, earlier=target - last)

    # Stepping

    def _continue_step(self) -> Frame | None:
        direction, asked = self._steps[0]
        current = self.current
        if current is None:
            return None
        frame = self._following() if direction > 0 else self._preceding(current)
        if frame is None:
            return None
        self._steps.popleft()
        self._in_step = self.at_end = False
        self._watcher.stepped(direction, frame, asked)
        return frame

    def _following(self) -> Frame | None:
        time_now = self.current.time if self.current else Fraction(0)
        if (frame := self.timeline.after(time_now)) is not None:
            return frame
        session = self._session
        if session is None or not self._joined:
            self._reopen()
            return None
        session.discard_sound()
        frame = session.take_picture()
        if frame is None:
            if session.over:
                self._steps.clear()  # this is the last one
            return None
        self.timeline.add(frame)
        return frame if frame.time > time_now else None

    def _preceding(self, current: Frame) -> Frame | None:
        frame = self.timeline.before(current.time)
        if self.timeline.earlier_than(current.time) <= NEAR_BEGINNING:
            self._start_refill()
        if frame is None and self._refill is None:
            self._steps.clear()  # this is the first one
        return frame

    def _start_refill(self, reach: Fraction = WITHOUT_INDEX) -> None:
        timeline, first = self.timeline, self.timeline.first
        if timeline.begins_at_start or first is None or self._refill is not None:
            return
        if self.film.can_seek:
            limit = timeline.limit // SHARE
            self._refill = Refill(self.film, first, limit, reach)

    def _take_refill(self) -> None:
        refill = self._refill
        if refill is None or not refill.done:
            return
        self._refill = None
        first = self.timeline.first
        if first is None or first is not refill.first:
            return  # we have gone elsewhere meanwhile
        if not refill.frames and not refill.reaches_start:
            self._start_refill(refill.reach * 4)
            return
        if self.timeline.prepend(tuple(refill.frames)):
            self._joined = False
        self.timeline.begins_at_start = refill.reaches_start


def _same_time(one: Frame | None, other: Frame | None) -> bool:
    return one is not None and other is not None and one.time == other.time
