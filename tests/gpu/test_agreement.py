"""What verify-gpu compares: tracks of two runs, frames of two videos."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.process.run import run
from benchmarks.gpu import worker
from benchmarks.gpu.clips import CLIPS, damaged
from benchmarks.gpu.context import WORKER
from benchmarks.gpu.records import NEAR, ROUGH, agreement
from tests.gpu.machine import TRACKS


@pytest.mark.parametrize(
    ("changed", "near", "rough"),
    [
        (TRACKS, True, True),
        (TRACKS.replace(",20,30,60", ",20.9,30,60"), True, True),
        (TRACKS.replace(",20,30,60", ",21.1,30,60"), False, False),
        (TRACKS.replace("1,1,51,", "1,7,51,"), True, True),
        ("\n".join(TRACKS.splitlines()[5:]), False, True),
        ("", False, False),
        (TRACKS + TRACKS.replace(",20,", ",200,"), False, False),
        (TRACKS.replace(",2,1", ",1,1"), False, False),
    ],
    ids=["same", "rounded", "shifted", "one id", "few missing", "none", "twice", "one"],
)  # fmt: skip
def test_boxes_and_ids_must_agree(
    tmp_path: Path, changed: str, near: bool, rough: bool
) -> None:
    expected, found = tmp_path / "a.txt", tmp_path / "b.txt"
    expected.write_text(TRACKS)
    found.write_text(changed)
    both = agreement(expected, found)
    assert (both.within(NEAR), both.within(ROUGH)) == (near, rough), str(both)


def test_tracks_that_change_their_ids_disagree(tmp_path: Path) -> None:
    expected, found = tmp_path / "a.txt", tmp_path / "b.txt"
    expected.write_text(TRACKS)
    rows = [line.split(",", 2) for line in TRACKS.splitlines()]
    found.write_text(
        "".join(f"{f},{int(i) + int(f) % 3 * 10},{rest}\n" for f, i, rest in rows)
    )
    both = agreement(expected, found)
    assert both.near == 1
    assert not both.within(ROUGH)


def test_a_single_id_for_all_is_no_agreement(tmp_path: Path) -> None:
    expected, found = tmp_path / "a.txt", tmp_path / "b.txt"
    expected.write_text(TRACKS)
    rows = [line.split(",", 2) for line in TRACKS.splitlines()]
    found.write_text("".join(f"{frame},1,{rest}\n" for frame, _, rest in rows))
    both = agreement(expected, found)
    assert (both.near, both.same_ids) == (1, pytest.approx(1 / 3))
    assert not both.within(ROUGH)


def test_nothing_found_is_no_agreement(tmp_path: Path) -> None:
    empty = tmp_path / "a.txt"
    empty.write_text("")
    assert not agreement(empty, empty).within(ROUGH)


def clip(ffmpeg: FFmpeg, path: Path, filters: str) -> Path:
    source = ["-f", "lavfi", "-i", "testsrc2=size=64x48:rate=10:duration=0.8"]
    words = [*source, "-vf", filters, "-pix_fmt", "yuv420p", "-c:v", "ffv1", path]
    assert run([ffmpeg.path, "-v", "error", *words]).status == 0
    return path


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ("null", {"frames": [8, 8], "times_equal": True, "worst": 0, "lost": 0}),
        ("lutyuv=y=val+1", {"frames": [8, 8], "times_equal": True, "worst": 1}),
        ("lutyuv=y=val+3:u=val+3:v=val+3", {"times_equal": True, "mean": 3}),
        ("select=lt(n\\,6)", {"frames": [8, 6], "times_equal": False, "lost": 2}),
        ("setpts=PTS+0.1/TB", {"times_equal": False, "lost": 1}),
    ],
)
def test_frames_are_compared_by_times_and_levels(
    bundled_ffmpeg: FFmpeg, tmp_path: Path, filters: str, expected: dict[str, Any]
) -> None:
    one = clip(bundled_ffmpeg, tmp_path / "one.mkv", "null")
    two = clip(bundled_ffmpeg, tmp_path / "two.mkv", filters)
    found = worker.compare(str(one), str(two))
    assert {key: found[key] for key in expected} == expected


def test_a_worker_needs_no_package_around_it(tmp_path: Path) -> None:
    copy = tmp_path / "worker.py"
    copy.write_text(WORKER.read_text())
    found = run([sys.executable, "-P", copy, "providers"])
    assert found.status == 0, found.stderr
    assert "CPUExecutionProvider" in json.loads(found.stdout)["providers"]


def test_damage_keeps_the_length_and_both_ends(tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"
    path.write_bytes(bytes(20000))
    data = damaged(path).read_bytes()
    assert len(data) == 20000
    assert data[:10000] == data[14000:] + bytes(4000)
    assert any(data[10000:14000])


def test_one_clip_is_of_a_kind_that_no_card_decodes() -> None:
    assert [name for name, row in CLIPS.items() if not row.on_card] == ["H.264 4:4:4"]


def answer(words: Sequence[str], capsys: pytest.CaptureFixture[str]) -> Any:
    status = worker.main(list(words))
    shown = capsys.readouterr()
    return json.loads(shown.out) if not status else shown.err


def test_a_worker_reports_a_missing_package_and_a_bad_file(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "tensorrt", None)
    assert "tensorrt is not installed" in answer(["tensorrt-info"], capsys)["missing"]
    assert "absent.onnx" in answer(
        ["input-size", str(tmp_path / "absent.onnx")], capsys
    )
    assert "CPUExecutionProvider" in answer(["providers"], capsys)["providers"]
    found = answer(["packages", "numpy", "no_such_package"], capsys)
    assert "no_such_package is not installed" in found["missing"]
    assert list(answer(["packages", "numpy"], capsys)["packages"]) == ["numpy"]
