"""Open the input of a command: standard input is streamed wherever that is enough."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from avio_cli.decode.background_probe import (
    SHORT_ANALYSIS,
    BackgroundProbe,
    background_probe,
)
from avio_cli.decode.stdin import (
    StdinTee,
    regular_file,
    spooled_tee,
    why_not_streamed,
)
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.url import MediaUrl

if TYPE_CHECKING:
    from avio_cli.ffmpeg.media_source import MediaSource


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
    with ExitStack() as kept:
        yield _opened_stdin(ffmpeg, url, early, reread, kept)


def _opened_stdin(
    ffmpeg: FFmpeg, url: MediaUrl, early: object, reread: str, kept: ExitStack
) -> "Callable[[], MediaSource]":
    begun = early if isinstance(early, BackgroundProbe) else None
    if begun is not None and not reread and begun.answers(ffmpeg, url):
        piped = begun
    else:
        tee = (begun.released_tee() if begun else None) or StdinTee()
        if reread:
            return _kept(tee, url, reread, ffmpeg, kept).result
        piped = BackgroundProbe(ffmpeg, url, tee=tee, looks=True)
    if reason := piped.why_kept():
        return _kept(_tee_of(piped), url, reason, ffmpeg, kept).result
    return lambda: _streamed(piped, ffmpeg, kept)


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
    probing: BackgroundProbe, ffmpeg: FFmpeg, kept: ExitStack
) -> "MediaSource":
    if not probing.info().covers:
        return probing.result()
    tee, reason = _tee_of(probing), "its cover art is read by itself"
    return _kept(tee, probing.url, reason, ffmpeg, kept).result()


def _tee_of(probing: BackgroundProbe) -> StdinTee:
    tee = probing.released_tee()
    if tee is None:
        raise ValueError("it probes no standard input")
    return tee


def _kept(
    tee: StdinTee, url: MediaUrl, reason: str, ffmpeg: FFmpeg, kept: ExitStack
) -> BackgroundProbe:
    """A probe of standard input that is kept in a file as long as `kept` is open.

    Raises:
        InputError: there is nothing in it, or it cannot be kept.
    """
    tee.head()
    return BackgroundProbe(ffmpeg, kept.enter_context(spooled_tee(tee, url, reason)))
