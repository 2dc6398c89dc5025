"""CodecDelay of Matroska: how much of the start of copied audio its readers skip.

ffmpeg 9.0 declares there all that the edit list of an MP4 hides, also where a cut has
left it out; 5.1 does so for Opus alone. So it is not computed, but read from a header
that the same ffmpeg writes.

Source: RFC 8794 (EBML) and RFC 9559 (Matroska).
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction

from avio_cli.ffmpeg.command import QUIET, Command, Output
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.process.run import run
from avio_cli.media.container import Container
from avio_cli.media.info import AudioStream

_PATH = (b"\x18\x53\x80\x67", b"\x16\x54\xae\x6b", b"\xae")
"""Ids of Segment, Tracks and TrackEntry, each inside the one before."""
_CODEC_DELAY = b"\x56\xaa"
_NANOSECONDS = 1_000_000_000


def codec_delays(
    source: MediaSource, container: Container, streams: Sequence[AudioStream]
) -> dict[int, Fraction]:
    """Seconds that readers skip at the start of a copy, by the stream's index.

    Args:
        source: what is copied; it is opened again.
        container: of the copy, which can hold the streams.
        streams: those that are copied; where nothing is skipped, they are left out.
    """
    if not container.codec_delay or not streams:
        return {}
    maps = [word for stream in streams for word in ("-map", f"0:{stream.index}")]
    header = Output("pipe:1", (*maps, "-c", "copy", "-f", container.muxer))
    command = Command((source.input(("-t", "0")),), (header,), QUIET)
    delays = _delays(run(command.argv(source.ffmpeg.path)).stdout)
    # In whole samples: nanoseconds are rounded.
    found = (
        (stream, round(Fraction(delay, _NANOSECONDS) * stream.sample_rate))
        for stream, delay in zip(streams, delays, strict=False)
    )
    return {s.index: Fraction(count, s.sample_rate) for s, count in found if count}


def _delays(header: bytes) -> Iterator[int]:
    """Nanoseconds, of each track."""
    levels = [header]
    for name in _PATH:
        levels = [inner for level in levels for inner in _find(level, name)]
    for track in levels:
        yield int.from_bytes(next(_find(track, _CODEC_DELAY), b""), "big")


def _find(data: bytes, wanted: bytes) -> Iterator[bytes]:
    """The contents of all elements of one id, of those that follow each other."""
    at = 0
    while at < len(data) and data[at]:
        name = data[at : at + _length(data[at])]
        at += len(name)
        if at >= len(data):
            return
        length = _length(data[at])
        value = int.from_bytes(data[at : at + length], "big")
        most = (1 << 7 * length) - 1
        at += length
        size = value & most
        end = len(data) if size == most else at + size  # unknown: to the end
        if name == wanted:
            yield data[at:end]
        at = end


def _length(first: int) -> int:
    """Bytes of a number, from its first byte."""
    return 9 - first.bit_length()
