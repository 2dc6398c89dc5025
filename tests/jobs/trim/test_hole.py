"""Destroyed bytes in the middle: frames are lost, which is reported."""

import re
from pathlib import Path

import pytest

from avio_cli.cli.main import run as avio
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.process.run import run
from tests.fuzzing.media import CALLBACK, clip


@pytest.fixture
def hole(ffmpeg: FFmpeg, tmp_path: Path) -> Path:
    path = tmp_path / "hole.mkv"
    argv = [ffmpeg.path, "-v", "error", "-f", "lavfi", "-i", "testsrc2=d=4:s=160x120"]
    argv += ["-c:v", "mpeg4", "-g", "5", "-cluster_time_limit", "200", str(path)]
    assert run(argv).status == 0
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 20_000] = bytes(20_000)
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    "words",
    [
        ["transcode", "IN", "out.mp4"],
        ["transcode", "IN", "out.mkv", "--copy"],
        ["trim", "IN", "out.mkv", "--end", "3.4"],
        ["trim", "IN", "out.mkv", "--end", "3.4", "--exact"],
        ["track", "IN", "-o", "out.mp4", "--model", "motion"],
    ],
)
@pytest.mark.sampled(3)
def test_a_hole_is_damage(
    hole: Path,
    words: list[str],
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(hole.parent)

    assert avio([str(hole) if word == "IN" else word for word in words]) == 1

    assert "hole.mkv is damaged: " in capfd.readouterr().err
    assert [path.name for path in hole.parent.iterdir()] == ["hole.mkv"]


@pytest.mark.parametrize(
    "words",
    [
        ["trim", "IN", "out.mkv", "--exact"],
        ["trim", "IN", "out.mkv", "--exact", "--end", "4.5"],
        ["transcode", "IN", "out.mkv"],
        ["transcode", "IN", "out.mkv", "--end", "4.5"],
        ["transcode", "IN", "out.mkv", "--callback", "same.py:same"],
        ["track", "IN", "--model", "motion", "--records", "out.jsonl"],
    ],
    ids=["exact", "exact, end", "transcode", "transcode, end", "callback", "track"],
)
@pytest.mark.parametrize("kind", ["mkv", "webm", "mp4", "avi", "asf", "nut"])
@pytest.mark.sampled(12)
def test_a_range_that_starts_in_a_hole_is_damaged(
    kind: str,
    words: list[str],
    ffmpeg: FFmpeg,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Demuxers seek past the hole, and no log names it. The bytes from 1.8 to 2.7 s.
    whole = clip(kind)
    start, stop = len(whole) * 30 // 100, len(whole) * 45 // 100
    name = f"hole.{kind}"
    (tmp_path / name).write_bytes(whole[:start] + bytes(stop - start) + whole[stop:])
    (tmp_path / "same.py").write_text(CALLBACK)
    monkeypatch.chdir(tmp_path)

    words = [name if word == "IN" else word for word in words]
    assert avio([*words, "--start", "2.2"]) == 1

    said = capfd.readouterr().err
    assert f"{name} is damaged: " in said or f"{name} is cut off: " in said


@pytest.mark.parametrize("end", [[], ["--end", "5.5"]], ids=["to the end", "a part"])
@pytest.mark.parametrize("change", ["zeroed", "cut out"])
@pytest.mark.parametrize("kind", ["mkv", "mp4", "frag.mp4", "mov"])
@pytest.mark.sampled(6)
def test_a_hole_in_what_is_cut_in_pieces_is_damage(
    kind: str,
    change: str,
    end: list[str],
    bundled_ffmpeg: FFmpeg,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    whole, path = clip(kind), tmp_path / f"hole.{kind}"
    start, stop = len(whole) * 2 // 5, len(whole) * 3 // 5
    filled = bytes(stop - start) if change == "zeroed" else b""
    path.write_bytes(whole[:start] + filled + whole[stop:])
    words = ["trim", str(path), str(tmp_path / "out.mkv"), "--exact", "--start", "0.4"]
    assert avio([*words, *end]) == 1
    assert re.search("is (damaged|cut off)", capfd.readouterr().err)


def test_a_range_before_the_first_frame_lacks_nothing(
    ffmpeg: FFmpeg, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "late.mkv"
    argv = [ffmpeg.path, "-v", "error", "-f", "lavfi", "-i", "sine=d=4"]
    argv += ["-itsoffset", "1.5", "-f", "lavfi", "-i", "testsrc2=d=2.5:s=160x120"]
    assert run([*argv, "-c:v", "mpeg4", str(path)]).status == 0
    for words in (["transcode"], ["trim", "--exact"]):
        words = [*words, str(path), str(tmp_path / f"{words[0]}.mkv")]
        assert avio([*words, "--start", "0.5"]) == 0
    assert "damaged" not in capfd.readouterr().err
