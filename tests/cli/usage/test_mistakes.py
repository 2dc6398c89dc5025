"""A command line that is nearly right is answered by what was meant, and not run."""

from pathlib import Path

import pytest

from avio_cli.cli.main import app, run
from avio_cli.cli.usage.mistakes import unknown_command
from avio_cli.synonyms import COMMANDS, OPTIONS
from tests.clips import make_clip

OPTION_HINTS = [
    ("transcode in.mp4 out.mp4 --crf 20", "--crf", "did you mean --quality?"),
    ("transcode in.mp4 -ss 1 out.mp4", "-ss", "did you mean --start?"),
    ("transcode in.mp4 -c:v libx264 out.mp4", "-c:v", "did you mean --video-codec?"),
    ("transcode -i in.mp4 out.mp4", "-i", "avio transcode INPUT OUTPUT"),
    ("transcode in.mp4 out.mp4 --size 640x360", "--size", "did you mean --width?"),
    ("transcode in.mp4 out.mp4 --resize 640", "--resize", "did you mean --width?"),
    ("transcode in.mp4 out.mp4 --bitrate 2M", "--bitrate", "--encoder-option b=2M"),
    ("transcode in.mp4 out.mp4 -vn", "-vn", "did you mean --no-video?"),
    ("transcode in.mp4 out.mp4 --widht 640", "--widht", "did you mean --width?"),
    ("track in.mp4 --weights a.onnx", "--weights", "did you mean --model?"),
    ("track in.mp4 --track_thresh 1", "--track_thresh", "--tracker-option track_t"),
    ("play in.mp4 --fs", "--fs", "did you mean --fullscreen?"),
    ("trim in.mp4 out.mp4 --crf 20", "--crf", "--quality is an option of avio trans"),
    ("-V", "-V", "did you mean --version?"),
    ("models list --json", "--json", "--json is an option of avio info, avio eval"),
    ("transcode in.mp4 -o a.mp4", "-o", "not needed: avio transcode INPUT OUTPUT"),
    ("play in.mp4 -o a.mp4", "-o", "did you mean --record?"),
    ("trim in.mp4 --out a.mp4", "--out", "it is not needed: avio trim INPUT OUTPUT"),
    ("eval a.txt --gt b.txt", "--gt", "not needed: avio eval RECORDS GROUND_TRUTH"),
    ("--quiet info in.mp4", "--quiet", "options follow the command: avio info"),
]
VALUES = [
    ("transcode a b --width abc", "--width 'abc' is not a whole number"),
    ("transcode a b --width 1", "--width 1 is not in the range 2 to 16384"),
    ("transcode a b --width", "requires an argument\nhint: see avio transcode --help"),
    ("transcode a b --copy=3", "--copy does not take a value"),
    ("transcode a b --hwaccel gpu", "--hwaccel 'gpu' is not one of auto, none, cuda"),
    ("transcode a b --start x", "hint: try 12.5, 1:30 or 0:01:30.250"),
    ("play a --volume loud", "--volume 'loud' is not a number"),
    ("snapshot a b.png", "--at is missing\nhint: for example: avio snapshot video.mp4"),
    ("transcode a", "OUTPUT is missing\nhint: for example: avio transcode video.avi"),
    ("track a out.mp4", "unexpected argument: out.mp4\nhint: did you mean -o out.mp4?"),
    ("play", "INPUT is missing\nhint: for example: avio play video.mkv"),
    ("track a out.csv", "did you mean --records out.csv?"),
    ("transcode a b c d", "unexpected argument: c d"),
]
COMMAND_HINTS = [
    ("help", "did you mean avio --help?"),
    ("version", "did you mean avio --version?"),
    ("convert a.mp4 b.mp4", "did you mean avio transcode?"),
    ("cut a.mp4 b.mp4", "did you mean avio trim?"),
    ("concat a b", "did you mean avio merge?"),
    ("transcod a b", "did you mean avio transcode?"),
    ("video.mp4", "avio play video.mp4 plays it"),
    ("nonsense", "avio --help lists them all"),
    ("presets mp4-h264", "did you mean avio presets show mp4-h264?"),
    ("presets mp4-h265", "did you mean avio presets show mp4-hevc?"),
    ("presets webm", "did you mean avio presets show webm-"),
    ("presets lst", "did you mean avio presets list?"),
    ("models yolox-nano", "did you mean avio models path yolox-nano?"),
    ("models describe yolox-nano", "avio models --help lists them all"),
]


