"""The first frame: shown before the player with its controls is loaded.

Controls, subtitles and recordings take Python as long to import as all that a frame
needs, and nobody can use them sooner.
"""

from fractions import Fraction
from importlib import import_module

from avio_cli.display.window import Window
from avio_cli.errors import AvioError
from avio_cli.media.color import is_full_range, yuv_matrix
from avio_cli.media.frame import Frame
from avio_cli.media.info import VideoStream
from avio_cli.player.cover_art import PLAIN_SIZE
from avio_cli.player.job import PlayJob
from avio_cli.player.playback.open_media import OpenMedia
from avio_cli.player.playback.playback import Playback
from avio_cli.player.statistics import Statistics

_LATER = (
    "avio_cli.player.subtitles.subtitles",
    "avio_cli.player.capture",
    "avio_cli.player.hud.builtin",
    "avio_cli.player.player",
)
"""What the player needs besides, in parts between which a frame may be shown."""


def open_window(job: PlayJob, media: OpenMedia, still: Frame | None) -> Window:
    """Open the window for an input.

    Args:
        job: the settings of the player.
        media: what is shown.
        still: the image that is shown instead, where there is no video.

    Raises:
        OutputError: there is no display.
    """
    size, aspect = frame_size(media.video), aspect_of(media.video)
    if still is not None:
        size = (still.width, still.height)
        aspect = Fraction(*size)
    window = Window(
        media.info.source,
        size,
        aspect,
        size=job.size,
        full_screen=job.full_screen,
        unseen=not job.video,
    )
    if still is None:
        prepare(window, media.video)
    return window


def prepare(window: Window, video: VideoStream | None) -> None:
    """Prepare a window for the frames of a video."""
    full_range = video is not None and is_full_range(video)
    matrix = yuv_matrix(video) if video else "bt601"
    window.set_video(frame_size(video), aspect_of(video), full_range, matrix)


def load_player(
    job: PlayJob, playback: Playback, window: Window, statistics: Statistics
) -> None:
    """Import the player, and show the first frame as soon as it is decoded.

    Playback is held until the player goes on from there. What changes frames before
    they are shown is not there yet: with it, nothing is shown here.
    """
    changed = bool(job.callbacks or job.tracks or job.tracking)
    waits = playback.media.video is not None and not changed
    playback.set_paused(waits)
    for name in _LATER:
        if waits and _show_first(playback, window):
            statistics.on_start()
            waits = False
        import_module(name)


def _show_first(playback: Playback, window: Window) -> bool:
    """Show the first frame, if there is one already."""
    try:
        frame = playback.advance()
    except AvioError:  # raised again in the event loop
        return False
    if frame is None:
        return False
    window.update(frame)
    window.present()
    return True


def frame_size(video: VideoStream | None) -> tuple[int, int]:
    """Width and height of decoded frames, where they are known."""
    known = video is not None and video.width and video.height
    return (video.width, video.height) if video and known else PLAIN_SIZE


def aspect_of(video: VideoStream | None) -> Fraction:
    """Display aspect ratio: width to height."""
    width, height = frame_size(video)
    ratio = video.display_sample_aspect_ratio if video else Fraction(1)
    return Fraction(width, height) * (ratio or 1)
