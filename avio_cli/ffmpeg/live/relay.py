"""Relay: one ffmpeg that opens a live source, says what it is, and passes it on.

Many live sources take one client at a time, or only one ever: a listening server, a
camera. So that the probe and the decoder need no connection each, a relay opens the
source and copies its packets into a pipe, as NUT. What it logs meanwhile is the probe.
The decoder, which is started afterwards, reads the pipe from its first packet.
"""

import logging
from collections.abc import Callable, Sequence

from avio_cli.errors import InputError
from avio_cli.ffmpeg.command import Command, Input, Output, source_input
from avio_cli.ffmpeg.live.connection import Connection
from avio_cli.ffmpeg.live.report import driver_changes, media_from_relay
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.probe.ffmpeg_report import REPORT_OPTIONS
from avio_cli.ffmpeg.probe.probe import PROBE_SECONDS, open_failure
from avio_cli.ffmpeg.process.log import COLOR
from avio_cli.ffmpeg.process.process import Process
from avio_cli.ffmpeg.url import MediaUrl
from avio_cli.media.info import MediaInfo

LOG = logging.getLogger("avio.live")

EARLIEST = 64
"""Seconds added to all times in the pipe: NUT has none before 0, at which the first
packets of a source may be decoded."""

SHORTER = ("-analyzeduration", "1000000")
"""What it contains is known when it is opened again: where a stream may gain further
ones, ffmpeg would look for five seconds in which no frame comes (5.1, 9.0)."""

STALE_SECONDS = 3.0
"""What waited longer, while a model was loaded, is opened again: it is old, and of a
server that does not wait for its clients packets are lost."""
NOTICE_SECONDS = 3.0
"""Where a source sends nothing for so long when it is opened, that is said once."""
_PACED = ("rtsp", "rtp:", "udp:")

_COPY = (
    *("-c", "copy"),
    # Else nothing is sent of streams whose keyframes are not marked.
    "-copyinkf:v",
    # Else packets wait up to 10 s for those of a stream that has none (5.1, 9.0).
    *("-max_interleave_delta", "1", "-flush_packets", "1"),
    *("-avoid_negative_ts", "disabled", "-output_ts_offset", str(EARLIEST)),
    *("-write_index", "0"),
    # Else who reads it keeps 210 bytes for each syncpoint until the connection ends: 15
    # MB in an hour at 4 Mbit/s (5.1, 9.0).
    *("-syncpoints", "none", "-strict", "experimental", "-f", "nut"),
)
_PIPE = ("-protocol_whitelist", "pipe", "-format_whitelist", "nut", "-f", "nut")
_NO_KEYFRAME = "no keyframe came while it was looked at; is one sent every few seconds?"


_UNCARRIED = frozenset({"s302m", "truehd", "mlp", "pcm_bluray", "pcm_dvd"})
"""Codecs for which NUT has no tag (5.1, 9.0)."""


class IncompleteError(InputError):
    """What a source contains was not known in time."""


class UncarriedError(InputError):
    """It has a codec that no relay passes on."""


