"""Decoder: a running ffmpeg that sends frames, and audio where it is wanted.

Light to import, so that it can run before numpy is imported.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import IO, Any, Protocol, cast

from avio_cli.decode.command import decode_command
from avio_cli.decode.settings import ReaderSettings, select_video, time_base_of
from avio_cli.ffmpeg.damage_signs import DamageWatch
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.process.process import Process
from avio_cli.ffmpeg.process.spawn import ExtraPipe, StandardInput
from avio_cli.ffmpeg.seeking import time_shift
from avio_cli.ffmpeg.time_order import MovedFrames


@dataclass(frozen=True, slots=True)
class DecodeRequest:
    """What is to be decoded."""

    source: MediaSource
    settings: ReaderSettings
    seek: Fraction
    """Seconds after the source's start at which decoding starts."""

    @property
    def shift(self) -> int:
        """Whole seconds that are added to all times, because NUT has no negative ones.

        Raises:
            InputError: there is no such video.
        """
        video = select_video(self.source.info, self.settings.video_track)
        return time_shift(self.source.info, time_base_of(video, self.settings))


@dataclass(frozen=True, slots=True)
class Decoder:
    """A running child; its owner stops it."""

    process: Process
    watch: DamageWatch
    """Has read its log from the start."""
    moved: MovedFrames = field(default_factory=MovedFrames)
    """Likewise; counts nothing without a `ReaderSettings.least_step`."""
    seen_frames: bytes = field(default=b"", repr=False)
    """What was read of its pipe already."""
    seen_audio: bytes = field(default=b"", repr=False)
    opening: int | None = None
    """Its number, where its packets are passed on."""

    @property
    def frames(self) -> IO[bytes]:
        """The pipe with the frames, from its start; the process closes it."""
        return _replayed(self.seen_frames, self.process.stdout)

    @property
    def audio(self) -> IO[bytes] | None:
        """The pipe with the audio, from its start; None where none was asked for."""
        pipe = self.process.extra_pipe
        return None if pipe is None else _replayed(self.seen_audio, pipe)


class DecoderFactory(Protocol):
    """Starts a decoder: `start_decoder`, or one that started it in advance."""

    def __call__(self, request: DecodeRequest, /) -> Decoder:
        """Return a running one.

        Raises:
            FFmpegError: ffmpeg cannot be started.
        """
        ...


def start_decoder(request: DecodeRequest) -> Decoder:
    """Start ffmpeg: a `DecoderFactory`.

    Raises:
        InputError: there is no such video.
        FFmpegError: ffmpeg cannot be started.
    """
    watch = DamageWatch.of(request.source.url)
    moved, shift = MovedFrames(), request.shift

    def feed(line: str) -> None:
        watch.feed(line)
        moved.feed(line)

    extra_pipe = ExtraPipe.create() if request.settings.audio else None
    stdin = decoder_input(request.source, feed)
    tap = request.settings.packets
    opening, packets = tap.open(shift) if tap is not None else (None, None)
    command = decode_command(
        request.source,
        request.settings,
        seek=request.seek,
        shift=shift,
        audio_descriptor=extra_pipe.write_end if extra_pipe else None,
        packet_descriptor=packets,
    )
    process = Process(
        command.argv(request.source.ffmpeg.path),
        stdin=stdin,
        stdout=True,
        extra_pipe=extra_pipe,
        handed=() if packets is None else (packets,),
        watch=feed,
    )
    return Decoder(process, watch, moved, opening=opening)


def decoder_input(
    source: MediaSource, watch: Callable[[str], None]
) -> StandardInput | Process:
    """What a decoding child has as its standard input.

    Args:
        source: what it decodes.
        watch: called with the problems of the connection to a live source.
    """
    if source.relay is not None:
        return source.relay.take(watch)
    return "inherit" if source.url.kind == "stdin" else "null"


def last_words(process: Process) -> str:
    """What a child said last; empty where it was silent."""
    from avio_cli.ffmpeg.diagnosis import strip_prefixes

    return strip_prefixes(process.log.lines[-1]) if process.log.lines else ""


def _replayed(seen: bytes, pipe: IO[bytes]) -> IO[bytes]:
    return cast("IO[bytes]", _ReplayedPipe(seen, pipe)) if seen else pipe


class _ReplayedPipe(io.RawIOBase):
    """What was read of a pipe already, and then the pipe; its process closes it."""

    def __init__(self, seen: bytes, pipe: IO[bytes]) -> None:
        self._seen, self._pipe = memoryview(seen), pipe

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int | None:
        if not self._seen:
            pipe: Any = self._pipe
            count: int | None = pipe.readinto(buffer)
            return count
        part = self._seen[: len(buffer)]
        buffer[: len(part)] = part
        self._seen = self._seen[len(part) :] or memoryview(b"")
        return len(part)
