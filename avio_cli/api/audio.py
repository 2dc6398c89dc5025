"""Read audio from Python: all of it in one array."""

from collections.abc import Iterable, Iterator
from contextlib import closing
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avio_cli.api.hints import in_python
from avio_cli.api.options import Time, time_range, whole_number
from avio_cli.api.sources import Source, opened_source
from avio_cli.decode.audio_reader import AudioReader
from avio_cli.decode.settings import AudioFormat, ReaderSettings, select_audio
from avio_cli.demux.known_jumps import with_known_jumps
from avio_cli.demux.structure.holes import range_hole
from avio_cli.encode.settings import check_range
from avio_cli.errors import DamagedInputError
from avio_cli.ffmpeg.limits import Limits
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.media.frame import AudioBlock

_JITTER = Fraction(1, 50)
"""Seconds by which times of blocks may differ from the count of samples before them:
Matroska rounds to a millisecond, some cameras to more."""

_MOST_RATE = 2_000_000
"""Above all that is recorded, DSD included; ten minutes of it are 2.4 GB a channel."""
_MOST_CHANNELS = 64
"""As many as ffmpeg mixes."""


@in_python()
def read_audio(
    source: Source,
    *,
    start: Time = 0,
    end: Time | None = None,
    track: int = 0,
    sample_rate: int | None = None,
    channels: int | None = None,
    allow_damaged: bool = False,
    limits: Limits | None = None,
) -> AudioBlock:
    """Read the audio of a source, all of it: a minute of stereo is 11 MB.

    Args:
        source: the file, URL, bytes or file object.
        start: seconds after the source's start, cut to the sample.
        end: likewise.
        track: which audio stream, counted from 0.
        sample_rate: to resample to; None: the source's own.
        channels: to mix to; None: the source's own.
        allow_damaged: whether what can be read of a damaged source will do.
        limits: how large the source may be; see `probe`.

    Returns:
        ``samples`` int16 (n, channels), ``sample_rate``, and the ``time`` of the first
        sample on the source's clock. Silence fills the gaps.

    Raises:
        InputError: it cannot be opened, has no such stream, or cannot be mixed to that
            many channels.
        UsageError: an argument is not possible.
        DamagedInputError: it holds less than it declares.
    """
    first, last = time_range(start, end)
    with opened_source(source, limits) as opened:
        settings = ReaderSettings(
            start=first,
            end=last,
            audio=audio_format(opened, track, sample_rate, channels),
        )
        known = with_known_jumps(opened)
        check_range(first, last, known.info)
        return collect_audio(known, settings, allow_damaged=allow_damaged)


def audio_format(
    source: MediaSource,
    track: int = 0,
    sample_rate: int | None = None,
    channels: int | None = None,
) -> AudioFormat:
    """How the audio is read: as it is where nothing else is asked for.

    Raises:
        InputError: there is no such track.
    """
    number = whole_number("track", track, least=0)
    stream, usual = select_audio(source.info, number), AudioFormat()
    rate = stream.sample_rate or usual.sample_rate
    count = stream.channels or usual.channels
    if sample_rate is not None:
        rate = whole_number("sample_rate", sample_rate, least=1, most=_MOST_RATE)
    if channels is not None:
        count = whole_number("channels", channels, least=1, most=_MOST_CHANNELS)
    return AudioFormat(sample_rate=rate, channels=count, track=number)


def collect_audio(
    source: MediaSource, settings: ReaderSettings, *, allow_damaged: bool = False
) -> AudioBlock:
    """Read what the settings ask for as one block.

    Raises:
        InputError: it cannot be decoded, or lacks more than is allowed.
    """
    audio = settings.audio or AudioFormat()
    with closing(AudioReader(source, settings)) as reader:
        blocks = list(reader.items())
    if not blocks:
        empty: NDArray[np.int16] = np.empty((0, audio.channels), np.int16)
        whole = AudioBlock(empty, audio.sample_rate, 0, Fraction(1, audio.sample_rate))
    else:
        samples: NDArray[Any] = np.concatenate(list(_without_gaps(blocks)))
        first = blocks[0]
        whole = AudioBlock(samples, first.sample_rate, first.pts, first.time_base)
    hole = range_hole(source, settings.start, settings.end, None)
    damage = reader.damage(hole)
    if damage and not allow_damaged:
        raise DamagedInputError(damage, hint="allow_damaged=True keeps what there is")
    return whole


def _without_gaps(blocks: Iterable[AudioBlock]) -> Iterator[NDArray[Any]]:
    """The samples of blocks, with silence where time passes without any."""
    start: Fraction | None = None
    count = 0
    for block in blocks:
        start = block.time if start is None else start
        late = round((block.time - start) * block.sample_rate) - count
        samples = block.samples
        if late > _JITTER * block.sample_rate:
            yield np.zeros((late, samples.shape[1]), samples.dtype)
            count += late
        elif -late > _JITTER * block.sample_rate:  # it overlaps what came before
            samples = samples[-late:]
        yield samples
        count += len(samples)
