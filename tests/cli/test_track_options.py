"""``avio track`` refuses options that a run of its kind would ignore."""

import pytest

from avio_cli.cli.main import run


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("--detections det.txt --stride 2", "--stride"),
        ("--detections det.txt --stats s.json --end 3", "--end, --stats"),
        ("in.mp4 --detections det.txt --model yolox-nano", "--model"),
        ("in.mp4 --detections det.txt --conf 0.5", "--conf"),
        ("in.mp4 --bench -o out.mp4", "--output"),
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
