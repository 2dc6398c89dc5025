"""What reaches the one ffmpeg that makes a result without Python."""

from dataclasses import replace
from fractions import Fraction

from avio_cli.encode.job import LOG
from avio_cli.errors import UsageError
from avio_cli.ffmpeg.media_source import MediaSource


def by_itself(source: MediaSource) -> MediaSource:
    """A source as one ffmpeg reads it, which makes the result.

    Args:
        source: any; streams of a live one that no relay passes on are warned of.

    Returns:
        The pipe of its relay, where that passes all of it on; else a source that
        ffmpeg opens itself.
    """
    if source.relay is not None and source.url.kind != "device" and _is_upright(source):
        for stream in source.unsent:
            kind = type(stream).__name__.removesuffix("Stream").lower()
            LOG.warning(
                "%s: %s stream #%d (%s) is dropped: of a live source video and audio "
                "are kept",
                *(source.name, kind, stream.index, stream.codec),
            )
        return source.as_pipe()
    source.close()
    if not source.is_live:
        return source
    info = replace(source.info, start=Fraction(0), jumps=True)
    return replace(source, info=info, relay=None)


def _is_upright(source: MediaSource) -> bool:
    """Whether it is shown as it is stored: no pipe passes on how it is turned."""
    return all(video.is_upright for video in source.info.videos)


def refuse_unpassed(source: MediaSource) -> None:
    """Fail where a source cannot be copied over its connections.

    Raises:
        UsageError: no pipe passes it on.
    """
    if source.relay is None or not _is_upright(source):
        raise UsageError(
            f"--segment: {source.name} cannot be copied in parts: it is turned, or has "
            "a codec that no pipe passes on",
            hint="omit --copy to encode it, or --segment to copy it into one file",
        )
