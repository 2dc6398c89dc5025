"""Audio whose rate or channels change midway, as in television between programmes.

In MPEG-TS and raw AAC each packet of AAC says its own. Other containers say them once
for all: decoders lose what follows, so that such audio is encoded there.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from avio_cli.demux.packet_reader import PacketReader
from avio_cli.encode.audio.gaps import (
    copied_audio,
    encoded_audio,
    with_gaps_filled,
)
from avio_cli.encode.audio.headers import LENGTH, can_change, rate_and_channels
from avio_cli.encode.settings import EncodeSettings
from avio_cli.errors import AvioError, UsageError
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.media.container import Container
from avio_cli.media.info import AudioStream

_LOG = logging.getLogger("avio.encode")
_SAID_EACH = ("mpegts", "hls", "aac")
"""Formats in which each packet has a header: ISO/IEC 13818-7, 6.2 (ADTS)."""


def with_whole_audio(settings: EncodeSettings, source: MediaSource) -> EncodeSettings:
    """The same settings, but with audio that is neither lost nor out of sync.

    It is encoded where a copy would lose what follows a change, or its gaps.

    Raises:
        UsageError: the user wants it to be copied.
        InputError: the source cannot be read, or lacks a requested track.
    """
    settings = with_changing_encoded(settings, source)
    return with_steady_fill(with_gaps_filled(settings, source), source)


def with_changing_encoded(
    settings: EncodeSettings, source: MediaSource
) -> EncodeSettings:
    """The same settings, but such audio is encoded where it was to be copied.

    Raises:
        UsageError: the user wants it to be copied.
        InputError: the source cannot be read, or lacks a requested track.
    """
    container, streams = settings.container, settings.streams
    start = source.origin + settings.start
    end = None if settings.end is None else source.origin + settings.end
    audios = copied_audio(settings, source)
    changed = lost_change(source, container, audios, start, end)
    if changed is None:
        return settings
    if streams.remux or streams.must_copy_audio:
        option = "--copy" if streams.remux else "--audio-codec copy"
        hint = f"omit {option}: audio is encoded then, or choose .ts"
        raise lost_audio(source, container, changed, hint)
    _LOG.warning(
        "the audio changes its rate or channels at %.3f s: it is encoded with those "
        "that it has at first",
        changed - source.origin,
    )
    return replace(settings, streams=replace(streams, audio_copy=()))


def lost_audio(
    source: MediaSource, container: Container, changed: Fraction, hint: str
) -> UsageError:
    """The error that a copy would lose audio from a time on."""
    when = f"{float(changed - source.origin):.3f} s"
    return UsageError(
        f"the audio of {source.name} changes its rate or channels at {when}, and "
        f"{container.title} cannot say so: what follows would be lost",
        hint=hint,
    )


def lost_change(
    source: MediaSource,
    container: Container,
    audios: Sequence[AudioStream],
    start: Fraction,
    end: Fraction | None,
) -> Fraction | None:
    """When copied AAC first changes in a range, if the container cannot say so.

    Args:
        source: what is copied; what cannot be read twice is not looked at.
        container: of the copy.
        audios: which streams are copied.
        start: of the range, in seconds on the source's own clock.
        end: likewise; None: to the end of the source.

    Raises:
        InputError: it cannot be read.
    """
    if says_each(container):
        return None
    return first_change(source, audios, start, end)


def says_each(container: Container) -> bool:
    """Whether each packet of AAC says its own rate and channels there."""
    return container.muxer in _SAID_EACH


def with_steady_fill(settings: EncodeSettings, source: MediaSource) -> EncodeSettings:
    """The same settings, knowing that audio changes which silence is to fill.

    ffmpeg starts its filters again there, and with them the silence before the first
    sample: 3 s of it at 3 s (5.1 and 9.0).

    Raises:
        InputError: the source cannot be read, or lacks a requested track.
    """
    container = settings.container
    if container.audio_times or not source.can_reopen:
        return settings
    start = source.origin + settings.start
    end = None if settings.end is None else source.origin + settings.end
    changed = any_change(source, encoded_audio(settings, source), start, end)
    if changed is None:
        return settings
    _LOG.warning(
        "the audio changes its rate or channels at %.3f s: it is encoded with those "
        "that it has at first",
        changed - source.origin,
    )
    return replace(settings, audio_changes=True)


def any_change(
    source: MediaSource,
    audios: Sequence[AudioStream],
    start: Fraction,
    end: Fraction | None,
) -> Fraction | None:
    """When the first of some audio changes, of any codec whose packets say so.

    Audio that NUT cannot pass on whole is taken not to change; where a source is
    damaged, decoding says so.
    """
    audios = [audio for audio in audios if can_change(audio.codec)]
    try:
        return _first_change(source, audios, start, end)
    except AvioError:
        return None


def first_change(
    source: MediaSource,
    audios: Sequence[AudioStream],
    start: Fraction,
    end: Fraction | None,
) -> Fraction | None:
    """When the first of some AAC changes, whatever is made of it; see `lost_change`."""
    there = source.info.container.split(",")
    if not set(there) & set(_SAID_EACH):
        return None
    audios = [audio for audio in audios if audio.codec == "aac"]
    return _first_change(source, audios, start, end)


def _first_change(
    source: MediaSource,
    audios: Sequence[AudioStream],
    start: Fraction,
    end: Fraction | None,
) -> Fraction | None:
    if not audios or source.url.kind == "url" or not source.can_reopen:
        return None
    known: dict[int, bytes] = {}
    with PacketReader(source, audios) as packets:
        bases = [stream.time_base for stream in packets.streams]
        codecs = [audio.codec for audio in audios]
        for packet in packets:
            time = packet.pts * bases[packet.stream]
            if time < start or (end is not None and time >= end):
                continue
            first = packet.payload[:LENGTH].tobytes()
            header = rate_and_channels(codecs[packet.stream], first)
            if header and known.setdefault(packet.stream, header) != header:
                return time
    return None
