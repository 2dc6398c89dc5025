"""Equipment: loudspeaker, screen, and the picture of films that have none."""

import io
import logging
from fractions import Fraction

import numpy as np

from avio_cli.errors import AvioError, OutputError
from avio_cli.ffmpeg.address import Address
from avio_cli.ffmpeg.command import Command, Output, source_input
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.nut import NutReader
from avio_cli.ffmpeg.process import run
from avio_cli.frame import PIXEL_FORMATS, Frame, planes_of
from avio_cli.media import MediaInfo
from avio_cli.player.film import Film
from avio_cli.player.hud import BuiltinHud
from avio_cli.player.job import PlayJob
from avio_cli.player.screen import PLAIN_SIZE, NoHud, Screen, aspect_of, picture_size
from avio_cli.player.sound import SilentSpeaker
from avio_cli.sinks.speaker import Speaker
from avio_cli.sinks.window import Window

LOG = logging.getLogger("avio.player")

BLACKISH = 28
"""Brightness of a plain picture."""


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
