"""Reading: the session in use, and the seeks that lead to the next one."""

import time
from dataclasses import replace
from fractions import Fraction
from typing import Protocol

from avio_cli.media.frame import Frame
from avio_cli.media.time_range import MICROSECOND
from avio_cli.player.playback.audio_output import AudioPlayer
from avio_cli.player.playback.clock import Clock
from avio_cli.player.playback.decode_session import DecodeSession
from avio_cli.player.playback.frame_cache import FrameCache
from avio_cli.player.playback.open_media import OpenMedia
from avio_cli.player.playback.seek import Seek, reading_on_is_cheaper

NEAR_END = Fraction(1)
"""Seconds before a wanted time at which the last frame is looked for."""


class PlaybackObserver(Protocol):
    """Is told what happens; the statistics are one."""

    def on_seek(self, seek: Seek, frame: Frame, origin: Fraction) -> None:
        """A seek has brought this frame."""
        ...

    def on_step(self, direction: int, frame: Frame, asked: float) -> None:
        """A step has brought this frame."""
        ...

    def on_drop(self, count: int) -> None:
        """So many frames were passed over because they were late."""
        ...


class Seeker:
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
        film: OpenMedia,
        timeline: FrameCache,
        clock: Clock,
        feeder: AudioPlayer,
        watcher: PlaybackObserver,
    ) -> None:
        self._media, self._cache = film, timeline
        self._clock, self._feeder, self._observer = clock, feeder, watcher
        self.session: DecodeSession | None = None
        self.speed = Fraction(1)
        self.is_contiguous = False
        """Whether the session's next frame follows the timeline's last one."""
        self.audio_matches_frame = False
        """Whether the sound that waits belongs to the current frame."""
        self.pending: Seek | None = None
        self._next: Fraction | None = None

    @property
    def is_idle(self) -> bool:
        """Whether the last seek has arrived."""
        return self.pending is None and self._next is None

    @property
    def target(self) -> Fraction | None:
        """Where a seek that the user asked for leads; None where there is none."""
        if self._next is not None:
            return self._next
        return (
            None
            if self.pending is None or self.pending.keeps_current_frame
            else self.pending.target
        )

    def seek(self, target: Fraction) -> None:
        """Seek; while one is under way, only the last one asked for follows it."""
        if self.pending is not None and self.pending.from_user:
            self._next = target
        else:
            self._start_seek(self._seek_for(target))

    def seek_to_end(self, duration: Fraction) -> None:
        """Seek the last frame."""
        last, self._next = self._media.last_frame_time, None
        target = duration if last is None else last
        seek = Seek(target, time.monotonic(), last_frame=True)
        self.restart_at(seek if last is not None else replace(seek, preroll=NEAR_END))

    def _start_seek(self, seek: Seek) -> None:
        """Go on reading, where that leads to the target sooner; else begin there."""
        session = self.session
        self._feeder.attach(None)  # first: it takes sound that may be wanted
        self._clock.run(False)
        if session is None or not self._can_read_on(session, seek):
            self.restart_at(seek)
            return
        self.pending = replace(seek, reads_on=True)
        session.skip_audio(self._media.origin + seek.start)

    def _can_read_on(self, session: DecodeSession, seek: Seek) -> bool:
        """Whether the session that runs is nearer to the target than a new one."""
        last, target = self._cache.last, self._media.origin + seek.start
        if last is None or not self.is_contiguous or seek.last_frame:
            return False
        ahead, reached = last.time < target - MICROSECOND, session.last_decoded_time
        if reached is None or not (ahead and session.can_reach(target)):
            return False
        return reading_on_is_cheaper(reached, target, self._media.index)

    def restart_at(self, seek: Seek) -> None:
        """Send a new session where a seek leads; the old one ends by itself."""
        self.pending = seek
        self._feeder.attach(None)
        self._clock.run(False)
        if self.session is not None:
            self.session.close()
        self.session = self._media.open_session(seek.start, self.speed)
        self.is_contiguous = False

    def poll(self, current: Frame | None, *, paused: bool) -> Frame | None:
        """Go on with the seek under way; returns the frame it brings, once.

        Raises:
            AvioError: the source cannot be read from there.
        """
        seek, session = self.pending, self.session
        if seek is None or session is None:
            return None
        if seek.reads_on:
            return self._read_on(seek, session, paused=paused)
        cached = self._cached_frame(seek)
        if cached is not None:
            return cached
        if not session.ready:
            return None
        if session.at_end and session.peek_frame() is None:
            session.raise_error()
            if not seek.last_frame:
                return self._retry_earlier(seek, session, paused=paused)
        if seek.last_frame:
            return self._drain_to_last(seek, session, paused=paused)
        frame = self._arrive(seek, session, paused=paused)
        return (
            None if seek.keeps_current_frame and _same_time(frame, current) else frame
        )

    def close(self) -> None:
        """Stop reading; does not wait for it."""
        self._feeder.attach(None)
        if self.session is not None:
            self.session.close()

    def _seek_for(self, target: Fraction) -> Seek:
        """Beyond the last frame, that one is looked for."""
        seek, last = Seek(target, time.monotonic()), self._media.last_frame_time
        if last is None or target <= last:
            return seek
        return replace(seek, last_frame=True, preroll=target - last)

    def _cached_frame(self, seek: Seek) -> Frame | None:
        """A frame of the timeline is shown before the readers are ready."""
        # The index may come while frames before the last one are arriving.
        if not seek.from_user or (
            seek.last_frame and seek.start != self._media.last_frame_time
        ):
            return None
        frame = self._cache.at(self._media.origin + seek.start)
        if frame is None:
            return None
        self._observer.on_seek(seek, frame, self._media.origin)
        if self._next is None:
            seek.from_user, seek.keeps_current_frame, seek.last_frame = (
                False,
                True,
                False,
            )
        else:
            self._start_next()
        return frame

    def _read_on(
        self, seek: Seek, session: DecodeSession, *, paused: bool
    ) -> Frame | None:
        wanted = self._media.origin + seek.start - MICROSECOND
        over = session.at_end  # asked first: what comes after it is taken next time
        while (frame := session.take_frame()) is not None:
            self._cache.add(frame)
            if frame.time >= wanted:
                self.audio_matches_frame = True
                self._end(seek, frame)
                if self.pending is None:
                    self._start_from(seek, session, frame, paused=paused)
                return frame
        if over:  # there is nothing, or it failed: a new session tells
            self.restart_at(replace(seek, reads_on=False))
        return None

    def _retry_earlier(
        self, seek: Seek, session: DecodeSession, *, paused: bool
    ) -> Frame | None:
        """There is nothing from there on: show the last frame there is."""
        if self._media.video is None or seek.start == 0:
            return self._arrive(seek, session, paused=paused)
        earlier = max(NEAR_END, 4 * seek.preroll)
        self.restart_at(replace(seek, preroll=earlier, last_frame=True))
        return None

    def _drain_to_last(
        self, seek: Seek, session: DecodeSession, *, paused: bool
    ) -> Frame | None:
        session.discard_audio()
        over = session.at_end  # asked first: what comes after it is taken next time
        while (frame := session.take_frame()) is not None:
            self._add_to_cache(frame, seek)
        if not over:
            return None
        if not self.is_contiguous:
            return self._retry_earlier(seek, session, paused=paused)
        last = self._cache.last
        self.audio_matches_frame = False
        self._end(seek, last)
        return last

    def _arrive(
        self, seek: Seek, session: DecodeSession, *, paused: bool
    ) -> Frame | None:
        """The readers are where they were sent: show, and play on if wanted."""
        frame = session.take_frame()
        if frame is not None:
            if not self._media.can_seek:  # only now it is known where it begins
                self._media.origin = frame.time
            self._add_to_cache(frame, seek)
        self.is_contiguous = self.audio_matches_frame = True
        self._end(seek, frame)
        if self.pending is None:
            self._start_from(seek, session, frame, paused=paused)
        return frame

    def _start_from(
        self, seek: Seek, session: DecodeSession, frame: Frame | None, *, paused: bool
    ) -> None:
        position = self._media.origin + seek.start
        near = frame is not None and frame.time - position < 1
        if frame is not None and (near or not session.has_audio):
            position = frame.time  # the sound before it is left out
        self._feeder.attach(session if session.has_audio else None, float(self.speed))
        self._feeder.start(position, playing=not paused)

    def _add_to_cache(self, frame: Frame, seek: Seek) -> None:
        """Put a frame of the session where it belongs."""
        timeline = self._cache
        if not self.is_contiguous:
            first, last = timeline.first, timeline.last
            if not (first and last and first.time <= frame.time <= last.time):
                timeline.clear()
            timeline.begins_at_start |= seek.start == 0
            self.is_contiguous = True
        timeline.add(frame)

    def _end(self, seek: Seek, frame: Frame | None) -> None:
        self.pending = None
        if seek.from_user and frame is not None:
            self._observer.on_seek(seek, frame, self._media.origin)
        if self._next is not None:
            self._start_next()

    def _start_next(self) -> None:
        target, self._next = self._next, None
        if target is not None:
            self._start_seek(self._seek_for(target))


def _same_time(one: Frame | None, other: Frame | None) -> bool:
    return one is not None and other is not None and one.time == other.time
