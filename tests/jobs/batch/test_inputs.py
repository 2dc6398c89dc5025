"""What the words of a command line mean, and where each result belongs."""

import os
import sys
from pathlib import Path

import pytest

from avio_cli.errors import InputError, UsageError
from avio_cli.jobs.batch.inputs import collect_inputs
from avio_cli.jobs.batch.status import Status, write_status

MADE = Status(
    name="x.mp4", source="x.mp4", size=1, key="", state="done", owned=("made.mp4",)
)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    names = "a/x.mp4 a/b/y.MKV a/notes.md a/.hidden/z.mp4 c/x.mp4 a/out/made.mp4"
    for name in names.split():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"1")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names(*words: str, base: str = "", stdin: bytes = b"") -> list[str]:
    chosen = Path(base) if base else None
    found = collect_inputs(words, results=Path("a/out"), base=chosen, stdin=stdin)
    return [source.name for source in found]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("a", "b/y.MKV x.mp4"),
        ("a/x.mp4 a/b/y.MKV", "x.mp4 y.MKV"),
        ("a/x.mp4 a", "b/y.MKV x.mp4"),
        ("a/**/*.MKV", "b/y.MKV"),
        ("[ac]/x.mp4", "a/x.mp4 c/x.mp4"),
        ("a https://host/v/w.mp4?token=1", "b/y.MKV w.mp4 x.mp4"),
    ],
)
def test_inputs_keep_their_folders(here: Path, words: str, found: str) -> None:
    assert names(*words.split()) == found.split()


def test_lists_keep_all_folders_and_may_be_piped(here: Path) -> None:
    (here / "list.txt").write_text(f"# mine\na/x.mp4\n\n{here}/c/x.mp4\ngone.mp4\n")
    absolute = f"{here}/c/x.mp4".lstrip("/")

    assert names("list.txt") == sorted(["a/x.mp4", absolute, "gone.mp4"])
    assert names("-", stdin=b"a/x.mp4\0c/x.mp4\0") == ["a/x.mp4", "c/x.mp4"]
    assert names("-", base="a", stdin=b"a/b/y.MKV\n") == ["b/y.MKV"]


def test_a_list_with_zero_bytes_has_names_alone(
    here: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (here / "#1.mp4").write_bytes(b"1")
    (here / " ").write_bytes(b"1")

    assert names("-", stdin=b"#1.mp4\0 \0") == [" ", "#1.mp4"]
    assert not caplog.text
    text = b"\xef\xbb\xbfa/x.mp4\r\n#1.mp4\n# more\n \n"
    assert names("-", stdin=text) == ["a/x.mp4"]
    assert caplog.messages == ["#1.mp4 is left out, as a comment: ./#1.mp4 is the file"]

    with pytest.raises(InputError, match="UTF-16"):
        names("-", stdin="a/x.mp4\n".encode("utf-16"))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other links")
def test_broken_links_are_inputs_and_pipes_are_named(
    here: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (here / "c/gone.mp4").symlink_to("nowhere.mp4")
    (here / "c/loop.mp4").symlink_to("loop.mp4")
    (here / "c/folder.mp4").symlink_to(here / "a")
    os.mkfifo(here / "c/pipe.mp4")
    found = ["gone.mp4", "loop.mp4", "x.mp4"]

    assert names("c") == found
    assert [name for name in names("c/*") if "/" not in name] == found
    assert "c/pipe.mp4 is left out: it is no file" in caplog.text
    with pytest.raises(InputError, match="no media files"):
        names("-", stdin=b"c/pipe.mp4\n")


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("a/**/*.mp4", "x.mp4"),
        ("a/*", "b/y.MKV notes.md x.mp4"),
        ("-", "a/b/y.MKV a/out/mine.mp4 a/x.mp4"),
        ("a/out/*.mp4", "made.mp4"),
        ("a/out", "made.mp4"),
    ],
)
def test_results_are_no_inputs_unless_they_are_named(
    here: Path, words: str, found: str
) -> None:
    stdin = b"a/x.mp4\na/out/made.mp4\na/out/mine.mp4\na/b/y.MKV\n"
    write_status(Path("a/out"), MADE)

    assert names(words, stdin=stdin) == found.split()


def test_two_sources_of_one_name_are_refused_unless_a_base_separates_them(
    here: Path,
) -> None:
    with pytest.raises(UsageError, match="would have the same result"):
        names("a/x.mp4", "c/x.mp4")

    assert names("a/x.mp4", "c/x.mp4", base=".") == ["a/x.mp4", "c/x.mp4"]
    with pytest.raises(UsageError, match="is not in the folder"):
        names("c/x.mp4", base="a")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://h/v.mp4?key=a", "https://h/v.mp4?key=b"),
        ("https://h/v.mp4?st=2024-01-01T00", "https://h/v.mp4?st=2024-01-02T00"),
        ("https://u1:p@h/v.mp4", "https://u2:p@h/v.mp4"),
    ],
)
def test_urls_that_differ_in_what_is_hidden_are_two_sources(
    one: str, other: str
) -> None:
    with pytest.raises(UsageError, match="would have the same result"):
        names(one, other)

    assert names(one, one) == ["v.mp4"]


@pytest.mark.parametrize("words", ["gone.mp4", "*.gone", "a/.hidden/nothing"])
def test_what_is_not_there_is_said_at_once(here: Path, words: str) -> None:
    with pytest.raises(InputError):
        names(words)


def test_a_folder_without_media_is_an_error(here: Path) -> None:
    (here / "empty").mkdir()
    with pytest.raises(InputError, match="no media files"):
        names("empty")


def test_credentials_are_in_no_name(here: Path) -> None:
    (source,) = collect_inputs(
        ["https://me:secret@host/v.mp4?token=abc"], results=Path("out")
    )

    assert source.name == "v.mp4"
    assert "secret" not in source.shown
    assert "abc" not in source.shown


def test_a_url_is_known_by_its_address_and_not_by_its_signature() -> None:
    def identity(url: str) -> str:
        (source,) = collect_inputs([url], results=Path("out"))
        return source.identity

    signed = "https://host/v.mp4?id={}&X-Amz-Date={}&X-Amz-Signature={}&Expires={}"
    first = identity(signed.format(1, "20260101T000000Z", "ab", 60))

    assert first == identity(signed.format(1, "20260202T000000Z", "cd", 90))
    assert first != identity(signed.format(2, "20260101T000000Z", "ab", 60))
    assert identity("https://a/v.mp4") != identity("https://b/v.mp4")
