"""How large subtitles are drawn, and where their bands are in the window."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from avio_cli.display.textures import Part
from avio_cli.display.viewport import Viewport
from avio_cli.media.info import VideoStream
from avio_cli.player.subtitles.image import Band, SubtitleImage


@dataclass(frozen=True, slots=True)
class Room:
    """Where the video is, and what of it is free."""

    viewport: Viewport
    free: tuple[int, int] | None = None
    """The first row that nothing covers, and the first below that is covered again;
    None: nothing is covered."""


def parts_of(image: SubtitleImage, room: Room, offset: float) -> Iterator[Part]:
    """What to copy where.

    Bands in the lower half move up together, and those in the upper half down, so that
    nothing covers them.

    Args:
        image: what is drawn.
        room: the window.
        offset: how far all is moved down, as a share of the video's height.
    """
    if image.is_empty:
        return
    viewport = room.viewport
    across = viewport.width / image.canvas[0]
    down = viewport.height / image.canvas[1]
    moved = viewport.y + (image.y + offset * image.canvas[1]) * down
    lower = [b for b in image.bands if _middle(b, image) > image.canvas[1] / 2]
    raised, lowered = _shifts(image, lower, moved, down, room.free)
    for band in image.bands:
        top = moved + band.top * down + (raised if band in lower else lowered)
        yield Part(
            source=(0, band.top, image.pixels.shape[1], band.bottom - band.top),
            target=(
                round(viewport.x + image.x * across),
                round(top),
                max(round(image.pixels.shape[1] * across), 1),
                max(round((band.bottom - band.top) * down), 1),
            ),
        )


def _shifts(
    image: SubtitleImage,
    lower: Sequence[Band],
    moved: float,
    down: float,
    free: tuple[int, int] | None,
) -> tuple[float, float]:
    """Rows by which the lower bands move, and the upper ones; negative: up."""
    if free is None:
        return 0.0, 0.0
    highest, lowest = image.bands[0], image.bands[-1]
    raised = lowered = 0.0
    if lowest in lower:
        raised = min(free[1] - (moved + lowest.bottom * down), 0.0)
    if highest not in lower:
        lowered = max(free[0] - (moved + highest.top * down), 0.0)
    return raised, lowered


def _middle(band: Band, image: SubtitleImage) -> float:
    return image.y + (band.top + band.bottom) / 2


@dataclass(frozen=True, slots=True)
class Look:
    """How subtitles are drawn."""

    canvas: tuple[int, int]
    """Width and height of the video in the window."""
    video_size: tuple[int, int]
    """Of the video, in square pixels."""
    factor: float = 1.0
    """Size of letters: 1 is as the script says."""

    @property
    def aspect(self) -> Fraction:
        """Width to height."""
        return Fraction(*self.canvas)


def look_of(viewport: Viewport, video: VideoStream | None) -> Look:
    """How text is drawn over a video in a window: in the window's own pixels."""
    size = (viewport.width, viewport.height)
    if video is None or not (video.width and video.height):
        return Look(size, size)
    ratio = video.display_sample_aspect_ratio or 1
    return Look(size, (max(round(video.width * ratio), 1), video.height))
