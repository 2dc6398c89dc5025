"""The best crop of each track of a run, as PNG in a folder: ``id-12.png``."""

import os
import re
from collections.abc import Iterable
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path

from avio_cli.decode.settings import select_video
from avio_cli.decode.yuv_to_bgr import YuvToBgr
from avio_cli.errors import OutputError
from avio_cli.ffmpeg.url import printable
from avio_cli.jobs.track.job import TrackJob
from avio_cli.media.color import is_full_range, yuv_matrix
from avio_cli.media.frame import Frame
from avio_cli.media.pixel_formats import PIXEL_FORMATS
from avio_cli.media.png import encode_png
from avio_cli.optional import load_opencv
from avio_cli.replacing import replace_bytes
from avio_cli.vision.results.best_crops import BestCrops, Crop

_NAME = re.compile(r"id-\d+\.png", re.ASCII)


class CropFiles:
    """Write the best crop of each track, at the latest when the run ends.

    Args:
        folder: exists.
        best: chooses them.
        aspect: width of a pixel over its height.
    """

    def __init__(self, folder: Path, best: BestCrops, aspect: Fraction) -> None:
        self._folder, self._best, self._aspect = folder, best, aspect

    def add(self, frame: Frame) -> None:
        """Take a frame with its tracks, before anything is drawn into it.

        Raises:
            OutputError: a file cannot be written.
        """
        self._write(self._best.add(frame))

    def close(self) -> None:
        """Write what is still held.

        Raises:
            OutputError: a file cannot be written.
        """
        self._write(self._best.rest())

    def _write(self, crops: Iterable[Crop]) -> None:
        for crop in crops:
            path = self._folder / f"id-{crop.id}.png"
            try:
                replace_bytes(path, self._encoded(crop))
            except OSError as error:
                raise _cannot_write(path, error) from error

    def _encoded(self, crop: Crop) -> bytes:
        pixels = crop.pixels
        if self._aspect != 1:
            cv2 = load_opencv()
            height, width = pixels.shape[:2]
            size = (max(1, round(width * self._aspect)), height)
            pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_CUBIC)
        return encode_png(pixels, PIXEL_FORMATS["bgr24"])


def open_crops(job: TrackJob, stack: ExitStack) -> CropFiles | None:
    """Make the folder of crops empty of earlier ones; None where none are wanted.

    Args:
        job: the settings.
        stack: writes the last of them, however the run ends.

    Raises:
        OutputError: it cannot be written.
    """
    if job.crops is None:
        return None
    video = select_video(job.source.info, 0)
    try:
        job.crops.mkdir(parents=True, exist_ok=True)
        for old in _crops_in(job.crops):
            old.unlink()
    except OSError as error:
        raise _cannot_write(job.crops, error) from error
    to_bgr = YuvToBgr(yuv_matrix(video), full_range=is_full_range(video))
    aspect = video.display_sample_aspect_ratio
    files = CropFiles(job.crops, BestCrops(to_bgr), aspect)
    stack.callback(files.close)
    return files


def refuse_crops_there(job: TrackJob) -> None:
    """Fail where crops of another run would be mixed with those of this one.

    Raises:
        OutputError: there are some, or the folder cannot be written.
    """
    folder = job.crops
    if folder is None:
        return
    shown = printable(str(folder))
    parents = (folder, *folder.absolute().parents)
    nearest = next((path for path in parents if os.path.lexists(path)), folder)
    if not nearest.is_dir():
        named = printable(str(nearest))
        raise OutputError(f"--crops: {named} is no folder", hint="name another one")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise OutputError(f"cannot write {shown}: its folder may not be written to")
    if not folder.is_dir():
        return
    try:
        there = _crops_in(folder)
    except OSError as error:
        raise _cannot_write(folder, error) from error
    if there and not (job.force or job.resume):
        raise OutputError(
            f"--crops: {shown} has crops already, such as {there[0].name}",
            hint="-y replaces them",
        )


def _crops_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if _NAME.fullmatch(path.name))


def _cannot_write(path: Path, error: OSError) -> OutputError:
    shown = printable(str(path))
    return OutputError(f"cannot write {shown}: {error.strerror}")
