"""Decoder: a running ffmpeg that sends frames, and sound where it is wanted.

Light to import, so that it can run before numpy is there.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

from avio_cli.decode.command import decode_command
from avio_cli.decode.settings import ReaderSettings, select_video, time_base_of
from avio_cli.ffmpeg.damage import DamageWatch
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.process.process import Process
from avio_cli.ffmpeg.process.spawn import ExtraPipe
from avio_cli.ffmpeg.seeking import time_shift
from avio_cli.ffmpeg.url import MediaUrl
from avio_cli.media.info import MediaInfo


@dataclass(frozen=True, slots=True)
class DecodeRequest:
    """What is to be decoded."""

    ffmpeg: FFmpeg
    """The binary to run."""
    address: MediaUrl
    info: MediaInfo
    """What the probe found there."""
    settings: ReaderSettings
    seek: Fraction
    """Seconds after the source's start at which decoding begins."""

    @property
    def shift(self) -> int:
        """Whole seconds that are added to all times, because NUT has no negative ones.

        Raises:
            InputError: there is no such film.
        """
        video = select_video(self.info, self.settings.video_track)
        return time_shift(self.info, time_base_of(video, self.settings))


@dataclass(frozen=True, slots=True)
class Decoder:
    """A running child; whoever has it stops it."""

    process: Process
    watch: DamageWatch
    """Has listened to its log from the beginning."""


class DecoderFactory(Protocol):
    """Starts a decoder: `start_decoder`, or who has started it before."""

    def __call__(self, order: DecodeRequest, /) -> Decoder:
        """Return a running one.

        Raises:
            FFmpegError: ffmpeg cannot be started.
        """
        ...


def start_decoder(order: DecodeRequest) -> Decoder:
    """Start ffmpeg: a `Launch`.

    Raises:
        InputError: there is no such film.
        FFmpegError: ffmpeg cannot be started.
    """
    watch, shift = DamageWatch(), order.shift
    side = ExtraPipe.create() if order.settings.audio else None
    command = decode_command(
        order.address,
        order.info,
        order.settings,
        seek=order.seek,
        shift=shift,
        audio_descriptor=side.write_end if side else None,
    )
    process = Process(
        command.argv(order.ffmpeg.path),
        stdin="inherit" if order.address.kind == "stdin" else "null",
        stdout=True,
        side_pipe=side,
        watch=watch.feed,
    )
    return Decoder(process, watch)
