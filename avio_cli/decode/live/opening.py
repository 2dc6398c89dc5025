"""How a live source is opened: what its kind says of ends, silence and patience."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from avio_cli.decode.audio_reader import AudioReader
from avio_cli.decode.live.connection import ItemReader, Silence
from avio_cli.decode.live.health import Health
from avio_cli.decode.live.kinds import SEGMENTED, LiveRules, is_read_once
from avio_cli.decode.live.options import LiveOptions
from avio_cli.decode.live.reader import LiveReader
from avio_cli.decode.reader import MediaReader
from avio_cli.decode.settings import ReaderSettings
from avio_cli.ffmpeg.clock import has_no_times
from avio_cli.ffmpeg.media_source import MediaSource

BODY_TIMEOUT = 120.0
"""Seconds after which the body of a response is given up: it is no camera."""
SEGMENT_SECONDS = 30.0
"""Without a frame for so long, what comes in segments is opened again."""


def live_reader(
    source: MediaSource,
    settings: ReaderSettings,
    options: LiveOptions | None = None,
    health: Health | None = None,
    open_reader: Callable[[bool], ItemReader] | None = None,
) -> LiveReader:
    """Read a live source, whatever becomes of its connections.

    Args:
        source: what is read; standard input is read once.
        settings: how; their end counts from the first frame, without video from the
            first audio.
        options: `timeout` and `latency` are used.
        health: gets the counters; shared with who shows them.
        open_reader: opens it, with audio or without: it may have none any more. None:
            as `settings` say, only audio where it has no video.
    """
    options, endless = options or LiveOptions(), replace(settings, end=None)
    once = is_read_once(source)
    timeout = None if options.timeout is None else float(options.timeout)
    rules = LiveRules(
        name=source.name,
        ends=once,
        newest=options.latency == "newest",
        timeout=BODY_TIMEOUT if timeout is None and once else timeout,
        length=settings.end,
        by_arrival=has_no_times(source.info),
        video=bool(source.info.videos),
        audio=settings.audio is not None,
    )
    connect = open_reader or partial(_plain_reader, source, endless)
    return LiveReader(connect, rules, health, silence=_silence(source))


def with_audio(settings: ReaderSettings, audio: bool) -> ReaderSettings:
    """The same settings, without audio unless it is wanted."""
    return settings if audio else replace(settings, audio=None)


def _plain_reader(
    source: MediaSource, settings: ReaderSettings, audio: bool
) -> ItemReader:
    if source.info.videos:
        return MediaReader(source, with_audio(settings, audio))
    return AudioReader(source, settings)


def _silence(source: MediaSource) -> Silence | None:
    """How long it may be silent; what is piped may be, for ever."""
    if source.url.kind == "stdin":
        return None
    interval = float(source.info.frame_duration)
    if SEGMENTED.isdisjoint(source.info.container.split(",")):
        return Silence(interval)
    return Silence(interval, least=SEGMENT_SECONDS)