class Relay:
    """A connection to a live source, and where it was taken, the next ones.

    Args:
        ffmpeg: the binary to run.
        url: a device or a network address.
        options: further options of its input.

    Raises:
        FFmpegError: ffmpeg cannot be started.
    """

    def __init__(
        self, ffmpeg: FFmpeg, url: MediaUrl, options: Sequence[str] = ()
    ) -> None:
        self._ffmpeg, self._url, self._options = ffmpeg, url, tuple(options)
        self.address = url.url
        """What is opened."""
        self._waiting: Connection | None = Connection(self._command())
        self.has_file = False
        """Whether what it described has an end."""
        self.container = ""
        """Of what it described."""

    def describe(self) -> MediaInfo:
        """Wait until the source was opened; its times count from its first packet.

        Raises:
            InputError: it cannot be opened in time, or is above a limit.
            IncompleteError: no keyframe, or no audio, came in time.
        """
        connection = self._waiting
        if connection is None:
            raise ValueError("the connection was taken")
        self._await_answer(connection)
        log = connection.report(PROBE_SECONDS)
        if log is None:
            self.close()
            raise InputError(
                f"cannot open {self._url.display_name}: "
                f"no answer within {PROBE_SECONDS} seconds"
            )
        info = media_from_relay(log, self._url)
        self.container = info.container if info else ""
        if info is not None and info.duration is not None and self._url.kind == "url":
            self.has_file = True
            self._url.limits.check(info, COLOR.sub("", log))
            return info  # also where not all of it can be passed on
        if info is not None and (found := _uncarried(info)):
            self.close()
            raise UncarriedError(f"no relay passes {found} on")
        if info is None or not (connection.is_open and info.is_complete):
            error = self._failure(log)
            seen = info is not None and not info.is_complete
            raise IncompleteError(error.message, hint=_NO_KEYFRAME) if seen else error
        self._url.limits.check(info, COLOR.sub("", log))
        for changed in driver_changes(log):
            LOG.warning("%s: the driver changed %s", self._url.display_name, changed)
        return info

    def take(self, watch: Callable[[str], None]) -> Process:
        """The child that sends packets: the first one, later a new one each time.

        Args:
            watch: called with each problem that it logs, from its start on.

        Returns:
            A running child, which is the caller's: its stdout is to be read.
        """
        if self._is_stale():
            self.close()
        connection, self._waiting = self._waiting, None
        if connection is None:
            connection = Connection(self._command(SHORTER))
        connection.report_problems(watch)
        return connection.process

    def close(self) -> None:
        """Close the connection if nobody has taken it; safe to call twice."""
        connection, self._waiting = self._waiting, None
        if connection is not None:
            connection.process.kill()  # it writes no file
            connection.process.stop()

    def _await_answer(self, connection: Connection) -> None:
        """Wait until the source sends something, or cannot be opened.

        Raises:
            InputError: it has sent nothing for too long.
        """
        name, patience = self._url.display_name, self._url.limits.patience
        if connection.answers(min(patience, NOTICE_SECONDS)):
            return
        if patience > NOTICE_SECONDS:
            LOG.warning("waiting for the first packet of %s", name)
            if connection.answers(patience - NOTICE_SECONDS):
                return
        self.close()
        raise InputError(
            f"cannot open {name}: no packet within {patience:g} s",
            hint="is it sending? --timeout sets how long a live source may be away",
        )

    def _is_stale(self) -> bool:
        connection = self._waiting
        paced = self._url.url.lower().startswith(_PACED)
        return connection is not None and paced and connection.waited > STALE_SECONDS

    def _command(self, options: Sequence[str] = ()) -> list[str]:
        url = self._url
        inputs = [source_input(url, (*options, *self._options))]
        maps = ("-map", "0:V?", "-map", "0:a?")
        if url.microphone:
            *options, name = url.microphone
            inputs.append(Input(name, tuple(options)))
            maps = ("-map", "0:V?", "-map", "1:a?")
        outputs = (Output("pipe:1", (*maps, *_COPY)),)
        command = Command(tuple(inputs), outputs, REPORT_OPTIONS)
        return command.argv(self._ffmpeg.path)

    def _failure(self, log: str) -> InputError:
        connection, self._waiting = self._waiting, None
        status = connection.process.stop() if connection else 1
        return open_failure(self._url, status, COLOR.sub("", log))


def _uncarried(info: MediaInfo) -> str:
    found = {stream.codec for stream in (*info.videos, *info.audios)} & _UNCARRIED
    return ", ".join(sorted(found))


def relay_input(url: MediaUrl, options: Sequence[str] = ()) -> Input:
    """The pipe of a relay as an input of the command that reads it.

    Args:
        url: the source, for its limits.
        options: further options of the input.
    """
    times = ("-itsoffset", str(-EARLIEST))
    return Input("pipe:0", (*_PIPE, *url.limits.options, *times, *options))


def relay_pipe(url: MediaUrl) -> MediaUrl:
    """The pipe of a relay as standard input, whose times ffmpeg counts from 0."""
    options = (*_PIPE, *SHORTER)
    return MediaUrl("stdin", "pipe:0", url.display_name, options, limits=url.limits)
