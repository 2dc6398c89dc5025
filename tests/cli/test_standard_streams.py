"""What stdout cannot take is one line on stderr, never a traceback or success."""

import sys
from pathlib import Path

import pytest

from avio_cli.ffmpeg.process.run import run
from tests.clips import make_clip

FULL = Path("/dev/full")
COMMANDS = ("info", "info --json", "info --packets", "--version", "presets", "records")

pytestmark = pytest.mark.skipif(not FULL.exists(), reason="no /dev/full")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stdout")
    make_clip(folder / "a.mp4", frames=5)
    (folder / "d.txt").write_text("1,-1,10,10,20,20,0.9,0\n")
    return folder


def _words(command: str) -> list[str]:
    if command == "records":
        return ["track", "--detections", "d.txt", "--records", "-", "-q"]
    return [*command.split(), *(["a.mp4"] if command.startswith("info") else [])]


def _run(folder: Path, words: list[str], redirection: str) -> tuple[int, list[str]]:
    script = f'cd "$1"; shift; "$@" {redirection}'
    argv = ["sh", "-c", script, "sh", folder, sys.executable, "-m", "avio_cli", *words]
    done = run(argv)
    return done.status, done.stderr.splitlines()


@pytest.mark.parametrize(
    ("redirection", "cause"),
    [(">/dev/full", "No space left on device"), (">&-", "Bad file descriptor")],
)
@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.sampled(4)
def test_a_stdout_that_takes_nothing_is_one_error(
    folder: Path, command: str, redirection: str, cause: str
) -> None:
    status, log = _run(folder, _words(command), redirection)

    assert status == 1
    assert log[0].startswith("avio: error: cannot write ")
    assert log[0].endswith(f"standard output: {cause}")
    assert log[1:] in ([], ["hint: check permissions and free space"])


@pytest.mark.slow
def test_a_command_that_prints_nothing_needs_no_stdout(folder: Path) -> None:
    words = ["trim", "a.mp4", "b.mp4", "--end", "0.1", "-q"]
    assert _run(folder, words, ">&-") == (0, [])


@pytest.mark.slow
def test_a_reader_that_leaves_is_no_error(folder: Path) -> None:
    rows = "".join(f"{n},-1,10,10,20,20,0.9,0\n" for n in range(1, 20_000))
    (folder / "many.txt").write_text(rows)
    words = ["track", "--detections", "many.txt", "--records", "-", "-q"]
    assert _run(folder, words, "| head -1 >/dev/null")[1] == []
