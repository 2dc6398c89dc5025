"""Copied audio of which readers of the result would skip what should be heard.

An edit list that hides the start of audio becomes a delay in Matroska with ffmpeg 9.0.
What only primes a decoder is copied, too, and skipped. More than that would be heard
by readers that do not skip it (ffmpeg 5.1), and if it is left out, as much is skipped
of what follows: such audio is encoded instead.
"""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from avio_cli.demux.hidden import PRIMING, may_hide
from avio_cli.encode.audio.gaps import copied_audio
from avio_cli.encode.settings import EncodeSettings
from avio_cli.errors import UsageError
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.media.container import Container
from avio_cli.media.containers import container_for
from avio_cli.media.info import AudioStream
from avio_cli.mux.codec_delay import codec_delays


def with_skipped_encoded(
    settings: EncodeSettings, source: MediaSource
) -> EncodeSettings:
    """The same settings, but such audio is encoded where it was to be copied.

    Raises:
        UsageError: the user wants it to be copied.
        InputError: the source lacks a requested track.
    """
    container, streams = settings.container, settings.streams
    if not skipped_audio(source, container, copied_audio(settings, source)):
        return settings
    if streams.remux or streams.must_copy_audio:
        option = "--copy" if streams.remux else "--audio-codec copy"
        raise lost_start(source, container, f"omit {option}: audio is encoded then")
    return replace(settings, streams=replace(streams, audio_copy=()))


def with_audio_lead(settings: EncodeSettings, source: MediaSource) -> EncodeSettings:
    """The same settings, with how much earlier encoded audio must be read."""
    wanted = settings.start and not settings.streams.remux and settings.streams.audio
    if not wanted or not may_hide(source) or not source.can_reopen:
        return settings
    matroska = container_for("matroska")
    audios = [audio for audio in source.info.audios if audio.codec in matroska.audio]
    delays = codec_delays(source, matroska, audios)
    return replace(settings, audio_lead=max(delays.values(), default=Fraction(0)))


def skipped_audio(
    source: MediaSource, container: Container, streams: Sequence[AudioStream]
) -> bool:
    """Whether readers of a copy would skip more of some audio than primes a decoder."""
    if not may_hide(source) or not source.can_reopen:
        return False
    delays = codec_delays(source, container, streams)
    return max(delays.values(), default=PRIMING) > PRIMING


def lost_start(source: MediaSource, container: Container, hint: str) -> UsageError:
    """The error that the start of copied audio would not be heard."""
    return UsageError(
        f"{source.name} hides audio before its start: players of {container.title} "
        "would skip as much at the start of a copy",
        hint=hint,
    )