def answer(words: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert run(words.split()) == 2
    said = capsys.readouterr()
    assert not said.out
    assert said.err.count("\n") == 2
    return said.err


@pytest.mark.parametrize(("words", "typed", "hint"), OPTION_HINTS)
def test_an_option_of_others_is_answered_by_that_of_avio(
    words: str, typed: str, hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    said = answer(words, capsys)
    assert f"no such option: {typed}\n" in said
    assert hint in said


@pytest.mark.parametrize(("words", "text"), VALUES)
def test_a_wrong_value_is_named_in_plain_words(
    words: str, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert text in answer(words, capsys)


@pytest.mark.parametrize(("words", "hint"), COMMAND_HINTS)
def test_a_command_of_others_is_answered_by_that_of_avio(
    words: str, hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert hint in answer(words, capsys)


def test_a_name_with_blanks_is_quoted() -> None:
    assert (
        "avio play 'my video.mp4'" in unknown_command("avio", "my video.mp4", []).hint
    )


def test_each_synonym_leads_to_what_avio_has() -> None:
    from typer.main import get_command

    root = get_command(app)
    commands = root.commands  # type: ignore[attr-defined]
    options = {
        name for c in (root, *commands.values()) for p in c.params for name in p.opts
    }
    named = {
        text.split()[0] for each in OPTIONS.values() for text in each.split("|") if text
    }
    assert named - options - {"--keep-open"} == set()
    assert {text.split()[0] for text in COMMANDS.values()} - {*commands} == {
        "--help",
        "--version",
    }


def test_no_synonym_of_a_command_is_one() -> None:
    assert all(unknown_command("avio", name, []).hint for name in COMMANDS)


def test_the_output_of_merge_comes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a.mp4", "b.mp4"):
        Path(name).write_bytes(b"x")
    assert run(["merge", "a.mp4", "b.mp4", "all.mp4"]) == 2
    said = capsys.readouterr().err
    assert "no such file: all.mp4" in said
    assert "hint: OUTPUT comes first: avio merge all.mp4 a.mp4 b.mp4" in said


@pytest.mark.parametrize(
    "words",
    ["transcode IN IN", "trim IN IN --end 1", "merge IN IN IN"],
)
@pytest.mark.sampled(3)
def test_the_input_itself_is_no_output_whether_forced_or_not(
    words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clip = make_clip(tmp_path / "in.mp4", frames=5).path
    assert run(words.replace("IN", str(clip)).split()) == 1
    assert "in.mp4 is the input itself" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("output", "text"),
    [
        ("", "OUTPUT is empty"),
        ("-", "standard output cannot be OUTPUT"),
        ("folder/", "folder/ is a folder"),
        ("folder", "folder is a folder"),
        ("out", "out has no extension"),
    ],
)
@pytest.mark.parametrize("command", ["transcode IN", "trim IN --end 1", "track IN -o"])
@pytest.mark.sampled(5)
def test_an_output_without_a_name_is_explained(
    command: str,
    output: str,
    text: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("folder").mkdir()
    make_clip(tmp_path / "in.mp4", frames=5)
    words = [*command.replace("IN", "in.mp4").split(), output]
    assert run(words) == 2
    said = capsys.readouterr().err
    assert text.removesuffix("/ is a folder") in said
    assert "hint: " in said


@pytest.mark.parametrize("command", ["info", "play", "track"])
def test_an_empty_name_is_no_file(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([command, "", *(["--records", "-"] if command == "track" else [])]) != 0
    said = capsys.readouterr().err
    assert "no such file: ''" in said or "INPUT" in said
