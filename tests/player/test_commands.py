"""Commands and the HUD's state, of a player that is none."""

from dataclasses import dataclass, field
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import pytest

from avio_cli.events import InputEvent
from avio_cli.media.info import Chapter, MediaInfo
from avio_cli.player.commands import Commands
from avio_cli.player.hud_state import player_state
from avio_cli.player.key_bindings import DOUBLE_CLICK_SECONDS, SingleClick
from avio_cli.player.playback.stepping import AbLoop
from avio_cli.player.state import Action, Verb
from avio_cli.player.statistics import Statistics


def media_info(**known: Any) -> MediaInfo:
    return MediaInfo(source="video.mp4", container="mov", streams=(), **known)


@dataclass
class Media:
    info: MediaInfo = field(default_factory=media_info)
    origin: Fraction = Fraction(0)
    duration: Fraction | None = Fraction(60)
    video: object = None
    audio_track: int | None = None
    can_seek: bool = True
    is_live: bool = False
    index: None = None


@dataclass
class Playback:
    position: Fraction = Fraction(10)
    speed: Fraction = Fraction(1)
    paused: bool = False
    at_end: bool = False
    current: None = None
    live: Any = field(default_factory=lambda: SimpleNamespace(starved_since=None))
    loop: AbLoop = field(default_factory=AbLoop)
    targets: list[Fraction] = field(default_factory=list)

    def seek_to(self, target: Fraction) -> None:
        self.targets.append(target)

    def toggle_ab_loop(self) -> None:
        self.loop = self.loop.toggled(self.position)


@dataclass
class Screen:
    full_screen: bool = False
    has_controls: bool = True
    flashes: int = 0

    def show_position(self) -> bool:
        self.flashes += self.has_controls
        return self.has_controls

    def toggle_full_screen(self) -> None:
        self.full_screen = not self.full_screen

    def toggle_pinned(self) -> None: ...


@dataclass
class Capture:
    recording: bool = True
    can_record: bool = True
    trouble: str = ""


@dataclass
class Playlist:
    number: int = 0
    count: int = 2


@dataclass
class FakePlayer:
    """Satisfies `Controls`, without a window, a device or ffmpeg."""

    keys_shown: bool = False
    information_shown: bool = False
    volume: float = 100.0
    muted: bool = False
    message: str = ""
    has_quit: bool = False
    media: Any = field(default_factory=Media)
    playback: Any = field(default_factory=Playback)
    screen: Screen = field(default_factory=Screen)
    capture: Capture = field(default_factory=Capture)
    playlist: Playlist = field(default_factory=Playlist)

    def quit(self) -> None:
        self.has_quit = True

    def notice(self, text: str) -> None:
        self.message = text

    def set_volume(self, percent: float, *, muted: bool) -> None:
        self.volume, self.muted = percent, muted

    def toggle_recording(self) -> None: ...

    def take_screenshot(self) -> None: ...

    def change_file(self, direction: int) -> None: ...


def do(player: FakePlayer, verb: Verb, value: float = 0.0) -> str:
    """The notice that an action leaves."""
    Commands(player).do(Action(verb, value))
    return player.message


def test_every_verb_is_a_command() -> None:
    assert Commands(FakePlayer())._table.keys() == set(Verb)


def test_seeks_start_at_the_position_and_need_a_seekable_source() -> None:
    player = FakePlayer()
    do(player, Verb.SEEK_BY, -5)
    do(player, Verb.SEEK_TO, 12.5)
    assert player.playback.targets == [5, Fraction(25, 2)]
    player.media.can_seek = False
    assert do(player, Verb.SEEK_BY, 5) == "This source is not seekable"
    assert len(player.playback.targets) == 2


def test_a_seek_by_key_shows_the_position_also_without_controls() -> None:
    player = FakePlayer()
    assert do(player, Verb.SEEK_BY, 5) == ""
    assert player.screen.flashes == 1
    player.screen.has_controls = False
    assert do(player, Verb.SEEK_BY, 5) == "0:10 / 1:00"


def test_escape_leaves_full_screen_before_it_quits() -> None:
    player = FakePlayer(screen=Screen(full_screen=True))
    do(player, Verb.ESCAPE)
    assert (player.screen.full_screen, player.has_quit) == (False, False)
    do(player, Verb.ESCAPE)
    assert player.has_quit


@pytest.mark.parametrize(
    ("change", "volume", "notice"),
    [(-5, 95, "Volume 95 %"), (50, 130, "Volume 130 %"), (-200, 0, "Volume 0 %")],
)
def test_volume_stays_within_its_limits(
    change: float, volume: float, notice: str
) -> None:
    player = FakePlayer(muted=True)
    assert do(player, Verb.VOLUME_BY, change) == notice
    assert (player.volume, player.muted) == (volume, False)


def test_the_loop_key_says_what_it_has_set() -> None:
    player = FakePlayer()
    assert do(player, Verb.LOOP) == "Loop: start set"
    player.playback.position = Fraction(20)
    assert do(player, Verb.LOOP) == "Loop: end set"
    state = player_state(player, (), Statistics())
    assert (state.loop_a, state.loop_b) == (10.0, 20.0)
    assert do(player, Verb.LOOP) == "Loop off"


@pytest.mark.parametrize(("direction", "target"), [(1, 30), (-1, 0)])
def test_within_seconds_of_a_chapter_previous_is_the_one_before(
    direction: float, target: int
) -> None:
    chapters = tuple(
        Chapter(start=Fraction(s), end=Fraction(s + 9)) for s in (0, 9, 30)
    )
    player = FakePlayer(media=Media(media_info(chapters=chapters)))
    do(player, Verb.CHAPTER, direction)
    assert player.playback.targets == [target]


def test_the_state_has_what_the_player_shows() -> None:
    player = FakePlayer(message="Saved", keys_shown=True)
    state = player_state(player, ("line",), Statistics())
    assert (state.title, state.position, state.duration) == ("video.mp4", 10.0, 60.0)
    assert (state.file_number, state.file_count) == (1, 2)
    assert (state.message, state.keys_shown, state.information) == (
        *("Saved", True),
        ("line",),
    )
    assert state.recording


def test_a_click_pauses_unless_a_second_one_follows() -> None:
    def press(clicks: int) -> InputEvent:
        return InputEvent("press", button="left", clicks=clicks)

    click = SingleClick()
    click.add(press(1), 10.0)
    assert click.action(10.2) is None
    assert click.action(10.0 + DOUBLE_CLICK_SECONDS) == Action(Verb.PAUSE)
    assert click.action(20.0) is None, "once"
    click.add(press(1), 30.0)
    click.add(press(2), 30.1)
    assert click.action(31.0) is None
    click.add(InputEvent("press", button="right"), 40.0)
    assert click.action(41.0) is None
