"""Open the input of a command: standard input is streamed wherever that is enough."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from avio_cli.decode.background_probe import BackgroundProbe, background_probe
from avio_cli.decode.stdin import (
    StdinTee,
    is_transport_stream,
    regular_file,
    spooled_tee,
    why_not_streamed,
)
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.url import MediaUrl

if TYPE_CHECKING:
    from avio_cli.ffmpeg.media_source import MediaSource


SHORT_ANALYSIS = ("-analyzeduration", "1000000")
"""For MPEG-TS, which lists its streams at once: else ffmpeg looks for further ones for
five seconds, in which a pipe from a camera gives no frame (5.1, 9.0)."""


@contextmanager
def opened_input(
    ffmpeg: FFmpeg, url: MediaUrl, early: object = None, *, reread: str = ""
) -> Iterator[Callable[[], "MediaSource"]]:
    """Probe an input in the background; what is kept of stdin is kept in the block.

    Args:
        ffmpeg: the binary to run.
        url: the input.
        early: a probe that was started before, if any.
        reread: why it must be possible to read it several times; empty: once is enough.

    Yields:
        Waits for the source.

    Raises:
        InputError: it cannot be opened.
    """
    if url.kind == "stdin":
        url = regular_file(url)
    if url.kind != "stdin":
        probing = background_probe(ffmpeg, url, early)
        try:
            yield probing.result
        finally:
            probing.close()
        return
    tee = StdinTee()
    reason = reread or why_not_streamed(tee.head())
    with ExitStack() as kept:
        if reason:
            spooled = kept.enter_context(spooled_tee(tee, url, reason))
            yield BackgroundProbe(ffmpeg, spooled).result
            return
        short = SHORT_ANALYSIS if is_transport_stream(tee.head()) else ()
        piped = BackgroundProbe(ffmpeg, url, short, tee=tee)
        yield lambda: _streamed(piped, tee, ffmpeg, kept)


@contextmanager
def playable_stdin(
    urls: tuple[MediaUrl, ...],
) -> Iterator[tuple[tuple[MediaUrl, ...], StdinTee | None]]:
    """The inputs of a player; stdin as a file where it is one, or must be kept in one.

    Yields:
        The inputs, and the data of stdin where that is streamed.
    """
    urls = tuple(regular_file(url) if url.kind == "stdin" else url for url in urls)
    if urls[0].kind != "stdin":  # one that comes later is streamed
        yield urls, None
        return
    tee = StdinTee()
    if not (reason := why_not_streamed(tee.head())):
        yield urls, tee
        return
    with spooled_tee(tee, urls[0], reason) as kept:
        yield (kept, *urls[1:]), None


def piped_inputs(source: "MediaSource") -> tuple[str, ...]:
    """Input options of a decoder for what was probed so."""
    streamed = source.url.kind == "stdin" and source.info.container == "mpegts"
    return SHORT_ANALYSIS if streamed else ()


def _streamed(
    probing: BackgroundProbe, tee: StdinTee, ffmpeg: FFmpeg, kept: ExitStack
) -> "MediaSource":
    if not probing.info().covers:
        return probing.result()
    reason = "its cover art is read by itself"
    spooled = kept.enter_context(spooled_tee(tee, probing.url, reason))
    return BackgroundProbe(ffmpeg, spooled).result()
