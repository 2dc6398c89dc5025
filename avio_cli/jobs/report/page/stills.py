"""What a page shows of the frames themselves: a crop of each track, and one still."""

import base64
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from avio_cli.decode.reader import MediaReader
from avio_cli.decode.settings import ReaderSettings, select_video
from avio_cli.decode.yuv_to_bgr import YuvToBgr
from avio_cli.detections import Tracks
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.jobs.report.frames import TimedFrames
from avio_cli.media.color import is_full_range, yuv_matrix
from avio_cli.media.frame import Frame
from avio_cli.optional import load_opencv
from avio_cli.progress import Progress
from avio_cli.vision.reid.crops import crop
from avio_cli.vision.results.best_crops import BestCrops, Crop

_NO_TRACKS = Tracks()
_THUMBNAIL = 128
"""Pixels of the longer side: twice what a page shows, for dense screens."""
_WIDTH = 960
"""Pixels of the still, at most."""
_SAMPLES = 9
"""Frames whose median the still is: what moves is in few of them."""
_ALIKE = 14.0
"""Levels by which those may differ on average: more where the camera moves."""
_SKIPPED_SECONDS = 10
"""Seconds that are decoded rather than skipped."""
_QUALITY = 82
"""Of JPEG."""

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Stills:
    """Images as ``data:`` URLs."""

    crops: dict[int, str]
    """The best of each track, by its id; none where it is too small."""
    still: str
    """The scene without what moves in it; empty without a frame."""


@dataclass(slots=True)
class _Looks:
    """Takes what is wanted of each frame."""

    to_bgr: YuvToBgr
    aspect: Fraction
    best: BestCrops
    crops: dict[int, str] = field(default_factory=dict)
    samples: list[Pixels] = field(default_factory=list)

    def keep(self, crops: Iterable[Crop]) -> None:
        for best in crops:
            pixels = _fitted(best.pixels, self.aspect, _THUMBNAIL, _THUMBNAIL)
            self.crops[best.id] = _jpeg(pixels)

    def sample(self, frame: Frame) -> None:
        whole = np.array([0.0, 0.0, frame.width, frame.height])
        pixels = crop(frame, whole, self.to_bgr)
        if pixels is None:  # of a few pixels
            return
        self.samples.append(_fitted(pixels, self.aspect, _WIDTH, 4 * _WIDTH))

    def still(self) -> str:
        if not self.samples:
            return ""
        middle = self.samples[len(self.samples) // 2]
        between = np.median(np.stack(self.samples), axis=0).astype(np.uint8)
        moved = np.abs(between.astype(np.int16) - middle).mean()
        return _jpeg(between if moved < _ALIKE else middle)


def take_stills(
    source: MediaSource,
    frames: TimedFrames,
    on_progress: Callable[[Progress], None] | None = None,
) -> Stills:
    """Decode the video as far as it has records.

    Args:
        source: what was tracked.
        frames: with the times of that video.
        on_progress: gets the seconds done.

    Raises:
        AvioError: it cannot be read.
    """
    video = select_video(source.info, 0)
    to_bgr = YuvToBgr(yuv_matrix(video), full_range=is_full_range(video))
    looks = _Looks(to_bgr, video.display_sample_aspect_ratio, BestCrops(to_bgr))
    tracks = {time: there for time, there in frames if len(there)}
    sampled = _spread(frames.video_times)
    wanted = sorted({*tracks, *sampled})
    for number, (time, frame) in enumerate(_frames_at(source, wanted)):
        frame.tracks = tracks.get(time, _NO_TRACKS)
        looks.keep(looks.best.add(frame))
        if time in sampled:
            looks.sample(frame)
        if on_progress is not None:
            on_progress(Progress(number + 1, float(time), float(wanted[-1])))
    looks.keep(looks.best.rest())
    return Stills(looks.crops, looks.still())


def _frames_at(
    source: MediaSource, wanted: Sequence[Fraction]
) -> Iterator[tuple[Fraction, Frame]]:
    """Yield frames, and what is between them: what is not wanted for long is skipped.

    Args:
        source: what to read.
        wanted: seconds after its start, in order.
    """
    for first, last in _spans(source, wanted):
        settings = ReaderSettings(pixel_format="yuv420p", start=first)
        with MediaReader(source, settings) as reader:
            for frame in reader:
                if (time := frame.time - source.origin) > last:
                    break
                yield time, frame


def _spans(
    source: MediaSource, wanted: Sequence[Fraction]
) -> Iterator[tuple[Fraction, Fraction]]:
    """From where to where it is to be decoded; a seek takes as long as some seconds."""
    if wanted and not source.seek(wanted[-1]):  # it is read from its start
        yield Fraction(0), wanted[-1]
        return
    begun = 0
    for number, (time, later) in enumerate(pairwise(wanted), start=1):
        if later - time > _SKIPPED_SECONDS:
            yield _start(wanted[begun]), time
            begun = number
    if wanted:
        yield _start(wanted[begun]), wanted[-1]


def _start(time: Fraction) -> Fraction:
    """Where to seek to reach a time; none where the start is as near."""
    return time if time > _SKIPPED_SECONDS else Fraction(0)


def _spread(times: tuple[Fraction, ...]) -> frozenset[Fraction]:
    """Times from all over the video, as many as are sampled."""
    steps = (2 * number + 1 for number in range(_SAMPLES))
    return frozenset(
        times[len(times) * step // (2 * _SAMPLES)] for step in steps if times
    )


def _fitted(pixels: Pixels, aspect: Fraction, width: int, height: int) -> Pixels:
    """With square pixels, and reduced to fit."""
    cv2 = load_opencv()
    down, across = pixels.shape[:2]
    across = max(1, round(across * aspect)) if aspect else across
    scale = min(width / across, height / down, 1.0)
    size = (max(1, round(across * scale)), max(1, round(down * scale)))
    resized: Pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    return resized


def _jpeg(pixels: Pixels) -> str:
    cv2 = load_opencv()
    options = [cv2.IMWRITE_JPEG_QUALITY, _QUALITY]
    _, coded = cv2.imencode(".jpg", pixels, options)
    return f"data:image/jpeg;base64,{base64.b64encode(coded.tobytes()).decode('ascii')}"
