"""Which files belong to a video, and what their names say."""

from pathlib import Path

import pytest

from avio_cli.player.subtitles.file_names import files_beside, labels_of


def test_files_beside_are_those_with_its_name_languages_and_flags(
    tmp_path: Path,
) -> None:
    own = ["a.en.ass", "a.forced.en.srt", "a.idx", "a.pt-BR.vtt", "a.srt"]
    others = ["a.mkv", "a.part2.srt", "ab.srt", "a.sub", "a.txt", "b.srt"]
    for name in own + others:
        (tmp_path / name).touch()
    assert [path.name for path in files_beside(tmp_path / "a.mkv")] == own
    assert files_beside(tmp_path / "none" / "a.mkv") == []


@pytest.mark.parametrize(
    ("name", "language", "flags"),
    [
        ("a.srt", "", set()),
        ("a.forced.en.srt", "en", {"forced"}),
        ("a.en.hi.srt", "en", {"hearing_impaired"}),
        ("a.hi.srt", "hi", {"hearing_impaired"}),
        ("other.de.srt", "de", set()),
    ],
)
def test_names_say_language_and_flags(
    name: str, language: str, flags: set[str]
) -> None:
    assert labels_of(Path(name), "a") == (language, flags)
