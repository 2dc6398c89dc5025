"""track gives frames with arrays, or writes files as the command does."""

import gc
import json
import sys
from fractions import Fraction
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

import avio_cli as avio
from avio_cli.cli.main import run
from avio_cli.optional import load_opencv
from tests.conftest import missing

pytestmark = pytest.mark.usefixtures("bundled_ffmpeg")
WIDTH, HEIGHT, FRAMES = 160, 96, 60


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A white square goes from left to right over grey, from frame 20 on."""
    try:
        load_opencv()
    except avio.AvioError:
        missing("OpenCV")
    path = tmp_path_factory.mktemp("track") / "scene.mp4"
    with avio.create_video(path, rate=25) as out:
        for number in range(FRAMES):
            image = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
            if number >= 20:
                left = 2 + (number - 20) * 3
                image[30:60, left : left + 24] = 235
            out.write(image)
    return path


def test_each_frame_comes_with_its_tracks(scene: Path) -> None:
    tracked = list(avio.track(scene, model="motion"))
    assert [found.index for found in tracked] == list(range(FRAMES))
    assert tracked[50].time == 2
    assert tracked[50].pts * tracked[50].frame.time_base == 2
    assert tracked[50].image.shape == (HEIGHT, WIDTH, 3)
    assert len(tracked[10]) == 0
    last = tracked[50]
    assert last.boxes.shape == (1, 4)
    assert abs(float(last.boxes[0, [0, 2]].mean()) - (2 + 90 + 12)) < 8
    assert last.ids.dtype == last.classes.dtype == np.int64
    assert last.names == ["moving"]
    assert 0 < last.scores[0] <= 1
    assert len({int(i) for found in tracked[30:] for i in found.ids}) == 1


def test_it_finds_what_the_command_records(scene: Path, tmp_path: Path) -> None:
    records = tmp_path / "tracks.jsonl"
    words = ["--model", "motion", "--records", str(records), "-q"]
    assert run(["track", str(scene), *words]) == 0
    rows = [json.loads(line) for line in records.read_text().splitlines()]
    boxes = [row["tracks"] for row in rows if "tracks" in row]
    counts = [len(found) for found in avio.track(scene, model="motion")]
    assert counts == [len(tracks) for tracks in boxes]


def test_outputs_are_written_in_the_call(scene: Path, tmp_path: Path) -> None:
    seen: list[int] = []
    result = avio.track(
        scene,
        model="motion",
        output=tmp_path / "out.mp4",
        records=[tmp_path / "a.csv", str(tmp_path / "b.txt")],
        save_detections=tmp_path / "det.txt",
        lines={"gate": (80, 0, 80, 96)},
        callback=lambda frame: seen.append(len(frame.tracks)),
        end="0:02",
    )
    assert isinstance(result, avio.TrackSummary)
    assert (result.frames, result.track_ids, len(seen)) == (50, 1, 50)
    assert result.counts[0].name == "gate"
    assert sorted(path.name for path in tmp_path.glob("[!.]*")) == [
        *("a.csv", "b.txt", "det.txt", "out.mp4")
    ]
    assert avio.probe(tmp_path / "out.mp4").duration == 2
    again = avio.track(detections=tmp_path / "det.txt", records=tmp_path / "c.txt")
    assert isinstance(again, avio.TrackSummary)
    assert again.frames <= 50
    with pytest.raises(avio.OutputError, match="exists") as caught:
        avio.track(scene, model="motion", records=tmp_path / "a.csv")
    assert caught.value.hint.startswith("force=True replaces it")


def test_the_small_image_alone_is_enough_for_boxes(scene: Path) -> None:
    whole = avio.track(scene, model="motion", start=1.6)
    small = avio.track(scene, model="motion", start=1.6, pixel_format="")
    for one, other in zip(whole, small, strict=True):
        assert np.array_equal(one.boxes, other.boxes)


def test_no_child_outlives_its_loop(scene: Path) -> None:
    """The fixture `no_child_left_behind` looks for them after each test."""
    tracking = avio.track(scene, model="motion")
    for found in tracking:
        if found.index == 3:
            break
    left = iter(tracking)
    next(left)
    del left
    gc.collect()
    with tracking:
        held = iter(tracking)
        next(held)
    assert list(held) == []
    with pytest.raises(avio.UsageError, match="is closed"):
        next(iter(tracking))


@pytest.mark.parametrize(
    ("keywords", "message", "hint"),
    [
        ({"modle": "x"}, "no argument 'modle'", "did you mean model?"),
        ({"conf": 2}, "conf must be from 0 to 1", ""),
        ({"class_vote": "no"}, "^class_vote must be True or False, not 'no'", ""),
        ({"resume": None}, "^resume must be True or False, not None", ""),
        ({"min_length": True}, "^min_length must be a whole number, not True", ""),
        ({"stride": 0}, "^stride must be at least 1", ""),
        ({"preset": "mp4-h264"}, "^preset needs output", ""),
        ({"pixel_format": "x"}, "unknown pixel format", "known: bgr24"),
        ({"input_size": "640"}, "is not \\(width, height\\)", ""),
        ({"classes": ["cat"]}, "motion has no classes", "omit classes"),
        ({"resume": True}, "^resume=True needs a file of records", 'records="FILE"'),
        ({"lines": {"a": (1, 2)}}, "line 'a=", ""),
        ({"lines": {"a": 5}}, r"^lines\['a'\] must be coordinates, not 5", "x1, y1"),
        ({"zones": {"a": None}}, r"^zones\['a'\] must be coordinates, not", "x1, y1"),
        ({"lines": ["a=1,2,3,4"]}, "^lines must be a mapping", "such as lines={"),
        ({"lines": None}, "^lines must be a mapping of names, not None", ""),
    ],
)
def test_wrong_arguments_are_named_before_a_frame_is_read(
    scene: Path, keywords: dict[str, Any], message: str, hint: str
) -> None:
    with pytest.raises(avio.UsageError, match=message) as caught:
        avio.track(scene, **{"model": "motion", **keywords})
    assert caught.value.hint.startswith(hint)
    with pytest.raises(avio.UsageError, match="no source"):
        avio.track()


def tracked_frame() -> avio.TrackedFrame:
    boxes = np.array([[1, 2, 3, 4], [5, 6, 7, 8]], np.float32)
    scores, numbers = np.array([0.5, 0.75], np.float32), np.array([0, 7])
    frame = avio.Frame(
        (np.zeros((9, 9, 3), np.uint8),), "bgr24", 12, 6, Fraction(1, 25)
    )
    frame.tracks = avio.Tracks(boxes, scores, numbers, np.array([3, 4]))
    return avio.TrackedFrame(frame, avio.Detections(), ("person",))


def test_other_libraries_get_what_they_expect(monkeypatch: pytest.MonkeyPatch) -> None:
    """With stand-ins that take what is given, as the real ones are not required."""

    def stand_in(name: str, attribute: str) -> None:
        module = ModuleType(name)
        setattr(module, attribute, lambda *a, **k: SimpleNamespace(data=a, given=k))
        monkeypatch.setitem(sys.modules, name, module)

    stand_in("supervision", "Detections")
    stand_in("pandas", "DataFrame")
    found = tracked_frame()
    given = found.to_supervision().given
    assert given["xyxy"].tolist() == found.boxes.tolist()
    assert given["tracker_id"].tolist() == [3, 4]
    assert given["data"]["class_name"].tolist() == ["person", "7"]
    table = found.to_pandas().data[0]
    assert list(table)[:6] == "frame time id class name score".split()
    assert (table["frame"], table["time"]) == (12, 0.24)
    assert table["x2"].tolist() == [3, 7]


@pytest.mark.parametrize("library", ["supervision", "pandas"])
def test_a_library_that_is_missing_is_named_with_its_command(
    library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(avio.AvioError, match=library) as caught:
        getattr(tracked_frame(), f"to_{library}")()
    assert caught.value.hint == f"pip install {library}"


@pytest.mark.parametrize("name", ["-", ""])
def test_detections_are_saved_in_a_file_with_a_name(scene: Path, name: str) -> None:
    with pytest.raises(avio.UsageError, match=r"\bsave_detections\b"):
        avio.track(scene, model="motion", save_detections=name)


def test_boxes_are_hidden_and_the_best_crop_of_a_track_is_a_file(
    scene: Path, tmp_path: Path
) -> None:
    output, crops = tmp_path / "out.mp4", tmp_path / "crops"
    hidden = ["pixelate:cells=1:margin=0.5"]
    summary = avio.track(scene, model="motion", output=output, draw=hidden, crops=crops)
    assert summary.track_ids == 1
    assert [file.name for file in crops.iterdir()] == ["id-1.png"]
    with avio.open_video(output) as video, avio.open_video(scene) as before:
        shown, sharp = (v[FRAMES - 5].pixels.astype(int) for v in (video, before))
    assert sharp.max() - sharp.min() > 120
    assert shown.max() - shown.min() < 90
    with pytest.raises(avio.UsageError, match="same boxes"):
        avio.track(scene, model="motion", output=output, draw=["blur", "pixelate"])
