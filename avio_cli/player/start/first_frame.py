"""The first frame: on screen before numpy and the player with its controls are loaded.

These take Python as long to import as ffmpeg to decode a frame, and nobody can use them
sooner.
"""

import time
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from avio_cli.display.sdl import load_sdl
from avio_cli.display.window import Window
from avio_cli.media.color import is_full_range, yuv_matrix
from avio_cli.media.info import VideoStream
from avio_cli.player.job import PlayJob
from avio_cli.player.start.first_decoder import FirstDecoder

if TYPE_CHECKING:
    from avio_cli.media.frame import Frame

PLAIN_SIZE = (640, 360)
"""Width and height of the frame where there is neither video nor cover art."""
FRAME_SECONDS = 2.0
"""How long the player waits for a frame: what takes longer is shown by its loop."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What is on screen before there is a player."""

    window: Window
    when: float | None
    """When the first frame was shown, on the monotonic clock; None: it was not."""


def show_first_frame(job: PlayJob, decoder: FirstDecoder) -> Shown | None:
    """Open the window and show the first frame.

    Nothing is imported meanwhile: on two cores, that delayed the frame by as much.

    Args:
        job: the settings of the player.
        decoder: decodes the first frame.

    Returns:
        None where it is not known before there is a player, as it draws tracks or calls
        callbacks. The caller closes the window.

    Raises:
        OutputError: there is no display.
    """
    load_sdl()
    video = decoder.video()
    if video is None or job.tracks:
        return None
    window = open_window(job, job.urls[0].display_name, video)
    try:
        frame = decoder.frame(FRAME_SECONDS)
        if frame is None:
            return Shown(window, None)
        window.show_raw(frame.samples, (frame.width, frame.height))
        return Shown(window, time.monotonic())
    except BaseException:
        window.close()
        raise


def open_window(
    job: PlayJob, title: str, video: VideoStream | None, still: "Frame | None" = None
) -> Window:
    """Open the window for an input.

    Args:
        job: the settings of the player.
        title: its title.
        video: what is shown.
        still: the image that is shown instead, where there is no video.

    Raises:
        OutputError: there is no display.
    """
    size, aspect = frame_size(video), aspect_of(video)
    if still is not None:
        size = (still.width, still.height)
        aspect = Fraction(*size)
    window = Window(
        title,
        size,
        aspect,
        size=job.size,
        full_screen=job.full_screen,
        unseen=not job.video,
    )
    if still is None:
        prepare(window, video)
    return window


def prepare(window: Window, video: VideoStream | None) -> None:
    """Prepare a window for the frames of a video."""
    full_range = video is not None and is_full_range(video)
    matrix = yuv_matrix(video) if video else "bt601"
    window.set_video(frame_size(video), aspect_of(video), full_range, matrix)


def frame_size(video: VideoStream | None) -> tuple[int, int]:
    """Width and height of decoded frames, where they are known."""
    known = video is not None and video.width and video.height
    return (video.width, video.height) if video and known else PLAIN_SIZE


def aspect_of(video: VideoStream | None) -> Fraction:
    """Display aspect ratio: width to height."""
    width, height = frame_size(video)
    ratio = video.display_sample_aspect_ratio if video else Fraction(1)
    return Fraction(width, height) * (ratio or 1)
