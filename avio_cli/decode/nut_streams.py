"""Frames and blocks of audio, put together from the packets of a decoder's pipes."""

from collections import deque
from collections.abc import Iterator
from fractions import Fraction
from functools import cached_property
from typing import IO, cast

import numpy as np
from numpy.typing import NDArray

from avio_cli.decode.audio_reader import audio_blocks
from avio_cli.decode.pipe_format import pipe_format
from avio_cli.decode.settings import ReaderSettings
from avio_cli.decode.yuv_to_bgr import YuvToBgr
from avio_cli.errors import StreamError
from avio_cli.ffmpeg.nut.buffers import buffers_in_use
from avio_cli.ffmpeg.nut.reader import NutPacket, NutReader, NutStream
from avio_cli.media.color import is_full_range, yuv_matrix
from avio_cli.media.frame import PIXEL_FORMATS, AudioBlock, Frame, Samples, planes_of
from avio_cli.media.info import VideoStream


class NutStreams:
    """Reads what decoders send on their pipes.

    Args:
        settings: what they were asked for.
        video: what they decode.
        time_base: of the frames.
        shift: whole seconds that were added to all times.
    """

    def __init__(
        self,
        settings: ReaderSettings,
        video: VideoStream,
        time_base: Fraction,
        shift: int,
    ) -> None:
        self._settings, self._time_base, self._shift = settings, time_base, shift
        self._name = "bgr24" if settings.view_only else settings.pixel_format
        name = pipe_format(video, settings)
        self._layout, self._converts = PIXEL_FORMATS[name], name != self._name
        self._video = video

    def frames(self, pipe: IO[bytes], opening: int | None = None) -> Iterator[Frame]:
        """Yield the frames, each with its detector view where there is one.

        Args:
            pipe: of a decoder.
            opening: its number, where its packets are passed on.
        """
        packets = NutReader.open(pipe)
        if packets is None:
            return
        with buffers_in_use():
            for parts in _together(packets):
                frame = self._frame(parts, packets.streams[0])
                if opening is not None:
                    frame.packet = opening, frame.pts
                yield frame

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
        payload, size = parts[0].payload, (stream.width, stream.height)
        planes = planes_of(payload, self._layout, *size)
        frame = Frame(
            self._converted(planes),
            self._name,
            index=0,
            pts=round(time / self._time_base),
            time_base=self._time_base,
        )
        if settings.view is not None:
            shape = (settings.view.height, settings.view.width, 3)
            frame.view = np.frombuffer(parts[-1].payload, np.uint8).reshape(shape)
        return frame

    def _converted(self, planes: tuple[Samples, ...]) -> tuple[Samples, ...]:
        if not self._converts:
            return planes
        return (self._to_bgr(cast("tuple[NDArray[np.uint8], ...]", planes)),)

    @cached_property
    def _to_bgr(self) -> YuvToBgr:
        # Made while ffmpeg is starting: OpenCV takes 0.1 s to import.
        return YuvToBgr(
            yuv_matrix(self._video),
            full_range=is_full_range(self._video),
            red_first=PIXEL_FORMATS[self._name].red_first,
        )


def _together(packets: NutReader) -> Iterator[list[NutPacket]]:
    """Yield one packet of each stream, as they belong together."""
    waiting = [deque[NutPacket]() for _ in packets.streams]
    for packet in packets:
        waiting[packet.stream].append(packet)
        if all(waiting):
            yield [queue.popleft() for queue in waiting]
