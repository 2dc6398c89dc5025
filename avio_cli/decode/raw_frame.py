"""The first frame of a decoder: read, and shown, before numpy is imported."""

import io
import select
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import IO, Any

from avio_cli.decode.process import Decoder, DecodeRequest
from avio_cli.errors import StreamError
from avio_cli.ffmpeg.nut.reader import NutReader
from avio_cli.media.info import MICROSECOND

MOST_AUDIO = 8 << 20
"""Bytes of audio that may come before the frame."""
MOST_FRAMES = 8
"""Frames that are read: two come before the start, where there is a seek."""
_BUFFER_SIZE = 8192
_AUDIO_SIZE = 1 << 16


@dataclass(frozen=True, slots=True)
class RawFrame:
    """A frame as it is in the pipe: yuv420p, tightly packed."""

    width: int
    height: int
    samples: bytearray


class RawFrameReader:
    """Reads the first frame of a decoder, in one thread; another may wait for it.

    Args:
        decoder: it has just been started.
        request: what it decodes.
    """

    def __init__(self, decoder: Decoder, request: DecodeRequest) -> None:
        self._pipes = _Recorder(decoder.process.stdout, decoder.process.extra_pipe)
        self._decoder, self._request = decoder, request

    def read(self) -> RawFrame | None:
        """Wait for the frame; None where there is none that may be shown.

        What fails here fails again where the frames are read, and is reported there.
        """
        if sys.platform == "win32":  # it cannot wait for two pipes at once
            return None
        try:
            return self._read()
        except (StreamError, OSError, ValueError):
            return None

    def decoder(self) -> Decoder:
        """The decoder, whose pipes begin with what was read of them already."""
        frames, audio = (b"".join(parts) for parts in self._pipes.seen)
        return replace(self._decoder, seen_frames=frames, seen_audio=audio)

    def abandon(self) -> None:
        """Let `read` end soon, without a frame; from any thread."""
        self._pipes.abandoned = True

    def _read(self) -> RawFrame | None:
        settings, source = self._request.settings, self._request.source
        packets = NutReader(
            io.BufferedReader(self._pipes, _BUFFER_SIZE), memory=bytearray
        )
        stream = packets.streams[0]
        wanted = source.origin + settings.start if settings.start else None
        landed_in_time = wanted is None
        for packet in islice(packets, MOST_FRAMES):
            time = packet.pts * stream.time_base - self._request.shift
            landed_in_time |= time <= (wanted or 0)
            if not landed_in_time or stream.format != "yuv420p":
                return None
            if wanted is None or time >= wanted - MICROSECOND:
                # The reader's annotation is of arrays: this is what `memory` made.
                samples: Any = packet.payload
                return RawFrame(stream.width, stream.height, samples)
        return None


class _Recorder(io.RawIOBase):
    """The pipe of the frames; keeps what is read of it, and of the audio meanwhile.

    An ffmpeg whose audio nobody takes sends no frame either (5.1).
    """

    def __init__(self, frames: IO[bytes], audio: IO[bytes] | None) -> None:
        self._frames: Any = frames
        self._audio = audio
        self.seen: tuple[list[bytes], list[bytes]] = [], []
        """Of frames and audio."""
        self.abandoned = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        while self._frames not in (ready := self._ready()):
            if ready:
                self._keep_audio()
        count: int = self._frames.readinto(buffer)
        self.seen[0].append(bytes(buffer[:count]))
        return count

    def _ready(self) -> Sequence[Any]:
        if self.abandoned:
            raise StreamError("nobody waits for the frame")
        pipes = [pipe for pipe in (self._frames, self._audio) if pipe is not None]
        return select.select(pipes, [], [], 0.05)[0]

    def _keep_audio(self) -> None:
        if self._audio is None:
            return
        data = self._audio.read(_AUDIO_SIZE)
        self.seen[1].append(data)
        if not data:
            self._audio = None
        if sum(map(len, self.seen[1])) > MOST_AUDIO:
            raise StreamError("there is audio, but no frame")
