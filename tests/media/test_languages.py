"""Names of languages."""

import pytest

from avio_cli.media.languages import is_language, same_language


@pytest.mark.parametrize(
    "names",
    ["en eng", "de ger", "ger deu", "German de", "pt-BR por", "EN en_US", "xx xx"],
)
def test_names_of_one_language_are_the_same(names: str) -> None:
    first, second = names.split()
    assert same_language(first, second)
    assert same_language(second, first)


def test_others_and_unknown_ones_differ() -> None:
    assert not same_language("en", "de")
    assert not same_language("", "")
    assert is_language("fr")
    assert not is_language("part2")
