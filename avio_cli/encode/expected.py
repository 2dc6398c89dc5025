"""What an encode takes of its source: its packets, and the range."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from avio_cli.demux.timeline import StreamTimeline, Timeline, list_timeline
from avio_cli.encode.settings import EncodeSettings
from avio_cli.errors import FFmpegError, InputError
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.media.info import Stream
from avio_cli.mux.expected import Window
from avio_cli.mux.expected_result import SourceTimes


def source_timeline(
    source: MediaSource, streams: Sequence[Stream], settings: EncodeSettings
) -> Timeline | None:
    """List the packets for the verification; None where it is not wanted or possible.

    Raises:
        InputError: a signal ended the ffmpeg that lists them.
    """
    return None if settings.verify == "none" else readable_timeline(source, streams)


def readable_timeline(
    source: MediaSource, streams: Sequence[Stream]
) -> Timeline | None:
    """List the packets of a local file; None where that is not possible.

    What is remote, or comes through a pipe, is never read twice.

    Raises:
        InputError: a signal ended the ffmpeg that lists them.
    """
    if source.url.kind == "url" or not source.can_reopen:
        return None
    try:
        return list_timeline(source, streams)
    except FFmpegError as error:
        if error.status < 0:
            message = f"{source.name} cannot be listed: {error.message}"
            raise InputError(message, hint=error.hint) from error
        return None  # reading it for the result will fail, too, and say why


def window_of(settings: EncodeSettings, source: MediaSource) -> Window:
    """The range of the source that the settings name."""
    start = source.origin + settings.start
    end = None if settings.end is None else source.origin + settings.end
    cut = bool(settings.start) or end is not None
    return Window(start, end, cut=cut, preroll=settings.keyframe_preroll)


def times_with_frames(
    frames: StreamTimeline,
    origin: Fraction,
    settings: EncodeSettings,
    source: MediaSource | None,
    others: Sequence[Stream],
) -> SourceTimes:
    """The times of frames from Python, and of what is copied beside them.

    Args:
        frames: those that were written.
        origin: seconds at which the source starts.
        settings: of the encode.
        source: what the other streams are copied from; None: nothing.
        others: those streams, and subtitles.
    """
    window = Window(origin + settings.start)
    lines: tuple[StreamTimeline, ...] = (frames,)
    if source is not None:
        window = replace(window_of(settings, source), start=window.start)
        listed = source_timeline(source, others, settings)
        lines = (frames, *(listed.streams if listed else ()))
    decoded = {frames.index: len(frames)}
    last, ending = frames.end(), settings.ending
    if ending is not None and (last is None or last < ending.time):
        ending = None  # other frames were written
    return SourceTimes(
        timeline=Timeline(lines),
        window=window,
        decoded=decoded,
        ending=ending,
    )
