"""avio doctor: what works is tried, and reports identify nobody."""

import getpass
import json
from itertools import groupby
from pathlib import Path

import pytest

from avio_cli.cli.main import run
from avio_cli.errors import AvioError
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.jobs.doctor import machine as machine_findings
from avio_cli.jobs.doctor.ffmpeg_versions import (
    ADVISORIES,
    Version,
    is_fixed,
    open_vulnerabilities,
    read_version,
)
from avio_cli.jobs.doctor.findings import Finding, Report, mask

MAGIC = ADVISORIES[0]
BUILT_IN = frozenset({"h264", "magicyuv"})


@pytest.mark.parametrize(
    ("line", "numbers", "distribution"),
    [
        ("ffmpeg version 5.1.9-0+deb12u1 Copyright (c) 2000", (5, 1, 9), True),
        ("ffmpeg version 4.4.2-0ubuntu0.22.04.1 Copyright", (4, 4, 2), True),
        ("ffmpeg version 9.0.2-static https://x Copyright", (9, 0, 2), False),
        ("ffmpeg version n8.1 Copyright", (8, 1, 0), False),
        ("ffmpeg version N-118000-gabc Copyright", None, False),
        ("", None, False),
    ],
)
def test_versions_are_understood(
    line: str, numbers: tuple[int, int, int] | None, distribution: bool
) -> None:
    version = read_version(line)
    assert version.numbers == numbers
    assert version.distribution is distribution


@pytest.mark.parametrize(
    ("numbers", "fixed"),
    [
        ((5, 1, 9), False),
        ((7, 0, 9), False),
        ((7, 1, 4), False),
        ((7, 1, 5), True),
        ((8, 0, 2), False),
        ((8, 0, 3), True),
        ((8, 1, 1), False),
        ((8, 1, 2), True),
        ((8, 2, 0), True),
        ((9, 0, 0), True),
    ],
)
def test_a_vulnerability_is_fixed_from_a_release_of_each_branch_on(
    numbers: tuple[int, int, int], fixed: bool
) -> None:
    assert is_fixed(numbers, MAGIC) is fixed
    assert bool(list(open_vulnerabilities(Version("", numbers), BUILT_IN))) is not fixed


def test_a_vulnerability_needs_its_decoder() -> None:
    assert not list(
        open_vulnerabilities(Version("5.1", (5, 1, 0)), frozenset({"h264"}))
    )


def test_a_distribution_may_have_backported_fixes() -> None:
    ((_, advice),) = open_vulnerabilities(
        Version("5.1.9+deb", (5, 1, 9), True), BUILT_IN
    )
    assert "apt changelog ffmpeg" in advice
    ((_, advice),) = open_vulnerabilities(Version("5.1.9", (5, 1, 9)), BUILT_IN)
    assert advice == "install 7.1.5, 8.0.3, 8.1.2 or later"


def test_home_and_user_are_masked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/jane")
    monkeypatch.setattr(getpass, "getuser", lambda: "jane")
    assert mask("/home/jane/bin/ffmpeg") == "~/bin/ffmpeg"
    assert mask("/home/janet/x and /mnt/jane/x") == "/home/janet/x and /mnt/USER/x"
    finding = Finding(section="", name="", state="ok", detail="/home/jane/x")
    assert Report.of([finding]).findings[0].detail == "~/x"


def test_only_the_essential_decides() -> None:
    bad = Finding(section="", name="", state="broken", detail="")
    worse = Finding(section="", name="", state="broken", detail="", essential=True)
    assert Report((bad,)).works
    assert not Report((bad, worse)).works


@pytest.mark.slow
def test_it_tries_everything(
    ffmpeg: FFmpeg, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["doctor", "--json"]) == 0

    report = json.loads(capsys.readouterr().out)
    assert report["works"] is True
    found = {f["name"]: f for f in report["findings"]}
    assert found["ffmpeg"]["detail"].endswith("(named by AVIO_FFMPEG)")
    assert found["frames"]["detail"] == "5 frames written, 5 read back the same"
    assert found["libx264"]["state"] == "ok"
    assert found["onnx"]["state"] == "ok"
    assert ("CVE-2026-8461" in found) is bool(ffmpeg.ffprobe)
    for finding in report["findings"]:
        assert finding["state"] == "ok" or finding["detail"]
    sections = [name for name, _ in groupby(f["section"] for f in report["findings"])]
    assert len(sections) == len(set(sections)), "each heading is there once"


def test_without_ffmpeg_it_fails_and_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AVIO_FFMPEG", str(tmp_path / "none"))
    assert run(["doctor", "--report"]) == 1

    report = capsys.readouterr().out
    assert report.startswith("```text\n")
    assert "FAILED  ffmpeg" in report
    assert "avio cannot work here yet" in report


class BrokenSdl:
    def __getattr__(self, name: str) -> object:
        raise OSError("libSDL2.so: wrong ELF class")


def test_a_broken_sdl_is_reported_not_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine_findings, "_import_sdl", BrokenSdl)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: object())
    (finding,) = machine_findings.about_player()
    assert finding.state == "broken"
    assert "wrong ELF class" in finding.detail


def test_packages_that_overwrite_each_others_opencv_are_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    packages = ("opencv-python", "opencv-python-headless")
    monkeypatch.setattr(machine_findings, "opencv_packages", lambda: packages)
    *_, finding = machine_findings.about_python()
    assert finding.state == "warning"
    assert "(opencv-python, opencv-python-headless): 2 packages" in finding.detail
    assert finding.hint.startswith("pip uninstall -y opencv-python opencv-python-head")


def test_an_opencv_that_cannot_be_imported_is_broken_and_essential(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail() -> None:
        raise AvioError("libGL.so.1 is missing", hint="mend it")

    monkeypatch.setattr(machine_findings, "load_opencv", fail)
    *_, finding = machine_findings.about_python()
    assert (finding.state, finding.essential) == ("broken", True)
    assert "libGL.so.1 is missing" in finding.detail
