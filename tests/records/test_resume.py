import json
from pathlib import Path

import pytest

from avio_cli.errors import InputError
from avio_cli.records.entry import FrameRecord
from avio_cli.records.formats import plan_records
from avio_cli.records.reader import read_tracks
from avio_cli.records.resume import resume_point
from avio_cli.records.writer import open_records
from tests.records.recording import ONE, VIDEO, clip, entry

EXTENSIONS = (".txt", ".jsonl", ".csv", ".json")


def _paths(folder: Path, extensions: tuple[str, ...] = EXTENSIONS) -> list[str]:
    return [str(folder / f"t{extension}") for extension in extensions]


def _record(
    paths: list[str], entries: list[FrameRecord], after: int | None = None
) -> None:
    sink = open_records(paths, video=VIDEO, resume_after=after)
    for each in entries:
        sink.put(each)
    sink.finish()


def _resume(paths: list[str], entries: list[FrameRecord]) -> int:
    after = resume_point(plan_records(paths))
    _record(paths, [each for each in entries if each.number > after], after)
    return after


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_a_run_that_is_resumed_leaves_the_same_file(
    tmp_path: Path, extension: str
) -> None:
    (whole,) = _paths(tmp_path, (extension,))
    _record([whole], clip(30))
    expected = Path(whole).read_bytes()

    for stopped in (0, 1, 2, 13, 29, 30):
        Path(whole).unlink()
        _record([whole], clip(stopped))
        _resume([whole], clip(30))
        assert Path(whole).read_bytes() == expected


@pytest.mark.parametrize("extension", [".txt", ".jsonl", ".csv"])
def test_wherever_a_file_is_truncated_it_is_completed(
    tmp_path: Path, extension: str
) -> None:
    path = tmp_path / f"t{extension}"
    _record([str(path)], clip(4))
    expected = path.read_bytes()
    ends = [n + 1 for n, byte in enumerate(expected) if byte == ord("\n")]

    for size in (*range(0, len(expected), 9), *ends):
        path.write_bytes(expected[:size])
        _resume([str(path)], clip(4))
        assert path.read_bytes() == expected


def test_a_truncated_coco_file_is_completed(tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    _record([str(path)], clip(6))
    expected = path.read_bytes()

    for size in range(expected.index(b'"images"'), len(expected), 31):
        path.write_bytes(expected[:size])
        _resume([str(path)], clip(6))
        assert json.loads(path.read_text())["images"] == json.loads(expected)["images"]


def test_all_files_resume_after_the_last_frame_that_all_have(tmp_path: Path) -> None:
    paths = _paths(tmp_path)
    _record(paths, clip(9))
    expected = [Path(path).read_bytes() for path in paths]
    lines = (tmp_path / "t.jsonl").read_bytes().splitlines(keepends=True)
    (tmp_path / "t.jsonl").write_bytes(b"".join(lines[:6]) + lines[6][:10])

    assert _resume(paths, clip(9)) == 6
    assert [Path(path).read_bytes() for path in paths] == expected


def test_a_truncated_row_of_mot_drops_its_whole_frame(tmp_path: Path) -> None:
    paths = _paths(tmp_path, (".txt", ".jsonl"))
    _record(paths, clip(4))
    (tmp_path / "t.txt").write_bytes((tmp_path / "t.txt").read_bytes()[:-5])

    assert resume_point(plan_records(paths)) == 3


def test_frames_without_tracks_count_where_a_format_has_them(tmp_path: Path) -> None:
    both, mot = _paths(tmp_path, (".txt", ".jsonl")), _paths(tmp_path, (".txt",))
    _record(both, [entry(1, ONE), entry(2), entry(3)])

    assert resume_point(plan_records(both)) == 3
    assert resume_point(plan_records(mot)) == 0


def test_later_frames_are_dropped(tmp_path: Path) -> None:
    paths = _paths(tmp_path)
    _record(paths, clip(20))

    _record(paths, [], after=10)

    for path in paths:
        assert read_tracks(Path(path)).entries[-1].number == 10


def test_without_records_a_run_starts_again(tmp_path: Path) -> None:
    paths = _paths(tmp_path)

    assert resume_point(plan_records([*paths, "-"])) == 0
    _record(paths, clip(3), after=0)
    assert len(read_tracks(Path(paths[1])).entries) == 3


def test_records_that_are_only_partly_there_are_refused(tmp_path: Path) -> None:
    paths = _paths(tmp_path)
    _record(paths[:1], clip(3))

    with pytest.raises(InputError, match=r"t\.csv does not exist"):
        resume_point(plan_records(paths))
