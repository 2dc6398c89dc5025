"""The course of a run, however long, and its bars on a terminal."""

import io
import json

import pytest

from avio_cli.cli.reports.course import can_draw, course_lines
from avio_cli.errors import InputError
from avio_cli.jobs.track.course import RunCourse
from avio_cli.jobs.track.summary import TrackSummary, course_of


def course(frames: int, state: RunCourse | None = None, start: int = 0) -> RunCourse:
    """One track of class 0; from the frame 500 on two more, of class 1."""
    run = state or RunCourse()
    for n in range(start, start + frames):
        new = {0: [0], 500: [1, 1]}.get(n, [])
        run.add(1 if n < 500 else 3, new)
    return run


def lines(run: RunCourse) -> list[str]:
    names = ("cat", "horse")
    return [*course_lines(TrackSummary(1, 1, 3, 1.0, **course_of(run, names)), 80)]


def test_parts_are_means_over_the_whole_run() -> None:
    alive = course(1000).alive
    assert 32 <= len(alive) <= 64
    assert alive[0] == 1
    assert alive[-1] == 3
    assert sum(alive) / len(alive) == pytest.approx(2, abs=0.05)
    assert RunCourse().alive == ()


def test_a_resumed_course_is_that_of_an_uninterrupted_one() -> None:
    part = RunCourse()
    part.restore(json.loads(json.dumps(course(333).state())))
    whole = course(1000)
    resumed = course(667, part, start=333)
    assert resumed.state() == whole.state()
    for damaged in ({}, whole.state() | {"numbers": [0, 1, 1]}):
        with pytest.raises(InputError, match="course of the run is damaged"):
            RunCourse().restore(damaged)


def test_bars_and_line() -> None:
    first, second, alive = lines(course(1000))
    assert first == f"{'classes':<11} horse {'█' * 40} 2"
    assert second == f"{'':<11} cat   {'█' * 20} 1"
    assert alive.startswith("alive       ▃▃▃")
    assert alive.endswith("███ at most 3")
    assert [*course_lines(TrackSummary(9, 0, 0, 1.0), 80)] == []


@pytest.mark.parametrize("columns", [40, 60, 80])
def test_no_line_is_wider_than_the_terminal(columns: int) -> None:
    names = ("cat", "a name of a class that is as long as a whole line of a terminal")
    summary = TrackSummary(1, 1, 3, 1.0, **course_of(course(1000), names))
    shown = [*course_lines(summary, columns)]
    assert max(map(len, shown)) <= columns
    assert shown[0].partition("…")[2]
    assert shown[-1].startswith(f"{'alive':<11} ▃")


class Terminal(io.TextIOWrapper):
    def isatty(self) -> bool:
        return True


def test_only_terminals_that_have_the_letters_get_them() -> None:
    assert can_draw(Terminal(io.BytesIO(), "utf-8"))
    assert not can_draw(Terminal(io.BytesIO(), "ascii"))
    assert not can_draw(io.TextIOWrapper(io.BytesIO(), "utf-8"))
    assert not can_draw(None)
