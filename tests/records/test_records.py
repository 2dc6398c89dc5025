import csv
import io
import json
import os
import signal
import subprocess  # noqa: TID251 - a writer must be killed to see what it leaves
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from avio_cli.errors import OutputError, UsageError
from avio_cli.records import coco_writer as coco
from avio_cli.records.entry import CountEvent, VideoInfo
from avio_cli.records.formats import plan_records
from avio_cli.records.writer import open_records
from tests.records.recording import ONE, TWO, VIDEO, clip, entry, frame, tracks

CROSSING: CountEvent = {
    "name": "door",
    "kind": "line",
    "direction": "in",
    "id": 8,
    "class": "car",
}


def _write(targets: Sequence[Path | str], count: int = 6, **more: object) -> None:
    sink = open_records([str(t) for t in targets], video=VIDEO, **more)  # type: ignore[arg-type]  # whatever a test wants
    for each in clip(count):
        sink.put(each)
    sink.finish()


def test_mot_rows_are_one_based_with_two_and_four_decimals(tmp_path: Path) -> None:
    sink = open_records([str(tmp_path / "t.txt")], video=VIDEO)
    sink.write(frame(0, ONE))
    sink.write(frame(1))
    sink.write(frame(2, ONE, TWO))
    sink.close()

    assert (tmp_path / "t.txt").read_text() == (
        "1,7,10.00,20.00,100.50,200.25,0.9000,-1,-1,-1\n"
        "3,7,10.00,20.00,100.50,200.25,0.9000,-1,-1,-1\n"
        "3,8,300.00,40.00,50.00,50.00,0.5000,-1,-1,-1\n"
    )


def test_json_lines_have_every_frame_and_its_times(tmp_path: Path) -> None:
    sink = open_records([str(tmp_path / "t.jsonl")], video=VIDEO)
    sink.write(frame(0, ONE))
    sink.write(frame(1))
    sink.close()

    assert (tmp_path / "t.jsonl").read_text() == (
        '{"frame": 1, "pts": 0, "time": 0.0, "tracks": [{"id": 7, '
        '"box": [10.0, 20.0, 110.5, 220.25], "score": 0.9, "class": "person"}]}\n'
        '{"frame": 2, "pts": 512, "time": 0.04, "tracks": []}\n'
    )


def test_csv_has_a_row_a_track(tmp_path: Path) -> None:
    _write([tmp_path / "t.csv"], 2)

    rows = list(csv.DictReader(io.StringIO((tmp_path / "t.csv").read_text())))
    assert [(row["frame"], row["id"], row["class"]) for row in rows] == [
        ("1", "7", "person"),
        ("1", "8", "car"),
    ]
    assert rows[0]["x2"] == "110.5"
    assert rows[0]["time"] == "0.0"


def test_coco_names_videos_images_objects_and_track_ids(tmp_path: Path) -> None:
    _write([tmp_path / "t.json"], 3)

    content = json.loads((tmp_path / "t.json").read_text())
    assert content["videos"] == [
        {"id": 1, "name": "in.mp4", "width": 640, "height": 480, "fps": 25.0}
    ]
    assert content["categories"] == [
        {"id": 1, "name": "person"},
        {"id": 2, "name": "car"},
    ]
    assert [image["id"] for image in content["images"]] == [1, 2, 3]
    assert [image["frame_id"] for image in content["images"]] == [0, 1, 2]
    assert [a["id"] for a in content["annotations"]] == [1, 2, 3]
    assert content["annotations"][1] == {
        "id": 2,
        "image_id": 1,
        "video_id": 1,
        "category_id": 2,
        "track_id": 8,
        "instance_id": 8,
        "bbox": [300.0, 40.0, 50.0, 50.0],
        "area": 2500.0,
        "iscrowd": 0,
        "score": 0.5,
        "attributes": {"track_id": 8},
    }


