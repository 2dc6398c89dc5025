"""``--progress json``: the last line says 100 percent, where all went well."""

import json
from pathlib import Path

import pytest

from avio_cli.api import transcode
from avio_cli.cli.main import run
from avio_cli.errors import OutputError
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.media.frame import Frame
from tests.clips import Clip, make_clip
from tests.reference import duration

FRAMES = 30
GREY = "def grey(frame):\n    return None\n"
COMMANDS = [
    "transcode IN out.mp4",
    "transcode IN out.mkv --copy",
    "transcode IN out.mp4 --callback CALLBACK:grey",
    "track IN --model motion --records out.txt",
    "trim IN out.mp4 --start 0.4",
    "trim IN out.mp4 --start 0.44 --exact",
    "merge out.mp4 IN IN",
]


@pytest.fixture
def clip(tmp_path: Path) -> Clip:
    groups = "-c:v libx264 -preset veryfast -crf 16 -pix_fmt yuv420p -g 10".split()
    return make_clip(tmp_path / "in.mp4", frames=FRAMES, audios=1, video=groups)


def progress_of(command: str, clip: Clip, monkeypatch: pytest.MonkeyPatch) -> int:
    folder = clip.path.parent
    monkeypatch.chdir(folder)
    callback = folder / "grey.py"
    callback.write_text(GREY)
    words = command.replace("CALLBACK", str(callback)).split()
    words = [str(clip.path) if word == "IN" else word for word in words]
    return run([*words, "--progress", "json"])


def percents(log: str) -> list[float]:
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    return [line["percent"] for line in lines]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.sampled(4)
def test_the_last_line_is_the_end(
    command: str,
    clip: Clip,
    ffmpeg: FFmpeg,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert progress_of(command, clip, monkeypatch) == 0
    found = percents(capfd.readouterr().err)
    assert found[-1:] == [100.0]
    assert all(percent < 100 for percent in found[:-1] if percent is not None)


@pytest.mark.parametrize("command", COMMANDS[:3])
def test_a_failure_is_never_all(
    command: str,
    clip: Clip,
    bundled_ffmpeg: FFmpeg,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    def fails(*words: object, **options: object) -> None:
        raise OutputError("no space left on device")

    monkeypatch.setattr("avio_cli.output.file.FileOutput.commit", fails)
    assert progress_of(command, clip, monkeypatch) == 1
    assert all(percent < 100 for percent in percents(capfd.readouterr().err))


def unchanged(frame: Frame) -> Frame:
    return frame


@pytest.mark.parametrize("how", ["encode", "copy", "callback"])
@pytest.mark.parametrize("extension", [".mp4", ".mkv", ".ts"])
@pytest.mark.sampled(5)
def test_the_seconds_are_those_of_the_result(
    clip: Clip, ffmpeg: FFmpeg, extension: str, how: str
) -> None:
    output = clip.path.with_name(f"out{extension}")
    callback = (unchanged,) if how == "callback" else ()
    result = transcode(clip.path, output, copy=how == "copy", callback=callback)
    assert result.seconds == pytest.approx(float(duration(output)), abs=0.04)
    assert result.seconds >= FRAMES / 25
