"""Ways to read a video into memory, each as short as its library allows."""

import importlib.util
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from avio_cli.errors import FFmpegError
from avio_cli.ffmpeg.locate import locate_ffmpeg
from avio_cli.ffmpeg.process.run import run
from benchmarks.plan import TIMEOUT


@dataclass(frozen=True, slots=True)
class Reader:
    """One way to read."""

    function: Callable[[str], int]
    """Takes a video, returns how many frames it read; 0 where it cannot count."""
    package: str
    """What must be installed."""
    pixels: str
    """What a frame arrives as."""
    exact_times: str
    """Whether each frame comes with the exact time that the file gives it."""
    late: str = ""
    """What the package imports with its first frame."""

    @property
    def imports(self) -> str:
        """All modules that are imported before the clock starts, with commas."""
        return f"{self.package},{self.late}" if self.late else self.package

    @property
    def available(self) -> bool:
        """Whether its package is installed, and the programs that it runs."""
        if self.package == "ffmpegcv" and shutil.which("ffprobe") is None:
            return False
        return importlib.util.find_spec(self.package.partition(".")[0]) is not None


def ffmpeg_null(source: str) -> int:
    """Only decode: nothing leaves ffmpeg."""
    argv = [locate_ffmpeg().path, "-v", "error", "-nostdin", "-i", source]
    done = run([*argv, "-map", "0:V:0", "-f", "null", "-"], timeout=TIMEOUT)
    if done.status:
        raise FFmpegError(done.stderr)
    return 0


def avio_yuv420p(source: str) -> int:
    """avio, planes as they are coded."""
    return _avio(source, "yuv420p")


def avio_bgr24(source: str) -> int:
    """avio, pixels as OpenCV has them."""
    return _avio(source, "bgr24")


def _avio(source: str, pixel_format: str) -> int:
    from avio_cli.api import open_video

    count = 0
    with open_video(source, pixel_format=pixel_format) as video:
        for _ in video:
            count += 1
    return count


def opencv(source: str) -> int:
    """OpenCV with its own libav, which decodes on all cores."""
    import cv2

    capture = cv2.VideoCapture(source, cv2.CAP_FFMPEG)
    count = 0
    while capture.read()[0]:
        count += 1
    capture.release()
    return count


def pyav_decode(source: str) -> int:
    """PyAV, all cores; no pixel is touched."""
    return _pyav(source, None)


def pyav_yuv420p(source: str) -> int:
    """PyAV, all cores, planes in one array."""
    return _pyav(source, "yuv420p")


def pyav_bgr24(source: str) -> int:
    """PyAV, all cores, converted by its swscale."""
    return _pyav(source, "bgr24")


def _pyav(source: str, pixel_format: str | None) -> int:
    import av

    count = 0
    with av.open(source) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        for frame in container.decode(stream):
            if pixel_format:
                frame.to_ndarray(format=pixel_format)
            count += 1
    return count


def imageio_bgr24(source: str) -> int:
    """imageio-ffmpeg, with the ffmpeg that avio uses."""
    import imageio_ffmpeg
    import numpy as np

    os.environ["IMAGEIO_FFMPEG_EXE"] = locate_ffmpeg().path
    frames = imageio_ffmpeg.read_frames(source, pix_fmt="bgr24")
    width, height = next(frames)["size"]
    count = 0
    for data in frames:
        np.frombuffer(data, np.uint8).reshape(height, width, 3)
        count += 1
    return count


def ffmpegcv_bgr24(source: str) -> int:
    """ffmpegcv, with the ffmpeg that avio uses."""
    import ffmpegcv

    count = 0
    with tempfile.TemporaryDirectory() as folder:
        # It runs whatever is called ffmpeg in PATH.
        (Path(folder) / "ffmpeg").symlink_to(locate_ffmpeg().path)
        os.environ["PATH"] = f"{folder}{os.pathsep}{os.environ['PATH']}"
        with ffmpegcv.VideoCapture(source, pix_fmt="bgr24") as capture:
            while capture.read()[0]:
                count += 1
    return count


READERS = {
    "ffmpeg -f null": Reader(ffmpeg_null, "avio_cli", "none", ""),
    "avio yuv420p": Reader(avio_yuv420p, "avio_cli.api", "yuv420p", "yes"),
    "avio bgr24": Reader(avio_bgr24, "avio_cli.api", "bgr24", "yes", "cv2"),
    "OpenCV": Reader(opencv, "cv2", "bgr24", "no"),
    "PyAV decode": Reader(pyav_decode, "av", "none", "yes"),
    "PyAV yuv420p": Reader(pyav_yuv420p, "av", "yuv420p", "yes"),
    "PyAV bgr24": Reader(pyav_bgr24, "av", "bgr24", "yes"),
    "imageio-ffmpeg": Reader(imageio_bgr24, "imageio_ffmpeg", "bgr24", "no"),
    "ffmpegcv": Reader(ffmpegcv_bgr24, "ffmpegcv", "bgr24", "no"),
}
"""The first is the limit: what decoding alone takes."""
