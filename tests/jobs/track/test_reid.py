"""Runs with a model of appearance, from a made clip to records."""

from pathlib import Path

import numpy as np
import pytest

import avio_cli
from avio_cli.cli.main import run
from avio_cli.records.reader import read_tracks
from tests.jobs.track.passing import FAILING, contents
from tests.models.appearance_models import write_mean_colour
from tests.models.onnx_writer import write_yolox

FRAMES, WIDTH, HEIGHT = 90, 192, 96
RED, BLUE = (40, 40, 230), (230, 60, 40)
NAMES = ("tracks.jsonl", "tracks.csv")
pytestmark = pytest.mark.usefixtures("checkpoint_each_frame")


def box_of(frame: int, colour: tuple[int, int, int]) -> tuple[int, int, int, int]:
    """Both stand apart, meet, hide each other, and turn back."""
    away = abs(frame - 20)
    left = 80 - away if colour == RED else 90 + away
    return (left, 20, left + 40, 80) if colour == RED else (left, 22, left + 40, 79)


def hidden(frame: int) -> bool:
    """Both are while they meet; later they are gone for more than a second."""
    return abs(frame - 20) < 6 or 40 <= frame < 80


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clip of two boxes, its detections, and models."""
    folder = tmp_path_factory.mktemp("reid")
    rows = []
    with avio_cli.create_video(folder / "in.mp4", rate=25) as writer:
        for frame in range(FRAMES):
            image = np.full((HEIGHT, WIDTH, 3), 110, np.uint8)
            for colour, score in ((RED, 0.9), (BLUE, 0.88)):
                # Where they come back both stand elsewhere, side by side.
                x1, y1, x2, y2 = box_of(40 if frame >= 80 else frame, colour)
                if not hidden(frame):
                    image[y1:y2, x1:x2] = colour
                    size = f"{x1},{y1},{x2 - x1},{y2 - y1}"
                    rows.append(f"{frame + 1},-1,{size},{score},-1,-1,-1\n")
            writer.write(image)
    (folder / "det.txt").write_text("".join(rows))
    write_mean_colour(folder / "colour.onnx")
    write_yolox(folder / "yolox.onnx")
    return folder


def words_for(folder: Path, records: Path, *options: str) -> list[str]:
    records.mkdir(exist_ok=True)
    words = ["track", str(folder / "in.mp4"), "--detections", str(folder / "det.txt")]
    for name in NAMES:
        words += ["--records", str(records / name)]
    return [*words, "--tracker-option", "track_buffer=20", "--quiet", *options]


def seen(records: Path) -> list[dict[str, int]]:
    """The ids of both, in the frames before and after they met, and at the end."""
    recorded = read_tracks(records / NAMES[0])
    found = []
    for frame in (10, 35, FRAMES - 1):
        tracks = recorded.at(frame + 1)
        centres = tracks.boxes[:, 0] + (tracks.boxes[:, 2] - tracks.boxes[:, 0]) / 2
        order = centres.argsort()
        ids = tracks.ids[order].tolist()
        assert len(ids) == 2, frame
        found.append(dict(zip(("red", "blue"), ids, strict=True)))
    return found


@pytest.mark.slow
def test_boxes_alone_take_those_who_turn_back_for_each_other(
    folder: Path, tmp_path: Path
) -> None:
    assert run(words_for(folder, tmp_path / "plain")) == 0
    before, met, _ = seen(tmp_path / "plain")
    assert met == {"red": before["blue"], "blue": before["red"]}


@pytest.mark.parametrize(
    ("tracker", "late"),
    [
        ("bytetrack", ()),
        ("steadytrack", ("--compact-ids",)),
        ("bytetrack", ("--min-length", "4")),
        ("steadytrack", ("--lag", "5")),
        ("bytetrack", ("--lag", "5", "--min-length", "4", "--class-vote")),
    ],
)
@pytest.mark.sampled(3)
def test_who_meets_and_comes_back_keeps_the_number(
    tracker: str, late: tuple[str, ...], folder: Path, tmp_path: Path
) -> None:
    options = ("--tracker", tracker, *late)
    options += ("--reid", str(folder / "colour.onnx"))
    assert run(words_for(folder, tmp_path / "near", *options)) == 0
    before, met, back = seen(tmp_path / "near")
    assert met == before
    assert not set(back.values()) & set(before.values())
    options += ("--reid-gap", "5")
    assert run(words_for(folder, tmp_path / "far", *options)) == 0
    before, met, back = seen(tmp_path / "far")
    assert met == back == before


@pytest.mark.parametrize(
    ("index", "options"),
    [
        (14, ("--lag", "5", "--reid-gap", "5")),
        (50, ("--reid-gap", "5")),
        (82, ("--refine", "fast")),
    ],
)
@pytest.mark.sampled(3)
def test_resumed_it_leaves_the_same_bytes(
    index: int, options: tuple[str, ...], folder: Path, tmp_path: Path
) -> None:
    looks = ("--reid", str(folder / "colour.onnx"), *options)
    whole, part = tmp_path / "whole", tmp_path / "part"
    assert run(words_for(folder, whole, *looks)) == 0
    callback = tmp_path / "failing.py"
    callback.write_text(FAILING.format(index=index))
    stop = ("--callback", f"{callback}:fail")
    assert run(words_for(folder, part, *looks, *stop)) == 1
    assert run(words_for(folder, part, *looks, "--resume")) == 0
    assert contents(part, NAMES) == contents(whole, NAMES)


def test_it_cannot_be_resumed_with_another_model(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = tmp_path / "mine.onnx"
    model.write_bytes((folder / "colour.onnx").read_bytes())
    words = words_for(folder, tmp_path / "r", "--reid", str(model))
    assert run(words) == 0
    (tmp_path / "mine.toml").write_text('schema = 2\ncolor = "bgr"\n')
    assert run([*words, "--resume"]) == 2
    assert "cannot resume: --reid was mine" in capsys.readouterr().err


def test_from_python_it_is_the_same(folder: Path) -> None:
    found = list(
        avio_cli.track(
            folder / "in.mp4",
            detections=folder / "det.txt",
            tracker_options={"track_buffer": 20},
            reid=folder / "colour.onnx",
            reid_gap=5,
            pixel_format="",
        )
    )
    assert sorted({i for frame in found for i in frame.ids.tolist()}) == [1, 2]


@pytest.mark.parametrize(
    ("options", "status", "why"),
    [
        (["--reid", "absent.onnx"], 1, "there is no such model of appearance"),
        (["--reid", "osnet-ain-x0.25"], 1, "is not published in a format"),
        (["--reid", "{}/yolox.onnx"], 1, "gives no embeddings"),
        (["--reid", "{}/in.mp4"], 1, "--reid takes models in ONNX"),
        (["--reid-gap", "5"], 2, "--reid-gap would be ignored"),
        (
            ["--reid", "{}/colour.onnx", "--reid-gap", "5", "--refine", "fast"],
            2,
            "--reid-gap does not go with --refine",
        ),
        (["--reid", "{}/colour.onnx", "--reid-gap", "nan"], 2, "--reid-gap"),
    ],
)
@pytest.mark.sampled(4)
def test_what_cannot_be_done_is_refused(
    options: list[str],
    status: int,
    why: str,
    folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    filled = [option.format(folder) for option in options]
    assert run(words_for(folder, tmp_path / "r", *filled)) == status
    message = capsys.readouterr().err
    assert message.startswith("avio: error: ")
    assert why in message
    assert not list((tmp_path / "r").glob("tracks*"))


def test_without_a_video_there_is_nothing_to_look_at(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["track", "--detections", str(folder / "det.txt")]
    assert run([*words, "--reid", str(folder / "colour.onnx")]) == 2
    assert "--reid needs an INPUT" in capsys.readouterr().err


@pytest.mark.slow
def test_the_device_is_that_of_the_model_of_appearance(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also where no model detects; without one of appearance it is refused."""
    words = [*words_for(folder, tmp_path / "cli", "--device", "cpu")]
    assert run(words) == 2
    assert "--device would be ignored" in capsys.readouterr().err
    assert run([*words, "--reid", str(folder / "colour.onnx")]) == 0
    keywords = {"detections": folder / "det.txt", "device": "cpu"}
    with pytest.raises(avio_cli.UsageError, match="device would be ignored"):
        avio_cli.track(folder / "in.mp4", **keywords)
    with avio_cli.track(
        folder / "in.mp4", reid=folder / "colour.onnx", **keywords
    ) as frames:
        assert len(next(iter(frames)).ids) > 0
