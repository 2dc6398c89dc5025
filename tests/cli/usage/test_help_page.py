"""Every help fits a terminal, has examples, and lists options by topic."""

import re
from collections.abc import Iterator

import pytest
from typer.main import get_command

from avio_cli.cli.main import app, run
from avio_cli.cli.usage.help_page import PANELS


def _paths() -> Iterator[list[str]]:
    yield []
    for name, command in get_command(app).commands.items():  # type: ignore[attr-defined]
        yield [name]
        for below in getattr(command, "commands", ()):
            yield [name, below]


PATHS = [*_paths()]


def help_of(
    path: list[str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> str:
    monkeypatch.setenv("COLUMNS", "80")
    assert run([*path, "--help"]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("path", PATHS, ids=" ".join)
@pytest.mark.sampled(8)
def test_it_fits_80_columns_and_has_examples(
    path: list[str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = help_of(path, capsys, monkeypatch)
    assert max(map(len, text.splitlines())) <= 80
    assert " ".join(["avio", *path]) in text.split("Examples:\n")[1]
    assert not re.search(r"[a-z,]\.\.\.$", text, re.MULTILINE), "a summary is cut"
    assert "<str>" not in text
    assert "<=x" not in text


def test_without_a_command_the_same_help_is_printed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = help_of([], capsys, monkeypatch)
    assert run([]) == 2
    said = capsys.readouterr()
    assert said.out == text
    assert not said.err


def test_every_option_of_a_command_has_a_topic() -> None:
    known = " ".join(PANELS.values()).split()
    commands = get_command(app).commands  # type: ignore[attr-defined]
    options = [
        parameter.name
        for command in commands.values()
        for parameter in command.params
        if parameter.param_type_name == "option"
    ]
    assert sorted(set(options) - set(known)) == []


def test_topics_are_headings_in_order(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = help_of(["transcode"], capsys, monkeypatch)
    places = [text.index(f"\n{panel}:\n") for panel in ("Video", "Audio", "Messages")]
    assert places == sorted(places)
    assert text.index("--width") < text.index("\nAudio:") < text.index("--audio-codec")
