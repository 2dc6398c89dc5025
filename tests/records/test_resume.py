import json
from pathlib import Path

import pytest

from avio_cli.errors import InputError
from avio_cli.records.entry import FrameRecord
from avio_cli.records.formats import plan_records
from avio_cli.records.reader import read_tracks
from avio_cli.records.resume import resume_point
from avio_cli.records.writer import open_records
from tests.records.recording import ONE, VIDEO, entry, film

SUFFIXES = (".txt", ".jsonl", ".csv", ".json")


def _paths(folder: Path, suffixes: tuple[str, ...] = SUFFIXES) -> list[str]:
    return [str(folder / f"t{suffix}") for suffix in suffixes]


def _record(
    paths: list[str], entries: list[FrameRecord], after: int | None = None
) -> None:
    sink = open_records(paths, video=VIDEO, resume_after=after)
    for each in entries:
        sink.put(each)
    sink.finish()


def _go_on(paths: list[str], entries: list[FrameRecord]) -> int:
    after = resume_point(plan_records(paths))
    _record(paths, [each for each in entries if each.number > after], after)
    return after


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_run_that_is_gone_on_with_leaves_the_same_file(
    tmp_path: Path, suffix: str
) -> None:
    (whole,) = _paths(tmp_path, (suffix,))
    _record([whole], film(30))
    expected = Path(whole).read_bytes()

    for stopped in (0, 1, 2, 13, 29, 30):
        Path(whole).unlink()
        _record([whole], film(stopped))
        _go_on([whole], film(30))
        assert Path(whole).read_bytes() == expected


@pytest.mark.parametrize("suffix", [".txt", ".jsonl", ".csv"])
def test_wherever_a_file_is_torn_it_is_made_whole(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"t{suffix}"
    _record([str(path)], film(4))
    expected = path.read_bytes()
    ends = [n + 1 for n, byte in enumerate(expected) if byte == ord("\n")]

    for size in (*range(0, len(expected), 9), *ends):
        path.write_bytes(expected[:size])
        _go_on([str(path)], film(4))
        assert path.read_bytes() == expected


def test_a_torn_coco_file_is_made_whole(tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    _record([str(path)], film(6))
    expected = path.read_bytes()

    for size in range(expected.index(b'"images"'), len(expected), 31):
        path.write_bytes(expected[:size])
        _go_on([str(path)], film(6))
        assert json.loads(path.read_text())["images"] == json.loads(expected)["images"]


def test_all_files_go_on_after_the_last_frame_that_all_have(tmp_path: Path) -> None:
    paths = _paths(tmp_path)
    _record(paths, film(9))
    expected = [Path(path).read_bytes() for path in paths]
    lines = (tmp_path / "t.jsonl").read_bytes().splitlines(keepends=True)
    (tmp_path / "t.jsonl").write_bytes(b"".join(lines[:6]) + lines[6][:10])

    assert _go_on(paths, film(9)) == 6
    assert [Path(path).read_bytes() for path in paths] == expected


def test_a_torn_row_of_mot_throws_its_whole_frame_away(tmp_path: Path) -> None:
    paths = _paths(tmp_path, (".txt", ".jsonl"))
    _record(paths, film(4))
    (tmp_path / "t.txt").write_bytes((tmp_path / "t.txt").read_bytes()[:-5])

    assert resume_point(plan_records(paths)) == 3


def test_frames_without_tracks_count_where_a_format_has_them(tmp_path: Path) -> None:
    both, mot = _paths(tmp_path, (".txt", ".jsonl")), _paths(tmp_path, (".txt",))
    _record(both, [entry(1, ONE), entry(2), entry(3)])

    assert resume_point(plan_records(both)) == 3
    assert resume_point(plan_records(mot)) == 0


def test_later_frames_are_dropped(tmp_path: Path) -> None:
    paths = _paths(tmp_path)
    _record(paths, film(20))

    _record(paths, [], after=10)

    for path in paths:
        assert read_tracks(Path(path)).entries[-1].number == 10


def test_without_records_a_run_begins_anew(tmp_path: Path) -> None:
    paths = _paths(tmp_path)

    assert resume_point(plan_records([*paths, "-"])) == 0
    _record(paths, film(3), after=0)
    assert len(read_tracks(Path(paths[1])).entries) == 3


def test_records_that_are_only_partly_there_are_refused(tmp_path: Path) -> None:
    paths = _paths(tmp_path)
    _record(paths[:1], film(3))

    with pytest.raises(InputError, match=r"t\.csv is not there"):
        resume_point(plan_records(paths))
