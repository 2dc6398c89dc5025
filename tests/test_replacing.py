"""Files that are replaced as a whole: no link is followed, nothing is left."""

import os
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from avio_cli.errors import OutputError
from avio_cli.jobs.track.resuming.checkpoint import Checkpoint, write_checkpoint
from avio_cli.models.digests import DigestRecord
from avio_cli.records.coco_writer import CocoFile
from avio_cli.records.entry import VideoInfo
from avio_cli.replacing import replace_text

VIDEO = VideoInfo("a.mkv", 64, 48, Fraction(25))


def checkpoint(path: Path) -> None:
    write_checkpoint(path, Checkpoint({}, 1, 0, 0, [], {}, {}, {}))


def digest(path: Path) -> None:
    DigestRecord(path).remember(path.with_name("model.onnx"), "0" * 64)


def coco(path: Path) -> None:
    CocoFile(path, VIDEO).close()


WRITERS = {"checkpoint": checkpoint, "digest": digest, "coco": coco}


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("planted", [".{}.new", "{}.new", "{}.copy", ".{}.new.copy"])
def test_a_planted_link_is_not_followed(
    name: str, planted: str, tmp_path: Path
) -> None:
    foreign = tmp_path / "foreign"
    foreign.write_text("precious")
    (tmp_path / planted.format("rec.json")).symlink_to(foreign)
    WRITERS[name](tmp_path / "rec.json")
    assert foreign.read_text() == "precious"
    assert (tmp_path / "rec.json").read_text().startswith("{")
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.parametrize("name", WRITERS)
def test_a_failure_leaves_nothing(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises((OSError, OutputError), match="No space left"):
        WRITERS[name](tmp_path / "rec.json")
    assert list(tmp_path.iterdir()) == []


def test_the_longest_name_can_be_replaced(tmp_path: Path) -> None:
    path = tmp_path / ("ü" * 127)
    replace_text(path, "new")
    assert path.read_text() == "new"


@pytest.mark.skipif(os.name == "nt", reason="permissions of POSIX")
@pytest.mark.parametrize("write", WRITERS.values())
def test_permissions_follow_the_umask(
    write: Callable[[Path], None], tmp_path: Path
) -> None:
    before = os.umask(0o027)
    try:
        write(tmp_path / "rec.json")
    finally:
        os.umask(before)
    assert (tmp_path / "rec.json").stat().st_mode & 0o777 == 0o640


@pytest.mark.skipif(os.name == "nt", reason="permissions of POSIX")
@pytest.mark.parametrize("write", WRITERS.values())
def test_what_is_replaced_leaves_its_permissions(
    write: Callable[[Path], None], tmp_path: Path
) -> None:
    path = tmp_path / "rec.json"
    write(path)
    path.chmod(0o600)
    write(path)
    assert path.stat().st_mode & 0o777 == 0o600
