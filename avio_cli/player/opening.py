"""Opening: from an address to a film that can be played, and its loudspeaker."""

import io
import logging
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from avio_cli.callbacks import common_pixel_format
from avio_cli.errors import AvioError, OutputError
from avio_cli.ffmpeg.address import Address
from avio_cli.ffmpeg.command import Command, Output, source_input
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.nut import NutReader
from avio_cli.ffmpeg.process import run
from avio_cli.frame import PIXEL_FORMATS, Frame, planes_of
from avio_cli.media import MediaInfo
from avio_cli.player.film import Film, FilmSettings
from avio_cli.player.hud import BuiltinHud
from avio_cli.player.job import PlayJob
from avio_cli.player.screen import PLAIN_SIZE, NoHud, Screen, aspect_of, picture_size
from avio_cli.player.session import FrameStage, Limits
from avio_cli.player.sound import SilentSpeaker
from avio_cli.sinks.speaker import Speaker
from avio_cli.sinks.window import Window
from avio_cli.sources.decoding import ReaderSettings

if TYPE_CHECKING:
    from avio_cli.player.tracking import LiveTracker

LOG = logging.getLogger("avio.player")

LIVE_OPTIONS = (
    *("-fflags", "nobuffer", "-flags", "low_delay", "-analyzeduration", "1000000"),
)
"""For ffmpeg's input: hand every packet on at once, and every frame."""
LIVE_LIMITS = Limits(4 << 20, 32 << 20, 0.1, 5.0)
BLACKISH = 28


def open_speaker(wanted: bool) -> Speaker | SilentSpeaker:
    """The sound device, or one that plays nothing where there is none."""
    if not wanted:
        return SilentSpeaker()
    try:
        return Speaker()
    except OutputError as error:
        LOG.warning("%s; playing without sound", error.message)
        return SilentSpeaker()


def open_screen(job: PlayJob, film: Film) -> Screen:
    """The window for a film, with the HUD that was asked for.

    Raises:
        OutputError: there is no display.
    """
    window = Window(
        film.info.source,
        picture_size(film.video),
        aspect_of(film.video),
        size=job.size,
        full_screen=job.full_screen,
    )
    if job.hud_mode == "off":
        return Screen(window, NoHud())
    return Screen(window, job.hud or BuiltinHud(pinned=job.hud_mode == "pinned"))


def film_settings(job: PlayJob, *, sound: bool) -> FilmSettings:
    """How all films of a run are read."""
    options: tuple[str, ...] = ()
    if job.hardware != "none":
        options += ("-hwaccel", job.hardware)
    if job.low_latency:
        options += LIVE_OPTIONS
    if job.ignore_times:
        options += ("-use_wallclock_as_timestamps", "1")
    pixel_format = common_pixel_format(job.callbacks) if job.callbacks else "yuv420p"
    return FilmSettings(
        picture=job.picture,
        sound=sound,
        reading=ReaderSettings(
            pixel_format=pixel_format,
            start=job.start,
            end=job.end,
            video_filter=job.video_filter,
            input_options=options,
        ),
        audio_filter=job.audio_filter,
        limits=LIVE_LIMITS if job.low_latency else Limits(),
    )


def open_film(
    job: PlayJob, address: Address, info: MediaInfo, settings: FilmSettings
) -> "tuple[Film, LiveTracker | None]":
    """Open a source, with what tracks in it, if that is wanted.

    Raises:
        AvioError: it cannot be opened, or there is nothing to play in it.
    """
    if job.tracking is None or not info.videos:
        return Film(job.ffmpeg, address, info, settings), None
    from avio_cli.player.tracking import LiveTracker  # slow to import

    tracker = LiveTracker(job.tracking, info.videos[0])
    reading = replace(settings.reading, view=tracker.view)
    stage: Callable[[], FrameStage] = tracker.stage
    settings = replace(settings, reading=reading)
    try:
        return Film(job.ffmpeg, address, info, settings, stage), tracker
    except AvioError:
        tracker.close()
        raise


def still_picture(ffmpeg: FFmpeg, address: Address, info: MediaInfo) -> Frame:
    """What is shown while only sound plays: cover art, or a plain picture."""
    if info.covers and address.can_reopen:
        try:
            return _cover(ffmpeg, address, info)
        except (AvioError, StopIteration):
            LOG.debug("the cover art cannot be decoded")
    width, height = PLAIN_SIZE
    layout = PIXEL_FORMATS["yuv420p"]
    planes = planes_of(bytearray(layout.size(width, height)), layout, width, height)
    for plane, level in zip(planes, (BLACKISH, 128, 128), strict=True):
        plane[...] = level
    return Frame(planes, "yuv420p", 0, 0, Fraction(1, 1000))


def _cover(ffmpeg: FFmpeg, address: Address, info: MediaInfo) -> Frame:
    picture = Output(
        "pipe:1",
        (
            *("-map", f"0:{info.covers[0].index}", "-frames:v", "1"),
            *("-c:v", "rawvideo", "-pix_fmt", "yuv420p", "-f", "nut"),
        ),
    )
    command = Command((source_input(address),), (picture,))
    done = run(command.argv(ffmpeg.path), timeout=10)
    packets = NutReader(io.BytesIO(done.stdout))
    stream, packet = packets.streams[0], next(iter(packets))
    layout = PIXEL_FORMATS["yuv420p"]
    planes = planes_of(np.asarray(packet.payload), layout, stream.width, stream.height)
    return Frame(planes, "yuv420p", 0, 0, Fraction(1, 1000))
