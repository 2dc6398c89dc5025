"""Thumbnails of a video for previews, fetched in the background."""

import threading
from collections import OrderedDict, deque
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from avio_cli.errors import AvioError
from avio_cli.ffmpeg.command import Command, Output
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.process.process import Process
from avio_cli.media.color import tag_filter
from avio_cli.media.info import VideoStream
from avio_cli.player.playback.tone_map import small_tone_map

Thumbnail = NDArray[np.uint8]

LARGEST = 320
"""Pixels of a thumbnail's longer side: sharp in a window of 2160 rows, too."""
CACHE_BYTES = 64 << 20
"""About 390 thumbnails of 320x180."""
_STEPS = 400
"""Different thumbnails along the bar, at most."""
_FINEST = 0.5
"""Seconds between two of them, at least: keyframes are rarely closer."""
_NEIGHBOURS = 3
"""So many steps away a thumbnail may stand for one that is not there yet."""
_WAITING = 8
"""Requests that are remembered; the mouse has long left the older ones."""
_NONE: Thumbnail = np.empty((0, 0, 3), np.uint8)


class ThumbnailReader:
    """Fetches keyframes with a second decoder; a `Thumbnails`.

    Args:
        source: the video; where it cannot be read twice, there are no thumbnails.
        tone_map: whether HDR is mapped to SDR.
    """

    def __init__(self, source: MediaSource, *, tone_map: bool = False) -> None:
        self._source, info = source, source.info
        self._tone_map = tone_map
        self._video = info.videos[0] if info.videos else None
        duration = float(info.duration or 0)
        self._step = max(duration / _STEPS, _FINEST)
        has_frames = self._video is not None and self._video.width > 0
        self._available = has_frames and source.can_reopen
        self._cache: OrderedDict[int, Thumbnail] = OrderedDict()
        self._bytes = 0
        self._requested: deque[int] = deque(maxlen=_WAITING)
        self._changed = threading.Condition()
        self._closed = False
        self._child: Process | None = None
        self._thread: threading.Thread | None = None

    def at(self, seconds: float) -> Thumbnail:
        """The image nearest to a time: bgr24 (h, w, 3), (0, 0, 3) if not there yet.

        Returns at once; until the image is there, one from very near stands for it.
        """
        if not self._available:
            return _NONE
        step = max(round(seconds / self._step), 0)
        with self._changed:
            if step in self._cache:
                self._cache.move_to_end(step)
                image = self._cache[step]
                return image if image.size else self._neighbour(step)
            self._request(step)
            return self._neighbour(step)

    def close(self) -> None:
        """Stop fetching; no child process is left. Safe to call twice."""
        with self._changed:
            self._closed, self._available = True, False
            child = self._child
            self._changed.notify()
        if child is not None:
            child.kill()  # its thread reads the pipe, and closes it
        if self._thread is not None:
            self._thread.join()
        self._cache.clear()

    def _request(self, step: int) -> None:
        if self._thread is None:
            name = "avio-thumbnails"
            self._thread = threading.Thread(target=self._work, name=name, daemon=True)
            self._thread.start()
        if step in self._requested:
            self._requested.remove(step)
        self._requested.append(step)
        self._changed.notify()

    def _neighbour(self, step: int) -> Thumbnail:
        for distance in range(1, _NEIGHBOURS + 1):
            for near in (step - distance, step + distance):
                if near in self._cache and self._cache[near].size:
                    return self._cache[near]
        return _NONE

    def _work(self) -> None:
        while (step := self._next()) is not None:
            image = self._fetch(step)
            with self._changed:
                if self._closed:
                    return
                self._add_to_cache(step, image)

    def _next(self) -> int | None:
        """The newest request, waiting for one; None once it is closed."""
        with self._changed:
            while True:
                self._changed.wait_for(lambda: self._closed or self._requested)
                if self._closed:
                    return None
                step = self._requested.pop()
                if step not in self._cache:
                    return step

    def _add_to_cache(self, step: int, image: Thumbnail) -> None:
        # One that could not be read is kept as well, empty: it is not tried again.
        self._cache[step] = image
        self._bytes += image.nbytes
        while self._bytes > CACHE_BYTES and len(self._cache) > 1:
            _, oldest = self._cache.popitem(last=False)
            self._bytes -= oldest.nbytes

    def _fetch(self, step: int) -> Thumbnail:
        if self._video is None:
            return _NONE
        width, height = thumbnail_size(self._video)
        position = Fraction(step * self._step)
        filters = _filters(self._video, (width, height), tone_map=self._tone_map)
        command = _command(self._source, self._video, position, filters)
        try:
            with self._start(command) as child:
                data = _read(child, width * height * 3)
        except (AvioError, ValueError, OSError):  # closed under us, or unreadable
            return _NONE
        finally:
            self._child = None
        if len(data) < width * height * 3:
            return _NONE
        return np.frombuffer(data, np.uint8).reshape(height, width, 3)

    def _start(self, command: Command) -> Process:
        with self._changed:
            if self._closed:
                raise ValueError("closed")
            argv = command.argv(self._source.ffmpeg.path)
            child = self._child = Process(argv, stdout=True, background=True)
            return child


def thumbnail_size(video: VideoStream) -> tuple[int, int]:
    """Width and height of thumbnails, in the display aspect ratio of the video."""
    width = video.width * (video.display_sample_aspect_ratio or 1)
    ratio = min(Fraction(LARGEST) / max(width, video.height, 1), Fraction(1))
    return max(round(width * ratio), 2), max(round(video.height * ratio), 2)


def _filters(video: VideoStream, size: tuple[int, int], *, tone_map: bool) -> str:
    scale = f"scale={size[0]}:{size[1]}:flags=bilinear"
    if tone_map:
        return f"{small_tone_map(video, scale, size)},format=bgr24"
    return ",".join(filter(None, (tag_filter(video), scale, "format=bgr24")))


def _command(
    source: MediaSource, video: VideoStream, position: Fraction, filters: str
) -> Command:
    options = ("-threads", "1", "-skip_frame", "nokey", "-noaccurate_seek")
    seeking = source.seek(position)
    skipped = "" if seeking else f"trim=start={float(position):.6f}"
    filters = ",".join(filter(None, (skipped, filters)))
    output = (
        *("-map", f"0:{video.index}", "-frames:v", "1", "-fps_mode", "passthrough"),
        *("-vf", filters, "-f", "rawvideo"),
    )
    inputs = (source.input((*options, *seeking)),)
    return Command(inputs, (Output("pipe:1", output),))


def _read(child: Process, size: int) -> bytes:
    data = b""
    while len(data) < size and (chunk := child.stdout.read(size - len(data))):
        data += chunk
    return data
