"""The A-B loop: what its key sets, and where playback goes on."""

from fractions import Fraction

from avio_cli.player.playback.stepping import AbLoop


def test_the_key_sets_the_start_then_the_end_then_clears_both() -> None:
    loop = AbLoop().toggled(Fraction(1))
    assert loop == AbLoop(Fraction(1))
    loop = loop.toggled(Fraction(2))
    assert loop == AbLoop(Fraction(1), Fraction(2))
    assert loop.toggled(Fraction(3, 2)) == AbLoop()


def test_an_end_at_or_before_the_start_clears_the_loop() -> None:
    assert AbLoop(Fraction(1)).toggled(Fraction(1)) == AbLoop()


def test_playback_goes_on_at_the_start_once_the_end_is_reached() -> None:
    loop = AbLoop(Fraction(0), Fraction(2))
    assert loop.start_after(Fraction(199, 100)) is None
    assert loop.start_after(Fraction(2)) == 0
    assert AbLoop(Fraction(0)).start_after(Fraction(9)) is None
