"""Refined runs whose source fails or changes, and the hidden file they leave."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest

from avio_cli.cli.main import run
from avio_cli.errors import DamagedInputError
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.jobs.track import reading, refinement
from avio_cli.jobs.track.kept_detections import KeptDetections
from avio_cli.jobs.track.refinement import ReplayedDetections
from tests.clips import make_clip
from tests.vision.scenes import NOTHING

ROWS = "".join(f"{n},-1,{20 + 2 * n},20,30,40,0.9,-1,-1,-1\n" for n in range(1, 11))
HIDDEN = ".t.jsonl.detections"
SLOW = pytest.mark.slow


@pytest.fixture
def words(tmp_path: Path, ffmpeg: FFmpeg) -> list[str]:
    make_clip(tmp_path / "in.mp4", ticks=range(10))
    (tmp_path / "det.txt").write_text(ROWS)
    found, records = str(tmp_path / "det.txt"), str(tmp_path / "t.jsonl")
    words = ["track", str(tmp_path / "in.mp4"), "--detections", found, "--quiet"]
    return [*words, "--records", records, "--refine", "fast"]


def after_the_first_pass(monkeypatch: pytest.MonkeyPatch, act: object) -> None:
    assert callable(act)
    detect_all: Callable[..., str] = refinement.detect_all

    def followed(job: object, source: object, kept: object, *more: object) -> str:
        damage = detect_all(job, source, kept, *more)
        act()
        return damage

    monkeypatch.setattr(refinement, "detect_all", followed)


@pytest.mark.parametrize("allowed", [False, pytest.param(True, marks=SLOW)])
def test_a_first_pass_that_was_cut_off_is_resumed(
    allowed: bool,
    words: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(words) == 0
    whole = (tmp_path / "t.jsonl").read_bytes()
    append = KeptDetections.append

    def half(kept: KeptDetections, *values: object) -> None:
        if len(kept) < 5:
            append(kept, *values)  # type: ignore[arg-type]

    with monkeypatch.context() as cut:
        cut.setattr(KeptDetections, "append", half)
        cut.setattr(reading, "read_damage", lambda *_, **__: "the connection was cut")
        options = ["-y", "--allow-damaged"] if allowed else ["-y"]
        assert run([*words, *options]) == 1
    assert "cut; the second pass read more" in capsys.readouterr().err

    def more(kept: KeptDetections, *values: object) -> None:
        assert len(kept) >= 5, "what the first pass detected was forgotten"
        append(kept, *values)  # type: ignore[arg-type]

    monkeypatch.setattr(KeptDetections, "append", more)
    assert run([*words, "--resume"]) == 0
    assert (tmp_path / "t.jsonl").read_bytes() == whole
    assert not (tmp_path / HIDDEN).exists()


@pytest.mark.parametrize(
    ("pts", "said", "left"), [(5, "read other frames", 0), (1, "read more", 2)]
)
def test_a_first_pass_without_an_end_is_kept_unless_its_frames_are_others(
    pts: int, said: str, left: int, tmp_path: Path
) -> None:
    stand_in: Any = MagicMock(planned=(), received=False)
    stand_in.source.name = "in.mp4"
    with KeptDetections(tmp_path / "kept", {"INPUT": ""}, resume=False) as kept:
        for index in range(2):
            kept.append(index, index / 25, NOTHING)
        replayed = ReplayedDetections(stand_in, kept, stand_in)
        frames = [MagicMock(index=n, pts=p) for n, p in enumerate((0, pts, 2))]
        with pytest.raises(DamagedInputError, match=f"2 frames of in.mp4; .* {said}"):
            list(replayed.detect(iter(frames)))
        assert len(kept) == left


def test_a_source_that_was_exchanged_between_the_passes_is_refused(
    words: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    other = make_clip(tmp_path / "other.mp4", ticks=range(10), width=200).path
    after_the_first_pass(
        monkeypatch, lambda: shutil.copyfile(other, tmp_path / "in.mp4")
    )
    assert run(words) == 1
    assert "the input was changed" in capsys.readouterr().err
    assert not (tmp_path / HIDDEN).exists()


def test_a_second_pass_with_fewer_frames_is_refused_and_resumed_from_the_start(
    words: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(words) == 0
    whole = (tmp_path / "t.jsonl").read_bytes()
    finish = KeptDetections.finish

    def one_more(kept: KeptDetections) -> None:
        last = kept.at(len(kept) - 1)
        kept.append(last.pts + 1, last.seconds + 1, last.detections)
        finish(kept)

    with monkeypatch.context() as longer:
        longer.setattr(KeptDetections, "finish", one_more)
        assert run([*words, "-y"]) == 1
    assert "the input was changed" in capsys.readouterr().err
    assert run([*words, "--resume"]) == 0
    assert (tmp_path / "t.jsonl").read_bytes() == whole


def test_complete_records_are_drawn_without_a_first_pass(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(words) == 0
    (tmp_path / HIDDEN).write_text('{"INPUT": "left by a kill"')
    monkeypatch.setattr(refinement, "detect_all", None)
    assert run([*words, "--resume", "-o", str(tmp_path / "out.mp4")]) == 0
    assert (tmp_path / "out.mp4").exists()
    assert not (tmp_path / HIDDEN).exists()


@pytest.mark.parametrize("option", ["--resume", "-y"])
def test_the_hidden_file_of_a_killed_run_goes_with_the_next(
    option: str, words: list[str], tmp_path: Path
) -> None:
    assert run(words) == 0
    (tmp_path / HIDDEN).write_text('{"INPUT": "left by a kill"')
    plain = words[:-2] if option == "-y" else words
    assert run([*plain, option]) == 0
    assert not (tmp_path / HIDDEN).exists()


@pytest.mark.parametrize("name", [HIDDEN, ".t.jsonl.resume"])
def test_a_result_named_like_a_hidden_file_is_refused(
    name: str, words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*words, "--save-detections", str(tmp_path / name)]) == 2
    assert "hidden file" in capsys.readouterr().err
    assert not (tmp_path / "t.jsonl").exists()


def test_a_hidden_name_that_is_too_long_leaves_no_records(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    records = tmp_path / f"{'a' * 240}.jsonl"
    words[words.index("--records") + 1] = str(records)
    assert run(words) == 1
    assert "first pass" in capsys.readouterr().err
    assert not records.exists()
