"""Whole tracking runs: video in; annotated video and records out, or a clear error."""

import json
from pathlib import Path

import numpy as np
import pytest

from avio_cli.cli.main import run
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.records.reader import read_tracks
from tests.clips import VARIABLE, make_clip
from tests.reference import packets_hash, timeline

BOXES = "".join(
    f"{frame},-1,{20 + 2 * frame},{20},{30},{40},0.9,-1,-1,-1\n"
    f"{frame},-1,{100 - frame},{30},{24},{36},0.8,-1,-1,-1\n"
    for frame in range(1, 26)
)
"""Two objects that pass each other within 25 frames."""


@pytest.fixture
def found(tmp_path: Path) -> Path:
    file = tmp_path / "det.txt"
    file.write_text(BOXES)
    return file


def test_a_video_is_annotated_with_its_audio_and_times(
    ffmpeg: FFmpeg, found: Path, tmp_path: Path
) -> None:
    clip = make_clip(tmp_path / "in.mp4", ticks=VARIABLE, audios=1)
    output, records = tmp_path / "out.mp4", tmp_path / "tracks.jsonl"

    status = run(
        [
            *("track", str(clip.path), "--detections", str(found)),
            *("-o", str(output), "--records", str(records)),
        ]
    )

    result = timeline(output)
    lines = [json.loads(line) for line in records.read_text().splitlines()]
    assert status == 0
    assert result.relative == clip.times
    assert packets_hash(output, "a:0") == packets_hash(clip.path, "a:0")
    assert [line["frame"] for line in lines] == list(range(1, clip.count + 1))
    times = [line["time"] for line in lines]
    assert times == pytest.approx(list(map(float, clip.times)), abs=1e-6)
    assert {t["id"] for line in lines[1:20] for t in line["tracks"]} == {1, 2}


def test_drawing_changes_the_frame_and_no_draw_does_not(
    bundled_ffmpeg: FFmpeg, found: Path, tmp_path: Path
) -> None:
    from tests.reference import frame_hashes

    clip = make_clip(tmp_path / "in.mp4")
    hashes = {}
    for name, options in (("drawn", []), ("plain", ["--no-draw"])):
        output = tmp_path / f"{name}.mkv"
        status = run(
            [
                *("track", str(clip.path), "--detections", str(found)),
                *("-o", str(output), "--preset", "mkv-ffv1", *options),
            ]
        )
        assert status == 0
        hashes[name] = frame_hashes(output, "yuv420p")

    assert hashes["plain"] == frame_hashes(clip.path, "yuv420p")
    assert not set(hashes["drawn"][1:]) & set(hashes["plain"][1:])


def test_all_formats_of_records_agree(
    bundled_ffmpeg: FFmpeg, found: Path, tmp_path: Path
) -> None:
    clip = make_clip(tmp_path / "in.mp4")
    files = [tmp_path / f"t.{name}" for name in ("txt", "csv", "json", "jsonl")]
    options = [word for file in files for word in ("--records", str(file))]

    run(["track", str(clip.path), "--detections", str(found), *options])

    first = read_tracks(files[0])
    for file in files[1:]:
        other = read_tracks(file)
        for number in range(1, clip.count + 1):
            assert other.at(number).ids.tolist() == first.at(number).ids.tolist()
            assert np.allclose(
                other.at(number).boxes, first.at(number).boxes, atol=0.02
            )


