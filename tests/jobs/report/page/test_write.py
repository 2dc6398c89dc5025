"""The files of a page: whole or not at all, whatever the names."""

import os
import sys
from pathlib import Path

import pytest

from avio_cli.cli.main import run as avio_run
from avio_cli.errors import AvioError
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.output import file as output_file
from tests.clips import Clip, make_clip
from tests.jobs.report.page.test_page import mot, recorded

WRITE = "avio_cli.jobs.report.page.write"


@pytest.fixture
def clip(
    bundled_ffmpeg: FFmpeg, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Clip:
    """Needs a proxy."""
    monkeypatch.chdir(tmp_path)
    return make_clip(tmp_path / "in.mkv")


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("fault", ["class", "page"])
def test_a_page_that_fails_leaves_the_old_one_and_its_proxy(
    clip: Clip, tmp_path: Path, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded(tmp_path / "t.jsonl", clip)
    words = ["report", "t.jsonl", "in.mkv", "-o", "out.html", "-q", "-y"]
    assert avio_run(words) == 0
    before = contents(tmp_path)
    assert "out.proxy.mp4" in before
    if fault == "class":
        monkeypatch.setattr(f"{WRITE}.encode_proxy", _must_not_run)
        words += ["--line", "gate=60,90,60,10:class=hippo"]
    else:
        monkeypatch.setattr(f"{WRITE}.assemble", _fail)
    assert avio_run(words) != 0
    assert contents(tmp_path) == before


@pytest.mark.parametrize("old", [False, True])
def test_where_the_page_cannot_get_its_name_the_proxy_is_as_before(
    clip: Clip, tmp_path: Path, old: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded(tmp_path / "t.jsonl", clip)
    words = ["report", "t.jsonl", "in.mkv", "-o", "out.html", "-q", "-y"]
    if old:
        (tmp_path / "out.proxy.mp4").write_bytes(b"of another page")
    before = contents(tmp_path)
    sync = output_file.sync_path

    def fail(path: Path) -> None:
        if path.suffix == ".html":
            raise OSError(5, "the disk is gone")
        sync(path)

    monkeypatch.setattr(output_file, "sync_path", fail)
    assert avio_run(words) == 1
    assert contents(tmp_path) == before


def _must_not_run(*_: object) -> None:
    pytest.fail("the proxy is encoded before the classes are known")


def _fail(*_: object, **__: object) -> str:
    raise AvioError("no page today")


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are UTF-8 there")
def test_a_name_that_is_not_utf_8_is_linked(
    bundled_ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    clip = make_clip(tmp_path / os.fsdecode(b"caf\xe9.mp4"))
    records, page = mot(tmp_path / "t.txt", clip), tmp_path / "out.html"
    words = [str(records), str(clip.path), "-o", str(page), "-q"]
    assert avio_run(["report", *words]) == 0
    assert '"link":"caf%E9.mp4"' in page.read_text()
