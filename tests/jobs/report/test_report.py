"""Recorded tracks as subtitles, drawn by ffmpeg's own `ass` filter over real clips."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import avio_cli as avio
from avio_cli.cli.main import run as avio_run
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.process.run import run
from tests.clips import VARIABLE, Clip, make_clip
from tests.reference import frame_hashes, stream_kinds, streams

LOSSLESS = "-c:v libx264 -preset ultrafast -qp 0 -pix_fmt yuv444p".split()
CASES = {
    "plain": {"width": 640, "height": 480},
    "odd": {"width": 161, "height": 97, "video": LOSSLESS},
    "narrow_pixels": {"extra": ("-bsf:v", "h264_metadata=sample_aspect_ratio=2/3")},
    "rotated": {"rotation": 90, "width": 96, "height": 160},
    "variable": {"ticks": VARIABLE[:12]},
    "late": {"extra": ("-output_ts_offset", "3.6")},
    "b_frames_in_avi": {"video": "-c:v mpeg4 -bf 2 -q:v 2".split()},
    "2160p": {"width": 3840, "height": 2160},
}
SLOW = ("2160p",)


def box(number: int, clip: Clip) -> tuple[float, float, float, float]:
    """Of a frame, counted from 0: it moves to the right, and grows downwards."""
    left, top = clip.width * 0.1 + 3.3 * number, clip.height * 0.3
    return left, top, left + clip.width * 0.5, top + clip.height * 0.3 + 2.6 * number


def mot(path: Path, clip: Clip) -> Path:
    """Records of one track that every frame has but the fourth."""
    rows = []
    for n in range(clip.count):
        x1, y1, x2, y2 = box(n, clip)
        rows.append(
            f"{n + 1},7,{x1:.2f},{y1:.2f},{x2 - x1:.2f},{y2 - y1:.2f},1,-1,-1,-1"
        )
    rows.pop(3)
    path.write_text("\n".join(rows) + "\n")
    return path


def drawn(ffmpeg: FFmpeg, clip: Clip, filters: str, *options: str) -> NDArray[np.int16]:
    words = ["-v", "error", *options, "-i", str(clip.path), "-vf", filters, "-fps_mode"]
    words += ["passthrough", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    done = run([str(ffmpeg.path), *words], timeout=120)
    assert done.status == 0, done.stderr
    pixels = np.frombuffer(done.stdout, np.uint8)
    return pixels.reshape(-1, clip.height, clip.width, 3).astype(np.int16)


def edges(changed: NDArray[np.bool_], across: int, down: int) -> NDArray[np.int64]:
    """x1 y1 x2 y2 of what changed, along one row and one column."""
    (x,), (y,) = np.nonzero(changed[down]), np.nonzero(changed[:, across])
    return np.array([x.min(), y.min(), x.max() + 1, y.max() + 1])


def check_boxes(clip: Clip, ffmpeg: FFmpeg, filters: str, *options: str) -> None:
    """Every frame but the fourth has its box."""
    without = drawn(ffmpeg, clip, "null", *options)
    difference = drawn(ffmpeg, clip, filters, *options) - without
    changed = np.abs(difference).sum(axis=3) > 60
    assert len(changed) == clip.count
    for n, frame in enumerate(changed):
        if n == 3:
            assert not frame.any()
            continue
        x1, y1, x2, y2 = box(n, clip)
        found = edges(frame, round(0.1 * x1 + 0.9 * x2), round((y1 + y2) / 2))
        assert np.abs(found - (x1, y1, x2, y2)).max() <= 1.5, n


@pytest.mark.parametrize(
    "case",
    [pytest.param(c, marks=pytest.mark.slow if c in SLOW else ()) for c in CASES],
)
def test_boxes_are_where_and_when_the_records_have_them(
    ffmpeg: FFmpeg, tmp_path: Path, case: str
) -> None:
    extension = {"late": ".ts", "b_frames_in_avi": ".avi"}.get(case, ".mp4")
    clip = make_clip(tmp_path / f"in{extension}", frames=8, **CASES[case])  # type: ignore[arg-type]
    records, overlay = mot(tmp_path / "tracks.txt", clip), tmp_path / "out.ass"
    words = [str(records), str(clip.path), "-o", str(overlay), "-q"]
    assert avio_run(["report", *words]) == 0
    check_boxes(clip, ffmpeg, f"ass={overlay}")


def test_a_copy_has_the_tracks_as_a_stream(ffmpeg: FFmpeg, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "in.ts", audios=1, ticks=VARIABLE[:12])
    records, copy = mot(tmp_path / "tracks.txt", clip), tmp_path / "out.mkv"
    words = [str(records), str(clip.path), "-o", str(copy), "-q"]
    assert avio_run(["report", *words]) == 0
    assert stream_kinds(copy) == [
        ("video", "h264"),
        ("audio", "aac"),
        ("subtitle", "ass"),
    ]
    assert frame_hashes(copy, "yuv420p") == frame_hashes(clip.path, "yuv420p")
    (track,) = [stream for stream in streams(copy) if stream.kind == "subtitle"]
    assert track.tags["title"] == "Tracks"
    shown = replace(clip, path=copy)
    check_boxes(shown, ffmpeg, f"subtitles={copy}", "-copyts")


def test_the_overlay_of_a_run_is_that_of_its_records(
    bundled_ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    clip = make_clip(tmp_path / "in.mp4", ticks=VARIABLE)
    found = tmp_path / "found.txt"
    rows = (f"{n + 1},-1,{10 + 2 * n},20,40,50,0.9,0\n" for n in range(30))
    found.write_text("".join(rows))
    records = [
        tmp_path / f"tracks{extension}" for extension in (".jsonl", ".csv", ".json")
    ]
    run_overlay = tmp_path / "run.ass"
    avio.track(clip.path, detections=found, records=records, overlay=run_overlay)
    for number, file in enumerate(records):
        made = tmp_path / f"{number}.ass"
        assert (
            avio_run(["report", str(file), str(clip.path), "-o", str(made), "-q"]) == 0
        )
        assert made.read_text() == run_overlay.read_text()
    page = tmp_path / "out.vtt"
    assert avio_run(["report", str(records[0]), "-o", str(page), "-q"]) == 0
    assert json.loads(page.read_text().strip().splitlines()[-1])["id"] == 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("t.txt -o out.vtt", "t.txt has no times"),
        ("t.txt -o out.ass", ".ass needs the video"),
        ("t.txt in.mp4 -o out.svg", "writes .html, .ass, .vtt, .mkv"),
        ("t.txt in.mp4 -o out.ass --embed", "--embed: only .html shows that"),
        ("t.txt in.mp4 -o out.vtt --line a=1,2,3,4", "only .html shows that"),
        ("t.jsonl -o out.html --embed", "--embed needs the video"),
        ("t.txt in.mkv -o there.html", "there.proxy.mp4 exists"),
        ("t.txt in.mp4", "name the file to write"),
        ("late.txt in.mp4 -o out.ass", "has no frame 99"),
        ("other.jsonl in.mp4 -o out.ass", "has no frame 1 at 0.5 s"),
        ("t.txt in.mp4 -o there.ass", "there.ass exists"),
        ("det.txt in.mp4 -o out.ass", "has id -1 twice in frame 2"),
    ],
)
def test_what_cannot_be_shown_is_refused_by_name(
    bundled_ffmpeg: FFmpeg,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: str,
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    clip = make_clip(tmp_path / "in.mp4", frames=10)
    mot(tmp_path / "t.txt", clip)
    Path("late.txt").write_text("99,7,1,2,3,4,1,-1,-1,-1\n")
    line = {"frame": 1, "pts": 4711, "time": 0.5, "tracks": []}
    Path("other.jsonl").write_text(json.dumps(line) + "\n")
    Path("there.ass").touch()
    Path("there.proxy.mp4").touch()
    make_clip(tmp_path / "in.mkv", frames=10)
    Path("det.txt").write_text("2,-1,1,2,3,4,1\n2,-1,5,6,7,8,1\n")
    assert avio_run(["report", *words.split()]) != 0
    assert message in capsys.readouterr().err
    assert not Path("out.ass").exists()


def test_python_makes_what_the_command_makes(
    bundled_ffmpeg: FFmpeg, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    clip = make_clip(tmp_path / "in.mp4")
    rows = (f"{n + 1},7,{3 + n},20,40,50,1,-1,-1,-1" for n in range(clip.count))
    Path("t.txt").write_text("\n".join(rows) + "\n")
    line = {"gate": (30, 90, 30, 10)}
    made = avio.report("t.txt", "a.html", video="in.mp4", lines=line)
    assert (made.frames, made.boxes) == (clip.count, clip.count)
    words = ["report", "t.txt", "in.mp4", "-o", "b.html", "--line", "gate=30,90,30,10"]
    assert avio_run([*words, "-q"]) == 0
    assert Path("a.html").read_bytes() == Path("b.html").read_bytes()
    with pytest.raises(avio.UsageError, match="embed"):
        avio.report("t.txt", "c.html", embed=True)


@pytest.mark.parametrize("extension", ["json", "xml"])
def test_records_of_a_video_of_another_size_are_refused(
    extension: str,
    tmp_path: Path,
    bundled_ffmpeg: FFmpeg,
    capsys: pytest.CaptureFixture[str],
) -> None:
    big = make_clip(tmp_path / "big.mp4", frames=3)
    small = make_clip(tmp_path / "small.mp4", frames=3, width=80, height=48)
    (tmp_path / "t.txt").write_text("1,1,10,10,20,20,0.9,-1,-1,-1\n")
    records = str(tmp_path / f"t.{extension}")
    words = ["records", "convert", str(tmp_path / "t.txt"), records]
    assert avio_run([*words, "--video", str(big.path)]) == 0
    words = ["report", records, str(small.path), "-o", str(tmp_path / "t.ass")]
    assert avio_run(words) == 1
    said = capsys.readouterr().err
    assert f"is of a video of 160x96, and {small.path} has 80x48" in said
    assert not (tmp_path / "t.ass").exists()
