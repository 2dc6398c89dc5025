"""BackgroundProbe: probes a source while other work is done.

Light to import: a source is probed before numpy is imported, and that of a plain
``avio play FILE``, ``avio track FILE`` or ``avio track -`` even before the command line
is parsed.
"""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from avio_cli.decode.stdin import (
    StdinTee,
    is_transport_stream,
    regular_file,
    why_not_streamed,
)
from avio_cli.errors import AvioError, InputError
from avio_cli.ffmpeg.limits import COMMAND_LINE
from avio_cli.ffmpeg.locate import FFmpeg, locate_ffmpeg
from avio_cli.ffmpeg.probe.probe import probe
from avio_cli.ffmpeg.url import MEDIA_EXTENSIONS, MediaUrl, parse_url

if TYPE_CHECKING:
    from avio_cli.ffmpeg.media_source import MediaSource
    from avio_cli.media.info import MediaInfo


_NOT_EARLY = frozenset({"-v", "--verbose", "-h", "--help", "--safe", "--max-pixels"})
"""Options that a probe must not precede."""
SHORT_ANALYSIS = ("-analyzeduration", "1000000")
"""For MPEG-TS, which lists its streams at once: else ffmpeg looks for further ones for
five seconds, in which a pipe from a camera gives no frame (5.1, 9.0)."""


class BackgroundProbe:
    """Probes a source while other work is done.

    Args:
        ffmpeg: the binary to run.
        url: what to probe.
        options: further options of ffmpeg for the source.
        tee: standard input, where its first bytes have been looked at.
        looks: whether the first bytes of standard input decide how it is probed, and
            whether: what must be kept in a file first is not.
    """

    def __init__(
        self,
        ffmpeg: FFmpeg,
        url: MediaUrl,
        options: Sequence[str] = (),
        tee: StdinTee | None = None,
        *,
        looks: bool = False,
    ) -> None:
        self.ffmpeg, self.url = ffmpeg, url
        self._options, self._looks = options, looks
        self._looked, self._why_kept = threading.Event(), ""
        self._info: MediaInfo | None = None
        self._live: MediaSource | None = None
        self._error: BaseException | None = None
        self._closing, self._closed = threading.Lock(), False
        self._streamed = tee or (StdinTee() if url.kind == "stdin" else None)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def why_kept(self) -> str:
        """Why standard input must be read from a file; empty: it need not.

        Raises:
            InputError: there is nothing in it.
        """
        self._looked.wait()
        if self._error is not None and not self._why_kept:
            self.info()
        return self._why_kept

    def released_tee(self) -> StdinTee | None:
        """Standard input with all that was read of it, once the probe is over."""
        self._thread.join()
        return self._streamed

    def info(self) -> "MediaInfo":
        """Wait for what the source contains.

        Raises:
            InputError: it cannot be opened.
        """
        self._thread.join()
        if self._info is None:
            raise self._error or InputError(f"{self.url.display_name} cannot be opened")
        return self._info

    def result(self) -> "MediaSource":
        """Wait for the result: the source and what it contains.

        Raises:
            InputError: it cannot be opened.
        """
        info = self.info()
        if self._streamed is not None:
            self._streamed.start()
            self._streamed.stop_buffering()
        if self._live is not None:
            return self._live
        # Not at the top: what reads the answer is not needed before there is one.
        from avio_cli.ffmpeg.media_source import MediaSource

        return MediaSource(self.ffmpeg, self.url, info)

    def close(self) -> None:
        """Close the connection to a live source, if nobody has taken it.

        A server that does not answer is not waited for: the thread closes what it
        opens later. The child that looks at a file has ended when this returns.
        """
        with self._closing:
            self._closed = True
            if self._live is not None:
                self._live.close()
        if self.url.kind == "file" and self.url.can_reopen:
            self._thread.join()

    def answers(self, ffmpeg: FFmpeg, url: MediaUrl) -> bool:
        """Whether it probes this source with this binary."""
        return (self.ffmpeg, self.url) == (ffmpeg, url)

    def _run(self) -> None:
        try:
            if self._looks and self._streamed is not None:
                self._look(self._streamed.head())
            self._looked.set()
            if self._why_kept:
                return
            info = self._probe(self._options)
            if self._options and not info.is_complete:
                info = self._probe(())
            self._info = info
        except BaseException as error:  # raised again where the result is wanted
            self._error = error
        finally:
            self._looked.set()

    def _look(self, head: bytes) -> None:
        self._why_kept = why_not_streamed(head)
        if is_transport_stream(head):
            self._options = SHORT_ANALYSIS

    def _probe(self, options: Sequence[str]) -> "MediaInfo":
        if self._streamed is not None:
            self._streamed.start()
        if self.url.is_relayed:
            return self._open_live(options)
        return probe(self.ffmpeg, self.url, options)

    def _open_live(self, options: Sequence[str]) -> "MediaInfo":
        from avio_cli.ffmpeg.live.opening import open_live

        if self._live is not None:
            self._live.close()
        live = open_live(self.ffmpeg, self.url, options)
        with self._closing:
            self._live = live
            if self._closed:
                live.close()
        return live.info


def probe_early(
    arguments: Sequence[str], *, stdin: bool = False
) -> BackgroundProbe | None:
    """Start to probe the first file before the command line is parsed.

    The first word with a media file's extension that names a regular file is taken for
    the first input; that of ``avio track -`` is standard input. Where it is none, as in
    ``--record video.mp4``, only a little time is lost. Nothing else is touched: neither
    streams nor devices, and no file is opened by this process.

    Args:
        arguments: those of ``avio play`` or ``avio track``.
        stdin: whether ``-`` as the first of them may be read.

    Returns:
        None where no word looks like one, or where logging or limits were asked for.
    """
    if not _NOT_EARLY.isdisjoint(word.partition("=")[0] for word in arguments):
        return None
    piped = stdin and arguments[:1] == ["-"]
    named = "-" if piped else next(filter(_is_media_file, arguments), None)
    if named is None:
        return None
    try:
        url = parse_url(named, COMMAND_LINE)
        url = regular_file(url) if piped else url
        return BackgroundProbe(locate_ffmpeg(), url, looks=piped)
    except AvioError:  # reported when this is done again
        return None


def background_probe(
    ffmpeg: FFmpeg, url: MediaUrl, early: object, options: Sequence[str] = ()
) -> BackgroundProbe:
    """Probe a source, or take the probe that was started early if it is of this one.

    Args:
        ffmpeg: the binary to run.
        url: what to probe.
        early: the early probe, or standard input as far as it was read; None for none.
        options: see `BackgroundProbe`; not for files, which alone are probed early.
    """
    if isinstance(early, BackgroundProbe) and early.answers(ffmpeg, url):
        return early
    tee = early if isinstance(early, StdinTee) else None
    return BackgroundProbe(ffmpeg, url, options, tee=tee)


def _is_media_file(word: str) -> bool:
    try:
        path = Path(word)
        return path.suffix.lower() in MEDIA_EXTENSIONS and path.is_file()
    except (OSError, ValueError):  # too long, or a zero byte
        return False
