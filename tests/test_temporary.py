"""Temporary folders of killed runs are removed by the next one, others never."""

import os
import sys
from pathlib import Path

import pytest

from avio_cli.ffmpeg.process.process import Process
from avio_cli.temporary import TemporaryFolder

pytestmark = pytest.mark.skipif(os.name != "posix", reason="locks of POSIX")
HOLD = """
import sys, time
from avio_cli.temporary import TemporaryFolder
folder = TemporaryFolder()
(folder.path / "stdin").write_bytes(b"data")
print(folder.path, flush=True)
time.sleep(60)
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def test_what_a_killed_run_left_is_removed(folder: Path) -> None:
    argv = [sys.executable, "-c", HOLD]
    with Process(argv, stdout=True) as child:
        left = Path(child.stdout.read(1000).decode().strip())
        with TemporaryFolder():
            assert (left / "stdin").exists()  # its run is alive
        child.kill()
    assert left.exists()
    with TemporaryFolder() as own:
        assert not left.exists()
        assert own.exists()
    assert list(folder.iterdir()) == []


def test_other_folders_stay(folder: Path) -> None:
    (folder / "avio-notes").mkdir()
    (folder / "avio-file").write_text("")
    (folder / "avio-link").symlink_to(folder / "avio-notes")
    with TemporaryFolder():
        pass
    names = {path.name for path in folder.iterdir()}
    assert names == {"avio-notes", "avio-file", "avio-link"}


def test_a_folder_is_there_until_it_is_closed() -> None:
    first, second = TemporaryFolder(), TemporaryFolder()
    assert first.path.exists()
    second.close()
    second.close()
    assert first.path.exists()
    assert not second.path.exists()
    first.close()
