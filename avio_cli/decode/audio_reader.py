"""AudioReader: reads blocks of audio with exact times from one ffmpeg."""

from collections.abc import Generator, Iterator
from fractions import Fraction
from typing import IO

import numpy as np

from avio_cli.decode.command import audio_command
from avio_cli.decode.process import decoder_input
from avio_cli.decode.settings import AudioFormat, ReaderSettings, select_audio
from avio_cli.errors import FFmpegError, InputError
from avio_cli.ffmpeg.damage import SHORTFALL_SECONDS, describe_damage
from avio_cli.ffmpeg.damage_signs import DamageWatch, Hole
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.nut.reader import NutReader
from avio_cli.ffmpeg.process.process import Process
from avio_cli.ffmpeg.seeking import EXACT_SEEK_DEMUXERS, time_shift
from avio_cli.media.frame import AudioBlock
from avio_cli.media.time_range import TimeRange


def audio_blocks(
    packets: NutReader, shift: int, speed: Fraction
) -> Iterator[AudioBlock]:
    """Yield the blocks of a 16-bit audio stream.

    Args:
        packets: the stream.
        shift: whole seconds that were added to its times.
        speed: its playback speed: at 2, a second of it is two of the source.
    """
    stream = packets.streams[0]
    base = stream.time_base
    origin: int | None = None
    for packet in packets:
        pts = packet.pts - int(shift / base)
        origin = pts if origin is None else origin
        yield AudioBlock(
            np.frombuffer(packet.payload, np.int16).reshape(-1, stream.channels),
            round(stream.sample_rate / speed),
            origin + round((pts - origin) * speed),
            base,
        )


SEEK_RATE = Fraction(2)
"""Stands for a video's frame rate: seeking starts a second early."""


class AudioReader:
    """Reads the audio of one source: `MediaReader` without video.

    Args:
        source: what to read.
        settings: how it is wanted; the video settings are ignored.

    Raises:
        InputError: there is no such audio track.
    """

    def __init__(
        self,
        source: MediaSource,
        settings: ReaderSettings,
    ) -> None:
        self.source, self.info = source, source.info
        self._settings = settings
        self._audio = settings.audio or AudioFormat()
        select_audio(self.info, self._audio.track)
        self._shift = time_shift(self.info, Fraction(1, 1000))
        origin = source.origin
        self._range = TimeRange.after(origin, settings.start, settings.end)
        self._process: Process | None = None
        self.watch = DamageWatch()
        """What ffmpeg's log says of damage."""
        self._first: Fraction | None = None
        self._last: Fraction | None = None
        self._abandoned = False

    def items(self) -> Generator[AudioBlock, None, None]:
        """Yield the audio, cut to the sample where the range starts and ends.

        Raises:
            InputError: it cannot be decoded.
        """
        for seek in self.source.seek_positions(self._settings.start, SEEK_RATE):
            blocks = self._open(seek)
            first = next(blocks, None)
            if self._abandoned:
                return
            if first is None or not self._landed_late(seek, first):
                break
            self.close()
        if first is not None:
            yield from self._accept(first, blocks)
        self._finish(is_over=first is None or self._settings.end is None)

    def damage(self, hole: Hole | None = None) -> str:
        """What the source failed to give, as one clause; empty if nothing.

        Args:
            hole: one that is known of the file itself.
        """
        self.watch.found(hole)
        watch, name = self.watch, self.source.name
        if watch.cut_off or watch.hole or watch.lost_packets:
            how = "cut off" if watch.cut_off else "damaged"
            return (
                f"{name} is {how}: {float(self._seconds):.2f} s of audio could be read"
            )
        if missing := self._missing():
            return (
                f"{name} is damaged: its audio ends {float(missing):.2f} s before the "
                "declared end"
            )
        last = None if self._settings.end is not None else self._last
        return "" if self.info.videos else describe_damage(watch, self.info, last, 0)

    @property
    def _seconds(self) -> Fraction:
        """How much was read, gaps included."""
        last, first = self._last, self._first
        return Fraction(0) if last is None or first is None else last - first

    def _missing(self) -> Fraction:
        """Seconds at the end, where the container is sure of how long its audio is."""
        info, last, end = self.info, self._last, self._settings.end
        stream = select_audio(info, self._audio.track)
        exact = info.container.startswith(EXACT_SEEK_DEMUXERS) and not info.jumps
        if not exact or not stream.duration or (last is None and end is not None):
            return Fraction(0)
        declared = (stream.start_pts or 0) * stream.time_base + stream.duration
        if end is not None:
            declared = min(declared, self.source.origin + end)
        missing = declared - (self.source.origin if last is None else last)
        return missing if missing >= SHORTFALL_SECONDS else Fraction(0)

    @property
    def disconnected(self) -> bool:
        """Whether the network broke the source off."""
        return self.watch.disconnected

    def abandon(self) -> None:
        """End the iteration at once; from any thread."""
        self._abandoned = True
        process = self._process
        if process is not None:
            process.kill()

    def close(self) -> None:
        """Stop ffmpeg and release everything; safe to call twice."""
        if self._process is not None:
            self._process.stop()
            self._process = None

    def _open(self, seek: Fraction) -> Iterator[AudioBlock]:
        command = audio_command(
            self.source, self._settings, seek=seek, shift=self._shift
        )
        argv = command.argv(self.source.ffmpeg.path)
        self.watch = DamageWatch.of(self.source.url)
        feed = self.watch.feed
        stdin = decoder_input(self.source, feed)
        self._process = Process(argv, stdin=stdin, stdout=True, watch=feed)
        if self._abandoned:
            self._process.kill()
        return self._blocks(self._process.stdout)

    def _blocks(self, pipe: IO[bytes]) -> Iterator[AudioBlock]:
        packets = NutReader.open(pipe)
        if packets is not None:
            yield from audio_blocks(packets, self._shift, self._audio.speed)

    def _landed_late(self, seek: Fraction, first: AudioBlock) -> bool:
        start = self._range.start
        return bool(seek) and start is not None and first.time > start

    def _accept(
        self, first: AudioBlock, blocks: Iterator[AudioBlock]
    ) -> Iterator[AudioBlock]:
        block: AudioBlock | None = first
        while block is not None and not self._range.is_past(block.time):
            cut = self._range.cut(block)
            self._last = block.time + block.duration
            if len(cut.samples):
                self._first = cut.time if self._first is None else self._first
                yield cut
            block = next(blocks, None)

    def _finish(self, *, is_over: bool) -> None:
        """End ffmpeg; where its output is over, what it says of an error counts."""
        process, self._process = self._process, None
        if process is None:
            return
        if not is_over:
            process.stop()
            return
        try:
            process.finish(timeout=10)
        except FFmpegError as error:
            message = f"{self.info.source}: {error.message}"
            raise InputError(message, hint=error.hint) from error
        finally:
            process.stop()
