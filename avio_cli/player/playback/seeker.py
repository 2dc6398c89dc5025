"""Seeker: the current decode session, and the seeks that replace it."""

import time
from dataclasses import replace
from fractions import Fraction

from avio_cli.media.frame import Frame
from avio_cli.media.time_range import MICROSECOND
from avio_cli.player.playback.audio_output import AudioPlayer
from avio_cli.player.playback.clock import Clock
from avio_cli.player.playback.decode_session import DecodeSession
from avio_cli.player.playback.frame_cache import FrameCache
from avio_cli.player.playback.open_media import OpenMedia
from avio_cli.player.playback.seek import (
    DecodingForward,
    Follows,
    PlaybackObserver,
    Restart,
    Resume,
    Seek,
    SeekerState,
    Settled,
    ToFirstFrame,
    ToLastFrame,
    UserSeek,
    decoding_forward_is_cheaper,
)

NEAR_END = Fraction(1)
"""Seconds before the target at which decoding starts for the last frame."""


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
        self.state: SeekerState = Settled(Follows.NOTHING)
        self._next: Fraction | None = None

    @property
    def is_idle(self) -> bool:
        """Whether no seek is in progress."""
        return isinstance(self.state, Settled)

    @property
    def target(self) -> Fraction | None:
        """Where the seek in progress leads to; None if the position stays."""
        if self._next is not None:
            return self._next
        seek = self.state.seek
        return None if seek is None or isinstance(seek, Resume) else seek.target

    @property
    def can_continue(self) -> bool:
        """Whether the session's next frame follows the cache's last one."""
        state = self.state
        return isinstance(state, Settled) and state.follows is not Follows.NOTHING

    @property
    def can_resume(self) -> bool:
        """Whether frames and audio of the session continue at the current frame."""
        return self.state == Settled(Follows.FRAMES_AND_AUDIO)

    # Requests

    def seek(self, target: Fraction) -> None:
        """Seek; of the requests during a seek, only the last one follows it."""
        if isinstance(self.state.seek, UserSeek):
            self._next = target
        else:
            self._next = None  # older: it still waits if a restart came between
            self._start_seek(target)

    def seek_to_end(self, duration: Fraction) -> None:
        """Seek to the last frame."""
        last, self._next = self._media.last_frame_time, None
        seek = UserSeek(duration if last is None else last, time.monotonic())
        self._open_session(ToLastFrame(seek, NEAR_END if last is None else Fraction(0)))

    def restart(self, seek: Restart | Resume) -> None:
        """Start a new session; nothing is reported."""
        self._open_session(ToFirstFrame(seek))

    def resume_at(self, current: Frame) -> None:
        """Start a new session that continues at the current frame, if one can."""
        if self._media.can_seek:
            self.restart(Resume(current.time - self._media.origin))

    def current_frame_moved(self) -> None:
        """A step has changed the current frame: the queued audio is for another."""
        if self.can_continue:
            self.state = Settled(Follows.FRAMES)

    def cache_was_cut(self) -> None:
        """The cache dropped its last frames: the session's next one leaves a gap."""
        match self.state:
            case Settled():
                self.state = Settled(Follows.NOTHING)
            case ToLastFrame() as state:
                self.state = replace(state, has_frames=False)
            case DecodingForward(seek):
                self._open_session(ToFirstFrame(seek))

    def close(self) -> None:
        """Stop decoding; does not wait for it."""
        self._audio_player.attach(None)
        if self.session is not None:
            self.session.close()

    # How a seek starts

    def _start_seek(self, target: Fraction) -> None:
        """Decode forward, if that reaches the target sooner; else start a session."""
        seek, last = UserSeek(target, time.monotonic()), self._media.last_frame_time
        wanted, session = self._media.origin + target, self.session
        self._audio_player.attach(None)  # first: it takes audio that may be needed
        self._clock.run(False)
        if last is not None and target > last:
            self._open_session(ToLastFrame(seek, preroll=target - last))
        elif session is not None and self._can_decode_forward(session, wanted):
            self.state = DecodingForward(seek)
            session.skip_audio(wanted)
        else:
            self._open_session(ToFirstFrame(seek))

    def _start_next(self) -> None:
        target, self._next = self._next, None
        if target is not None:
            self._start_seek(target)

    def _can_decode_forward(self, session: DecodeSession, wanted: Fraction) -> bool:
        """Whether the running session reaches a time sooner than a new one."""
        last, reached = self._cache.last, session.last_decoded_time
        if last is None or reached is None or not self.can_continue:
            return False
        if last.time >= wanted - MICROSECOND or not session.can_reach(wanted):
            return False
        return decoding_forward_is_cheaper(reached, wanted, self._media.index)

    def _open_session(self, state: ToFirstFrame | ToLastFrame) -> None:
        """Start a new session for a seek; the old one ends in the background."""
        self.state = state
        self._audio_player.attach(None)
        self._clock.run(False)
        if self.session is not None:
            self.session.close()
        self.session = self._media.open_session(state.start, self.speed)

    # How it ends

    def poll(self, current: Frame | None, *, paused: bool) -> Frame | None:
        """Continue the seek in progress; returns the frame it leads to, once.

        Raises:
            AvioError: the source cannot be read from there.
        """
        state, session = self.state, self.session
        if isinstance(state, Settled) or session is None:
            return None
        if isinstance(state, DecodingForward):
            frame = self._decode_forward(state, session)
        else:
            frame = self._cached_frame(state) or self._decoded_frame(state, session)
        if self.can_resume:
            start = self._media.origin + state.start
            self._start_audio(start, frame, playing=not paused)
        resumed = isinstance(state, ToFirstFrame) and isinstance(state.seek, Resume)
        same = frame is not None and current is not None and frame.time == current.time
        return None if resumed and same else frame

    def _decode_forward(
        self, state: DecodingForward, session: DecodeSession
    ) -> Frame | None:
        wanted = self._media.origin + state.start - MICROSECOND
        ended = session.at_end  # read first: what comes later is taken next time
        while (frame := session.take_frame()) is not None:
            self._cache.add(frame)
            if frame.time >= wanted:
                self._settle(state.seek, frame, Follows.FRAMES_AND_AUDIO)
                return frame
        if ended:  # end, or an error: a new session shows which
            self._open_session(ToFirstFrame(state.seek))
        return None

    def _cached_frame(self, state: ToFirstFrame | ToLastFrame) -> Frame | None:
        """Take the frame from the cache, before the session is ready."""
        seek, start = state.seek, state.start
        # The index may become known while frames before the last one are decoded.
        known = isinstance(state, ToFirstFrame) or start == self._media.last_frame_time
        if not (isinstance(seek, UserSeek) and known):
            return None
        frame = self._cache.at(self._media.origin + start)
        if frame is None:
            return None
        self._observer.on_seek(seek, frame, self._media.origin)
        if self._next is None:
            self.state = ToFirstFrame(Resume(start))
        else:
            self._start_next()
        return frame

    def _decoded_frame(
        self, state: ToFirstFrame | ToLastFrame, session: DecodeSession
    ) -> Frame | None:
        """Take the frame from the new session, once it is ready."""
        if not session.ready or self._must_wait_for_frame(state, session):
            return None
        exhausted = session.at_end and session.peek_frame() is None
        if exhausted:
            session.raise_error()
        if isinstance(state, ToLastFrame):
            return self._drain_to_last(state, session)
        if not exhausted:
            return self._arrive(state, session)
        self._retry_earlier(state)
        return None

    def _must_wait_for_frame(
        self, state: ToFirstFrame | ToLastFrame, session: DecodeSession
    ) -> bool:
        """Whether a frame is late, as on a busy machine: the audio is ready before it.

        A live source would make the audio wait.
        """
        keeps_current = isinstance(state.seek, Resume)
        return self._media.can_seek and not keeps_current and session.expects_frame

    def _drain_to_last(
        self, state: ToLastFrame, session: DecodeSession
    ) -> Frame | None:
        session.discard_audio()
        ended = session.at_end  # read first: what comes later is taken next time
        while (frame := session.take_frame()) is not None:
            if state.has_frames:
                self._cache.add(frame)
            else:
                self._cache.add_first(frame, of_source=state.start == 0)
                self.state = state = replace(state, has_frames=True)
        if ended and state.has_frames:
            last = self._cache.last
            self._settle(state.seek, last, Follows.FRAMES)
            return last
        if ended:
            self._retry_earlier(state)
        return None

    def _retry_earlier(self, state: ToFirstFrame | ToLastFrame) -> None:
        """No frame from there on: search the last one, starting earlier."""
        if self._media.video is None or state.start == 0:
            self._settle(state.seek, None, Follows.FRAMES_AND_AUDIO)
            return
        tried = state.preroll if isinstance(state, ToLastFrame) else Fraction(0)
        self._open_session(ToLastFrame(state.seek, max(NEAR_END, 4 * tried)))

    def _arrive(self, state: ToFirstFrame, session: DecodeSession) -> Frame | None:
        """End a seek whose session is ready; of audio alone there is no frame."""
        frame = session.take_frame()
        if frame is not None:
            if not self._media.can_seek:  # its start is known only now
                self._media.origin = frame.time
            self._cache.add_first(frame, of_source=state.start == 0)
        self._settle(state.seek, frame, Follows.FRAMES_AND_AUDIO)
        return frame

    def _settle(self, seek: Seek, frame: Frame | None, follows: Follows) -> None:
        """End a seek, and start the one that was requested meanwhile."""
        self.state = Settled(follows)
        if isinstance(seek, UserSeek) and frame is not None:
            self._observer.on_seek(seek, frame, self._media.origin)
        self._start_next()

    def _start_audio(self, at: Fraction, frame: Frame | None, *, playing: bool) -> None:
        """Start audio and clock at a session's first frame, or where it starts."""
        audio = self.session if self.session and self.session.has_audio else None
        if frame is not None and (audio is None or frame.time - at < 1):
            at = frame.time  # the audio before it is dropped
        self._audio_player.attach(audio, float(self.speed))
        self._audio_player.start(at, playing=playing)
