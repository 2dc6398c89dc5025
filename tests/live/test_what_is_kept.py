"""An error that ends the recording of a live source says what there is of it."""

import threading
import time
from pathlib import Path

import av
import pytest

from avio_cli.cli.main import run
from avio_cli.decode.live.interruption import SourceLostError
from avio_cli.encode.live.output import keeping
from avio_cli.errors import AvioError, CallbackError, InputError
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.output.growing import GrowingFile
from tests.live.camera import Camera


@pytest.mark.parametrize(
    "error",
    [SourceLostError("the camera: lost", hint="wait"), CallbackError("it fails")],
)
def test_the_error_stays_what_it_is(tmp_path: Path, error: AvioError) -> None:
    output = GrowingFile(tmp_path / "a.ts")
    (tmp_path / "a.ts").write_bytes(b"video")
    with pytest.raises(type(error)) as caught, keeping(output):
        raise error
    kept = f"{error.message}; a.ts holds what was recorded before"
    assert (caught.value.message, caught.value.hint) == (kept, error.hint)
    assert str(caught.value) == kept


def test_nothing_is_said_of_an_empty_result(tmp_path: Path) -> None:
    output = GrowingFile(tmp_path / "a.ts")
    with pytest.raises(InputError) as caught, keeping(output):
        raise InputError("no video")
    assert caught.value.message == "no video"
    output.discard()


def lose(camera: Camera, output: Path) -> None:
    """Lose the camera for ever when there is something of it."""
    limit = time.monotonic() + 60
    while not (output.exists() and output.stat().st_size > 4000):
        if time.monotonic() > limit:
            break
        time.sleep(0.05)
    camera.refusing = True
    camera.drop()


@pytest.mark.slow
@pytest.mark.parametrize("command", [["transcode"], ["track", "--model", "motion"]])
def test_a_source_that_is_lost_leaves_a_named_file(
    command: list[str],
    ffmpeg: FFmpeg,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    result = tmp_path / "out.mkv"
    written = [str(result)] if command == ["transcode"] else ["-o", str(result)]
    with Camera(ffmpeg.path, audio=True) as camera:
        threading.Thread(target=lose, args=(camera, result)).start()
        assert run([*command, camera.url, *written, "--timeout", "1"]) == 1
    error = next(x for x in capsys.readouterr().err.splitlines() if "error:" in x)
    assert "not back within 1 s" in error
    assert error.endswith("; out.mkv holds what was recorded before")
    with av.open(str(result)) as file:
        assert sum(1 for _ in file.decode(video=0)) > 10
