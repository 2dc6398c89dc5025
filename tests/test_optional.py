"""Modules that are imported late."""

import os
import sys
from pathlib import Path

import pytest

from avio_cli.ffmpeg.process.run import run

pytest.importorskip("onnxruntime")

IMPORTS = (
    "from avio_cli.optional import load; load('onnxruntime', 'ONNX Runtime', '')",
    "from avio_cli.jobs.doctor import machine; machine._onnx('1')",
)


@pytest.mark.parametrize("code", IMPORTS)
def test_onnx_runtime_leaves_nothing_in_the_home_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    for name in ("HOME", "USERPROFILE", "LOCALAPPDATA", "TMPDIR"):
        monkeypatch.setenv(name, str(tmp_path))
    for name in ("ORT_DISABLE_TELEMETRY", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    check = f"import os; {code}; print(os.environ['TMPDIR'])"

    done = run([sys.executable, "-c", check])

    assert (done.status, done.stdout.decode().strip()) == (0, os.environ["TMPDIR"])
    assert list(tmp_path.iterdir()) == []
