"""Playback: which frame is shown when; pause, step, loop, speed."""

import logging
import time
from fractions import Fraction

from avio_cli.media.frame import Frame
from avio_cli.player.playback.audio_output import AudioPlayer
from avio_cli.player.playback.clock import Clock
from avio_cli.player.playback.decode_session import DecodeSession
from avio_cli.player.playback.frame_cache import FrameCache
from avio_cli.player.playback.live_edge import LiveEdge
from avio_cli.player.playback.open_media import OpenMedia
from avio_cli.player.playback.seek import PlaybackObserver, Restart, ToLastFrame
from avio_cli.player.playback.seeker import Seeker
from avio_cli.player.playback.step_back import BackwardFetcher
from avio_cli.player.playback.stepping import AbLoop, Stepper

LOG = logging.getLogger("avio.player")

FRAME_CACHE_BYTES = 116 << 20
"""Memory for decoded frames around the current one: 39 of 1080p, 9 of 2160p."""
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
        self._steps = Stepper(self.seeker, self.frame_cache, self._rewinder, observer)
        self._audio_player, self._observer = audio_player, observer
        self._changed = 0.0
        self.loop = AbLoop()
        self.live = LiveEdge(media, self.seeker, clock, audio_player, observer)
        self.seeker.speed = speed
        clock.set_speed(float(speed))
        self.seeker.restart(Restart(media.start))

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
    def shown_time(self) -> Fraction:
        """The time that is shown, on the source's own clock.

        That of the frame; of one that is shown for long, and without video, the
        clock's.
        """
        frame, media = self.current, self.media
        if frame is None or media.video is None:
            return self.position + media.origin
        if self.paused or not self.is_idle:
            return frame.time
        now = Fraction(self.clock.now()).limit_denominator(1000)
        return frame.time if now < frame.time + 2 * media.frame_duration else now

    @property
    def is_idle(self) -> bool:
        """Whether all requested seeks and steps are done."""
        return self.seeker.is_idle and self._steps.is_idle

    # Requests

    def set_paused(self, paused: bool) -> None:
        """Pause, or resume; at the end, resuming plays from the start."""
        if paused == self.paused:
            return
        self.paused = paused
        self._steps.cancel()
        if not self.seeker.is_idle:
            return  # the seek ends in the new state
        if not paused and self.at_end and self.media.can_seek:
            self.seek_to(self.media.start)
        elif not paused and not self.seeker.can_resume and self.media.can_seek:
            self._reopen()
        else:
            self._audio_player.pause(paused)

    def seek_to(self, target: Fraction) -> None:
        """Seek to a time, limited to the duration."""
        if not self.media.can_seek:
            return
        duration = self.media.duration
        target = max(Fraction(0), target if duration is None else min(target, duration))
        self._steps.cancel()
        self.at_end = False
        if self.frame_cache.at(self.media.origin + target) is None:
            self._rewinder.cancel()
        self.seeker.seek(target)

    def seek_end(self) -> None:
        """Seek to the last frame; of a live source, go on with the newest one."""
        if self.media.is_live and not self.at_end:
            self.set_paused(False)
            self.live.rejoin()
        duration = self.media.duration
        if not self.media.can_seek or duration is None:
            return
        if self.media.video is None:
            self.seek_to(duration)
            return
        self._steps.cancel()
        self.at_end = False
        self._rewinder.cancel()
        self.seeker.seek_to_end(duration)

    def restart(self) -> None:
        """Play from the start again."""
        self.paused = self.at_end = False
        self.seeker.restart(Restart(self.media.start))

    def step(self, direction: int) -> None:
        """Pause, and show the next frame or the one before."""
        if self.media.video is None:
            return
        self.set_paused(True)
        self._steps.request(direction)

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
        self.seeker.restart(Restart(position))

    def disable_audio(self) -> None:
        """Play without audio: there is no audio device."""
        self.media.audio_track = None
        session = self.seeker.session
        if session is not None:
            session.discard_audio()
            session.has_audio = False

    def toggle_ab_loop(self) -> None:
        """Set the loop's start here, then its end, then clear both."""
        self.loop = self.loop.toggled(self.position)

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
            self.seeker.cache_was_cut()
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
        if not self.seeker.is_idle:
            return self._advance_seek()
        if not self._steps.is_idle:
            return self._advance_step()
        if self.paused:
            self._make_ready_to_step()
            return None
        start = self.loop.start_after(self.position)
        if start is not None:
            self.seeker.restart(Restart(start))
            return None
        self.was_due = True
        return self._advance_playback()

    def _make_ready_to_step(self) -> None:
        """Fetch the frames before a paused one."""
        rested = time.monotonic() - self._changed > REST_SECONDS
        if rested and self.current is not None and self.media.video is not None:
            self._rewinder.before(self.current)

    def _advance_seek(self) -> Frame | None:
        state = self.seeker.state
        frame = self.seeker.poll(self.current, paused=self.paused)
        at_last = self.seeker.is_idle and isinstance(state, ToLastFrame)
        if at_last and not self.paused:
            self.at_end = self.paused = True
        return frame

    def _advance_playback(self) -> Frame | None:
        session = self.seeker.session
        if session is None or not self.seeker.can_continue:
            self._reopen()
            return None
        self.live.follow()
        self.live.pause_on_underrun(session)
        frame = self._take_due(session)
        self.was_due = frame is None or not self.live.is_start()
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
        frame = None if self.current is None else self._steps.advance(self.current)
        if frame is not None:
            self.at_end = False
        return frame

    def _reopen(self) -> None:
        """Restart the readers at the current position."""
        if not self.media.can_seek:
            return
        self._rewinder.cancel()
        still = self.seeker.target is None and self.media.video is not None
        if still and self.current is not None:
            self.seeker.resume_at(self.current)
        else:
            self.seeker.restart(Restart(self.position))
