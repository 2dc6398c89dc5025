"""What ``avio demo`` makes is there and is what it says."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import imageio_ffmpeg
import numpy as np
import pytest
from typer.testing import CliRunner

from avio_cli.api import probe
from avio_cli.cli.main import app
from avio_cli.errors import OutputError
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.jobs.demo import scene
from avio_cli.jobs.demo.run import DemoFile, make_demo
from tests.clips import decode
from tests.conftest import SHARED


@pytest.fixture(autouse=True)
def no_weights(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AVIO_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("AVIO_MODEL_PATH", raising=False)


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two seconds of the scene: as true, and quicker."""
    monkeypatch.setattr(scene, "FRAMES", 50)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sequence[DemoFile]]:
    """What the demo makes with the bundled ffmpeg, and with weights if any are here."""
    folder = tmp_path_factory.mktemp("demo") / "new/folder"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scene, "FRAMES", 50)
        patch.setenv("AVIO_FFMPEG", imageio_ffmpeg.get_ffmpeg_exe())
        patch.setenv("AVIO_CACHE_DIR", str(folder / "cache"))
        patch.setenv("AVIO_MODEL_PATH", str(SHARED / "models"))
        yield list(make_demo(folder))


@pytest.mark.slow
def test_the_video_shows_the_scene_and_has_audio(
    bundled_ffmpeg: FFmpeg, made: Sequence[DemoFile]
) -> None:
    check_videos(made)


@pytest.mark.slow
@pytest.mark.usefixtures("short")
def test_another_ffmpeg_makes_the_same(ffmpeg: FFmpeg, tmp_path: Path) -> None:
    check_videos(list(make_demo(tmp_path)))


def check_videos(made: Sequence[DemoFile]) -> None:
    names = [step.path.name for step in made]
    videos = ["scene.mp4", "small.webm", "grey.mp4", "tracked.mp4"]
    assert names[:5] == [*videos, "contact-sheet.png"]
    for step in made[:4]:
        assert step.frames == 50
        assert step.size == step.path.stat().st_size
        assert [s.codec for s in probe(step.path).streams] in (
            ["h264", "aac"],
            ["vp9", "opus"],
        )
    video = decode(made[0].path, scene.WIDTH, scene.HEIGHT)
    drawn = scene.draw_frame(45).astype(int)
    assert np.abs(video[45] - drawn).mean() < 6
    assert np.abs(video[0] - drawn).mean() > np.abs(video[45] - drawn).mean()


def test_results_of_the_demo_are_small_and_grey(
    bundled_ffmpeg: FFmpeg, made: Sequence[DemoFile]
) -> None:
    _, small, grey, *_ = made
    assert probe(small.path).videos[0].width == 320
    frame = decode(grey.path, scene.WIDTH, scene.HEIGHT)[40]
    assert np.ptp(frame, axis=2).max() <= 3


@pytest.mark.usefixtures("short")
def test_tracks_of_the_demo_are_scored_against_the_truth(
    made: Sequence[DemoFile],
) -> None:
    _, _, _, tracked, sheet, *_ = made
    folder = tracked.path.parent
    truth = (folder / "truth.txt").read_text().splitlines()
    expected = sum(len(scene.true_tracks(index)) for index in range(50))
    assert len(truth) == expected
    assert tracked.path.name == "tracked.mp4"
    assert tracked.details[1].split()[:4] == ["sequence", "HOTA", "MOTA", "IDF1"]
    assert float(tracked.details[2].split()[1]) > 30  # HOTA
    records = (folder / "tracks.jsonl").read_text().splitlines()
    assert len(records) == 50
    assert cv2.imread(str(sheet.path)).shape == (540, 960, 3)


def test_weights_at_hand_are_used_too(shared: Path, made: Sequence[DemoFile]) -> None:
    *_, last = made
    assert last.path.name == "yolox-nano.jsonl"
    assert "yolox-nano 416x256" in last.details[1]


@pytest.mark.slow
@pytest.mark.usefixtures("short")
def test_the_command_replaces_nothing_unasked(
    bundled_ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    runner = CliRunner()
    first = runner.invoke(app, ["demo", "--output", str(tmp_path)])
    assert first.exit_code == 0
    assert f"avio transcode {tmp_path}/scene.mp4" in first.stdout
    again = runner.invoke(app, ["demo", "--output", str(tmp_path)])
    assert isinstance(again.exception, OutputError)
    forced = runner.invoke(app, ["demo", "--output", str(tmp_path), "-y", "-q"])
    assert (forced.exit_code, forced.stdout) == (0, "")


def test_a_callback_file_of_the_user_is_kept(
    bundled_ffmpeg: FFmpeg, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scene, "FRAMES", 25)
    (tmp_path / "grey.py").write_text("mine")
    with pytest.raises(OutputError, match=r"grey\.py exists"):
        list(make_demo(tmp_path))
    assert (tmp_path / "grey.py").read_text() == "mine"


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot make the folder"):
        next(make_demo(tmp_path / "file/folder"))
