"""Seeks: which frames the session after one yields, and when it is at the end."""

from array import array
from collections import deque
from fractions import Fraction
from typing import Any

import pytest

from avio_cli.demux.frame_index import FrameIndex
from avio_cli.media.frame import Frame
from avio_cli.player.playback.clock import Clock
from avio_cli.player.playback.frame_cache import FrameCache
from avio_cli.player.playback.seek import (
    DecodingForward,
    Follows,
    Restart,
    Settled,
    ToFirstFrame,
    ToLastFrame,
    UserSeek,
    decoding_forward_is_cheaper,
)
from avio_cli.player.playback.seeker import Seeker
from tests.player.making import frame


class Session:
    """A session whose frames a test queues."""

    has_audio = False

    def __init__(self) -> None:
        self.waiting: deque[Frame] = deque()
        self.ends_with_look = False
        self.has_enough_audio = self.expects_frame = False
        self.ended: list[Frame] = []
        self.continues = True
        self.error: BaseException | None = None
        self._taken: Fraction | None = None

    @property
    def last_decoded_time(self) -> Fraction | None:
        return self.waiting[-1].time if self.waiting else self._taken

    def can_reach(self, time: Fraction) -> bool:
        return self.continues

    def skip_audio(self, until: Fraction) -> None: ...

    @property
    def ready(self) -> bool:
        return bool(self.waiting) or self.has_enough_audio or self.at_end

    @property
    def at_end(self) -> bool:
        return bool(self.ended) and not self.ends_with_look

    def peek_frame(self) -> Frame | None:
        return self.waiting[0] if self.waiting else None

    def take_frame(self) -> Frame | None:
        if self.waiting:
            self._taken = self.waiting[0].time
            return self.waiting.popleft()
        if self.ends_with_look:  # all frames come just after a call
            self.waiting.extend(self.ended)
            self.ends_with_look = False
        return None

    def discard_audio(self) -> None: ...

    def raise_error(self) -> None: ...

    def close(self) -> None: ...


class Media:
    """Four seconds long; the time of its last frame may become known later."""

    origin, video, can_seek = Fraction(0), object(), True
    last_frame_time: Fraction | None = None
    index: FrameIndex | None = None

    def __init__(self, session: Session) -> None:
        self._session = session
        self.opened: list[Fraction] = []

    def open_session(self, start: Fraction, speed: Fraction) -> Session:
        self.opened.append(start)
        return self._session


class FakePlayer:
    def attach(self, *_: object) -> None: ...

    def start(self, *_: object, **__: object) -> None: ...


class Observer:
    """Notes the target of each seek, and the frame it led to."""

    def __init__(self) -> None:
        self.seeks: list[tuple[Fraction, int]] = []

    def on_seek(self, seek: UserSeek, frame: Frame, origin: Fraction) -> None:
        self.seeks.append((seek.target, frame.pts))


def seeker_of(media: Any, observer: Observer | None = None) -> Seeker:
    player: Any = FakePlayer()
    watching: Any = observer or Observer()
    return Seeker(media, FrameCache(1 << 20), Clock(), player, watching)


def test_an_index_made_meanwhile_does_not_end_a_seek_to_the_end() -> None:
    session = Session()
    media = Media(session)
    seeker = seeker_of(media)
    seeker.seek_to_end(Fraction(4))
    session.waiting.append(frame(300))
    assert seeker.poll(None, paused=True) is None

    media.last_frame_time = Fraction(396, 100)
    assert seeker.poll(None, paused=True) is None
    session.waiting.append(frame(396))
    session.ended = [frame(396)]
    shown = seeker.poll(None, paused=True)
    assert shown is not None
    assert shown.pts == 396


def test_a_frame_that_comes_after_the_audio_is_waited_for() -> None:
    session, observer = Session(), Observer()
    seeker = seeker_of(Media(session), observer)
    session.has_enough_audio = session.expects_frame = True
    seeker.seek(Fraction(1))
    assert seeker.poll(None, paused=True) is None
    assert not seeker.is_idle
    session.waiting.append(frame(100))
    session.expects_frame = False
    shown = seeker.poll(None, paused=True)
    assert shown is not None
    assert observer.seeks == [(1, 100)]


def test_a_live_source_does_not_wait_for_a_frame() -> None:
    session = Session()
    media = Media(session)
    media.can_seek = False
    seeker = seeker_of(media)
    session.has_enough_audio = session.expects_frame = True
    seeker.restart(Restart(Fraction(0)))
    assert seeker.poll(None, paused=False) is None
    assert seeker.is_idle


def test_frames_that_come_between_two_polls_are_not_lost() -> None:
    session = Session()
    seeker = seeker_of(Media(session))
    seeker.seek_to_end(Fraction(4))
    session.waiting.append(frame(300))
    session.ended, session.ends_with_look = [frame(350), frame(396)], True
    assert seeker.poll(None, paused=True) is None
    shown = seeker.poll(None, paused=True)
    assert shown is not None
    assert shown.pts == 396


def arrived_at(
    session: Session, media: Media, pts: int, observer: Observer | None = None
) -> Seeker:
    """A seeker that has shown one frame, and whose session has no other yet."""
    seeker = seeker_of(media, observer)
    seeker.seek(Fraction(pts, 100))
    session.waiting.append(frame(pts))
    assert seeker.poll(None, paused=True) is not None
    assert seeker.is_idle
    return seeker


def test_a_seek_a_little_ahead_decodes_forward_and_caches_the_frames() -> None:
    session = Session()
    media = Media(session)
    seeker = arrived_at(session, media, 100)
    seeker.seek(Fraction(118, 100))
    session.waiting.extend([frame(110), frame(120), frame(130)])
    shown = seeker.poll(None, paused=True)
    assert shown is not None
    assert (shown.pts, media.opened) == (120, [Fraction(1)])
    assert seeker._cache.before(shown.time) is not None
    assert session.waiting[0].pts == 130


