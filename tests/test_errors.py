"""Hints at what a wrong name may have meant."""

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
