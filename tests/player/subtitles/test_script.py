"""When something of a script is shown, and its size."""

import time
from fractions import Fraction

from avio_cli.player.subtitles.script import Script, scaled, with_plain_colors

STYLES = """[Script Info]
YCbCr Matrix: TV.601
[V4+ Styles]
Format: Name, Fontname, Fontsize, Outline, MarginV
Style: Default,Arial,20,1,10
[Events]
"""


def line(start: str, end: str, text: str, effect: str = "") -> str:
    return f"Dialogue: 0,{start},{end},Default,,0,0,0,{effect},{text}\n"


def test_each_combination_of_events_is_a_moment_of_its_own() -> None:
    script = Script(
        STYLES
        + line("0:00:01.00", "0:00:03.00", "one")
        + line("0:00:02.00", "0:00:04.00", "two, with a comma")
        + line("1:00:00.00", "1:00:01.00", "late")
    )
    found = [script.at(Fraction(time, 2)) for time in range(9)]
    keys = [moment and moment.key for moment in found]
    assert keys[:2] == [None, None]
    assert keys[8] is None
    assert keys[2] == keys[3] != keys[4] == keys[5] != keys[6] == keys[7]
    later = list(script.after(Fraction(0), Fraction(5)))
    assert [moment.key for moment in later] == [keys[2], keys[4], keys[6]]
    assert script.at(Fraction(3600)) is not None


def test_what_moves_or_fades_has_a_moment_for_each_time() -> None:
    for text in (
        "{\\move(1,2,3,4)}x",
        "{\\fad(100,100)}x",
        "{\\k50}la",
        "{\\t(\\fs9)}x",
    ):
        script = Script(line("0:00:00.00", "0:00:01.00", text))
        first, second = script.at(Fraction(1, 4)), script.at(Fraction(1, 2))
        assert first is not None
        assert second is not None
        assert first.moves
        assert first.key != second.key
    still = Script(line("0:00:00.00", "0:00:01.00", "{\\pos(1,2)\\fs9\\b1}x"))
    assert still.at(Fraction(1, 4)) == still.at(Fraction(1, 2))
    scrolls = Script(line("0:00:00.00", "0:00:01.00", "x", "Banner;5"))
    moment = scrolls.at(Fraction(1, 2))
    assert moment is not None
    assert moment.moves


def test_letters_are_scaled_in_styles_and_in_tags() -> None:
    text = scaled(STYLES + line("0:00:00.00", "0:00:01.00", "{\\fs30}x{\\fscx50}"), 1.5)
    assert "Style: Default,Arial,30,1.5,10" in text
    assert "{\\fs45}x{\\fscx50}" in text


def test_colors_are_not_limited_to_a_range() -> None:
    assert with_plain_colors(STYLES).count("YCbCr Matrix: None") == 1
    assert "TV.601" not in with_plain_colors(STYLES)


def test_lines_with_odd_times_are_skipped_and_counted() -> None:
    odd = ("1:2", "a:b:c.d", "0:00:-1.00", "0:00:01", "9" * 5000 + ":0:0.0", "1..2")
    text = "".join(line(start, "0:00:09.00", "odd") for start in odd)
    script = Script(text + line("0:00:01.00", "0:00:02.00", "good"))
    assert script.skipped == len(odd)
    assert script.count == 1
    assert script.at(Fraction(3, 2)) is not None
    assert script.at(Fraction(5)) is None


def test_a_style_with_words_for_numbers_is_left_as_it_is() -> None:
    text = STYLES.replace("Arial,20", "Arial,large")
    assert "Style: Default,Arial,large,1.5,10" in scaled(text, 1.5)


def test_many_events_at_once_take_no_longer_than_others() -> None:
    many = (
        line(f"0:{n // 6000:02}:{n // 100 % 60:02}.{n % 100:02}", "1:00:00.00", "x")
        for n in range(20_000)
    )
    started = time.process_time()
    script = Script("".join(many))
    assert time.process_time() - started < 5, "it grew with the square"
    assert script.at(Fraction(1800)) is not None