def test_if_the_session_ends_before_the_target_another_starts() -> None:
    session = Session()
    media = Media(session)
    seeker = arrived_at(session, media, 100)
    seeker.seek(Fraction(118, 100))
    session.ended = [frame(110)]
    assert seeker.poll(None, paused=True) is None
    assert media.opened == [Fraction(1), Fraction(118, 100)]


@pytest.mark.parametrize("target", ["0.9", "1", "1.6"])
def test_back_or_far_ahead_another_starts(target: str) -> None:
    session = Session()
    media = Media(session)
    seeker = arrived_at(session, media, 100)
    seeker.seek(Fraction(target))
    assert media.opened == [Fraction(1), Fraction(target)]


def test_a_session_that_cannot_continue_is_replaced() -> None:
    session = Session()
    media = Media(session)
    seeker = arrived_at(session, media, 100)
    session.continues = False
    seeker.seek(Fraction(118, 100))
    assert media.opened == [Fraction(1), Fraction(118, 100)]


def test_only_seeks_of_the_user_are_reported_and_move_the_position() -> None:
    session, observer = Session(), Observer()
    seeker = arrived_at(session, Media(session), 100, observer)
    seeker.restart(Restart(Fraction(2)))
    assert seeker.target == 2
    session.waiting.append(frame(200))
    shown = seeker.poll(None, paused=True)
    assert shown is not None
    assert (shown.pts, observer.seeks) == (200, [(Fraction(1), 100)])


def test_the_frame_that_is_shown_stays_when_its_session_is_replaced() -> None:
    session, observer = Session(), Observer()
    seeker = arrived_at(session, Media(session), 100, observer)
    current = frame(100)
    seeker.resume_at(current)
    assert (seeker.is_idle, seeker.target) == (False, None)
    session.waiting.append(frame(100))
    assert seeker.poll(current, paused=True) is None
    assert seeker.can_resume
    assert observer.seeks == [(Fraction(1), 100)]


def test_a_cached_frame_is_shown_at_once_and_its_session_follows_silently() -> None:
    session, observer = Session(), Observer()
    seeker = arrived_at(session, Media(session), 100, observer)
    seeker.seek(Fraction(1))
    shown = seeker.poll(None, paused=True)
    assert shown is not None
    assert observer.seeks == [(Fraction(1), 100)] * 2
    assert not seeker.is_idle, "the session is not ready yet"
    session.waiting.append(frame(100))
    assert seeker.poll(shown, paused=True) is None
    assert seeker.is_idle
    assert len(observer.seeks) == 2


def test_of_the_requests_during_a_seek_the_last_one_follows() -> None:
    session, observer = Session(), Observer()
    media = Media(session)
    seeker = seeker_of(media, observer)
    for target in (1, 2, 3):
        seeker.seek(Fraction(target))
    assert seeker.target == 3
    session.waiting.append(frame(100))
    assert seeker.poll(None, paused=True) is not None
    session.waiting.append(frame(300))
    assert seeker.poll(None, paused=True) is not None
    assert observer.seeks == [(Fraction(1), 100), (Fraction(3), 300)]
    assert seeker.is_idle


def test_after_a_restart_between_them_the_last_request_is_not_undone() -> None:
    session, observer = Session(), Observer()
    seeker = seeker_of(Media(session), observer)
    seeker.seek(Fraction(1))
    seeker.seek(Fraction(2))
    seeker.restart(Restart(Fraction(2)))  # such as for another speed
    seeker.seek(Fraction(3))
    session.waiting.append(frame(300))
    assert seeker.poll(None, paused=True) is not None
    assert seeker.is_idle
    assert observer.seeks == [(Fraction(3), 300)]


def test_after_a_step_or_a_cut_of_the_cache_less_of_the_session_follows() -> None:
    session = Session()
    seeker = arrived_at(session, Media(session), 100)
    assert seeker.state == Settled(Follows.FRAMES_AND_AUDIO)
    seeker.current_frame_moved()
    assert seeker.state == Settled(Follows.FRAMES)
    assert (seeker.can_continue, seeker.can_resume) == (True, False)
    seeker.cache_was_cut()
    seeker.current_frame_moved()
    assert seeker.state == Settled(Follows.NOTHING)
    assert not seeker.can_continue


def test_each_way_to_the_target_is_a_state() -> None:
    session = Session()
    media = Media(session)
    seeker = arrived_at(session, media, 100)
    seeker.seek(Fraction(118, 100))
    assert isinstance(seeker.state, DecodingForward)
    seeker.cache_was_cut()  # the frames on the way would leave a gap
    assert isinstance(seeker.state, ToFirstFrame)
    session.ended = [frame(110)]
    assert seeker.poll(None, paused=True) is None
    assert isinstance(seeker.state, ToLastFrame)
    assert media.opened == [Fraction(n, 100) for n in (100, 118, 18)]


@pytest.mark.parametrize(
    ("reached", "target", "cheaper"),
    [
        ("1", "3", True),  # within a GOP
        ("0.1", "4.9", False),  # a new session decodes that sooner than this outputs
        ("4.8", "5.1", True),  # across a keyframe, but sooner than ffmpeg starts
        ("4", "5.1", False),
        ("4", "9", False),
    ],
)
def test_which_way_is_cheaper_depends_on_keyframes(
    reached: str, target: str, cheaper: bool
) -> None:
    times = array("q", range(0, 1000, 10))
    index = FrameIndex(times, array("q", [0, 500]), Fraction(1, 100))
    result = decoding_forward_is_cheaper(Fraction(reached), Fraction(target), index)
    assert result == cheaper
