"""MediaSource: what is read, by which ffmpeg, and what the probe found there."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from avio_cli.ffmpeg.clock import Clock, clock_of, is_read_from_start
from avio_cli.ffmpeg.command import Input, resuming_options, source_input
from avio_cli.ffmpeg.live.relay import Relay, relay_input, relay_pipe
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.probe.probe import probe
from avio_cli.ffmpeg.seeking import (
    precedes_video,
    seek_margin,
    seek_options,
    seek_positions,
)
from avio_cli.ffmpeg.url import MediaUrl
from avio_cli.media.info import MediaInfo, Stream, VideoStream


@dataclass(frozen=True, slots=True)
class MediaSource:
    """One source, and all that is needed to read it."""

    ffmpeg: FFmpeg
    """The binary that reads it."""
    url: MediaUrl
    info: MediaInfo
    """What the probe found there."""
    generates_pts: bool = False
    """Whether ffmpeg makes presentation times where packets lack them. It is then read
    from the start: packets after a seek may lack even the times these are made of."""
    relay: Relay | None = field(default=None, compare=False)
    """The connection to a live source, from which its packets come."""

    @classmethod
    def probe(
        cls, ffmpeg: FFmpeg, url: MediaUrl, options: Sequence[str] = ()
    ) -> "MediaSource":
        """Find out what a source contains; see `avio_cli.ffmpeg.probe.probe.probe`.

        Raises:
            InputError: it cannot be opened, or is not media.
            FFmpegError: the program itself does not work.
        """
        return cls(ffmpeg, url, probe(ffmpeg, url, options))

    @property
    def name(self) -> str:
        """The name shown to people: as typed, credentials masked."""
        return self.info.source

    @property
    def is_live(self) -> bool:
        """Whether it is a stream without an end, which may go on after a break."""
        kind = self.url.kind
        endless = kind == "url" and self.info.duration is None
        return kind == "device" or self.relay is not None or endless

    @property
    def can_reopen(self) -> bool:
        """Whether a second child may read the same from the start as well."""
        return self.url.can_reopen and not self.is_live

    @property
    def address(self) -> str:
        """What is opened: of what a relay sends, the address at the other end."""
        return self.url.url if self.relay is None else self.relay.address

    @property
    def container(self) -> str:
        """As ffmpeg names it: of what a relay sends, that at the other end."""
        return self.info.container if self.relay is None else self.relay.container

    @property
    def unsent(self) -> tuple[Stream, ...]:
        """Streams that a relay does not pass on: subtitles, data, cover art."""
        if self.relay is None:
            return ()
        sent = (*self.info.videos, *self.info.audios)
        return tuple(stream for stream in self.info.streams if stream not in sent)

    def as_pipe(self) -> "MediaSource":
        """A live source for commands that name their streams by number.

        It is the pipe of the relay, from which ffmpeg counts times on from 0, with the
        streams that are in it; without a relay it is as it was.
        """
        if self.relay is None:
            return self
        sent = (*self.info.videos, *self.info.audios)
        streams = tuple(replace(stream, index=i) for i, stream in enumerate(sent))
        info = replace(self.info, container="nut", streams=streams, jumps=True)
        return replace(self, url=relay_pipe(self.url), info=info)

    @property
    def origin(self) -> Fraction:
        """The time at which it starts, in seconds on its own clock."""
        return self.info.origin

    @property
    def seek_margin(self) -> Fraction:
        """Seconds by which to seek earlier: its demuxer may land late; 0: never."""
        return seek_margin(self.info)

    def first_wanted(self, video: VideoStream, start: Fraction) -> Fraction | None:
        """When a range of a video begins, on its own clock.

        Args:
            video: one of its streams; before it starts, none of it is wanted.
            start: of the range, in seconds after `origin`.

        Returns:
            None where it begins at the start of the source.
        """
        if not start:
            return None
        shown = (video.start_pts or 0) * video.time_base
        return max(self.origin + start, shown)

    def input(self, options: Sequence[str] = ()) -> Input:
        """It as an input of a command, kept from opening any other file.

        Args:
            options: further input options, such as those of `seek`.
        """
        made = ("-fflags", "+genpts") if self.generates_pts else ()
        if self.relay is not None:
            return relay_input(self.url, (*made, *options))
        resuming = resuming_options(self.url, self.info.duration is not None)
        return source_input(self.url, (*resuming, *made, *options))

    def seek(self, seconds: Fraction) -> tuple[str, ...]:
        """Input options to start reading at a position.

        The demuxer goes to a keyframe before it, as far as it can; where it may land
        late, seek earlier by `seek_margin`, or see where it has landed.

        Args:
            seconds: after `origin`; not above 0: no options, from the start. There
                are none, too, where it cannot be searched by time.
        """
        if self._is_read_from_start or precedes_video(self.info, seconds):
            return ()
        return seek_options(seconds)

    def seek_positions(
        self, start: Fraction, rate: Fraction | None
    ) -> Iterator[Fraction]:
        """As the function of that name; only 0 where it cannot be searched by time."""
        start = Fraction(0) if self._is_read_from_start else start
        return seek_positions(start, rate)

    @property
    def _is_read_from_start(self) -> bool:
        read_once = self.generates_pts or self.relay is not None
        return read_once or is_read_from_start(self.info)

    def close(self) -> None:
        """Close the connection to a live source that nobody reads; safe to repeat."""
        if self.relay is not None:
            self.relay.close()

    def clock(self, seeking: Sequence[str] = ()) -> Clock:
        """What times the packets have in a command that reads only it.

        Args:
            seeking: options before it, such as those of `seek`.
        """
        return clock_of(self.info, seeking)
