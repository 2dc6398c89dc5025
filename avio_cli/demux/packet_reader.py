"""PacketReader: reads packets as they are stored, with exact times, from one ffmpeg."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from math import ceil, lcm

from avio_cli.closing import ClosedOnExit
from avio_cli.errors import FFmpegError, InputError
from avio_cli.ffmpeg.command import QUIET, Command, Output
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.nut.reader import NutPacket, NutReader, NutStream
from avio_cli.ffmpeg.process.process import Process
from avio_cli.media.info import Stream, VideoStream

_SHIFT = 16
"""Seconds, at least, added on the way: NUT has no negative times, and the packets
that prime an audio decoder are before 0."""
_ANNEX_B = {"h264": "h264_mp4toannexb", "hevc": "hevc_mp4toannexb"}
"""Bitstream filters that convert codecs to the form that NUT streams have."""


class PacketReader(ClosedOnExit):
    """Reads the packets of some streams of a source, from a keyframe on.

    Use it as a context manager; `streams` describes the packets, in the order that was
    asked for. Iterate it once.

    Args:
        source: what to read.
        streams: which streams.
        seeking: options before the input, ``-ss`` and ``-t``.

    Raises:
        InputError: it cannot be read, or NUT has no name for a codec.
    """

    def __init__(
        self,
        source: MediaSource,
        streams: Sequence[Stream],
        seeking: Sequence[str] = (),
    ) -> None:
        self._name = source.name
        numerators = (stream.time_base.numerator for stream in streams)
        seconds = _SHIFT + max(0, ceil(-source.origin))
        self._shift = seconds * lcm(*numerators)
        command = _command(source, streams, seeking, self._shift)
        self._process = Process(command.argv(source.ffmpeg.path), stdout=True)
        try:
            packets = NutReader.open(self._process.stdout)
            if packets is None:
                self._process.finish(timeout=10)
                raise InputError(f"{source.name}: no packet could be read")
            self._reader = packets
        except FFmpegError as error:
            self.close()
            raise self._failure(error) from error
        except BaseException:
            self.close()
            raise

    @property
    def streams(self) -> tuple[NutStream, ...]:
        """What is in the packets."""
        return self._reader.streams

    def __iter__(self) -> Iterator[NutPacket]:
        """Yield packets as they are stored, with the times of the source.

        Raises:
            InputError: the source cannot be read to its end.
        """
        shifts = [int(self._shift / stream.time_base) for stream in self.streams]
        for packet in self._reader:
            yield replace(packet, pts=packet.pts - shifts[packet.stream])
        try:
            self._process.finish(timeout=10)
        except FFmpegError as error:
            raise self._failure(error) from error

    def close(self) -> None:
        """Stop ffmpeg; safe to call twice."""
        self._process.stop()

    def _failure(self, error: FFmpegError) -> InputError:
        return InputError(f"{self._name}: {error.message}", hint=error.hint)


def _command(
    source: MediaSource, streams: Sequence[Stream], seeking: Sequence[str], shift: int
) -> Command:
    words: list[str] = []
    for number, stream in enumerate(streams):
        words += ["-map", f"0:{stream.index}", f"-c:{number}", "copy"]
        if isinstance(stream, VideoStream) and stream.codec in _ANNEX_B:
            words += [f"-bsf:{number}", _ANNEX_B[stream.codec]]
    clock = source.clock(seeking)
    words += ["-avoid_negative_ts", "disabled", *clock.restored(shift)]
    words += ["-map_metadata", "-1", "-map_chapters", "-1"]
    words += ["-write_index", "0", "-f", "nut"]
    outputs = (Output("pipe:1", tuple(words)), *clock.outputs)
    return Command((source.input(seeking),), outputs, (*QUIET, *clock.options))


def to_ticks(time: Fraction, base: Fraction) -> int:
    """A time in the nearest tick."""
    return round(time / base)