def test_crossings_stand_with_their_frame(tmp_path: Path) -> None:
    paths = [tmp_path / f"t{s}" for s in (".jsonl", ".csv", ".txt", ".json")]
    sink = open_records(
        [str(path) for path in paths],
        video=VIDEO,
        events=lambda index: [CROSSING] if index == 1 else [],
    )
    for index in range(3):
        sink.write(frame(index, ONE, TWO))
    sink.finish()

    lines = [json.loads(line) for line in paths[0].read_text().splitlines()]
    assert [line.get("events") for line in lines] == [None, [CROSSING], None]
    rows = list(csv.DictReader(io.StringIO(paths[1].read_text())))
    assert [row["events"] for row in rows] == ["", "", "", "door in", "", ""]
    assert "door" not in paths[2].read_text()
    images = json.loads(paths[3].read_text())["images"]
    assert [image.get("events") for image in images] == [None, [CROSSING], None]


def test_several_formats_hold_the_same_frames(tmp_path: Path) -> None:
    paths = [tmp_path / f"t{s}" for s in (".json", ".jsonl", ".csv", ".txt")]
    _write(paths, 5)

    ids = [1, 1, 3, 4, 4]
    assert [int(r.split(",")[0]) for r in paths[3].read_text().splitlines()] == ids
    assert [int(r.split(",")[0]) for r in paths[2].read_text().splitlines()[1:]] == ids
    annotations = json.loads(paths[0].read_text())["annotations"]
    assert [a["image_id"] for a in annotations] == ids
    assert len(paths[1].read_text().splitlines()) == 5


def test_dash_is_json_lines_on_standard_output(
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    _write(["-"], 2)

    lines = capfdbinary.readouterr().out.splitlines()
    assert [json.loads(line)["frame"] for line in lines] == [1, 2]


def test_a_format_may_be_named_instead_of_an_extension(tmp_path: Path) -> None:
    _write([tmp_path / "a.log", tmp_path / "b.dat"], 1, formats=["csv", "mot"])

    assert (tmp_path / "a.log").read_text().startswith("frame,pts,time,id,")
    assert (tmp_path / "b.dat").read_text().startswith("1,7,10.00,")


def test_what_is_not_finite_is_dropped(tmp_path: Path) -> None:
    odd = tracks((1, np.nan, 0, 1, 1, 0.5, 0), (2, 0, 0, np.inf, 1, 0.5, 0), ONE)
    made = frame(0)
    made.tracks = odd
    paths = [tmp_path / f"t{s}" for s in (".json", ".jsonl", ".csv", ".txt")]
    sink = open_records([str(path) for path in paths], video=VIDEO)
    sink.write(made)
    sink.finish()

    assert [a["track_id"] for a in json.loads(paths[0].read_text())["annotations"]] == [
        7
    ]
    for path in paths[1:]:
        assert "nan" not in path.read_text().lower()
        assert "inf" not in path.read_text().lower()


def test_no_minus_stands_before_a_zero(tmp_path: Path) -> None:
    paths = [tmp_path / f"t{s}" for s in (".json", ".jsonl", ".csv", ".txt")]
    sink = open_records([str(path) for path in paths], video=VIDEO)
    sink.put(entry(1, (1, -0.001, -0.004, 5, 5, 0.5, 0)))
    sink.finish()

    for path in paths:
        assert "-0" not in path.read_text()


def test_a_class_without_a_name_is_called_by_its_number(tmp_path: Path) -> None:
    paths = [tmp_path / f"t{s}" for s in (".json", ".jsonl")]
    sink = open_records(
        [str(path) for path in paths], video=VideoInfo("in", 6, 4, None, ("person",))
    )
    sink.put(entry(1, ONE))
    sink.put(entry(2, (9, 0, 0, 5, 5, 0.5, 3)))
    sink.finish()

    content = json.loads(paths[0].read_text())
    assert [c["name"] for c in content["categories"]] == ["person", "1", "2", "3"]
    assert [a["category_id"] for a in content["annotations"]] == [1, 4]
    assert '"class": "3"' in paths[1].read_text()


def test_coco_is_valid_after_every_frame(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coco, "_INITIAL_SPACE", 300)
    path = tmp_path / "t.json"
    sink = open_records([str(path)], video=VIDEO)
    for count, each in enumerate(clip(40), 1):
        sink.put(each)
        content = json.loads(path.read_text())
        assert len(content["images"]) == count
        assert content["annotations"][-1]["image_id"] == count - (count % 3 == 2)
    sink.finish()

    assert len(json.loads(path.read_text())["images"]) == 40
    assert "  " not in path.read_text()
    assert list(tmp_path.iterdir()) == [path]


def test_every_frame_is_on_disk_when_the_writer_is_killed(tmp_path: Path) -> None:
    paths = [tmp_path / f"t{s}" for s in (".json", ".jsonl", ".csv", ".txt")]
    script = (
        "import itertools, sys\n"
        "from tests.records.recording import ONE, TWO, VIDEO, frame\n"
        "from avio_cli.records.writer import open_records\n"
        "sink = open_records(sys.argv[1:], video=VIDEO)\n"
        "for index in itertools.count():\n"
        "    sink.write(frame(index, ONE, TWO))\n"
    )
    child = subprocess.Popen([sys.executable, "-c", script, *map(str, paths)])
    while not paths[1].exists() or paths[1].stat().st_size < 100_000:
        assert child.poll() is None
        time.sleep(0.01)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()

    lines = [json.loads(line) for line in paths[1].read_text().splitlines()]
    written = len(lines)
    images = json.loads(paths[0].read_text())["images"]
    rows = paths[3].read_text()
    assert written > 100
    assert len(images) - written in (0, 1)
    assert rows.endswith("\n")
    assert len(rows.splitlines()) // 2 - written in (0, 1)


def test_existing_records_are_not_replaced_unless_forced(tmp_path: Path) -> None:
    old, new = tmp_path / "old.txt", tmp_path / "new.jsonl"
    old.write_text("precious")

    with pytest.raises(OutputError, match=r"old\.txt exists") as caught:
        _write([new, old])
    assert "-y" in caught.value.hint
    assert old.read_text() == "precious"
    assert not new.exists()

    _write([new, old], 1, force=True)
    assert old.read_text().startswith("1,7,")


def test_a_folder_or_a_missing_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "dir.txt").mkdir()

    with pytest.raises(OutputError, match="is a folder"):
        _write([tmp_path / "dir.txt"])
    with pytest.raises(OutputError, match="does not exist"):
        _write([tmp_path / "no" / "t.txt"])
    with pytest.raises(OutputError, match="File name too long"):
        _write([tmp_path / f"{'x' * 300}.txt"])


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere"
)
def test_an_unwritable_folder_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)

    with pytest.raises(OutputError, match="cannot be written"):
        _write([tmp_path / "t.txt"])


