"""Modules that are imported late."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from avio_cli.errors import AvioError
from avio_cli.ffmpeg.process.run import run
from avio_cli.optional import load_opencv, opencv_install, opencv_packages

pytest.importorskip("onnxruntime")

HEADLESS = "pip install 'opencv-python-headless>=5'"
IMPORTS = (
    "from avio_cli.optional import load; load('onnxruntime', 'ONNX Runtime', '')",
    "from avio_cli.jobs.doctor.runtimes import about_runtimes; [*about_runtimes()]",
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


@pytest.fixture
def without_opencv() -> Iterator[None]:
    load_opencv.cache_clear()
    genuine = sys.modules.pop("cv2", None)
    yield
    load_opencv.cache_clear()
    sys.modules.pop("cv2", None)
    if genuine is not None:
        sys.modules["cv2"] = genuine


@pytest.mark.usefixtures("without_opencv")
@pytest.mark.parametrize(
    "content",
    [
        *(None, "", "raise ImportError('libGL.so.1: cannot open')", "1 / 0"),
        "__version__ = '4.14.0'",
    ],
)
def test_a_broken_opencv_is_one_error_that_mends_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: str | None
) -> None:
    """None is the empty folder that remains where one of two packages was removed."""
    (tmp_path / "cv2").mkdir()
    if content is not None:
        (tmp_path / "cv2" / "__init__.py").write_text(content)
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    packages = ("opencv-python", "opencv-python-headless")
    monkeypatch.setattr("avio_cli.optional.opencv_packages", lambda: packages)
    with pytest.raises(AvioError, match="OpenCV is needed here but cannot") as caught:
        load_opencv()
    assert caught.value.hint == f"pip uninstall -y {' '.join(packages)} && {HEADLESS}"


def test_every_package_that_brings_cv2_is_found(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("opencv_contrib_python", "opencv_python_headless"):
        folder = tmp_path / f"{name}-5.0.0.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Name: {name.replace('_', '-')}\n")
        (folder / "RECORD").write_text("cv2/__init__.py,,\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    assert opencv_packages() == ("opencv-contrib-python", "opencv-python-headless")
    assert opencv_install(()) == HEADLESS
