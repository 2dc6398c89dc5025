"""A first look at avio: a drawn film, and what can be made of it."""

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
    """Return the picture without its colours."""
    return frame.pixels.mean(axis=2).astype(np.uint8)
'''


@dataclass(frozen=True, slots=True)
class Made:
    """One file of the demo."""

    path: Path
    how: str
    """The command that makes it, or a few words."""
    frames: int
    size: int
    """Bytes."""
    seconds: float
    """Of work."""
    warnings: tuple[str, ...] = ()
    """What was found out, line by line."""


def make_demo(folder: Path, *, force: bool = False) -> Iterator[Made]:
    """Make the files of the demo one after the other, each told when it is there.

    Args:
        folder: where they go; made if it is not there.
        force: whether files that are there may be replaced.

    Raises:
        AvioError: one cannot be made.
    """
    film = folder / "scene.mp4"
    _make_folder(folder)
    yield _draw_video(film, force=force)
    small = VideoOptions(width=320)
    yield _transcode(film, "small.webm", ("--width", "320"), picture=small, force=force)
    name = f"{_write_callback(folder, force=force)}:grey"
    step = load_callback(name)
    yield _transcode(
        film, "grey.mp4", ("--callback", name), callback=[step], force=force
    )
    yield from _track(film, force=force)


def _track(film: Path, *, force: bool) -> Iterator[Made]:
    truth, sheet = film.with_name("truth.txt"), film.with_name("contact-sheet.png")
    tracking.write_truth(truth, force=force)
    done = tracking.track_by_motion(film, force=force)
    yield _tracked(done, tracking.score(film.with_name("tracks.txt"), truth))
    began = time.monotonic()
    count = tracking.write_contact_sheet(done.path, sheet, force=force)
    yield _made(sheet, f"pictures from {done.path}", count, began)
    for done in tracking.track_by_weights(film, force=force):
        yield _tracked(done, (f"by {done.summary.detector}",))


def _tracked(done: tracking.Tracked, notes: tuple[str, ...]) -> Made:
    found = f"{done.summary.detections} detections, {done.summary.identities} ids"
    return Made(
        done.path,
        shlex.join(done.command),
        done.summary.frames,
        done.path.stat().st_size,
        done.seconds,
        (found, *notes),
    )


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"cannot make the folder {folder}: {error.strerror}"
        ) from error


def _draw_video(film: Path, *, force: bool) -> Made:
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        tone = Path(folder) / "tone.mkv"
        _make_tone(locate_ffmpeg(), tone)
        with create_video(film, rate=scene.RATE, source=tone, force=force) as out:
            for index in range(scene.FRAMES):
                out.write(scene.draw_frame(index))
    return _made(film, "drawn with numpy, a tone from ffmpeg", scene.FRAMES, began)


def _make_tone(ffmpeg: FFmpeg, path: Path) -> None:
    """A black film as long as the scene, with a tone and a beep each second."""
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
    film: Path,
    name: str,
    options: tuple[str, ...],
    *,
    picture: VideoOptions | None = None,
    callback: Sequence[CallbackStep] = (),
    force: bool,
) -> Made:
    began = time.monotonic()
    output = film.with_name(name)
    done = transcode(film, output, callback=callback, picture=picture, force=force)
    words = ("avio", "transcode", str(film), str(output), *options)
    return _made(output, shlex.join(words), done.frames, began)


def _made(path: Path, how: str, frames: int, began: float) -> Made:
    return Made(path, how, frames, path.stat().st_size, time.monotonic() - began)
