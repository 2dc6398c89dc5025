"""``avio track`` refuses options that a run of its kind would ignore."""

from pathlib import Path

import pytest

from avio_cli.cli.main import run
from tests.clips import make_clip


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("--detections det.txt --start 2 --end 3", "--start, --end"),
        ("--detections det.txt --save-detections d.txt", "--save-detections"),
        ("--detections det.txt --nms 0.4", "--nms"),
        ("in.mp4 --detections det.txt --model yolox-nano", "--model"),
        ("in.mp4 --detections det.txt --nms 0.5 --workers 2", "--workers, --nms"),
        ("in.mp4 --bench -o out.mp4", "--output"),
        ("in.mp4 --model motion --device cuda --nms 0.4", "--device, --nms"),
        ("in.mp4 --detections d.txt --reid r.onnx --device cpu --fp16", "--fp16"),
        ("in.mp4 --model motion --reid r.onnx --device cpu --nms 0.4", "--nms"),
        ("in.mp4 --bench --records out.jsonl", "--records"),
        ("in.mp4 -o out.mp4 --no-draw --draw boxes", "--draw"),
        ("in.mp4 -o out.mp4 --records-format mot", "--records-format"),
        ("in.mp4 --preset mp4-hevc", "--preset needs --output"),
    ],
)
def test_an_ignored_option_is_wrong_usage_and_named(
    words: str, named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    named += "" if named.startswith("--preset") else " would be ignored"
    assert run(["track", *words.split()]) == 2
    assert named in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("", "name an INPUT, or --detections"),
        ("--records t.txt", "name an INPUT, or --detections"),
        ("--detections det.txt -o out.mp4", "needs an INPUT"),
        ("--detections det.txt --resume", "--resume needs an INPUT"),
    ],
)
def test_what_needs_a_video_says_so(
    words: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["track", *words.split()]) == 2
    assert run(["track", "", *words.split()]) == 2
    assert says in capsys.readouterr().err


@pytest.mark.parametrize("words", ["--classes ,", "--draw ,,"])
def test_a_list_of_no_names_is_not_all_of_them(
    words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clip = make_clip(tmp_path / "a.mp4", frames=2).path
    assert run(["track", str(clip), *words.split()]) == 2
    option, text = words.split()
    assert f"{option} {text!r} names nothing" in capsys.readouterr().err
