"""Scripts and bindings: what people write, and what keys mean."""

from pathlib import Path

import pytest

from avio_cli.errors import InputError, UsageError
from avio_cli.events import InputEvent
from avio_cli.player.key_bindings import BINDINGS, KEY_LIST, ROWS, action_of
from avio_cli.player.script import read_script
from avio_cli.player.state import Action, Verb


def read(tmp_path: Path, text: str) -> list[list[InputEvent | Action]]:
    path = tmp_path / "script"
    path.write_text(text)
    script, groups = read_script(path), []
    while group := script.next_steps():
        groups.append(group)
    return groups


def test_keys_come_one_by_one_and_held_ones_at_once(tmp_path: Path) -> None:
    groups = read(tmp_path, "# twice\nkey # 2\n\nhold RIGHT 3\n")
    assert [len(group) for group in groups] == [1, 1, 3]
    assert groups[0] == [InputEvent("key", key="#")]
    assert [event.repeat for event in groups[2]] == [False, True, True]


def test_mouse_and_times_are_understood(tmp_path: Path) -> None:
    groups = read(tmp_path, "press 10 20 2\nseek 1.5\nquit")
    press = InputEvent("press", window_x=10, window_y=20, button="left", clicks=2)
    assert groups == [[press], [Action(Verb.SEEK_TO, 1.5)], [Action(Verb.QUIT)]]


def test_keys_have_the_names_that_are_on_them(tmp_path: Path) -> None:
    names = ("BACKSPACE", "PAGEUP", "ESCAPE", "BS", "PGUP", "ESC", "F5", "é")
    groups = read(tmp_path, "\n".join(f"key {name}" for name in names))
    pressed = [group[0].key for group in groups if isinstance(group[0], InputEvent)]
    assert pressed == ["BS", "PGUP", "ESC", "BS", "PGUP", "ESC", "F5", "é"]


@pytest.mark.parametrize(
    "line", ["dance", "wait", "wait long", "move 3", "key", "key SPACEBAR", "hold ab 2"]
)
def test_what_is_not_understood_is_named(tmp_path: Path, line: str) -> None:
    with pytest.raises(UsageError, match=f"line 2 of .*{line}"):
        read(tmp_path, f"quit\n{line}\n")


def test_a_script_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="missing"):
        read_script(tmp_path / "missing")


@pytest.mark.parametrize(
    ("key", "action"),
    [
        ("q", Action(Verb.QUIT)),
        ("LEFT", Action(Verb.SEEK_BY, -5)),
        ("UP", Action(Verb.SEEK_BY, 60)),
        (".", Action(Verb.STEP, 1)),
        ("a", Action(Verb.STEP, -1)),
        ("BS", Action(Verb.SPEED, 1)),
        ("PGUP", Action(Verb.CHAPTER, 1)),
        ("#", Action(Verb.AUDIO_TRACK)),
        ("?", Action(Verb.KEYS)),
    ],
)
def test_keys_do_what_the_documentation_says(key: str, action: Action) -> None:
    assert action_of(InputEvent("key", key=key)) == action


def test_a_held_key_repeats_only_where_that_makes_sense() -> None:
    assert action_of(InputEvent("key", key="RIGHT", repeat=True)) is not None
    assert action_of(InputEvent("key", key="SPACE", repeat=True)) is None


def test_keys_with_ctrl_are_not_ours() -> None:
    held = frozenset({"ctrl"})
    assert action_of(InputEvent("key", key="q", modifiers=held)) is None


def test_the_mouse_fills_the_screen_and_turns_the_volume() -> None:
    twice = InputEvent("press", button="left", clicks=2)
    assert action_of(twice) == Action(Verb.FULL_SCREEN)
    assert action_of(InputEvent("wheel", wheel=2)) == Action(Verb.VOLUME_BY, 10)
    assert action_of(InputEvent("press", button="left")) is None


def test_every_key_is_in_the_documentation() -> None:
    page = (Path(__file__).parents[2] / "docs" / "play.md").read_text()
    keys = BINDINGS.keys() - {"double click", "wheel"}
    assert [key for key in keys if f"`{key}`" not in page] == []


def test_the_list_of_keys_shows_every_binding_under_its_name() -> None:
    shown = " ".join(keys for keys, _ in KEY_LIST)
    named_otherwise = {"PGUP", "PGDN", "BS"}
    assert [key for key in BINDINGS.keys() - named_otherwise if key not in shown] == []
    assert ("PAGE UP  DOWN", "next, previous chapter") in KEY_LIST
    assert ("BACKSPACE", "normal speed") in KEY_LIST
    assert ("p  n", "previous, next file") in KEY_LIST


def test_no_key_has_two_bindings() -> None:
    assert len(BINDINGS) == sum(len(row.bindings) for row in ROWS)
