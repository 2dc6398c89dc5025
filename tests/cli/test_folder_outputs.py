"""No command writes a file where a folder was named."""

from pathlib import Path

import pytest

from avio_cli import api
from avio_cli.cli.main import run
from avio_cli.errors import UsageError
from tests.clips import make_clip

ROW = "1,-1,10,20,30,40,0.9\n"
TRACK = "track a.mp4 --model motion"
OUTPUTS = {
    "transcode": "transcode a.mp4 OUT.mp4/",
    "transcode with a preset": "transcode a.mp4 OUT/ --preset mp4-h264",
    "remux": "transcode a.mp4 OUT.mkv/ --copy",
    "dry run": "transcode a.mp4 OUT.mp4/ --dry-run",
    "playlist": "transcode a.mp4 OUT.m3u8/",
    "trim": "trim a.mp4 OUT.mp4/ --end 0.1",
    "merge": "merge OUT.mp4/ a.mp4 a.mp4",
    "snapshot": "snapshot a.mp4 OUT.png/ --at 0",
    "annotated video": f"{TRACK} -o OUT.mp4/",
    "records": f"{TRACK} --records OUT.jsonl/",
    "records of a format": f"{TRACK} --records OUT/ --records-format parquet",
    "records of detections": "track --detections det.txt --records OUT.txt/",
    "detections": f"{TRACK} --save-detections OUT.txt/",
    "statistics": f"{TRACK} --stats OUT.json/",
    "overlay": f"{TRACK} --overlay OUT.ass/",
    "page of a run": f"{TRACK} --report OUT.html/",
    "page": "report det.txt a.mp4 -o OUT.html/",
    "converted": "records convert det.txt OUT.csv/",
    "model": "export yolox-nano --to onnx -o OUT.onnx/",
    "recording": "play a.mp4 --record OUT.mkv/",
    "statistics of the player": "play a.mp4 --stats OUT.json/",
    "report of a batch": "batch report . -o OUT.html/",
}
"""Command lines, by what they write."""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current one, with a video and detections."""
    monkeypatch.chdir(tmp_path)
    make_clip(tmp_path / "a.mp4", frames=5)
    Path("det.txt").write_text(ROW)
    return tmp_path


@pytest.mark.parametrize("ending", ["/", "/.", "//"])
@pytest.mark.parametrize("kind", OUTPUTS)
def test_a_slash_at_the_end_is_refused(
    kind: str, ending: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(folder.iterdir())
    words = OUTPUTS[kind].replace("OUT", "out").replace("/", ending).split()
    assert run(words) == 2
    assert "names a folder, which does not exist" in capsys.readouterr().err
    assert sorted(folder.iterdir()) == before


@pytest.mark.parametrize("kind", OUTPUTS)
def test_a_folder_that_is_there_is_refused(
    kind: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = OUTPUTS[kind].split()
    (name,) = (word for word in words if word.startswith("OUT"))
    Path(name).mkdir()
    assert run(words) == 2
    assert f"{name} is a folder" in capsys.readouterr().err
    assert not list(Path(name).iterdir())


def test_a_file_of_that_name_is_not_replaced(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("there.mp4").write_bytes(b"x")
    assert run(["transcode", "a.mp4", "there.mp4/", "-y"]) == 2
    assert "names a folder" in capsys.readouterr().err
    assert Path("there.mp4").read_bytes() == b"x"


def test_python_refuses_them_too(folder: Path) -> None:
    before = sorted(folder.iterdir())
    for write in (
        lambda: api.transcode("a.mp4", "out.mp4/"),
        lambda: api.trim("a.mp4", "out.mp4/", end=0.1),
        lambda: api.merge(["a.mp4", "a.mp4"], "out.mp4/"),
        lambda: api.snapshot("a.mp4", "out.png/", at=0),
        lambda: api.report("det.txt", "out.html/", video="a.mp4"),
        lambda: api.track("a.mp4", model="motion", records="out.jsonl/"),
        lambda: api.track("a.mp4", model="motion", output="out.mp4/"),
        lambda: api.create_video("out.mp4/", rate=25),
    ):
        with pytest.raises(UsageError, match="names a folder"):
            write()
    assert sorted(folder.iterdir()) == before


def test_crops_go_into_a_folder_with_a_slash(folder: Path) -> None:
    assert run([*TRACK.split(), "--crops", "crops/"]) == 0
    assert Path("crops").is_dir()