def test_detections_alone_need_no_video(
    found: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = run(["track", "--detections", str(found)])

    captured = capsys.readouterr()
    assert status == 0
    assert "track ids   2 by bytetrack" in captured.out


@pytest.mark.parametrize("setting", ["demo", "eval", "plain_iou", "short"])
@pytest.mark.parametrize("sequence", ["PETS09-S2L1", "TUD-Campus"])
@pytest.mark.sampled(4)
def test_the_reference_tracker_writes_the_originals_rows(
    sequence: str, setting: str, shared: Path, tmp_path: Path
) -> None:
    options = {
        "demo": ["track_thresh=0.5"],
        "eval": ["track_thresh=0.6", "match_thresh=0.9"],
        "plain_iou": ["track_thresh=0.5", "fuse_score=false"],
        "short": ["track_thresh=0.6", "track_buffer=5"],
    }
    folder = shared / "mot" / sequence
    output = tmp_path / "tracks.txt"

    status = run(
        [
            *("track", "--detections", str(folder / "det" / "det.txt")),
            *("--tracker", "bytetrack-reference", "--records", str(output)),
            *(w for o in options[setting] for w in ("--tracker-option", o)),
        ]
    )

    expected = np.loadtxt(folder / "bytetrack" / f"{setting}.txt", delimiter=",")
    actual = np.loadtxt(output, delimiter=",")
    expected = expected[np.lexsort((expected[:, 1], expected[:, 0]))]
    actual = actual[np.lexsort((actual[:, 1], actual[:, 0]))]
    assert status == 0
    assert np.array_equal(actual[:, :2], expected[:, :2])
    assert np.abs(actual[:, 2:6] - expected[:, 2:6]).max() <= 0.011


@pytest.mark.slow
@pytest.mark.parametrize("late", [[], ["--lag", "5"], ["--refine", "best"]])
def test_records_do_not_depend_on_the_number_of_workers(
    late: list[str],
    bundled_ffmpeg: FFmpeg,
    shared: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AVIO_MODEL_PATH", str(shared / "models"))
    video = shared / "media" / "vtest.avi"
    texts = []
    for workers in ("1", "2", "4"):
        records = tmp_path / f"{workers}.jsonl"
        status = run(
            [
                *("track", str(video), "--model", "yolox-nano", "--end", "2"),
                *("--workers", workers, "--records", str(records)),
                *late,
            ]
        )
        assert status == 0
        texts.append(records.read_bytes())

    assert texts[0] == texts[1] == texts[2]
    assert b'"class": "person"' in texts[0]


def test_motion_follows_what_moves(
    bundled_ffmpeg: FFmpeg, shared: Path, tmp_path: Path
) -> None:
    video = shared / "media" / "vtest.avi"
    records = tmp_path / "tracks.jsonl"
    words = ["track", str(video), "--model", "motion", "--end", "8"]

    status = run([*words, "--records", str(records), "--line", "x=384,0,384,576"])

    lines = [json.loads(line) for line in records.read_text().splitlines()]
    assert status == 0
    assert len(lines) == 80
    assert len({t["id"] for line in lines for t in line["tracks"]}) >= 4


@pytest.mark.parametrize(
    ("options", "status", "word"),
    [
        (["--model", "yolox-nono"], 2, "yolox-nano"),
        (["--model", "missing.onnx"], 1, "missing.onnx"),
        (["--tracker", "bytetrak"], 2, "bytetrack"),
        (["--tracker-option", "buffer=3"], 2, "track_buffer"),
        (["--tracker-option", "track_buffer=x"], 2, "whole number"),
        (["--records", "tracks.xyz"], 2, ".jsonl"),
        (["--line", "gate=1,2,3"], 2, "gate"),
        (["--draw", "box"], 2, "boxes"),
        (["--stride", "0"], 2, "stride"),
        (["--input-size", "big"], 2, "WxH"),
        (["--detections", "none.txt"], 1, "none.txt"),
    ],
)
def test_a_wrong_option_is_one_error_and_leaves_nothing(
    options: list[str],
    status: int,
    word: str,
    bundled_ffmpeg: FFmpeg,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    clip = make_clip(tmp_path / "in.mp4", frames=3)
    folder = tmp_path / "out"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("AVIO_CACHE_DIR", str(tmp_path / "cache"))

    result = run(["track", str(clip.path), "-o", "out.mp4", *options])

    captured = capsys.readouterr().err
    assert result == status
    assert captured.count("avio: error: ") == 1
    assert word in captured
    assert list(folder.iterdir()) == []


def test_a_wrong_option_is_reported_before_stdin_is_read(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["track", "-", "--tracker-option", "buffer"]) == 2
    assert "'buffer' is not key=value" in capsys.readouterr().err
    assert run(["track", "-", "--input-size", "wide"]) == 2
    assert "--input-size 'wide' is not WxH" in capsys.readouterr().err


def test_a_video_that_breaks_keeps_its_records_and_no_video(
    bundled_ffmpeg: FFmpeg,
    found: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    clip = make_clip(tmp_path / "in.mp4", frames=100, extra=["-movflags", "+faststart"])
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(clip.path.read_bytes()[: clip.path.stat().st_size * 6 // 10])
    output, records = tmp_path / "out.mp4", tmp_path / "tracks.jsonl"
    words = ["track", str(cut), "--detections", str(found)]

    status = run([*words, "-o", str(output), "--records", str(records)])

    assert status == 1
    assert "cut off" in capsys.readouterr().err
    assert not output.exists()
    assert 20 < len(records.read_text().splitlines()) < 100
