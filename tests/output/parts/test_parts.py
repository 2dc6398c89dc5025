"""Parts have names by time; only what the index lists as ours is ever removed."""

import json
import os
import sys
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import pytest

from avio_cli.errors import AvioError, OutputError, UsageError
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.media.containers import container_for
from avio_cli.output.parts.names import PartNames
from avio_cli.output.parts.part import Ending, PartOutput
from avio_cli.output.parts.parts import Parts

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
DAY = 24 * 3600


class Clock:
    def __init__(self, seconds: float = NOON.timestamp()) -> None:
        self.seconds = seconds

    def __call__(self) -> float:
        return self.seconds


def parts(folder: Path, name: str = "front.mkv", **options: object) -> Parts:
    ffmpeg = FFmpeg("ffmpeg", "")
    container = container_for("matroska")
    return Parts(ffmpeg, folder / name, container, **options)  # type: ignore[arg-type]


def write_part(made: Parts, content: bytes = b"video", *, whole: bool = True) -> str:
    part = made.open(made.now())
    assert part.readback_path is not None
    part.readback_path.write_bytes(content)
    if whole:
        part.commit()
    return part.name


def states(folder: Path) -> dict[str, str]:
    lines = (folder / "front.mkv.parts.jsonl").read_text().splitlines()[1:]
    return {entry["part"]: entry["state"] for entry in map(json.loads, lines)}


def test_a_part_that_gets_its_name_while_the_next_one_starts_keeps_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked, there = [], os.path.lexists
    with parts(tmp_path, clock=Clock()) as made:
        first = made.open(made.now())
        assert first.readback_path is not None
        first.readback_path.write_bytes(b"video")

        def look(path: str | Path) -> bool:
            found = there(path)
            if not looked:  # in another thread, just then
                looked.append(path)
                first.commit()
            return found

        monkeypatch.setattr(os.path, "lexists", look)
        second = made.open(made.now())
        assert looked
        assert second.name != first.name
        second.discard()


class TestNames:
    @pytest.mark.parametrize(
        ("typed", "expected", "index"),
        [
            ("front.mp4", "front-20261130-120000.mp4", "front.mp4.parts.jsonl"),
            ("c-%F/%H%M%S.mkv", "c-2026-11-30/120000.mkv", "parts.mkv.parts.jsonl"),
            ("a%%b-%j.ts", "a%b-334.ts", "ab.ts.parts.jsonl"),
        ],
    )
    def test_they_are_of_the_time_in_utc(
        self, typed: str, expected: str, index: str, tmp_path: Path
    ) -> None:
        names = PartNames(tmp_path / typed)
        given = names.at(NOON)
        assert next(given) == expected
        second = next(given)
        assert second == expected.replace(".", "-2.")
        assert names.index == tmp_path / index
        assert names.is_ours(expected)
        assert names.is_ours(second)
        assert not names.is_ours("other.mp4")
        assert not names.is_ours(f"../{expected}")

    def test_a_field_that_is_not_digits_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match=r"%B in .* is no field of a time"):
            PartNames(tmp_path / "front-%B.mp4")

    def test_no_name_is_given_twice(self, tmp_path: Path) -> None:
        """As after a restart, or where the clock is set back."""
        with parts(tmp_path, clock=Clock()) as made:
            first = write_part(made)
            growing = write_part(made, whole=False)
        with parts(tmp_path, clock=Clock()) as again:
            third = write_part(again)
        assert len({first, growing, third}) == 3


