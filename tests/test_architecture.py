"""The house keeps its rules: layers, and what a plain ``avio --help`` may load."""

import resource
import sys
from pathlib import Path

from avio_cli.ffmpeg.process.run import run
from tests.conftest import REPOSITORY

HEAVY = (
    "cv2 imageio_ffmpeg numpy onnxruntime openvino rich sdl2 tensorrt torch "
    "urllib.request"
).split()


def test_imports_point_down() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    done = run([linter, "--config", REPOSITORY / "pyproject.toml", "--no-cache"])
    assert done.status == 0, done.stdout.decode()


def test_help_loads_nothing_heavy() -> None:
    script = f"""
import sys
import avio_cli.cli.main
print(*[name for name in {HEAVY!r} if name in sys.modules])
"""
    done = run([sys.executable, "-c", script])
    assert done.status == 0, done.stderr
    assert done.stdout.decode().split() == []


def test_help_of_a_command_loads_nothing_heavy() -> None:
    script = f"""
import sys
from avio_cli.cli.main import run
status = run(["transcode", "--help"])
print(status, [name for name in {HEAVY!r} if name in sys.modules])
"""
    done = run([sys.executable, "-c", script])
    assert done.stdout.decode().splitlines()[-1] == "0 []"


def test_help_takes_little_time() -> None:
    """Printed, not asserted: the machine may be busy, another slow."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = run([sys.executable, "-m", "avio_cli", "--help"])
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    sys.stderr.write(f"avio --help: {seconds:.2f} s of CPU time\n")
    assert done.status == 0
    assert b"transcode" in done.stdout
