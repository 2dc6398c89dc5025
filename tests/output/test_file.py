"""An output gets its name when it is complete, or does not appear."""

import contextlib
import errno
import os
import stat
import subprocess  # noqa: TID251 - another process is needed
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from avio_cli.errors import OutputError
from avio_cli.ffmpeg.url import parse_url
from avio_cli.output.file import FileOutput
from avio_cli.output.hidden import _machine
from avio_cli.output.target import refuse_source
from tests.conftest import REPOSITORY


def fill(target: FileOutput, data: bytes = b"result") -> None:
    target.temporary.write_bytes(data)


def left(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


class TestPlace:
    def test_it_is_written_next_to_its_name_and_then_renamed(
        self, tmp_path: Path
    ) -> None:
        target = FileOutput(tmp_path / "a.mp4")
        assert target.temporary.parent == tmp_path
        assert target.temporary.suffix == ".mp4"
        assert target.temporary.name.startswith(".a.mp4.avio-")
        fill(target)
        assert not target.path.exists()
        target.commit()
        assert left(tmp_path) == ["a.mp4"]
        assert target.path.read_bytes() == b"result"

    def test_discarding_leaves_nothing(self, tmp_path: Path) -> None:
        target = FileOutput(tmp_path / "a.mp4")
        fill(target)
        target.sidecar(3).write_bytes(b"x")
        target.discard()
        target.discard()
        assert left(tmp_path) == []

    def test_discarding_after_the_commit_keeps_the_result(self, tmp_path: Path) -> None:
        target = FileOutput(tmp_path / "a.mp4")
        target.sidecar(3).write_bytes(b"x")
        target.commit()
        target.discard()
        assert left(tmp_path) == ["a.mp4"]

    def test_a_relative_path_is_kept_when_the_folder_changes(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        target = FileOutput(Path("a.mp4"))
        assert target.temporary.is_absolute()
        assert target.temporary.parent == tmp_path

    def test_a_dry_run_touches_nothing(self, tmp_path: Path) -> None:
        path = tmp_path / "gone" / "a.mp4"
        target = FileOutput(path, dry_run=True)
        assert target.temporary == path
        target.discard()
        (tmp_path / "b.mp4").write_bytes(b"x")
        FileOutput(tmp_path / "b.mp4", dry_run=True).discard()
        assert left(tmp_path) == ["b.mp4"]

    @pytest.mark.skipif(sys.platform == "win32", reason="permissions of POSIX")
    @pytest.mark.parametrize("mask", [0o022, 0o077, 0o002])
    def test_permissions_follow_the_umask(self, mask: int, tmp_path: Path) -> None:
        before = os.umask(mask)
        try:
            target = FileOutput(tmp_path / "a.mp4")
            target.commit()
        finally:
            os.umask(before)
        assert target.path.stat().st_mode & 0o777 == 0o666 & ~mask

    @pytest.mark.skipif(sys.platform == "win32", reason="permissions of POSIX")
    @pytest.mark.parametrize("mode", [0o600, 0o664])
    def test_what_is_replaced_leaves_its_permissions(
        self, mode: int, tmp_path: Path
    ) -> None:
        path = tmp_path / "a.mp4"
        path.write_bytes(b"private")
        path.chmod(mode)
        target = FileOutput(path, force=True)
        target.commit()
        assert path.read_bytes() == b""
        assert path.stat().st_mode & 0o777 == mode


class TestRefusals:
    def test_what_exists_is_not_overwritten(self, tmp_path: Path) -> None:
        path = tmp_path / "a.mp4"
        path.write_bytes(b"precious")
        with pytest.raises(OutputError, match=r"a\.mp4 exists") as caught:
            FileOutput(path)
        assert caught.value.hint == "-y replaces it"
        assert left(tmp_path) == ["a.mp4"]

    def test_unless_forced(self, tmp_path: Path) -> None:
        path = tmp_path / "a.mp4"
        path.write_bytes(b"old")
        target = FileOutput(path, force=True)
        fill(target)
        assert path.read_bytes() == b"old"
        target.commit()
        assert path.read_bytes() == b"result"
        assert left(tmp_path) == ["a.mp4"]

    @pytest.mark.parametrize("force", [False, True])
    def test_a_folder_is_no_file(self, force: bool, tmp_path: Path) -> None:
        with pytest.raises(OutputError, match="is a folder") as caught:
            FileOutput(tmp_path, force=force)
        assert caught.value.hint == "name a file in it"

    def test_a_missing_folder_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(OutputError, match=r"the folder .*/gone does not exist"):
            FileOutput(tmp_path / "gone" / "a.mp4")

    def test_a_file_is_no_folder(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_bytes(b"x")
        with pytest.raises(OutputError, match="/file is not a folder"):
            FileOutput(tmp_path / "file" / "a.mp4")

    @pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc")
    def test_where_nothing_can_be_written(self) -> None:
        with pytest.raises(OutputError, match=r"cannot write /proc/a\.mp4: ") as caught:
            FileOutput(Path("/proc/a.mp4"))
        assert "permissions" in caught.value.hint

    def test_a_name_too_long_to_exist(self, tmp_path: Path) -> None:
        with pytest.raises(OutputError, match="File name too long"):
            FileOutput(tmp_path / f"{'x' * 252}.mp4")

    def test_what_it_says_fits_one_line(self, tmp_path: Path) -> None:
        with pytest.raises(OutputError, match=r"a\\nb"):
            FileOutput(tmp_path / "a\nb" / "c.mp4")


class TestSameFile:
    def test_the_input_itself_is_refused_through_any_link(self, tmp_path: Path) -> None:
        source = tmp_path / "a.mp4"
        source.write_bytes(b"precious")
        (tmp_path / "soft.mp4").symlink_to("a.mp4")
        (tmp_path / "hard.mp4").hardlink_to(source)
        (tmp_path / "folder").mkdir()
        for name in ("a.mp4", "soft.mp4", "hard.mp4", "folder/../a.mp4"):
            with pytest.raises(OutputError, match="is the input itself"):
                refuse_source(tmp_path / name, parse_url(source))
        assert source.read_bytes() == b"precious"
        assert left(tmp_path) == ["a.mp4", "folder", "hard.mp4", "soft.mp4"]

    def test_others_are_fine(self, tmp_path: Path) -> None:
        (tmp_path / "a.mp4").write_bytes(b"x")
        (tmp_path / "b.mp4").write_bytes(b"x")
        source = parse_url(tmp_path / "a.mp4")
        for path in (tmp_path / "b.mp4", tmp_path / "new.mp4", tmp_path / ("x" * 300)):
            refuse_source(path, source)
            refuse_source(path, parse_url("-"))
            refuse_source(path, parse_url("http://host/b.mp4"))

    def test_an_input_that_vanished_is_not_the_same(self, tmp_path: Path) -> None:
        (tmp_path / "a.mp4").write_bytes(b"x")
        (tmp_path / "b.mp4").write_bytes(b"x")
        source = parse_url(tmp_path / "a.mp4")
        (tmp_path / "a.mp4").unlink()
        refuse_source(tmp_path / "b.mp4", source)


class TestCommit:
    def test_a_file_that_appeared_meanwhile_is_kept(self, tmp_path: Path) -> None:
        target = FileOutput(tmp_path / "a.mp4")
        fill(target)
        target.path.write_bytes(b"someone else's")
        with pytest.raises(OutputError, match="appeared while it was being made"):
            target.commit()
        assert target.path.read_bytes() == b"someone else's"
        assert left(tmp_path) == ["a.mp4"]

    @pytest.mark.parametrize("taken", [False, True])
    def test_where_there_are_no_hard_links(
        self, taken: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def no_links(*_: object) -> None:
            raise PermissionError

        monkeypatch.setattr(os, "link", no_links)
        target = FileOutput(tmp_path / "a.mp4")
        fill(target)
        if taken:
            target.path.write_bytes(b"someone else's")
            with pytest.raises(OutputError, match="appeared"):
                target.commit()
        else:
            target.commit()
        assert left(tmp_path) == ["a.mp4"]
        assert target.path.read_bytes() == (b"someone else's" if taken else b"result")

    def test_what_fails_at_the_end_leaves_nothing(self, tmp_path: Path) -> None:
        target = FileOutput(tmp_path / "a.mp4", force=True)
        fill(target)
        target.path.mkdir()
        with pytest.raises(OutputError, match=r"cannot write .*a\.mp4: Is a directory"):
            target.commit()
        assert left(tmp_path) == ["a.mp4"]

    def test_a_temporary_file_that_vanished_is_reported(self, tmp_path: Path) -> None:
        target = FileOutput(tmp_path / "a.mp4")
        target.temporary.unlink()
        with pytest.raises(OutputError, match="No such file"):
            target.commit()


def killed(path: Path) -> FileOutput:
    """What a run leaves that is killed: the system gives up its lock."""
    output = FileOutput(path)
    output.sidecar(12).write_bytes(b"x")
    hidden = output._hidden
    assert hidden is not None
    assert hidden._descriptor is not None
    os.close(hidden._descriptor)
    hidden._descriptor = None
    return output


@contextlib.contextmanager
def of_another_machine() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("avio_cli.output.hidden._machine", lambda: "abcd")
        yield


def age(folder: Path, hours: float) -> None:
    for entry in folder.iterdir():
        os.utime(entry, (time.time() - hours * 3600,) * 2)


LONG = "ü" * 120 + ".mp4"
"""244 bytes: no temporary name can hold all of it."""


@pytest.mark.skipif(sys.platform == "win32", reason="locks of POSIX")
class TestOrphans:
    @pytest.mark.parametrize(
        "name", ["a.mp4", "a", "a.b c.mp4", LONG, "x" * 251 + ".mp4"]
    )
    def test_what_a_killed_run_left_is_removed(self, name: str, tmp_path: Path) -> None:
        killed(tmp_path / name)
        target = FileOutput(tmp_path / name)
        lock_file = f"{target.temporary.name}.lock"
        assert left(tmp_path) == [target.temporary.name, lock_file]

    def test_what_running_ones_fill_is_kept(self, tmp_path: Path) -> None:
        targets = [FileOutput(tmp_path / "a.mp4") for _ in range(2)]
        FileOutput(tmp_path / "a.mp4").commit()
        assert len(left(tmp_path)) == 5
        for target in targets:
            target.discard()
        assert left(tmp_path) == ["a.mp4"]

    def test_another_process_number_means_nothing(self, tmp_path: Path) -> None:
        """A container counts its processes by itself."""
        code = (
            "import os, sys, time; os.getpid = lambda: 4194303\n"
            "from avio_cli.output.file import FileOutput, Path\n"
            "output = FileOutput(Path(sys.argv[1]))\n"
            "print(output.temporary, flush=True)\ntime.sleep(60)"
        )
        argv = [sys.executable, "-c", code, str(tmp_path / "a.mp4")]
        with subprocess.Popen(argv, stdout=subprocess.PIPE, cwd=REPOSITORY) as other:
            assert other.stdout is not None
            temporary = Path(other.stdout.readline().decode().strip())
            FileOutput(tmp_path / "a.mp4").discard()
            assert temporary.exists()
            other.kill()
        FileOutput(tmp_path / "a.mp4").discard()
        assert left(tmp_path) == []

    def test_other_results_of_the_same_stem_are_kept(self, tmp_path: Path) -> None:
        killed(tmp_path / "a.mp4")
        FileOutput(tmp_path / "a.mkv").discard()
        assert len(left(tmp_path)) == 3

    @pytest.mark.parametrize(("hours", "count"), [(1, 3), (25, 0)])
    def test_other_machines_may_have_locks_that_do_not_show(
        self, hours: float, count: int, tmp_path: Path
    ) -> None:
        with of_another_machine():
            killed(tmp_path / "a.mp4")
        age(tmp_path, hours)
        FileOutput(tmp_path / "a.mp4").discard()
        assert len(left(tmp_path)) == count

    def test_where_nothing_can_be_locked_all_is_kept(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def no_locks(*_: int) -> None:
            raise OSError(errno.ENOLCK, "No locks available")

        killed(tmp_path / "a.mp4")
        monkeypatch.setattr("fcntl.flock", no_locks)
        FileOutput(tmp_path / "a.mp4").commit()
        assert len(left(tmp_path)) == 4

    def test_files_of_others_are_kept(self, tmp_path: Path) -> None:
        names = [
            ".a.mp4.avio-999999999999999999999-00000000.mp4",
            f".a.mp4.avio-{'9' * 21}-0123456789ab.mp4.lock",
            ".a.mp4.avio-notes.mp4",
            ".a.mp4.avio-1-0123456789ab.mp4",
            ".b.mp4.avio-1-0123456789ab.mp4.lock",
            ".a.mp4",
        ]
        for name in names:
            (tmp_path / name).touch()
        age(tmp_path, 48)
        FileOutput(tmp_path / "a.mp4").commit()
        assert left(tmp_path) == sorted([*names, "a.mp4"])

    @pytest.mark.parametrize("kind", ["folder", "link", "fifo", "socket"])
    @pytest.mark.parametrize("tail", ["", ".lock", ".0"])
    def test_a_name_that_was_planted_is_no_trap(
        self, kind: str, tail: str, tmp_path: Path
    ) -> None:
        foreign = tmp_path / "foreign"
        foreign.write_bytes(b"precious")
        planted = tmp_path / f".a.mp4.avio-1-{_machine()}00000000.mp4{tail}"
        if tail != ".lock":
            (tmp_path / f".a.mp4.avio-1-{_machine()}00000000.mp4.lock").touch()
        if kind == "folder":
            planted.mkdir()
        elif kind == "link":
            planted.symlink_to(foreign)
        elif kind == "fifo":
            os.mkfifo(planted)
        else:
            os.mknod(planted, stat.S_IFSOCK | 0o600)
        FileOutput(tmp_path / "a.mp4").commit()
        assert left(tmp_path) == [planted.name, "a.mp4", "foreign"]
        assert foreign.read_bytes() == b"precious"


def test_the_longest_names_have_room_for_all(tmp_path: Path) -> None:
    target = FileOutput(tmp_path / ("x" * 251 + ".mp4"))
    target.sidecar(999).write_bytes(b"x")
    fill(target)
    target.commit()
    assert len(left(tmp_path)[-1]) == 255


def test_two_runs_at_once_do_not_share_a_file(tmp_path: Path) -> None:
    first, second = FileOutput(tmp_path / "a.mp4"), FileOutput(tmp_path / "a.mp4")
    assert first.temporary != second.temporary
    fill(first, b"1")
    fill(second, b"2")
    first.commit()
    with pytest.raises(OutputError, match="appeared"):
        second.commit()
    assert first.path.read_bytes() == b"1"
