"""The built-in HUD: when it is seen, what it shows, what the mouse asks for."""

import numpy as np
import pytest
from numpy.typing import NDArray

from avio_cli.player.hud.builtin import BuiltinHud
from avio_cli.player.hud.layout import Control
from avio_cli.player.hud.visibility import (
    FADE_SECONDS,
    FLASH_SECONDS,
    PULSE_SECONDS,
    SHOWN_SECONDS,
)
from avio_cli.player.state import Action, Verb
from tests.player.seeing import SIZES, GreyThumbnails, Screen


def _seen(image: NDArray[np.uint8]) -> float:
    """How much covers the lower edge, 0 to 255; 0 where nothing is drawn."""
    return float(image[-1, :, 3].mean()) if image.size else 0.0


class TestPresence:
    def test_nothing_is_drawn_before_the_mouse_moves(self) -> None:
        assert Screen().draw().shape == (0, 0, 4)

    def test_it_appears_with_the_mouse_and_goes_after_a_while(self) -> None:
        screen = Screen()
        screen.draw()
        full = _seen(screen.wake())
        assert full > 100
        assert _seen(screen.draw(SHOWN_SECONDS - 0.01)) == full
        assert 0 < _seen(screen.draw(FADE_SECONDS / 2)) < full
        assert screen.draw(FADE_SECONDS).shape == (0, 0, 4)

    def test_each_move_lets_it_stay_longer(self) -> None:
        screen = Screen()
        screen.wake()
        screen.draw(1.5)
        screen.wake()
        assert _seen(screen.draw(1.5)) > 100

    def test_it_stays_under_the_mouse(self) -> None:
        screen = Screen()
        screen.wake()
        screen.act("move", *screen.place(Control.PLAY))
        screen.draw()
        assert _seen(screen.draw(60)) > 100

    def test_it_goes_when_the_mouse_leaves_the_window(self) -> None:
        screen = Screen()
        screen.wake()
        screen.act("leave", 0, 0)
        screen.draw(0.01)
        assert _seen(screen.draw(FADE_SECONDS)) == 0

    def test_it_stays_while_paused_unless_the_mouse_has_left(self) -> None:
        screen = Screen(paused=True)
        screen.wake()
        assert _seen(screen.draw(60)) > 100
        screen.act("leave", 0, 0)
        screen.draw()
        assert _seen(screen.draw(FADE_SECONDS)) == 0

    def test_a_seek_by_key_shows_it_for_a_second_also_after_the_mouse_has_left(
        self,
    ) -> None:
        screen = Screen()
        screen.act("leave", 0, 0)
        assert screen.hud.show_position()
        assert _seen(screen.draw()) > 100
        assert _seen(screen.draw(FLASH_SECONDS - 0.01)) > 100
        assert _seen(screen.draw(FADE_SECONDS + 0.01)) == 0

    def test_switched_off_it_shows_messages_and_lists_but_no_controls(self) -> None:
        screen = Screen()
        screen.hud = BuiltinHud(controls=False)
        assert not screen.hud.show_position()
        assert screen.wake().shape == (0, 0, 4)
        assert screen.draw(paused=True, message="Volume 80 %")[:100].any()
        assert screen.act("press", 480, 530, button="left") == ()
        assert screen.draw(message="", keys_shown=True)[270, 480, 3] > 100
        assert screen.act("press", 5, 5) == (Action(Verb.KEYS),)

    def test_it_can_be_pinned_and_released(self) -> None:
        screen = Screen()
        screen.hud.pinned = True
        assert _seen(screen.draw(60)) > 100
        screen.hud.pinned = False
        screen.draw()
        assert _seen(screen.draw(60)) == 0

    def test_a_pause_shows_a_sign_in_the_middle_for_a_moment(self) -> None:
        screen = Screen()
        screen.draw()
        image = screen.draw(1, paused=True)
        assert image[270, 480, 3] > 100
        assert screen.draw(PULSE_SECONDS)[270, 480, 3] == 0

    def test_a_window_too_small_for_it_stays_free(self) -> None:
        screen = Screen(size=(64, 36))
        screen.hud.pinned = True
        assert screen.draw().shape == (0, 0, 4)


