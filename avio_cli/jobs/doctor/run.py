"""Run all checks, with a few frames written and read back."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from avio_cli import api
from avio_cli.errors import AvioError
from avio_cli.jobs.doctor.devices import about_capture, about_devices
from avio_cli.jobs.doctor.ffmpeg import find_ffmpeg, try_codecs
from avio_cli.jobs.doctor.findings import Finding, Report
from avio_cli.jobs.doctor.machine import (
    about_models,
    about_player,
    about_python,
)
from avio_cli.jobs.doctor.runtimes import about_runtimes

_FRAMES = 5


def run_checks() -> Report:
    """Run all checks; takes about two seconds.

    Home folder and user name are masked in the report.
    """
    return Report.of(_findings())


def _findings() -> Iterator[Finding]:
    yield from about_python()
    ffmpeg, found = find_ffmpeg()
    yield from found
    if ffmpeg is not None:
        yield _round_trip()
        yield about_capture(ffmpeg)
        yield from try_codecs(ffmpeg)
    yield from about_runtimes()
    yield from about_models()
    yield from about_player()
    yield from about_devices()


def _round_trip() -> Finding:
    """Write frames to a video and read them back, as every command does."""
    try:
        count = _frames_back()
    except AvioError as error:
        state, detail, hint = "broken", error.message, error.hint
    else:
        state = "ok" if count == _FRAMES else "broken"
        detail, hint = f"{_FRAMES} frames written, {count} read back the same", ""
    return Finding(
        section="ffmpeg",
        name="frames",
        state="ok" if state == "ok" else "broken",
        detail=detail,
        hint=hint,
        essential=True,
    )


def _frames_back() -> int:
    images = [np.full((48, 64, 3), 40 * n, np.uint8) for n in range(_FRAMES)]
    with tempfile.TemporaryDirectory(prefix="avio-") as folder:
        path = Path(folder) / "frames.mkv"
        with api.create_video(path, rate=25, preset="mkv-ffv1") as video:
            for image in images:
                video.write(image)
        with api.open_video(path) as frames:
            pairs = zip(frames, images, strict=False)
            return sum(np.abs(f.pixels.astype(int) - p).max() < 3 for f, p in pairs)
