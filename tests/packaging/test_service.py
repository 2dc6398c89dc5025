"""The unit of systemd for cameras: its command exists, and systemd accepts it."""

import re
import shlex
import shutil
from pathlib import Path

import pytest

from avio_cli.cli.main import run as run_cli
from avio_cli.ffmpeg.process.run import run
from tests.conftest import REPOSITORY

UNIT = REPOSITORY / "packaging" / "avio-camera@.service"


def test_all_options_of_its_command_exist(capsys: pytest.CaptureFixture[str]) -> None:
    text = UNIT.read_text().replace("\\\n", " ")
    (line,) = re.findall(r"^ExecStart=(.*)$", text, re.MULTILINE)
    program, command, source, *words = shlex.split(line)
    assert (program, command) == ("/usr/local/bin/avio", "track")
    assert source == "env:AVIO_SOURCE"
    assert run_cli(["track", "--help"]) == 0
    known = set(re.findall(r"(?<!\S)--?[a-z][a-z-]*", capsys.readouterr().out))
    assert {word for word in words if word.startswith("-")} <= known


def test_systemd_accepts_it(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not installed")
    unit = tmp_path / UNIT.name.replace("@", "@front")
    unit.write_text(UNIT.read_text().replace("/usr/local/bin/avio", "/bin/true"))
    done = run([analyze, "verify", "--man=no", str(unit)], timeout=60)
    assert unit.name not in done.stderr, done.stderr
    assert done.status == 0, done.stderr