class TestDrawing:
    def test_the_same_array_means_that_nothing_has_changed(self) -> None:
        screen = Screen()
        first = screen.wake()
        assert screen.draw(0.1) is first
        assert screen.draw(0.1, position=30.001) is first
        later = screen.draw(0.1, position=31.0)
        assert later is not first
        assert screen.draw(0.1) is later

    @pytest.mark.parametrize("size", SIZES)
    def test_it_covers_the_edges_and_leaves_the_middle_free(
        self, size: tuple[int, int]
    ) -> None:
        screen = Screen(size)
        image = screen.wake()
        assert image.shape == (size[1], size[0], 4)
        assert image.dtype == np.uint8
        assert not image[size[1] // 3 : size[1] // 2].any()
        assert _seen(image) > 100

    @pytest.mark.parametrize("size", SIZES)
    def test_every_part_can_be_seen(self, size: tuple[int, int]) -> None:
        screen = Screen(size)
        image = screen.wake()
        for part, rect in screen.layout.controls.items():
            area = image[rect.y : rect.bottom, rect.x : rect.right]
            bright = (area[..., :3].max(axis=2) > 180) & (area[..., 3] > 180)
            assert bright.sum() > 15, part

    def test_what_was_drawn_is_cleared(self) -> None:
        screen = Screen(message="Volume 80 %", keys_shown=True)
        screen.wake()
        screen.act("move", *screen.place(Control.BAR))
        screen.draw(information=("one", "two"))
        fresh = Screen(message="")
        kept = screen.draw(60, message="", keys_shown=False, information=())
        fresh.wake()
        fresh.act("move", *fresh.place(Control.BAR))
        np.testing.assert_array_equal(kept, fresh.draw())

    def test_a_change_of_size_is_followed(self) -> None:
        screen = Screen()
        screen.wake()
        screen.size = (320, 240)
        assert screen.draw().shape == (240, 320, 4)

    def test_a_recording_is_shown_even_without_the_mouse(self) -> None:
        screen = Screen(recording=True)
        image = screen.draw()
        red = (image[..., 2] > 200) & (image[..., 1] < 100) & (image[..., 3] > 99)
        assert red.any()

    def test_the_record_button_is_red_while_recording(self) -> None:
        screen = Screen()
        for recording in (False, True):
            screen.wake()
            image = screen.draw(recording=recording)
            rect = screen.layout.controls[Control.RECORD]
            middle = image[rect.middle, rect.center]
            assert bool(middle[1] < 120) is recording

    def test_the_played_part_of_the_bar_has_another_colour(self) -> None:
        screen = Screen(position=60.0, marks=())
        image = screen.wake()
        columns = [int(screen.place(Control.BAR, share)[0]) for share in (0.25, 0.75)]
        row = screen.layout.controls[Control.BAR].middle
        played, rest = (image[row, column] for column in columns)
        assert played[0] > played[2] + 100
        assert rest[0] == rest[2]

    def test_a_loop_and_chapters_are_marked_on_the_bar(self) -> None:
        screen = Screen()
        plain = screen.wake().copy()
        marked = screen.draw(loop_a=80.0, loop_b=100.0)
        x, y = screen.place(Control.BAR, 90 / 120)
        assert marked[int(y), int(x), 2] > marked[int(y), int(x), 0] + 50
        gap = int(screen.place(Control.BAR, 60 / 120)[0])
        assert plain[int(y), gap, 3] < plain[int(y), gap + 20, 3]

    def test_the_preview_shows_the_thumbnail_and_follows_the_mouse(self) -> None:
        screen = Screen()
        screen.thumbnails = GreyThumbnails()
        screen.wake()
        images = []
        for share in (0.3, 0.7):
            x, y = screen.place(Control.BAR, share)
            screen.act("move", x, y)
            image = screen.draw(0.1)
            assert (image[int(y) - 80, int(x), :3] == 200).all()
            images.append(image.copy())
        assert (images[0] != images[1]).any()
        screen.act("move", 480, 100)
        y = screen.place(Control.BAR, 0.7)[1]
        assert (screen.draw(0.1)[int(y) - 80, :, :3] != 200).all()

    def test_notices_lists_and_information_are_drawn_without_the_mouse(self) -> None:
        for state in ({"message": "x"}, {"information": ("x",)}, {"keys_shown": True}):
            assert Screen(**state).draw()[..., 3].any()


class TestMouse:
    @pytest.mark.parametrize(
        ("part", "action"),
        [
            (Control.PLAY, Action(Verb.PAUSE)),
            (Control.STEP_BACK, Action(Verb.STEP, -1)),
            (Control.STEP_FORWARD, Action(Verb.STEP, 1)),
            (Control.PREVIOUS, Action(Verb.FILE, -1)),
            (Control.NEXT, Action(Verb.FILE, 1)),
            (Control.MUTE, Action(Verb.MUTE)),
            (Control.RECORD, Action(Verb.RECORD)),
            (Control.INFORMATION, Action(Verb.INFO)),
            (Control.FULL_SCREEN, Action(Verb.FULL_SCREEN)),
            (Control.SPEED, Action(Verb.SPEED, 1.25)),
        ],
    )
    def test_buttons_ask_for_what_they_show(
        self, part: Control, action: Action
    ) -> None:
        screen = Screen()
        screen.wake()
        assert screen.press(part) == (action,)
        assert screen.event.consumed

    def test_play_at_the_end_starts_again(self) -> None:
        screen = Screen(at_end=True, paused=True)
        screen.wake()
        assert screen.press(Control.PLAY) == (
            Action(Verb.SEEK_TO, 0.0),
            Action(Verb.PAUSE),
        )

    def test_a_click_outside_the_controls_is_left_to_the_player(self) -> None:
        screen = Screen()
        screen.wake()
        assert screen.act("press", 480, 200, button="left") == ()
        assert not screen.event.consumed

    def test_a_click_between_the_buttons_goes_no_further(self) -> None:
        screen = Screen()
        screen.wake()
        x = (screen.layout.controls[Control.TIME].right + 10, 535)
        assert screen.act("press", *x, button="left", clicks=2) == ()
        assert screen.event.consumed

    def test_what_is_hidden_takes_no_click(self) -> None:
        screen = Screen()
        screen.wake()
        screen.draw(60)
        assert screen.press(Control.PLAY) == ()
        assert not screen.event.consumed

    def test_clicking_and_dragging_on_the_bar_seeks(self) -> None:
        screen = Screen()
        screen.wake()
        (action,) = screen.press(Control.BAR, 0.5)
        assert action.verb is Verb.SEEK_TO
        assert action.value == pytest.approx(60, abs=0.2)
        x, _ = screen.place(Control.BAR, 0.75)
        (action,) = screen.act("move", x, 10)
        assert action.value == pytest.approx(90, abs=0.2)
        assert screen.act("move", x, 12) == ()
        screen.act("release", x, 12, button="left")
        assert screen.event.consumed
        assert screen.act("move", x + 50, 12) == ()

    def test_while_dragging_the_knob_is_under_the_mouse(self) -> None:
        screen = Screen(position=0.0, marks=())
        screen.wake()
        screen.press(Control.BAR, 0.5)
        x, y = screen.place(Control.BAR, 0.25)
        before = screen.draw()[int(y), int(x)].copy()
        x, y = screen.place(Control.BAR, 0.5)
        assert before[0] > before[2] + 100
        assert (screen.draw()[int(y), int(x), :3] > 240).all()

    def test_the_volume_is_dragged_and_scrolled(self) -> None:
        screen = Screen()
        screen.wake()
        assert screen.press(Control.VOLUME, 0.0) == (Action(Verb.VOLUME, 0.0),)
        x, y = screen.place(Control.VOLUME, 1.0)
        assert screen.act("move", x, y) == (Action(Verb.VOLUME, 130.0),)
        screen.act("release", x, y, button="left")
        for part in (Control.VOLUME, Control.MUTE):
            scrolled = screen.act("wheel", *screen.place(part), wheel=-1.0)
            assert scrolled == (Action(Verb.VOLUME_BY, -5.0),)
            assert screen.event.consumed

    def test_the_wheel_outside_the_controls_is_left_to_the_player(self) -> None:
        screen = Screen()
        screen.wake()
        assert screen.act("wheel", 480, 200, wheel=1.0) == ()
        assert not screen.event.consumed

    @pytest.mark.parametrize(
        ("speed", "wheel", "wanted"),
        [(1.0, 1, 1.25), (1.0, -1, 0.75), (4.0, 1, None), (0.25, -1, None)],
    )
    def test_the_wheel_over_the_speed_changes_it(
        self, speed: float, wheel: int, wanted: float | None
    ) -> None:
        screen = Screen(speed=speed)
        screen.wake()
        scrolled = screen.act("wheel", *screen.place(Control.SPEED), wheel=float(wheel))
        assert scrolled == (() if wanted is None else (Action(Verb.SPEED, wanted),))

    def test_clicking_on_the_speed_goes_round_and_back_to_normal(self) -> None:
        screen = Screen(speed=4.0)
        screen.wake()
        assert screen.press(Control.SPEED) == (Action(Verb.SPEED, 0.25),)
        assert screen.press(Control.SPEED, button="right") == (Action(Verb.SPEED, 1.0),)

    def test_the_list_of_keys_is_closed_by_a_click(self) -> None:
        screen = Screen(keys_shown=True)
        screen.draw()
        assert screen.act("press", 480, 270, button="left") == (Action(Verb.KEYS),)
        assert screen.event.consumed

    def test_the_list_of_keys_is_closed_by_escape(self) -> None:
        screen = Screen(keys_shown=True)
        assert screen.act("key", 0, 0, key="ESC") == (Action(Verb.KEYS),)
        assert screen.event.consumed
        assert screen.act("key", 0, 0, key="SPACE") == ()
        screen = Screen()
        assert screen.act("key", 0, 0, key="ESC") == ()

    def test_keys_and_consumed_events_are_left_alone(self) -> None:
        screen = Screen()
        screen.wake()
        assert screen.act("key", 0, 0, key="SPACE") == ()
        x, y = screen.place(Control.PLAY)
        assert screen.act("press", x, y, button="left", consumed=True) == ()
