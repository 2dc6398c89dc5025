"""Which filters keep times; beside those that change them, no range is taken."""

from fractions import Fraction

import pytest

from avio_cli.errors import UsageError
from avio_cli.media.filters import (
    check_filtered_range,
    keeps_times,
    retiming_filter,
)


@pytest.mark.parametrize(
    "filters",
    [
        "",
        "scale=320:-2",
        "scale=320:-2,hflip, eq@bright=brightness=0.1",
        "drawtext=text='a, setpts=PTS/2; b':x=1,format=yuv420p",
        r"drawtext=text=a\,setpts",
        "[in]crop=80:64:40:16[small];[small]vflip[out]",
        "volume=2,highpass=f=200",
    ],
)
def test_filters_of_single_frames_keep_times(filters: str) -> None:
    assert keeps_times(filters)


@pytest.mark.parametrize(
    "filters",
    [
        "setpts=PTS/2",
        "scale=320:-2,setpts@fast=PTS/2",
        "[in]hflip[a];[a]trim=1:3[out]",
        "fps=5",
        "atempo=2",
        "reverse",
        "not_known_to_avio",
        "drawtext=text='a',select='gt(scene,0.4)'",
    ],
)
def test_all_other_filters_may_change_times(filters: str) -> None:
    assert not keeps_times(filters)


@pytest.mark.parametrize(
    ("filters", "name"),
    [
        ("", ""),
        ("scale=320:-2,fps=5,hflip", ""),
        ("setpts=0.5*PTS", "setpts"),
        ("hflip, setpts@fast=PTS/2,reverse", "setpts"),
        ("[in]hflip[a];[a]trim=1:3[out]", "trim"),
        ("volume=2,atempo=2", "atempo"),
        ("drawtext=text='a, setpts=PTS/2; b':x=1", ""),
        (r"drawtext=text=a\,setpts", ""),
        ("reverse", "reverse"),
    ],
)
def test_the_first_filter_that_changes_times_is_found(filters: str, name: str) -> None:
    assert retiming_filter(filters) == name


@pytest.mark.parametrize(
    ("start", "end", "options"),
    [(4, 6, "--start and --end"), (4, None, "--start"), (0, 6, "--end")],
)
def test_the_error_names_what_was_given_and_the_filter(
    start: int, end: int | None, options: str
) -> None:
    last = None if end is None else Fraction(end)
    message = f"^{options} would not name .*: the filter atempo changes times"
    with pytest.raises(UsageError, match=message) as caught:
        check_filtered_range(Fraction(start), last, "hflip", "atempo=0.5")
    assert "avio trim --exact" in caught.value.hint


def test_without_a_range_or_such_a_filter_nothing_is_refused() -> None:
    check_filtered_range(Fraction(0), None, "setpts=0.5*PTS", "atempo=2")
    check_filtered_range(Fraction(4), Fraction(6), "hflip,fps=5", "volume=2")
