"""Make a small synthetic video, and convert and track it."""

import shlex
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from avio_cli.api import VideoOptions, create_video, transcode
from avio_cli.callbacks.step import CallbackStep, load_callback
from avio_cli.errors import OutputError
from avio_cli.ffmpeg.locate import FFmpeg, locate_ffmpeg
from avio_cli.ffmpeg.process.process import Process
from avio_cli.jobs.demo import scene, tracking

CALLBACK = '''\
"""A callback for `avio transcode --callback grey.py:grey`."""

import numpy as np


def grey(frame):
    """Return the frame in shades of grey."""
    return frame.pixels.mean(axis=2).astype(np.uint8)
'''


@dataclass(frozen=True, slots=True)
class DemoFile:
    """One file of the demo."""

    path: Path
    how: str
    """The command that makes it, or a short description."""
    frames: int
    size: int
    """Bytes."""
    seconds: float
    """That it took."""
    details: tuple[str, ...] = ()
    """Results, line by line."""


def make_demo(folder: Path, *, force: bool = False) -> Iterator[DemoFile]:
    """Make the files of the demo one after the other; yields each when it is done.

    Args:
        folder: the output folder; made if it does not exist.
        force: whether existing files may be replaced.

    Raises:
        AvioError: one cannot be made.
    """
    video = folder / "scene.mp4"
    _make_folder(folder)
    yield _draw_video(video, force=force)
    small = VideoOptions(width=320)
    yield _transcode(
        video, "small.webm", ("--width", "320"), video_options=small, force=force
    )
    name = f"{_write_callback(folder, force=force)}:grey"
    step = load_callback(name)
    yield _transcode(
        video, "grey.mp4", ("--callback", name), callback=[step], force=force
    )
    yield from _track(video, force=force)


def _track(video: Path, *, force: bool) -> Iterator[DemoFile]:
    truth, sheet = video.with_name("truth.txt"), video.with_name("contact-sheet.png")
    tracking.write_truth(truth, force=force)
    done = tracking.track_by_motion(video, force=force)
    yield _tracked(done, tracking.score(video.with_name("tracks.txt"), truth))
    started = time.monotonic()
    count = tracking.write_contact_sheet(done.path, sheet, force=force)
    yield _demo_file(sheet, f"frames from {done.path}", count, started)
    for done in tracking.track_by_weights(video, force=force):
        yield _tracked(done, (f"by {done.summary.detector}",))


def _tracked(done: tracking.Tracked, results: tuple[str, ...]) -> DemoFile:
    found = f"{done.summary.detections} detections, {done.summary.track_ids} ids"
    return DemoFile(
        done.path,
        shlex.join(done.command),
        done.summary.frames,
        done.path.stat().st_size,
        done.seconds,
        (found, *results),
    )


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"cannot make the folder {folder}: {error.strerror}"
        ) from error


def _draw_video(video: Path, *, force: bool) -> DemoFile:
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        tone = Path(folder) / "tone.mkv"
        _make_tone(locate_ffmpeg(), tone)
        with create_video(video, rate=scene.RATE, source=tone, force=force) as out:
            for index in range(scene.FRAMES):
                out.write(scene.draw_frame(index))
    return _demo_file(
        video, "drawn with numpy, a tone from ffmpeg", scene.FRAMES, started
    )


def _make_tone(ffmpeg: FFmpeg, path: Path) -> None:
    """Make a black video as long as the scene, with a tone and a beep each second."""
    seconds = scene.FRAMES // scene.RATE
    black = f"color=size=64x64:rate={scene.RATE}:duration={seconds}"
    tone = f"sine=frequency=330:beep_factor=2:sample_rate=48000:duration={seconds}"
    argv = [ffmpeg.path, "-nostdin", "-v", "level+error", "-f", "lavfi", "-i", black]
    argv += ["-f", "lavfi", "-i", tone, "-c:v", "ffv1", "-c:a", "flac", f"file:{path}"]
    with Process(argv) as process:
        process.finish()


def _write_callback(folder: Path, *, force: bool) -> Path:
    path = folder / "grey.py"
    if path.exists() and not force and path.read_text() != CALLBACK:
        raise OutputError(f"{path} exists", hint="-y replaces it")
    path.write_text(CALLBACK)
    return path


def _transcode(
    video: Path,
    name: str,
    options: tuple[str, ...],
    *,
    video_options: VideoOptions | None = None,
    callback: Sequence[CallbackStep] = (),
    force: bool,
) -> DemoFile:
    started = time.monotonic()
    output = video.with_name(name)
    done = transcode(
        video, output, callback=callback, video_options=video_options, force=force
    )
    words = ("avio", "transcode", str(video), str(output), *options)
    return _demo_file(output, shlex.join(words), done.frames, started)


def _demo_file(path: Path, how: str, frames: int, started: float) -> DemoFile:
    return DemoFile(path, how, frames, path.stat().st_size, time.monotonic() - started)
