"""Tracks as ASS and WebVTT: exact times, text that is no markup, bounded size."""

import json
import re
from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import pairwise

import pytest

from avio_cli.vision.annotators.palette import color_of
from avio_cli.vision.counting.zones import parse_line
from avio_cli.vision.subtitles.ass import AssText
from avio_cli.vision.subtitles.formats import SubtitleText
from avio_cli.vision.subtitles.shown import FrameClock
from avio_cli.vision.subtitles.vtt import VttText
from tests.records.recording import tracks

STEP = Fraction(1, 25)
BOX = (7, 10, 20, 110, 220, 0.9, 0)


def text_of(text: SubtitleText, frames: Iterable[Sequence[Sequence[float]]]) -> str:
    """A file of frames, each of which has rows of tracks."""
    parts = [text.frame(n * STEP, tracks(*rows)) for n, rows in enumerate(frames)]
    return "".join((text.header, *parts, text.finish(STEP)))


def dialogues(text: str, style: str = "B") -> list[tuple[str, str, str]]:
    """Start, end and text of the lines of a style."""
    found = re.findall(rf"Dialogue: \d,([\d:.]+),([\d:.]+),{style},[^\n]*?,,(.*)", text)
    return [(start, end, content) for start, end, content in found]


@pytest.mark.parametrize(
    "rate", [Fraction(24000, 1001), Fraction(30), Fraction(60), 100]
)
@pytest.mark.parametrize("ticks", [100, 1000])
def test_each_frame_has_its_own_ticks(rate: Fraction, ticks: int) -> None:
    """A player that rounds a time down to milliseconds still finds the frame's own."""
    clock = FrameClock(ticks)
    times = [Fraction(n) / rate for n in range(1000)]
    starts = [clock.tick(time) for time in times]
    assert starts == sorted(set(starts))
    for time, start, following in zip(times[1:], starts[1:], starts[2:], strict=False):
        assert start * 1000 // ticks <= int(time * 1000) < following * 1000 // ticks


def test_a_box_ends_with_the_last_frame_that_has_it() -> None:
    text = text_of(AssText(640, 480), [[BOX], [BOX], [], [BOX]])
    spans = [(start, end) for start, end, _ in dialogues(text)]
    assert spans == [("0:00:00.00", "0:00:00.07"), ("0:00:00.11", "0:00:00.15")]


def test_names_of_classes_are_text() -> None:
    name = "a{b}\\Nc\nd\r\x85,\\{\\i1}"
    for names in (["p", name], [name]):
        text = text_of(
            AssText(3000, 480, names), [[(7, 10, 20, 90, 80, 1, len(names) - 1)]]
        )
        ((_, _, shown),) = dialogues(text, "L")
    tags, _, plain = shown.partition("}")
    assert tags.startswith(r"{\pos(")
    assert plain == "#7 a\\{b\\}\\\u2060Nc d  ,\\\u2060\\{\\\u2060i1\\}"


def test_a_box_that_trembles_is_written_once_a_second() -> None:
    frames = [[(7, 10 + n % 2, 20, 110.5, 220 - n % 2, 0.9, 0)] for n in range(250)]
    text = text_of(AssText(640, 480), frames)
    assert len(dialogues(text)) == len(dialogues(text, "L")) == 10
    assert len(text_of(VttText(), frames).split("-->")) == 11


def test_a_moving_box_costs_few_bytes() -> None:
    frames = [
        [
            (i, 10 + n * 2, 20 + 30 * i, 110 + 2 * n, 45 + 30 * i, 0.9, 0)
            for i in range(40)
        ]
        for n in range(50)
    ]
    text = text_of(AssText(1920, 1280, ["person"]), frames)
    assert len(text) / 2000 < 240
    assert len(text_of(VttText(), frames)) / 2000 < 110


def test_colours_are_those_of_the_drawn_video() -> None:
    text = text_of(AssText(640, 480, ["person"]), [[BOX]])
    blue, green, red = color_of(7)
    tag = f"c&H{blue:02X}{green:02X}{red:02X}&"
    assert f"\\{tag}" in dialogues(text)[0][2]
    assert f"\\3{tag}" in dialogues(text, "L")[0][2]


def test_lines_are_drawn_until_the_end() -> None:
    text = AssText(640, 480, zones=[parse_line("gate=100,50,100,300")])
    shapes = dialogues(text_of(text, [[]] * 30), "Z")
    assert (shapes[0][0], shapes[-1][1]) == ("0:00:00.00", "0:00:01.19")
    assert all(first[1] == second[0] for first, second in pairwise(shapes))


def test_cues_are_json_in_order_of_their_start() -> None:
    frames = [[BOX, (8, n * 9, 0, n * 9 + 20, 40, 1, 1)] for n in range(30)]
    text = text_of(VttText(640, 480, ["--> <b>&", "car"]), frames)
    header, *cues = text.strip().split("\n\n")[1:]
    assert "640x480" in header
    starts, contents = [], []
    for cue in cues:
        times, content = cue.split("\n")
        assert not set("<>&") & set(content)
        starts.append(times.split(" --> ")[0])
        contents.append(json.loads(content))
    assert starts == sorted(starts)
    assert {"id": 7, "class": "--> <b>&", "box": [10, 20, 110, 220]} in contents
    assert sum(found["id"] == 8 for found in contents) == 30


def test_boxes_that_reach_far_out_are_cut() -> None:
    wide = [(1, -1e30, -5, 1e30, 90, 1, 0), (2, 9e9, 0, 9.1e9, 9, 1, 0)]
    ((_, _, shown),) = dialogues(text_of(AssText(640, 480), [wide]))
    numbers = [int(n) for n in re.findall(r"-?\d+", shown.partition(r"\p1}")[2])]
    assert max(numbers) <= 640 + 8
