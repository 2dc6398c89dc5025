"""What is no regular file is written into or refused, never replaced; links stay."""

import os
import socket
import stat
from pathlib import Path

import pytest

from avio_cli.errors import OutputError
from avio_cli.ffmpeg.output_place import followed, is_null_device, place_kind
from avio_cli.media.containers import CONTAINERS
from avio_cli.output.file import FileOutput, check_writable, write_text_file
from avio_cli.output.hls import HlsOutput
from avio_cli.output.special import SpecialOutput
from avio_cli.output.target import open_output
from tests.special_files import Fifo, disk_node, full_node, null_node

pytestmark = pytest.mark.skipif(os.name == "nt", reason="files of POSIX")


def write(path: Path, data: bytes, *, force: bool = False) -> None:
    target = FileOutput(path, force=force)
    try:
        target.temporary.write_bytes(data)
        target.commit()
    finally:
        target.discard()


def left(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


class TestLinks:
    def test_the_target_of_a_link_is_replaced_and_the_link_stays(
        self, tmp_path: Path
    ) -> None:
        (tmp_path / "disk").mkdir()
        (tmp_path / "disk" / "b.mp4").write_bytes(b"old")
        (tmp_path / "a.mp4").symlink_to("disk/b.mp4")
        with pytest.raises(OutputError, match=r"a\.mp4 exists"):
            write(tmp_path / "a.mp4", b"new")
        write(tmp_path / "a.mp4", b"new", force=True)
        assert (tmp_path / "a.mp4").readlink() == Path("disk/b.mp4")
        assert (tmp_path / "disk" / "b.mp4").read_bytes() == b"new"
        assert left(tmp_path / "disk") == ["b.mp4"]

    def test_it_is_written_in_the_folder_of_the_target(self, tmp_path: Path) -> None:
        (tmp_path / "disk").mkdir()
        (tmp_path / "a.mp4").symlink_to("disk/b.mp4")
        target = FileOutput(tmp_path / "a.mp4")
        assert target.temporary.parent == tmp_path / "disk"
        target.discard()
        assert left(tmp_path / "disk") == []

    @pytest.mark.parametrize("force", [False, True])
    def test_a_dangling_link_creates_its_target(
        self, force: bool, tmp_path: Path
    ) -> None:
        (tmp_path / "a.mp4").symlink_to("b.mp4")
        write(tmp_path / "a.mp4", b"new", force=force)
        assert (tmp_path / "a.mp4").is_symlink()
        assert (tmp_path / "b.mp4").read_bytes() == b"new"
        assert left(tmp_path) == ["a.mp4", "b.mp4"]

    def test_a_link_into_a_missing_folder_names_the_folder(
        self, tmp_path: Path
    ) -> None:
        (tmp_path / "a.mp4").symlink_to("gone/b.mp4")
        with pytest.raises(OutputError, match=r"the folder .*/gone does not exist"):
            write(tmp_path / "a.mp4", b"new", force=True)

    def test_links_in_a_circle_are_refused(self, tmp_path: Path) -> None:
        (tmp_path / "a.mp4").symlink_to("b.mp4")
        (tmp_path / "b.mp4").symlink_to("a.mp4")
        with pytest.raises(OutputError, match="leads in a circle"):
            write(tmp_path / "a.mp4", b"new", force=True)
        assert left(tmp_path) == ["a.mp4", "b.mp4"]

    def test_a_chain_of_links_is_followed_to_its_end(self, tmp_path: Path) -> None:
        (tmp_path / "a.mp4").symlink_to("b.mp4")
        (tmp_path / "b.mp4").symlink_to("c.mp4")
        assert followed(tmp_path / "a.mp4").name == "c.mp4"

    def test_a_link_to_a_playlist_stays(self, tmp_path: Path) -> None:
        (tmp_path / "a.m3u8").symlink_to("b.m3u8")
        output = HlsOutput(tmp_path / "a.m3u8", force=False, dry_run=False)
        assert output.url.endswith("/b.m3u8")


class TestFifo:
    @pytest.mark.parametrize("force", [False, True])
    def test_the_finished_file_is_written_into_it(
        self, force: bool, tmp_path: Path
    ) -> None:
        data = os.urandom(3_000_000)  # many times what a FIFO holds
        with Fifo(tmp_path / "a.mkv") as fifo:
            write(fifo.path, data, force=force)
        assert fifo.content == data
        assert left(tmp_path) == ["a.mkv"]

    def test_a_reader_that_leaves_is_an_error(self, tmp_path: Path) -> None:
        with (
            Fifo(tmp_path / "a.mkv", limit=10) as fifo,
            pytest.raises(OutputError, match=r"cannot write .*a\.mkv: Broken pipe"),
        ):
            write(fifo.path, bytes(3_000_000))
        assert left(tmp_path) == ["a.mkv"]

    def test_nothing_unfinished_is_written(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "a.mkv")
        target = FileOutput(tmp_path / "a.mkv", force=True)
        folder = target.temporary.parent
        target.discard()
        assert not folder.exists()
        assert left(tmp_path) == ["a.mkv"]

    def test_one_that_appears_meanwhile_is_not_replaced(self, tmp_path: Path) -> None:
        target = FileOutput(tmp_path / "a.mkv", force=True)
        os.mkfifo(tmp_path / "a.mkv")
        with pytest.raises(OutputError, match="is no regular file"):
            target.commit()
        target.discard()
        assert place_kind(tmp_path / "a.mkv") == "stream"
        assert left(tmp_path) == ["a.mkv"]

    @pytest.mark.parametrize("muxer", ["mp4", "mov", "avi", "ipod"])
    def test_containers_that_seek_are_refused(self, muxer: str, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "a")
        with pytest.raises(OutputError, match="cannot be written in one go") as caught:
            open_output(tmp_path / "a", CONTAINERS[muxer], force=True)
        assert "--preset" in caught.value.hint

    def test_it_cannot_start_again(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "a")
        output = open_output(tmp_path / "a", CONTAINERS["matroska"])
        assert isinstance(output, SpecialOutput)
        assert not output.can_restart

    def test_no_playlist_goes_there(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "a.m3u8")
        with pytest.raises(OutputError, match="which a playlist needs"):
            open_output(tmp_path / "a.m3u8", CONTAINERS["hls"], force=True)
        assert place_kind(tmp_path / "a.m3u8") == "stream"


class TestDevices:
    @pytest.mark.parametrize("force", [False, True])
    def test_the_null_device_takes_all_and_stays(
        self, force: bool, tmp_path: Path
    ) -> None:
        node = null_node(tmp_path / "null")
        write(node, b"result", force=force)
        write_text_file(node, "text", force=force)
        assert stat.S_ISCHR(node.lstat().st_mode)
        assert left(tmp_path) == ["null"]

    def test_a_link_to_it_stays_too(self, tmp_path: Path) -> None:
        null_node(tmp_path / "null")
        (tmp_path / "a.mp4").symlink_to("null")
        write(tmp_path / "a.mp4", b"result", force=True)
        assert is_null_device(tmp_path / "a.mp4")
        assert (tmp_path / "a.mp4").readlink() == Path("null")

    def test_a_device_that_is_full_is_an_error(self, tmp_path: Path) -> None:
        node = full_node(tmp_path / "full")
        with pytest.raises(OutputError, match="No space left on device"):
            write(node, b"result", force=True)
        assert stat.S_ISCHR(node.lstat().st_mode)

    @pytest.mark.parametrize("force", [False, True])
    def test_a_disk_is_never_written_to(self, force: bool, tmp_path: Path) -> None:
        node = disk_node(tmp_path / "disk")
        with pytest.raises(OutputError, match="is no regular file") as caught:
            check_writable(node, force=force)
        assert "name a file" in caught.value.hint
        assert stat.S_ISBLK(node.lstat().st_mode)

    def test_a_socket_is_refused(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)  # names of sockets are short
        with socket.socket(socket.AF_UNIX) as server:
            server.bind("a.mkv")
            with pytest.raises(OutputError, match="is no regular file"):
                FileOutput(Path("a.mkv"), force=True)
        assert stat.S_ISSOCK((tmp_path / "a.mkv").lstat().st_mode)


class TestFolders:
    @pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc")
    def test_a_read_only_folder_is_an_error_for_root_too(self) -> None:
        with pytest.raises(OutputError, match=r"cannot write /proc/a: "):
            write(Path("/proc/a"), b"result", force=True)

    def test_a_read_only_folder_is_an_error_for_others(self, tmp_path: Path) -> None:
        tmp_path.chmod(0o555)
        is_root = os.geteuid() == 0
        try:
            if is_root:
                os.seteuid(65534)
            with pytest.raises(OutputError, match=r"cannot write .*Permission denied"):
                write(tmp_path / "a.mp4", b"result", force=True)
        finally:
            if is_root:
                os.seteuid(0)
            tmp_path.chmod(0o755)
        assert left(tmp_path) == []

    def test_a_name_without_extension(self, tmp_path: Path) -> None:
        write(tmp_path / "result", b"result")
        assert left(tmp_path) == ["result"]


def test_two_runs_never_write_the_same_segments(tmp_path: Path) -> None:
    first = HlsOutput(tmp_path / "a.m3u8", force=True, dry_run=False)
    (tmp_path / "a_00000.ts").touch()
    with pytest.raises(OutputError, match="another avio is making"):
        HlsOutput(tmp_path / "a.m3u8", force=True, dry_run=False)
    assert (tmp_path / "a_00000.ts").exists()
    first.discard()
    HlsOutput(tmp_path / "a.m3u8", force=True, dry_run=False).discard()
    assert list(tmp_path.iterdir()) == []
