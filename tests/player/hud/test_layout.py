"""Where the HUD's parts are: inside the window, apart from each other, findable."""

import itertools

import hypothesis
import pytest
from hypothesis import strategies

from avio_cli.player.hud.layout import (
    LEAST_HEIGHT,
    LEAST_WIDTH,
    Control,
    Layout,
    LayoutInputs,
    plan_layout,
)
from avio_cli.player.hud.text import text_width
from tests.player.seeing import SIZES

ALL = LayoutInputs(time_width=90, record=True, several_files=True)


def _check(layout: Layout) -> None:
    for rect in layout.controls.values():
        assert rect.width > 0
        assert rect.height > 0
        assert rect.x >= 0
        assert rect.right <= layout.width
        assert rect.y >= layout.panel.y
        assert rect.bottom <= layout.height
    for one, other in itertools.combinations(layout.controls.values(), 2):
        assert not one.overlaps(other)


@pytest.mark.parametrize("size", SIZES)
def test_parts_are_found_where_they_are(size: tuple[int, int]) -> None:
    layout = plan_layout(*size, ALL)
    _check(layout)
    for part, rect in layout.controls.items():
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
    content = LayoutInputs(
        time_width=time_width,
        record=everything,
        several_files=everything,
        audio=everything,
        seekable=everything,
    )
    layout = plan_layout(width, height, content)
    _check(layout)
    if width < LEAST_WIDTH or height < LEAST_HEIGHT:
        assert not layout.controls
    else:
        assert Control.PLAY in layout.controls


def test_a_small_window_keeps_what_matters() -> None:
    layout = plan_layout(
        320, 240, LayoutInputs(time_width=text_width("59:59 / 59:59", 12))
    )
    kept = {
        Control.PLAY,
        Control.BAR,
        Control.TIME,
        Control.STEP_BACK,
        Control.STEP_FORWARD,
    }
    assert kept <= set(layout.controls)
    assert Control.FULL_SCREEN in layout.controls
    assert Control.VOLUME not in layout.controls
    assert all(rect.width >= 20 for rect in layout.controls.values())


def test_a_large_window_has_everything() -> None:
    assert set(plan_layout(1920, 1080, ALL).controls) == set(Control)


@pytest.mark.parametrize(
    ("content", "absent"),
    [
        (LayoutInputs(time_width=90), {Control.RECORD, Control.PREVIOUS, Control.NEXT}),
        (LayoutInputs(time_width=90, audio=False), {Control.MUTE, Control.VOLUME}),
        (LayoutInputs(time_width=90, steps_back=False), {Control.STEP_BACK}),
        (LayoutInputs(time_width=90, seekable=False), {Control.BAR}),
    ],
)
def test_what_cannot_be_done_has_no_place(
    content: LayoutInputs, absent: set[Control]
) -> None:
    assert not absent & set(plan_layout(1920, 1080, content).controls)


def test_buttons_grow_with_the_window() -> None:
    widths = [plan_layout(*size, ALL).controls[Control.PLAY].width for size in SIZES]
    assert widths == sorted(widths)
    assert widths[0] >= 24
    assert widths[-1] >= 80


@pytest.mark.parametrize("part", [Control.BAR, Control.VOLUME])
def test_columns_and_shares_agree(part: Control) -> None:
    layout = plan_layout(1920, 1080, ALL)
    for share in (0.0, 0.25, 0.5, 1.0):
        column = layout.column_at(part, share)
        assert layout.share_at(part, column) == pytest.approx(share, abs=0.01)
    assert layout.share_at(part, -50) == 0
    assert layout.share_at(part, 5000) == 1
    assert layout.column_at(part, 7.0) == layout.column_at(part, 1.0)
