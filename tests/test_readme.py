"""README and documentation are true: their commands run and print what they say."""

import importlib.util
import re
import shutil
import sys
from collections.abc import Collection, Sequence
from pathlib import Path

import pytest

from avio_cli.ffmpeg.locate import FFmpeg
from tests.clips import make_clip
from tests.conftest import REPOSITORY, SHARED, missing
from tests.pages import Example, blocks, examples, fits, run_line

DOCS = REPOSITORY / "docs"
NOT_RUN = {
    "models": "its commands download weights",
}
"""Pages with ``console`` blocks that cannot be run here, and why."""
PAGES = [REPOSITORY / "README.md", *sorted(DOCS.glob("*.md"))]
CONSOLE_PAGES = [
    page
    for page in PAGES
    if page.stem not in NOT_RUN and "```console" in page.read_text()
]
PYTHON_PAGES = [page for page in PAGES if "```python\n" in page.read_text()]
"""Pages with ``python`` blocks: they can be run, one after the other. Those with a
title are files, which commands of the page use."""
DEVICES = [
    line
    for block in blocks(DOCS / "recipes.md")
    if block.language == "sh"
    for line in block.text.splitlines()
]
"""Commands of the recipes that need a camera, a screen or a network."""
RECORDS = '{"frame": 1, "pts": 0, "time": 0.0, "tracks": []}\n'
"""A file of tracks, for the page that reads one."""
WEIGHTS = SHARED / "models/yolox_nano.onnx"
BINARIES = str(Path(sys.executable).parent)


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files named as in the documentation."""
    folder = tmp_path_factory.mktemp("docs")
    make_clip(folder / "video.mp4", frames=100, audios=2)
    video, audio = ("-c:v", "mpeg4", "-q:v", "3"), ("-c:a", "mp3")
    make_clip(folder / "video.avi", frames=100, video=video, audios=1, audio=audio)
    font = folder / "some.ttf"
    font.write_text("no font")
    attached = ("-attach", str(font), "-metadata:s:t", "mimetype=font/ttf")
    make_clip(folder / "fonts.mkv", audios=1, frames=50, extra=attached)
    header_first = ("-movflags", "+faststart")
    whole = make_clip(folder / "whole.mp4", frames=100, extra=header_first).path
    (folder / "cut.mp4").write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    return folder


@pytest.fixture
def folder(clips: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder as the pages assume it: the clips, and the examples next to them."""
    monkeypatch.delenv("AVIO_MODEL_PATH", raising=False)
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    monkeypatch.setenv("SDL_AUDIODRIVER", "dummy")
    shutil.copytree(clips, tmp_path, dirs_exist_ok=True)
    shutil.copytree(DOCS / "examples", tmp_path, dirs_exist_ok=True)
    shutil.copytree(DOCS / "examples", tmp_path / "docs/examples")
    return tmp_path


LONG = {"README", "quickstart", "callbacks", "recipes", "tools", "transcode"}
"""Pages with many or long runs, as the whole demo; by default the others run."""
OF_BOTH = {"transcode", "info", "tools", "python"}
"""Pages about ffmpeg's own output: run with another version of it too, slowly."""


def runs(pages: Sequence[Path], slow: Collection[str] = ()) -> pytest.MarkDecorator:
    """Each page with the bundled ffmpeg, some with the system's."""
    chosen = [
        pytest.param(
            p,
            "bundled",
            id=f"{p.stem}-bundled",
            marks=[pytest.mark.slow] if p.stem in slow else [],
        )
        for p in pages
    ]
    chosen += [
        pytest.param(p, "system", id=f"{p.stem}-system", marks=pytest.mark.slow)
        for p in pages
        if p.stem in OF_BOTH
    ]
    return pytest.mark.parametrize(("page", "ffmpeg"), chosen, indirect=["ffmpeg"])


@runs(CONSOLE_PAGES, LONG)
@pytest.mark.slow
def test_commands_print_what_the_page_says(
    page: Path, folder: Path, ffmpeg: FFmpeg
) -> None:
    if "OpenCV" in page.read_text() and importlib.util.find_spec("cv2") is None:
        missing("OpenCV")
    for block in blocks(page):
        if block.title:
            (folder / block.title).write_text(block.text)
    for block in blocks(page):
        if block.language == "console":
            for example in examples(block):
                check(example, folder)


@pytest.mark.parametrize("line", DEVICES)
def test_commands_for_devices_and_networks_are_right_but_for_what_is_not_here(
    line: str, folder: Path, bundled_ffmpeg: FFmpeg, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    line = line.replace("camera:0", "camera:99")
    status, printed = run_line(with_model(line), folder, BINARIES)
    assert status == 1, printed
    assert re.search("no /dev/video99|no display|host camera is", "\n".join(printed))


def check(example: Example, folder: Path) -> None:
    """Run one command line; it fails where the page shows an error, else not."""
    status, printed = run_line(with_model(example.command), folder, BINARIES)
    report = "\n".join(["", "$ " + example.command, *printed])
    fails = any(line.startswith("avio: error") for line in example.output)
    assert (status != 0) is fails, report
    assert not example.output or fits(example.output, printed), report


def with_model(command: str) -> str:
    """A command line that finds the model it takes, and needs no download."""
    if not command.startswith("avio track") or "--model motion" in command:
        return command
    if not WEIGHTS.is_file():
        missing(WEIGHTS.name)
    return f'AVIO_MODEL_PATH="{WEIGHTS.parent}" {command}'


@runs(PYTHON_PAGES)
@pytest.mark.sampled(4)
def test_python_examples_run(page: Path, folder: Path, ffmpeg: FFmpeg) -> None:
    (folder / "demo").mkdir()
    make_clip(folder / "demo/scene.mp4", frames=160)
    if WEIGHTS.name in page.read_text():
        if not WEIGHTS.is_file():
            missing(WEIGHTS.name)
        shutil.copy(WEIGHTS, folder)
    if page.stem == "records":
        (folder / "tracks.jsonl").write_text(RECORDS)
    found = [block for block in blocks(page) if block.language == "python"]
    code = "\n".join(block.text for block in found if not block.title)
    (folder / "page.py").write_text(code)
    status, printed = run_line(f"{sys.executable} page.py", folder, BINARIES)
    assert status == 0, "\n".join(printed)
