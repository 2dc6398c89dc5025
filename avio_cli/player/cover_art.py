"""Cover art, or a plain frame: what the window shows without a video stream."""

import io
import logging
from fractions import Fraction

import numpy as np

from avio_cli.errors import AvioError
from avio_cli.ffmpeg.command import Command, Output
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.nut.reader import NutReader
from avio_cli.ffmpeg.process.run import run
from avio_cli.media.frame import PIXEL_FORMATS, Frame, planes_of
from avio_cli.media.info import Color
from avio_cli.player.playback.open_media import OpenMedia
from avio_cli.player.start.first_frame import PLAIN_SIZE

LOG = logging.getLogger("avio.player")

BACKGROUND_LUMA = 28
"""Luma of the plain frame."""
COVER_COLOR = Color(range="tv", matrix="smpte170m")
"""Of cover art in any size: that is what ffmpeg converts images to."""


def still_of(media: OpenMedia) -> Frame | None:
    """The image that is shown instead of a video; None where there is one."""
    return cover_frame(media.source) if media.video is None else None


def cover_frame(source: MediaSource) -> Frame:
    """The frame to show for audio without video: cover art, or a plain frame."""
    if source.info.covers and source.can_reopen:
        try:
            return _cover(source)
        except (AvioError, StopIteration):
            LOG.debug("the cover art cannot be decoded")
    width, height = PLAIN_SIZE
    layout = PIXEL_FORMATS["yuv420p"]
    planes = planes_of(bytearray(layout.size(width, height)), layout, width, height)
    for plane, level in zip(planes, (BACKGROUND_LUMA, 128, 128), strict=True):
        plane[...] = level
    return Frame(planes, "yuv420p", 0, 0, Fraction(1, 1000))


def _cover(source: MediaSource) -> Frame:
    output = Output(
        "pipe:1",
        (
            *("-map", f"0:{source.info.covers[0].index}", "-frames:v", "1"),
            *("-c:v", "rawvideo", "-pix_fmt", "yuv420p", "-f", "nut"),
        ),
    )
    command = Command((source.input(),), (output,))
    done = run(command.argv(source.ffmpeg.path), timeout=10)
    packets = NutReader(io.BytesIO(done.stdout))
    stream, packet = packets.streams[0], next(iter(packets))
    layout = PIXEL_FORMATS["yuv420p"]
    planes = planes_of(np.asarray(packet.payload), layout, stream.width, stream.height)
    return Frame(planes, "yuv420p", 0, 0, Fraction(1, 1000))
