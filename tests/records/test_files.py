"""A file that grows is an error where it is gone at the end."""

import os
from pathlib import Path

import pytest

from avio_cli.cli.main import run
from avio_cli.errors import OutputError
from avio_cli.records.files import AppendedFile
from tests.clips import make_clip

pytestmark = pytest.mark.skipif(os.name == "nt", reason="what is open stays")


def test_a_file_that_was_removed_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    file = AppendedFile(path)
    file.put("x\n")
    path.unlink()
    with pytest.raises(OutputError, match=r"a\.jsonl was removed while it was written"):
        file.close()
    file.close()


def test_a_file_that_was_renamed_is_kept(tmp_path: Path) -> None:
    file = AppendedFile(tmp_path / "a.jsonl")
    file.put("x\n")
    (tmp_path / "a.jsonl").rename(tmp_path / "b.jsonl")
    file.close()
    assert (tmp_path / "b.jsonl").read_text() == "x\n"


@pytest.mark.parametrize(
    ("option", "name"),
    [
        ("--records", "gone.jsonl"),
        ("--records", "gone.csv"),
        ("--save-detections", "gone.txt"),
        ("--overlay", "gone.ass"),
    ],
)
def test_a_run_whose_results_are_removed_fails(
    option: str, name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clip, gone = make_clip(tmp_path / "a.mp4", frames=10).path, tmp_path / name
    code, other = tmp_path / "code.py", tmp_path / "other.jsonl"
    lines = ("from pathlib import Path", "def remove(frame):")
    remove = f"    Path({str(gone)!r}).unlink(missing_ok=True)"
    code.write_text("\n".join((*lines, remove)))
    words = ["track", str(clip), "--model", "motion", option, str(gone)]
    words += ["--records", str(other), "--callback", f"{code}:remove"]
    assert run(words) == 1
    error = capsys.readouterr().err
    assert "Traceback" not in error
    assert name in error
    assert len(other.read_text().splitlines()) == 10
