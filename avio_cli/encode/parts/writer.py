"""PartWriter: the encoder of one part, whose times start at 0."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from functools import partial
from math import ceil

import numpy as np

from avio_cli.encode.encoder import Encoder
from avio_cli.encode.parts.audio import within
from avio_cli.errors import AvioError
from avio_cli.media.frame import AudioBlock, Frame
from avio_cli.media.info import AudioStream
from avio_cli.output.parts.part import PartContent, PartOutput


class PartWriter:
    """Writes one part.

    Args:
        encoder: of the part alone.
        output: the part.
        first: its first frame, which is still to be written.
        due: seconds of the source at which the next part is to start.
        now: when the first frame came.
    """

    def __init__(
        self,
        encoder: Encoder,
        output: PartOutput,
        first: Frame,
        due: Fraction,
        now: datetime,
    ) -> None:
        self._encoder, self._output = encoder, output
        self.due, self.start = due, first.time
        self.end: Fraction | None = None
        """Seconds at which the part that follows starts; None: nothing follows yet."""
        self._shift = first.pts
        self._shape = _shape(first)
        self.content = output.content = PartContent(now, first.time_base)
        self.audio_until = first.time
        """Seconds up to which audio was given, for this part or what follows."""
        self._filled_until = first.time
        self._thread: threading.Thread | None = None
        self._error: AvioError | None = None

    @property
    def encoder(self) -> Encoder:
        """The encoder of this part."""
        return self._encoder

    def fits(self, frame: Frame) -> bool:
        """Whether a frame may follow: size, format and time base are the same."""
        return _shape(frame) == self._shape

    def write(self, frame: Frame, now: datetime, moved_by: int) -> None:
        """Write a frame; see `Encoder.write`.

        Args:
            frame: what to write.
            now: when it came.
            moved_by: ticks that were taken off its time.
        """
        self._encoder.write(replace(frame, pts=frame.pts - self._shift))
        self.content.add(frame.index, frame.pts + moved_by, now)

    def write_audio(self, block: AudioBlock) -> None:
        """Write what is in this part of a block of audio."""
        self.audio_until = max(self.audio_until, block.time + block.duration)
        part = within(block, self.start, self.end)
        if len(part.samples):
            ticks = round((part.time - self.start) / part.time_base)
            self._encoder.write_audio(replace(part, pts=ticks))
            self._filled_until = part.time + part.duration

    def fill_audio(self, audio: AudioStream) -> None:
        """Write silence from where the audio ended to the end of the part.

        A camera's audio may pause, and a track that is empty or short is no result.
        """
        end = self.start if self.end is None else self.end
        while self._filled_until < end:
            first = ceil((self._filled_until - self.start) * audio.sample_rate)
            left = ceil((end - self.start) * audio.sample_rate) - first
            if left <= 0:
                return
            silence = np.zeros((min(left, audio.sample_rate), audio.channels), np.int16)
            tick = Fraction(1, audio.sample_rate)
            self._encoder.write_audio(
                AudioBlock(silence, audio.sample_rate, first, tick)
            )
            self._filled_until = self.start + (first + len(silence)) * tick

    def finish_in_background(self, then: Callable[[], None]) -> None:
        """Complete and verify the part in a thread; `wait` says how that ended.

        Args:
            then: called in the thread when the part has its name.
        """
        work = partial(self._finish, then)
        self._thread = threading.Thread(target=work, name="avio-part")
        self._thread.start()

    @property
    def done(self) -> bool:
        """Whether the thread has ended: `wait` returns at once."""
        return self._thread is not None and not self._thread.is_alive()

    def wait(self) -> None:
        """Wait for the thread.

        Raises:
            AvioError: the part is not complete.
        """
        if self._thread is not None:
            self._thread.join()
        error, self._error = self._error, None
        if error is not None:
            raise error

    def close(self) -> None:
        """End it; what was written stays. Safe to call twice."""
        if self._thread is not None:
            self._thread.join()
        self._encoder.close()

    def _finish(self, then: Callable[[], None]) -> None:
        try:
            self._encoder.finish()
            then()
        except AvioError as error:
            self._error = error
        finally:
            try:
                self._encoder.close()
            except AvioError as error:
                self._error = self._error or error


def _shape(frame: Frame) -> tuple[int, int, str, Fraction]:
    return frame.width, frame.height, frame.pixel_format, frame.time_base
