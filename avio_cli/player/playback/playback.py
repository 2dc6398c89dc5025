"""Playback: which frame is shown when; pause, step, loop, speed."""

import logging
import time
from collections import deque
from fractions import Fraction

from avio_cli.media.frame import Frame
from avio_cli.player.playback.audio_output import AudioPlayer
from avio_cli.player.playback.clock import Clock
from avio_cli.player.playback.decode_session import DecodeSession
from avio_cli.player.playback.frame_cache import FrameCache
from avio_cli.player.playback.open_media import OpenMedia
from avio_cli.player.playback.seek import Seek
from avio_cli.player.playback.seeker import PlaybackObserver, Seeker
from avio_cli.player.playback.step_back import BackwardFetcher

LOG = logging.getLogger("avio.player")

FRAME_CACHE_BYTES = 256 << 20
"""Memory for decoded frames around the current one."""
REST_SECONDS = 0.3
"""After this long on a paused frame, the user may step back: frames are fetched."""


class Playback:
    """Plays one opened input; call `advance` again and again.

    Args:
        media: what is played.
        clock: decides when frames are due.
        audio_player: plays the audio.
        observer: gets seeks, steps and dropped frames.
        speed: 1 for normal.
        limit: bytes of decoded frames to cache.
    """

    def __init__(
        self,
        media: OpenMedia,
        clock: Clock,
        audio_player: AudioPlayer,
        observer: PlaybackObserver,
        *,
        speed: Fraction = Fraction(1),
        limit: int = FRAME_CACHE_BYTES,
    ) -> None:
        self.media, self.clock = media, clock
        self.current: Frame | None = None
        self.paused = self.at_end = False
        self.was_due = False
        """Whether the last frame was shown because it was due, not by a jump."""
        self.display_latency = 0.0
        """Seconds that showing a frame takes: frames are due that much earlier."""
        self.frame_cache = FrameCache(limit)
        self.seeker = Seeker(media, self.frame_cache, clock, audio_player, observer)
        self._rewinder = BackwardFetcher(media, self.frame_cache)
        self._audio_player, self._observer = audio_player, observer
        self._steps: deque[tuple[int, float]] = deque()
        self._changed = 0.0
        self._loop_a: Fraction | None = None
        self._loop_b: Fraction | None = None
        self.seeker.speed = speed
        clock.set_speed(float(speed))
        self.seeker.restart_at(self._seek(media.start))

    @property
    def speed(self) -> Fraction:
        """The playback speed, 1 for normal."""
        return self.seeker.speed

    @property
    def position(self) -> Fraction:
        """The current position, in seconds after the source's start."""
        target, media = self.seeker.target, self.media
        if target is not None:
            return target
        by_frame = self.paused or media.audio_track is None
        if self.current is not None and by_frame and media.video is not None:
            return self.current.time - media.origin
        return max(Fraction(0), Fraction(self.clock.now()) - media.origin)

    @property
    def is_idle(self) -> bool:
        """Whether all requested seeks and steps are done."""
        return self.seeker.is_idle and not self._steps

    @property
    def loop(self) -> tuple[Fraction | None, Fraction | None]:
        """Start and end of the A-B loop, as far as they are set."""
        return self._loop_a, self._loop_b

    # Requests

    def set_paused(self, paused: bool) -> None:
        """Pause, or resume; at the end, resuming plays from the start."""
        if paused == self.paused:
            return
        self.paused = paused
        self._steps.clear()
        if self.seeker.pending is not None:
            return  # the seek ends in the new state
        if not paused and self.at_end and self.media.can_seek:
            self.seek_to(self.media.start)
        elif not paused and not self._can_resume() and self.media.can_seek:
            self._reopen()
        else:
            self._audio_player.pause(paused)

    def seek_to(self, target: Fraction) -> None:
        """Seek to a time, limited to the duration."""
        if not self.media.can_seek:
            return
        duration = self.media.duration
        target = max(Fraction(0), target if duration is None else min(target, duration))
        self._steps.clear()
        self.at_end = False
        if self.frame_cache.at(self.media.origin + target) is None:
            self._rewinder.cancel()
        self.seeker.seek(target)

    def seek_end(self) -> None:
        """Seek to the last frame."""
        duration = self.media.duration
        if not self.media.can_seek or duration is None:
            return
        if self.media.video is None:
            self.seek_to(duration)
            return
        self._steps.clear()
        self.at_end = False
        self._rewinder.cancel()
        self.seeker.seek_to_end(duration)

    def restart(self) -> None:
        """Play from the start again."""
        self.paused = self.at_end = False
        self.seeker.restart_at(self._seek(self.media.start))

    def step(self, direction: int) -> None:
        """Pause, and show the next frame or the one before."""
        if self.media.video is None:
            return
        self.set_paused(True)
        self._steps.append((direction, time.monotonic()))

    def set_speed(self, speed: Fraction) -> None:
        """Play faster or slower, at the same pitch."""
        self.seeker.speed = speed
        self.clock.set_speed(float(speed))
        if self.media.audio_track is not None:
            self._reopen()

    def change_tracks(self) -> None:
        """Restart the readers with the tracks that are now selected."""
        position = self.position
        self.frame_cache.clear()
        self.seeker.restart_at(self._seek(position))

    def disable_audio(self) -> None:
        """Play without audio: there is no audio device."""
        self.media.audio_track = None
        session = self.seeker.session
        if session is not None:
            session.discard_audio()
            session.has_audio = False

    def toggle_ab_loop(self) -> None:
        """Set the loop's start here, then its end, then clear both."""
        if self._loop_a is None:
            self._loop_a = self.position
        elif self._loop_b is None and self.position > self._loop_a:
            self._loop_b = self.position
        else:
            self._loop_a = self._loop_b = None

    def close(self) -> None:
        """Stop everything; the media stays open."""
        self.seeker.close()
        self._rewinder.close()

    # The playback loop

    def advance(self) -> Frame | None:
        """Do what is due; returns the frame to show, if it has changed.

        Raises:
            AvioError: the source cannot be read any further.
        """
        if self._rewinder.poll():
            self.seeker.is_contiguous = False
        frame = self._next_frame()
        if frame is not None:
            self.current, self._changed = frame, time.monotonic()
        return frame

    def next_due(self) -> float | None:
        """Seconds until the next frame is due; None if not known."""
        session = self.seeker.session
        frame = session.peek_frame() if session and not self.paused else None
        if frame is None or not self.is_idle:
            return None
        return (frame.seconds - self.clock.now()) / float(
            self.speed
        ) - self.display_latency

    def _next_frame(self) -> Frame | None:
        self.was_due = False
        if self.seeker.pending is not None:
            return self._advance_seek()
        if self._steps:
            return self._advance_step()
        if self.paused:
            self._make_ready_to_step()
            return None
        if self._loop_b is not None and self.position >= self._loop_b:
            self.seeker.restart_at(self._seek(self._loop_a or Fraction(0)))
            return None
        self.was_due = True
        return self._advance_playback()

    def _make_ready_to_step(self) -> None:
        """Fetch the frames before a paused one."""
        rested = time.monotonic() - self._changed > REST_SECONDS
        if rested and self.current is not None and self.media.video is not None:
            self._rewinder.before(self.current)

    def _advance_seek(self) -> Frame | None:
        seek = self.seeker.pending
        frame = self.seeker.poll(self.current, paused=self.paused)
        arrived = self.seeker.is_idle and seek is not None and seek.last_frame
        if arrived and not self.paused:
            self.at_end = self.paused = True
        return frame

    def _advance_playback(self) -> Frame | None:
        session = self.seeker.session
        if session is None or not self.seeker.is_contiguous:
            self._reopen()
            return None
        self._pause_clock_on_underrun(session)
        frame = self._take_due(session)
        if frame is None and session.at_end and session.peek_frame() is None:
            self._finish(session)
        return frame

    def _take_due(self, session: DecodeSession) -> Frame | None:
        """Take the last of the frames that are due; drop those before it."""
        now = self.clock.now() + self.display_latency * float(self.speed)
        due: Frame | None = None
        while (frame := session.peek_frame()) is not None and frame.seconds <= now:
            session.take_frame()
            self.frame_cache.add(frame)
            if due is not None:
                self._observer.on_drop(1)
            due = frame
        return due

    def _pause_clock_on_underrun(self, session: DecodeSession) -> None:
        """Stop the clock while a slow source or decoder delivers nothing."""
        starved = session.is_underrun and self._audio_player.is_drained
        if starved == self.clock.running:
            self.clock.run(not starved)

    def _finish(self, session: DecodeSession) -> None:
        session.raise_error()
        last, now = self.frame_cache.last, Fraction(self.clock.now())
        if last is not None and now < last.time + self.media.frame_duration:
            return
        if session.has_queued_audio or (
            session.has_audio and not self._audio_player.is_drained
        ):
            return
        if session.damage and not self.at_end:
            LOG.warning("%s", session.damage)
        self.at_end = self.paused = True
        self._audio_player.pause(True)

    def _advance_step(self) -> Frame | None:
        direction, asked = self._steps[0]
        if self.current is None:
            return None
        if direction > 0:
            frame = self._following(self.current)
        else:
            frame = self._rewinder.before(self.current)
            if frame is None and not self._rewinder.busy:
                self._steps.clear()  # this is the first one
        if frame is not None:
            self._steps.popleft()
            self.seeker.audio_matches_frame = self.at_end = False
            self._observer.on_step(direction, frame, asked)
        return frame

    def _following(self, current: Frame) -> Frame | None:
        frame = self.frame_cache.after(current.time)
        session = self.seeker.session
        if frame is not None or session is None:
            return frame
        if not self.seeker.is_contiguous:
            self._reopen()
            return None
        session.discard_audio()
        ended, frame = session.at_end, session.take_frame()  # in that order
        if frame is None and ended:
            self._steps.clear()  # this is the last one
        if frame is None:
            return None
        self.frame_cache.add(frame)
        return frame if frame.time > current.time else None

    def _can_resume(self) -> bool:
        """Whether queued frames and audio continue exactly at the current frame."""
        return self.seeker.is_contiguous and self.seeker.audio_matches_frame

    def _reopen(self) -> None:
        """Restart the readers at the current position."""
        if not self.media.can_seek:
            return
        seek = self._seek(self.position)
        moving = self.seeker.target is not None
        if self.current is not None and self.media.video is not None and not moving:
            seek.target = self.current.time - self.media.origin
            seek.keeps_current_frame = True
        self._rewinder.cancel()
        self.seeker.restart_at(seek)

    def _seek(self, target: Fraction) -> Seek:
        return Seek(target, time.monotonic(), from_user=False)
