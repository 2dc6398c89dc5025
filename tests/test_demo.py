"""What ``avio demo`` makes is there and is what it says."""

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from avio_cli import scene
from avio_cli.api import probe
from avio_cli.cli.main import app
from avio_cli.demo import make_demo
from avio_cli.errors import OutputError
from avio_cli.ffmpeg.locate import FFmpeg
from tests.clips import decode


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two seconds of the scene: as true, and quicker."""
    monkeypatch.setattr(scene, "FRAMES", 50)


@pytest.mark.usefixtures("short")
def test_the_film_shows_the_scene_and_has_sound(ffmpeg: FFmpeg, tmp_path: Path) -> None:
    made = list(make_demo(tmp_path / "new/folder"))
    names = [step.path.name for step in made]
    assert names == ["scene.mp4", "small.webm", "grey.mp4"]
    for step in made:
        assert step.frames == 50
        assert step.size == step.path.stat().st_size
        assert [s.codec for s in probe(step.path).streams] in (
            ["h264", "aac"],
            ["vp9", "opus"],
        )
    film = decode(made[0].path, scene.WIDTH, scene.HEIGHT)
    drawn = scene.draw_frame(45).astype(int)
    assert np.abs(film[45] - drawn).mean() < 6
    assert np.abs(film[0] - drawn).mean() > np.abs(film[45] - drawn).mean()


@pytest.mark.usefixtures("short")
def test_results_of_the_demo_are_small_and_grey(
    bundled_ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    _, small, grey = make_demo(tmp_path)
    assert probe(small.path).videos[0].width == 320
    picture = decode(grey.path, scene.WIDTH, scene.HEIGHT)[40]
    assert np.ptp(picture, axis=2).max() <= 3


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
