"""Statistics beside ``--resume``: those of the run may be replaced, nothing else."""

import json
from pathlib import Path
from typing import Any

import pytest

from avio_cli.cli.main import run
from tests.jobs.track.passing import FAILING, passing


@pytest.fixture
def words(clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A run that a script repeats until it is done."""
    monkeypatch.chdir(tmp_path)
    Path("det.txt").write_text(passing((), 6))
    named = "--detections det.txt --records t.jsonl --stats s.json --resume -q"
    return ["track", str(clip), *named.split()]


def statistics() -> Any:
    return json.loads(Path("s.json").read_text())


def test_a_script_may_always_resume(words: list[str]) -> None:
    assert run(words) == 0
    first = Path("s.json").read_bytes()
    assert run(words) == 0
    assert Path("s.json").read_bytes() == first, "nothing was done that is better"
    assert statistics()["fps"] > 0


def test_those_of_the_run_are_replaced_where_it_goes_on(words: list[str]) -> None:
    assert run(words) == 0
    kept = Path("s.json").read_text()
    Path("failing.py").write_text(FAILING.format(index=9))
    again = [word for word in words if word != "--resume"]
    Path("s.json").unlink()
    assert run([*again, "-y", "--callback", "failing.py:fail"]) == 1
    Path("s.json").write_text(kept.replace('"frames": 40', '"frames": 9'))
    assert run(words) == 0
    assert statistics()["frames"] == 40


@pytest.mark.parametrize("text", ["[1]", "{}", '{"run": null}', "notes", "\udcff"])
def test_another_file_is_refused(
    text: str, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    content = text.encode(errors="surrogateescape")
    Path("s.json").write_bytes(content)
    for _ in range(2):  # also where the run is done
        assert run(words) == 1
        assert "s.json exists" in capsys.readouterr().err
        assert Path("s.json").read_bytes() == content
        assert run([word for word in words if word not in ("--stats", "s.json")]) == 0


def test_those_of_other_options_are_refused(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(words) == 0
    first = Path("s.json").read_bytes()
    others = ["u.jsonl" if word == "t.jsonl" else word for word in words]
    assert run([*others, "--tracker", "steadytrack"]) == 1
    assert "s.json exists" in capsys.readouterr().err
    assert Path("s.json").read_bytes() == first