def test_an_unknown_extension_lists_the_known(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"'\.html'") as caught:
        _write([tmp_path / "t.html"])

    assert ".jsonl (jsonl)" in caught.value.hint


@pytest.mark.parametrize(
    ("targets", "formats", "message"),
    [
        (["a.txt", "a.txt"], [], "twice"),
        (["-", "-"], [], "standard output twice"),
        (["a.txt", "b.txt", "c.txt"], ["mot", "csv"], "2 formats for 3"),
        (["-"], ["coco"], "standard output"),
    ],
)
def test_targets_that_make_no_sense_are_refused(
    targets: list[str], formats: list[str], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        plan_records(targets, formats)


def test_a_full_disk_is_an_error_that_names_the_file() -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no /dev/full")
    sink = open_records([str(full)], ["jsonl"], video=VIDEO)

    with pytest.raises(OutputError, match="/dev/full"):
        sink.put(entry(1, ONE))
    sink.close()


def test_coco_repairs_its_end_when_a_write_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "t.json"
    file = coco.CocoFile(path, VIDEO)
    file.write(entry(1, ONE))
    put = file._put

    def fail_at_the_end(offset: int, content: bytes) -> None:
        if b"annotations" not in content and len(content) > 100 and offset > 60000:
            put(offset, content[:50])
            raise OSError(28, "No space left on device")
        put(offset, content)

    monkeypatch.setattr(file, "_put", fail_at_the_end)
    with pytest.raises(OutputError, match="No space left"):
        file.write(entry(2, TWO))

    content = json.loads(path.read_text())
    assert [a["track_id"] for a in content["annotations"]] == [7]
    file.close()
