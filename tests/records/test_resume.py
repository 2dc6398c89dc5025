"""Records go on where they were marked, whatever follows that in their files."""

from pathlib import Path

import pytest

from avio_cli.errors import InputError
from avio_cli.records.entry import FrameRecord
from avio_cli.records.formats import plan_records
from avio_cli.records.marks import TAIL_BYTES, is_whole, mark_of
from avio_cli.records.resume import ResumePoint
from avio_cli.records.writer import open_records
from tests.records.recording import VIDEO, clip

EXTENSIONS = (".txt", ".jsonl", ".csv", ".json")
MANY = 900
"""Frames whose rows are more than a digest covers."""


def _write(
    path: Path, entries: list[FrameRecord], resume: ResumePoint | None = None
) -> ResumePoint:
    """Write entries; returns where the file can go on after them."""
    sink = open_records([str(path)], video=VIDEO, resume=resume)
    for each in entries:
        sink.put(each)
    (planned,) = plan_records([str(path)])
    assert planned.path is not None
    last = entries[-1].number if entries else 0
    point = ResumePoint(last, {planned.path: sink.marks()[0]})
    sink.finish()
    return point


@pytest.fixture(params=EXTENSIONS)
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return tmp_path / f"t{request.param}"


@pytest.mark.parametrize("stopped", [0, 1, 2, 13, 30, MANY])
@pytest.mark.sampled(8)
def test_a_run_that_is_resumed_leaves_the_same_file(path: Path, stopped: int) -> None:
    _write(path, clip(MANY))
    expected = path.read_bytes()
    assert len(expected) > TAIL_BYTES / 2

    path.unlink()
    point = _write(path, clip(stopped))
    point.refuse_other()
    _write(path, clip(MANY)[stopped:], point)
    assert path.read_bytes() == expected


@pytest.mark.parametrize("lost", [0, 1, 7, 40, 200, 500])
def test_what_follows_the_mark_is_dropped_wherever_it_ends(
    path: Path, lost: int
) -> None:
    """As a kill leaves a file: more frames than the checkpoint knows, the last torn."""
    point = _write(path, clip(4))
    path.unlink()
    _write(path, clip(30))
    expected = path.read_bytes()
    torn = expected[: len(expected) - lost]

    path.write_bytes(torn)
    point.refuse_other()
    _write(path, clip(30)[4:], point)
    assert path.read_bytes() == expected


def test_frames_that_are_missing_are_refused(path: Path) -> None:
    point = _write(path, clip(19))
    path.unlink()
    _write(path, clip(18))
    with pytest.raises(InputError, match=r"does not contain the 19 frames"):
        point.refuse_other()
    path.write_bytes(b"")
    with pytest.raises(InputError, match=r"does not contain the 19 frames"):
        point.refuse_other()
    path.unlink()
    with pytest.raises(InputError, match=r"does not exist"):
        point.refuse_other()


def test_another_file_of_the_same_size_is_refused(path: Path) -> None:
    point = _write(path, clip(20))
    path.write_bytes(path.read_bytes().replace(b"7", b"6"))
    with pytest.raises(InputError, match=r"does not contain"):
        point.refuse_other()


def test_a_whole_file_is_known_by_size_and_tail(path: Path) -> None:
    _write(path, clip(3))
    mark, content = mark_of(path), path.read_bytes()
    assert is_whole(path, mark)
    for other in (content + b"\n", content[:-1], content[:-1] + b"x", b""):
        path.write_bytes(other)
        assert not is_whole(path, mark)


def test_without_records_a_run_starts_again(path: Path) -> None:
    _write(path, clip(3), ResumePoint())
    expected = path.read_bytes()
    path.unlink()
    _write(path, clip(3))
    assert path.read_bytes() == expected
