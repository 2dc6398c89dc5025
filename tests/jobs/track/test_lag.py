"""Runs whose tracks are some frames late: smoothed, gaps filled, nothing lost."""

from pathlib import Path

import pytest

from avio_cli.cli.main import run
from avio_cli.records.reader import read_tracks
from tests.clips import VARIABLE
from tests.jobs.track.passing import FRAMES, contents, passing
from tests.reference import timeline

BOXES = passing((9, 10, 11), 6)
"""Two objects that pass each other, both missed in three frames."""
NAMES = ("tracks.jsonl", "tracks.csv", "tracks.txt", "saved.det")


pytestmark = pytest.mark.usefixtures("checkpoint_each_frame")


@pytest.fixture
def found(tmp_path: Path) -> Path:
    file = tmp_path / "det.txt"
    file.write_text(BOXES)
    return file


def words_for(clip: Path, found: Path, folder: Path, *options: str) -> list[str]:
    folder.mkdir(exist_ok=True)
    words = ["track", str(clip), "--detections", str(found), "--lag", "5"]
    for name in NAMES[:-1]:
        words += ["--records", str(folder / name)]
    words += ["--save-detections", str(folder / NAMES[-1])]
    return [*words, "--tracker", "steadytrack", "--quiet", *options]


def test_every_frame_is_written_with_its_own_tracks(
    clip: Path, found: Path, tmp_path: Path
) -> None:
    output = tmp_path / "out.mp4"
    assert run(words_for(clip, found, tmp_path / "r", "-o", str(output))) == 0
    recorded = read_tracks(tmp_path / "r" / "tracks.jsonl")
    numbers = [entry.number for entry in recorded.entries]
    assert numbers == list(range(1, len(VARIABLE) + 1))
    for number in (1, 2, 9, 10, 11, 12, FRAMES):
        tracks = recorded.at(number)
        assert tracks.ids.tolist() == [1, 2], number
        assert tracks.boxes[0, 0] == pytest.approx(20 + 2 * number, abs=0.2), number
    assert timeline(output).relative == timeline(clip).relative


@pytest.mark.parametrize("index", [0, 1, 8, 10, 24])
@pytest.mark.sampled(3)
def test_resumed_it_leaves_the_same_bytes(
    index: int, clip: Path, found: Path, tmp_path: Path
) -> None:
    assert run(words_for(clip, found, tmp_path / "whole")) == 0
    callback = tmp_path / "failing.py"
    callback.write_text(
        "def fail(frame):\n"
        f"    if frame.index == {index}:\n"
        "        raise RuntimeError('stop here')\n"
    )
    part = tmp_path / "part"
    assert run(words_for(clip, found, part, "--callback", f"{callback}:fail")) == 1
    assert run(words_for(clip, found, part, "--resume")) == 0
    assert contents(part, NAMES) == contents(tmp_path / "whole", NAMES)


def test_a_file_of_detections_alone_can_be_tracked_late(
    found: Path, tmp_path: Path
) -> None:
    records = tmp_path / "tracks.jsonl"
    words = ["track", "--detections", str(found), "--records", str(records)]
    assert run([*words, "--lag", "5", "--quiet"]) == 0
    assert [len(entry.tracks) for entry in read_tracks(records).entries] == [2] * FRAMES


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--stride", "2"], "--lag does not go with --stride"),
        (["--refine", "fast"], "--lag does not go with --refine"),
        (["--camera-motion", "pixels"], "--camera-motion cannot be 'pixels'"),
        (
            ["--camera-motion", "off", "--tracker-option", "camera_motion= boxes "],
            "--camera-motion and --tracker-option camera_motion differ",
        ),
    ],
)
def test_what_does_not_go_together_is_refused(
    options: list[str],
    why: str,
    clip: Path,
    found: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(words_for(clip, found, tmp_path / "r", *options)) == 2
    assert why in capsys.readouterr().err
    assert not any((tmp_path / "r").iterdir())
