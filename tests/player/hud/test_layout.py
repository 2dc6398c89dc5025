"""Where the HUD's parts are: inside the window, apart from each other, findable."""

import itertools

import hypothesis
import pytest
from hypothesis import strategies

from avio_cli.player.hud.layout import (
    LEAST_HEIGHT,
    LEAST_WIDTH,
    Content,
    Layout,
    Part,
    plan_layout,
)
from avio_cli.player.hud.text import text_width
from tests.player.seeing import SIZES

ALL = Content(time_width=90, record=True, several_files=True)


def _check(layout: Layout) -> None:
    for rect in layout.parts.values():
        assert rect.width > 0
        assert rect.height > 0
        assert rect.x >= 0
        assert rect.right <= layout.width
        assert rect.y >= layout.panel.y
        assert rect.bottom <= layout.height
    for one, other in itertools.combinations(layout.parts.values(), 2):
        assert not one.overlaps(other)


@pytest.mark.parametrize("size", SIZES)
def test_parts_are_found_where_they_are(size: tuple[int, int]) -> None:
    layout = plan_layout(*size, ALL)
    _check(layout)
    for part, rect in layout.parts.items():
        assert layout.part_at(rect.x, rect.y) is part
        assert layout.part_at(rect.right - 1, rect.bottom - 1) is part
        assert layout.part_at(rect.center, rect.middle) is part
    assert layout.part_at(size[0] / 2, size[1] / 2) is None


@hypothesis.given(
    strategies.integers(1, 5000),
    strategies.integers(1, 3000),
    strategies.integers(0, 400),
    strategies.booleans(),
)
def test_nothing_overlaps_at_any_size(
    width: int, height: int, time_width: int, everything: bool
) -> None:
    content = Content(
        time_width=time_width,
        record=everything,
        several_files=everything,
        audio=everything,
        seekable=everything,
    )
    layout = plan_layout(width, height, content)
    _check(layout)
    if width < LEAST_WIDTH or height < LEAST_HEIGHT:
        assert not layout.parts
    else:
        assert Part.PLAY in layout.parts


def test_a_small_window_keeps_what_matters() -> None:
    layout = plan_layout(320, 240, Content(time_width=text_width("59:59 / 59:59", 12)))
    kept = {Part.PLAY, Part.BAR, Part.TIME, Part.STEP_BACK, Part.STEP_FORWARD}
    assert kept <= set(layout.parts)
    assert Part.FULL_SCREEN in layout.parts
    assert Part.VOLUME not in layout.parts
    assert all(rect.width >= 20 for rect in layout.parts.values())


def test_a_large_window_has_everything() -> None:
    assert set(plan_layout(1920, 1080, ALL).parts) == set(Part)


@pytest.mark.parametrize(
    ("content", "absent"),
    [
        (Content(time_width=90), {Part.RECORD, Part.PREVIOUS, Part.NEXT}),
        (Content(time_width=90, audio=False), {Part.MUTE, Part.VOLUME}),
        (Content(time_width=90, steps_back=False), {Part.STEP_BACK}),
        (Content(time_width=90, seekable=False), {Part.BAR}),
    ],
)
def test_what_cannot_be_done_has_no_place(content: Content, absent: set[Part]) -> None:
    assert not absent & set(plan_layout(1920, 1080, content).parts)


def test_buttons_grow_with_the_window() -> None:
    widths = [plan_layout(*size, ALL).parts[Part.PLAY].width for size in SIZES]
    assert widths == sorted(widths)
    assert widths[0] >= 24
    assert widths[-1] >= 80


@pytest.mark.parametrize("part", [Part.BAR, Part.VOLUME])
def test_columns_and_shares_agree(part: Part) -> None:
    layout = plan_layout(1920, 1080, ALL)
    for share in (0.0, 0.25, 0.5, 1.0):
        column = layout.column_at(part, share)
        assert layout.share_at(part, column) == pytest.approx(share, abs=0.01)
    assert layout.share_at(part, -50) == 0
    assert layout.share_at(part, 5000) == 1
    assert layout.column_at(part, 7.0) == layout.column_at(part, 1.0)