class TestKeeping:
    def test_old_parts_are_removed_also_those_of_earlier_runs(
        self, tmp_path: Path
    ) -> None:
        clock = Clock()
        with parts(tmp_path, clock=clock) as made:
            old = write_part(made)
            clock.seconds += 6 * DAY
            young = write_part(made)
        (tmp_path / "front-20200101-000000.mkv").write_bytes(b"not of this output")
        clock.seconds += DAY + 1
        with parts(tmp_path, clock=clock, keep=Fraction(7 * DAY)) as later:
            assert later.removed == 1
        left = {path.name for path in tmp_path.iterdir()}
        index = "front.mkv.parts.jsonl"
        assert left == {young, "front-20200101-000000.mkv", index}
        assert states(tmp_path) == {old: "removed", young: "finished"}

    def test_a_clock_that_is_set_makes_no_part_old(self, tmp_path: Path) -> None:
        """As on a machine that has no time until the network gives it one."""
        clock, steady = Clock(0), Clock(0)
        with parts(tmp_path, clock=clock, steady=steady, keep=Fraction(DAY)) as made:
            name = write_part(made)
            clock.seconds = NOON.timestamp()
            steady.seconds = 60.0
            made.remove_old()
            assert (tmp_path / name).exists()
            steady.seconds = DAY + 1.0
            made.remove_old()
            assert not (tmp_path / name).exists()

    @pytest.mark.parametrize("planted", ["link", "folder link", "changed", "name"])
    def test_nothing_else_is_removed(
        self, planted: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        clock, treasure = Clock(), tmp_path / "elsewhere"
        base = tmp_path / "recordings"
        for folder in (treasure, base):
            folder.mkdir()
        with parts(base, "%F/front-%H.mkv", clock=clock) as made:
            name, index = write_part(made), made.readback_path
        part, precious = base / name, treasure / Path(name).name
        precious.write_bytes(b"video")
        if planted == "link":
            part.unlink()
            part.symlink_to(precious)
        elif planted == "folder link":
            part.unlink()
            part.parent.rmdir()
            part.parent.symlink_to(treasure)
        elif planted == "changed":
            part.write_bytes(b"cut by hand")
        else:
            with index.open("a") as file:
                end = "2026-11-30T12:00:00Z"
                entry = {"part": f"../elsewhere/{precious.name}", "state": "finished"}
                file.write(json.dumps({**entry, "end": end, "bytes": 5}) + "\n")
        clock.seconds += 100 * DAY
        with parts(base, "%F/front-%H.mkv", clock=clock, keep=Fraction(DAY)):
            pass
        assert precious.read_bytes() == b"video"
        assert os.path.lexists(part) or planted == "name"
        assert "is not removed" in caplog.text


class TestKilledRuns:
    def test_their_last_part_gets_its_name(self, tmp_path: Path) -> None:
        with parts(tmp_path, clock=Clock()) as made:
            name = write_part(made, whole=False)
            assert (tmp_path / "front-20261130-120000.recording.mkv").exists()
        with (tmp_path / "front.mkv.parts.jsonl").open("a") as file:
            file.write('{"part": "torn')
        with parts(tmp_path, clock=Clock()) as again:
            second = write_part(again)
        assert (tmp_path / name).read_bytes() == b"video"
        assert states_of_whole_lines(tmp_path) == {
            name: "interrupted",
            second: "finished",
        }

    def test_another_file_with_its_name_stops_no_later_run(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        with parts(tmp_path, clock=Clock()) as made:
            name = write_part(made, whole=False)
        (tmp_path / name).write_bytes(b"another")
        with parts(tmp_path, clock=Clock()) as again:
            third = write_part(again)
        second = name.replace(".mkv", "-2.mkv")
        assert (tmp_path / name).read_bytes() == b"another"
        assert (tmp_path / second).read_bytes() == b"video"
        found = states(tmp_path)
        assert found == {name: "foreign", second: "interrupted", third: "finished"}
        assert f"{name} is another file: the part becomes {second}" in caplog.text

    def test_a_part_in_a_linked_folder_is_left_alone(self, tmp_path: Path) -> None:
        base, elsewhere = tmp_path / "recordings", tmp_path / "elsewhere"
        base.mkdir()
        with parts(base, "%F/front.mkv", clock=Clock()) as made:
            part = base / write_part(made, whole=False)
        part.parent.rename(elsewhere)
        part.parent.symlink_to(elsewhere)
        with parts(base, "%F/front.mkv", clock=Clock()):
            left = [path.name for path in elsewhere.iterdir()]
        assert left == ["front.recording.mkv"]

    def test_a_part_that_someone_removes_ends_no_run(self, tmp_path: Path) -> None:
        def lost(part: PartOutput, how: Ending) -> None:
            part.path.unlink()
            ended(part, how)

        with parts(tmp_path, clock=Clock()) as made:
            ended = made._ended
            part = PartOutput(tmp_path, "front-20261130-120000.mkv", tuple, lost)
            assert part.readback_path is not None
            part.readback_path.write_bytes(b"video")
            part.commit()
        assert states(tmp_path) == {part.name: "finished"}


def states_of_whole_lines(folder: Path) -> dict[str, str]:
    path = folder / "front.mkv.parts.jsonl"
    lines = path.read_text().splitlines()
    path.write_text("\n".join(line for line in lines if '"torn' not in line))
    return states(folder)


class TestIndex:
    def test_two_runs_at_once_are_refused(self, tmp_path: Path) -> None:
        with (
            parts(tmp_path),
            pytest.raises(OutputError, match="another avio is writing the parts"),
        ):
            parts(tmp_path)

    @pytest.mark.parametrize("kind", ["text", "link", "fifo"])
    def test_what_is_no_index_stays_as_it_is(self, kind: str, tmp_path: Path) -> None:
        index, other = tmp_path / "front.mkv.parts.jsonl", tmp_path / "other"
        other.write_text("mine\n")
        if kind == "text":
            index.write_text("mine\n")
        elif kind == "link":
            index.symlink_to(other)
        else:
            os.mkfifo(index)
        with pytest.raises(AvioError) as raised:
            parts(tmp_path)
        assert raised.value.hint
        assert other.read_text() == "mine\n"
        assert kind != "text" or index.read_text() == "mine\n"

    def test_one_that_lists_nothing_is_not_left(self, tmp_path: Path) -> None:
        with parts(tmp_path):
            pass
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.skipif(sys.platform == "win32", reason="it has no limits of files")
    def test_a_full_disk_is_named_and_leaves_no_index(self, tmp_path: Path) -> None:
        import resource  # there is none on Windows

        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
        try:
            with pytest.raises(OutputError, match="cannot write") as raised:
                parts(tmp_path)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert "space" in raised.value.hint
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("keep", [None, Fraction(DAY)])
    def test_it_does_not_grow_for_ever(
        self,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        keep: Fraction | None,
    ) -> None:
        """What was removed leaves the file; what is never removed is no longer held."""
        monkeypatch.setattr("avio_cli.output.parts.index._STALE_LINES", 10)
        with parts(tmp_path, keep=keep) as made:
            done = [write_part(made) for _ in range(3)]
            for number in range(32):
                made._index.put(f"front-{number}.mkv", "removed", at="")
            done += [write_part(made) for _ in range(2)]
            assert len(made._index.entries("finished")) == (5 if keep else 0)
            assert len(made._ended_at) == (5 if keep else 0)
        assert len(states(tmp_path)) < 20
        assert [n for n, how in states(tmp_path).items() if how == "finished"] == done
