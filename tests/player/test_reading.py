"""Seeks: what the session that follows one gives, and when it is taken for the end."""

from collections import deque
from fractions import Fraction
from typing import Any

from avio_cli.frame import Frame
from avio_cli.player.clock import Clock
from avio_cli.player.reading import Reading
from avio_cli.player.timeline import Timeline
from tests.player.making import frame


class Session:
    """Frames that a test lets arrive."""

    has_sound = False

    def __init__(self) -> None:
        self.waiting: deque[Frame] = deque()
        self.ends_with_look = False
        self.ended: list[Frame] = []

    @property
    def ready(self) -> bool:
        return bool(self.waiting) or self.over

    @property
    def over(self) -> bool:
        return bool(self.ended) and not self.ends_with_look

    def picture(self) -> Frame | None:
        return self.waiting[0] if self.waiting else None

    def take_picture(self) -> Frame | None:
        if self.waiting:
            return self.waiting.popleft()
        if self.ends_with_look:  # all comes just after somebody looked for it
            self.waiting.extend(self.ended)
            self.ends_with_look = False
        return None

    def discard_sound(self) -> None: ...

    def close(self) -> None: ...


class Film:
    """Four seconds long; where its last frame is may become known later."""

    origin, video, can_seek = Fraction(0), object(), True
    last: Fraction | None = None

    def __init__(self, session: Session) -> None:
        self._session = session

    def open_session(self, start: Fraction, speed: Fraction) -> Session:
        return self._session


class Feeder:
    def attach(self, *_: object) -> None: ...

    def begin(self, *_: object, **__: object) -> None: ...


class Watcher:
    def sought(self, *_: object) -> None: ...


def reading_of(film: Any) -> Reading:
    feeder: Any = Feeder()
    watcher: Any = Watcher()
    return Reading(film, Timeline(1 << 20), Clock(), feeder, watcher)


def test_an_index_that_comes_on_the_way_does_not_end_a_seek_to_the_end() -> None:
    session = Session()
    film = Film(session)
    reading = reading_of(film)
    reading.go_to_end(Fraction(4))
    session.waiting.append(frame(300))
    assert reading.proceed(None, paused=True) is None

    film.last = Fraction(396, 100)
    assert reading.proceed(None, paused=True) is None
    session.waiting.append(frame(396))
    session.ended = [frame(396)]
    shown = reading.proceed(None, paused=True)
    assert shown is not None
    assert shown.pts == 396


def test_frames_that_come_between_two_looks_are_not_left_behind() -> None:
    session = Session()
    reading = reading_of(Film(session))
    reading.go_to_end(Fraction(4))
    session.waiting.append(frame(300))
    session.ended, session.ends_with_look = [frame(350), frame(396)], True
    assert reading.proceed(None, paused=True) is None
    shown = reading.proceed(None, paused=True)
    assert shown is not None
    assert shown.pts == 396
