"""Frames and blocks of audio, put together from the packets of a decoder's pipes."""

from collections import deque
from collections.abc import Iterator
from fractions import Fraction
from typing import IO

import numpy as np

from avio_cli.decode.audio_reader import audio_blocks
from avio_cli.decode.settings import ReaderSettings
from avio_cli.errors import StreamError
from avio_cli.ffmpeg.nut.reader import NutPacket, NutReader, NutStream
from avio_cli.media.frame import PIXEL_FORMATS, AudioBlock, Frame, planes_of


class NutStreams:
    """Reads what decoders send on their pipes.

    Args:
        settings: what they were asked for.
        time_base: of the frames.
        shift: whole seconds that were added to all times.
    """

    def __init__(
        self, settings: ReaderSettings, time_base: Fraction, shift: int
    ) -> None:
        self._settings, self._time_base, self._shift = settings, time_base, shift

    def frames(self, pipe: IO[bytes]) -> Iterator[Frame]:
        """Yield the frames, each with its detector view where there is one."""
        packets = NutReader.open(pipe)
        if packets is None:
            return
        waiting = [deque[NutPacket]() for _ in packets.streams]
        for packet in packets:
            waiting[packet.stream].append(packet)
            if all(waiting):
                parts = [queue.popleft() for queue in waiting]
                yield self._frame(parts, packets.streams[0])

    def audio(self, pipe: IO[bytes]) -> Iterator[AudioBlock]:
        """Yield the blocks of the audio that the settings ask for."""
        audio = self._settings.audio
        packets = NutReader.open(pipe)
        if packets is None or audio is None:
            return
        yield from audio_blocks(packets, self._shift, audio.speed)

    def _frame(self, parts: list[NutPacket], stream: NutStream) -> Frame:
        if len({part.pts for part in parts}) > 1:
            raise StreamError("frame and view arrived out of step")
        settings = self._settings
        # The muxer may divide our ticks further: 1/25000 becomes 1/50000.
        time = parts[0].pts * stream.time_base - self._shift
        name = "bgr24" if settings.view_only else settings.pixel_format
        frame = Frame(
            planes_of(
                parts[0].payload, PIXEL_FORMATS[name], stream.width, stream.height
            ),
            name,
            index=0,
            pts=round(time / self._time_base),
            time_base=self._time_base,
        )
        if settings.view is not None:
            shape = (settings.view.height, settings.view.width, 3)
            frame.view = np.frombuffer(parts[-1].payload, np.uint8).reshape(shape)
        return frame
