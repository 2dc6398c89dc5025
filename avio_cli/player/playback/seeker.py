"""Seeker: the current decode session, and the seeks that replace it."""

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
from avio_cli.player.playback.seek import Seek, decoding_forward_is_cheaper

NEAR_END = Fraction(1)
"""Seconds before the target from which on the last frame is searched."""


class PlaybackObserver(Protocol):
    """Gets seeks, steps and dropped frames; `Statistics` is one."""

    def on_seek(self, seek: Seek, frame: Frame, origin: Fraction) -> None:
        """A seek has led to this frame."""
        ...

    def on_step(self, direction: int, frame: Frame, asked: float) -> None:
        """A step has led to this frame."""
        ...

    def on_drop(self, count: int) -> None:
        """This many frames were dropped because they were late."""
        ...


class Seeker:
    """Decodes one input from any position it seeks to.

    Args:
        media: what is decoded.
        cache: gets all frames.
        clock: set when a seek ends.
        audio_player: plays the audio from there on.
        observer: gets the seeks.
    """

    def __init__(
        self,
        media: OpenMedia,
        cache: FrameCache,
        clock: Clock,
        audio_player: AudioPlayer,
        observer: PlaybackObserver,
    ) -> None:
        self._media, self._cache = media, cache
        self._clock, self._audio_player, self._observer = clock, audio_player, observer
        self.session: DecodeSession | None = None
        self.speed = Fraction(1)
        self.is_contiguous = False
        """Whether the session's next frame follows the cache's last one."""
        self.audio_matches_frame = False
        """Whether the queued audio continues at the current frame."""
        self.pending: Seek | None = None
        self._next: Fraction | None = None

    @property
    def is_idle(self) -> bool:
        """Whether no seek is pending."""
        return self.pending is None and self._next is None

    @property
    def target(self) -> Fraction | None:
        """The target of a pending seek of the user; None if there is none."""
        if self._next is not None:
            return self._next
        return (
            None
            if self.pending is None or self.pending.keeps_current_frame
            else self.pending.target
        )

    def seek(self, target: Fraction) -> None:
        """Seek; of the requests during a seek, only the last one follows it."""
        if self.pending is not None and self.pending.from_user:
            self._next = target
        else:
            self._start_seek(self._seek_for(target))

    def seek_to_end(self, duration: Fraction) -> None:
        """Seek to the last frame."""
        last, self._next = self._media.last_frame_time, None
        target = duration if last is None else last
        seek = Seek(target, time.monotonic(), last_frame=True)
        self.restart_at(seek if last is not None else replace(seek, preroll=NEAR_END))

    def _start_seek(self, seek: Seek) -> None:
        """Decode forward, if that reaches the target sooner; else restart there."""
        session = self.session
        self._audio_player.attach(None)  # first: it takes audio that may be needed
        self._clock.run(False)
        if session is None or not self._can_decode_forward(session, seek):
            self.restart_at(seek)
            return
        self.pending = replace(seek, decodes_forward=True)
        session.skip_audio(self._media.origin + seek.start)

    def _can_decode_forward(self, session: DecodeSession, seek: Seek) -> bool:
        """Whether the running session reaches the target sooner than a new one."""
        last, target = self._cache.last, self._media.origin + seek.start
        if last is None or not self.is_contiguous or seek.last_frame:
            return False
        ahead, reached = last.time < target - MICROSECOND, session.last_decoded_time
        if reached is None or not (ahead and session.can_reach(target)):
            return False
        return decoding_forward_is_cheaper(reached, target, self._media.index)

    def restart_at(self, seek: Seek) -> None:
        """Start a new session for a seek; the old one ends in the background."""
        self.pending = seek
        self._audio_player.attach(None)
        self._clock.run(False)
        if self.session is not None:
            self.session.close()
        self.session = self._media.open_session(seek.start, self.speed)
        self.is_contiguous = False

    def poll(self, current: Frame | None, *, paused: bool) -> Frame | None:
        """Continue the pending seek; returns the frame it leads to, once.

        Raises:
            AvioError: the source cannot be read from there.
        """
        seek, session = self.pending, self.session
        if seek is None or session is None:
            return None
        if seek.decodes_forward:
            return self._decode_forward(seek, session, paused=paused)
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
        """Stop decoding; does not wait for it."""
        self._audio_player.attach(None)
        if self.session is not None:
            self.session.close()

    def _seek_for(self, target: Fraction) -> Seek:
        """Make a seek; beyond the last frame, it is for that one."""
        seek, last = Seek(target, time.monotonic()), self._media.last_frame_time
        if last is None or target <= last:
            return seek
        return replace(seek, last_frame=True, preroll=target - last)

    def _cached_frame(self, seek: Seek) -> Frame | None:
        """Take the frame from the cache, before the readers are ready."""
        # The index may become known while frames before the last one are decoded.
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

    def _decode_forward(
        self, seek: Seek, session: DecodeSession, *, paused: bool
    ) -> Frame | None:
        wanted = self._media.origin + seek.start - MICROSECOND
        ended = session.at_end  # read first: what comes later is taken next time
        while (frame := session.take_frame()) is not None:
            self._cache.add(frame)
            if frame.time >= wanted:
                self.audio_matches_frame = True
                self._end(seek, frame)
                if self.pending is None:
                    self._start_from(seek, session, frame, paused=paused)
                return frame
        if ended:  # end, or an error: a new session shows which
            self.restart_at(replace(seek, decodes_forward=False))
        return None

    def _retry_earlier(
        self, seek: Seek, session: DecodeSession, *, paused: bool
    ) -> Frame | None:
        """No frame from there on: search the last one, starting earlier."""
        if self._media.video is None or seek.start == 0:
            return self._arrive(seek, session, paused=paused)
        earlier = max(NEAR_END, 4 * seek.preroll)
        self.restart_at(replace(seek, preroll=earlier, last_frame=True))
        return None

    def _drain_to_last(
        self, seek: Seek, session: DecodeSession, *, paused: bool
    ) -> Frame | None:
        session.discard_audio()
        ended = session.at_end  # read first: what comes later is taken next time
        while (frame := session.take_frame()) is not None:
            self._add_to_cache(frame, seek)
        if not ended:
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
        """End a seek whose session is ready; resume playback unless paused."""
        frame = session.take_frame()
        if frame is not None:
            if not self._media.can_seek:  # its start is known only now
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
            position = frame.time  # the audio before it is dropped
        self._audio_player.attach(
            session if session.has_audio else None, float(self.speed)
        )
        self._audio_player.start(position, playing=not paused)

    def _add_to_cache(self, frame: Frame, seek: Seek) -> None:
        """Add a frame of the session; clear the cache if there would be a gap."""
        cache = self._cache
        if not self.is_contiguous:
            first, last = cache.first, cache.last
            if not (first and last and first.time <= frame.time <= last.time):
                cache.clear()
            cache.reaches_start |= seek.start == 0
            self.is_contiguous = True
        cache.add(frame)

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
