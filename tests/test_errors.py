"""Hints at what a wrong name may have meant."""

import pytest

from avio_cli.errors import did_you_mean

NAMES = ("bytetrack", "bytetrack-ref", "motion")


def test_the_nearest_names_are_proposed_the_best_first() -> None:
    assert did_you_mean("bytetrak", NAMES) == "did you mean bytetrack or bytetrack-ref?"


def test_as_many_as_wanted_are_proposed() -> None:
    assert did_you_mean("bytetrak", NAMES, count=1) == "did you mean bytetrack?"


def test_where_nothing_is_near_all_names_are_listed() -> None:
    assert did_you_mean("zzz", NAMES) == "known: bytetrack, bytetrack-ref, motion"


def test_all_can_be_listed_next_to_a_proposal() -> None:
    hint = did_you_mean("motoin", NAMES, count=1, list_all=True)
    assert hint == "did you mean motion? known: bytetrack, bytetrack-ref, motion"


def test_a_long_list_is_cut() -> None:
    names = [f"class-{number}" for number in range(80)]
    hint = did_you_mean("zzz", names)
    assert hint.endswith("class-19, …")


@pytest.mark.parametrize(
    ("word", "known", "hint"),
    [
        ("h265", ["mp4-h264", "mp4-hevc", "ts-h264"], "did you mean mp4-hevc?"),
        ("x265", ["libx264", "libx265"], "did you mean libx265?"),
        ("AVC", ["mp4-h264", "mp4-hevc"], "did you mean mp4-h264?"),
        ("lossless", ["mkv-ffv1", "mkv-h264"], "did you mean mkv-ffv1?"),
    ],
)
def test_a_name_that_means_the_same_is_nearer_than_one_that_looks_alike(
    word: str, known: list[str], hint: str
) -> None:
    assert did_you_mean(word, known) == hint
