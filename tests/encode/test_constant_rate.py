"""At a constant rate frames are repeated and dropped: how many there must be is known.

The command runs as it is, but its ffmpeg has to lose some of the encoded frames.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from avio_cli.cli.main import run as main
from avio_cli.encode.command import plan_encode
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.mux.command import EncodePlan
from tests.clips import VARIABLE, make_clip

IDENTITY = "def same(frame):\n    return frame\n"
RESULTS = {
    "rate.mp4": ("--fps", "30"),
    "rate.mkv": ("--fps", "12.5"),
    "variable.avi": (),
    "rate.gif": ("--fps", "10"),
}
LOST = {
    "middle": "noise=amount=0:drop='between(n,5,9)'",
    "end": "noise=amount=0:drop='gte(n,9)'",
}


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return make_clip(tmp_path / "in.mkv", ticks=VARIABLE).path


@pytest.mark.parametrize("how", ["ffmpeg", "callback"])
@pytest.mark.parametrize("name", RESULTS)
@pytest.mark.sampled(4)
def test_results_pass(ffmpeg: FFmpeg, clip: Path, name: str, how: str) -> None:
    assert transcode(clip, name, how) == 0


@pytest.mark.parametrize("how", ["ffmpeg", "callback"])
@pytest.mark.parametrize("lost", LOST)
@pytest.mark.parametrize("name", RESULTS)
@pytest.mark.sampled(6)
def test_lost_frames_are_found(
    ffmpeg: FFmpeg,
    clip: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
    lost: str,
    how: str,
) -> None:
    def losing(*arguments: Any, **options: Any) -> EncodePlan:
        plan = plan_encode(*arguments, **options)
        first, *others = plan.command.outputs
        first = replace(first, options=("-bsf:v", LOST[lost], *first.options))
        outputs = (first, *others)
        return replace(plan, command=replace(plan.command, outputs=outputs))

    for place in ("run", "encoder"):
        monkeypatch.setattr(f"avio_cli.encode.{place}.plan_encode", losing)
    assert transcode(clip, name, how) == 1
    assert "frame" in capsys.readouterr().err
    assert not clip.with_name(name).exists()


def transcode(clip: Path, name: str, how: str) -> int:
    """Run the command; returns its status."""
    words = ["transcode", str(clip), str(clip.with_name(name)), "-q", *RESULTS[name]]
    if how == "callback":
        module = clip.with_name("same.py")
        module.write_text(IDENTITY)
        words += ["--callback", f"{module}:same"]
    return main(words)
