"""PartsEncoder: frames and audio into one part after the other, nothing lost between.

Each part has an encoder of its own: it begins with a keyframe, its times with 0, and is
verified like any result. ffmpeg's segment muxer writes no edit list that hides the
encoder's delay of audio but in the first part (5.1, 9.0), and verifies nothing.
"""

import logging
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from fractions import Fraction
from pathlib import Path

from avio_cli.closing import ClosedOnExit
from avio_cli.encode.encoder import LOG as ENCODER_LOG
from avio_cli.encode.encoder import Encoder
from avio_cli.encode.parts.audio import HeldAudio, within
from avio_cli.encode.parts.writer import PartWriter
from avio_cli.encode.settings import EncodeSettings
from avio_cli.encode.timing import DEFAULT_RATE
from avio_cli.encode.video_params import nominal_rate
from avio_cli.errors import AvioError, OutputError
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.media.frame import AudioBlock, Frame
from avio_cli.media.info import AudioStream, VideoStream
from avio_cli.output.parts.parts import Parts

_WARNINGS = 100
PATIENCE = Fraction(12)
"""Seconds by which audio may be later than the frames at its time: more than who sends
it waits (`LATE_UNREAD`), so that silence never stands for audio that comes."""


class PartsEncoder(ClosedOnExit):
    """Encodes frames and audio into parts; a `Sink`.

    A part ends at the first frame that is `length` or more after its start, and where
    the size of the frames changes. Frames and audio of one time may come in any order.
    Finished parts are verified, and old ones removed, in a thread.

    Args:
        ffmpeg: the binary to run.
        parts: where they are written; closed with this.
        settings: what to encode and how.
        length: seconds of each part.
        clock_aligned: whether parts begin at multiples of `length` since 1970 UTC.
        like: the video stream that the frames were decoded from.
        audio: the audio stream that `write_audio` writes; as `Encoder` takes it.
    """

    def __init__(
        self,
        ffmpeg: FFmpeg,
        parts: Parts,
        settings: EncodeSettings,
        length: Fraction,
        *,
        clock_aligned: bool = False,
        like: VideoStream | None = None,
        audio: AudioStream | None = None,
    ) -> None:
        self._ffmpeg, self._parts, self._settings = ffmpeg, parts, settings
        self._length, self._aligned = length, clock_aligned
        self._like, self._audio = like, audio
        self._rate = nominal_rate(like) if like else None
        self._step = 1 / (self._rate or DEFAULT_RATE)
        self._multiple = 0.0
        """How often the length fits into the time at which the part began."""
        self._held = HeldAudio()
        self._current: PartWriter | None = None
        self._before: deque[PartWriter] = deque()
        """The parts before, which wait for the rest of their audio."""
        self._finishing: PartWriter | None = None
        self._open: list[PartWriter] = []
        self._reached = self._seconds = Fraction(0)
        self.frames_written = 0
        self.seconds: float | None = None
        """Length of all parts; None until they are finished."""
        self.parts = parts
        self.moved_by = 0
        """Ticks that were taken off the times of frames before they came here: the
        index has the times of the source."""
        self._warnings = _EachOnce()
        ENCODER_LOG.addFilter(self._warnings)

    @property
    def rate(self) -> Fraction | None:
        """The constant rate that frames are given; None: they keep their times."""
        return self._current.encoder.rate if self._current else None

    @property
    def warnings(self) -> tuple[str, ...]:
        """Losses to report to the user; known after the first frame."""
        return self._current.encoder.warnings if self._current else ()

    def write(self, frame: Frame) -> None:
        """Encode one frame.

        Raises:
            AvioError: as `Encoder.write`; or a part before could not be completed.
        """
        if self._finishing is not None and self._finishing.done:
            self._wait()
        now, current = self._parts.now(), self._current
        if current is None or self._is_over(current, frame, now):
            current = self._next_part(frame, now)
        current.write(frame, now, self.moved_by)
        if self.frames_written and not self._rate:
            self._step = frame.time - self._reached
        self._reached = frame.time
        self.frames_written += 1
        self._pass_audio()

    def write_audio(self, block: AudioBlock) -> None:
        """Encode a block of audio; what is before the first frame is dropped.

        Raises:
            AvioError: as `Encoder.write_audio`.
        """
        if self._audio is None:
            raise ValueError("audio needs an audio stream")
        self._held.put(block)
        self._pass_audio()

    def finish(self, verified: Callable[[Path | None], None] = lambda _: None) -> None:
        """Complete the last part.

        Args:
            verified: called once all are verified; there is no one file to give it.

        Raises:
            OutputError: no frame was written, or a part is not complete.
        """
        current = self._current
        if current is None:
            raise OutputError(f"no frame to write into {self._parts.display_name}")
        current.end = self._reached + self._step
        self._pass_audio(last=True)
        self._finish_before(all_of_them=True)
        self._finish(current)
        self._current = None
        self._wait()
        self.seconds = float(self._seconds)
        verified(None)

    def close(self) -> None:
        """Stop; what was written of the last part stays. Safe to call twice."""
        try:
            for part in self._open:
                with suppress(AvioError):  # an error is on its way already
                    part.close()
        finally:
            self._open.clear()
            self._before.clear()
            self._finishing = self._current = None
            self._parts.close()
            ENCODER_LOG.removeFilter(self._warnings)

    def _next_part(self, frame: Frame, now: datetime) -> PartWriter:
        due, before = self._due(frame), self._current
        self._multiple = now.timestamp() // self._length
        if before is not None:
            before.end = frame.time
            self._before.append(before)
            self._current = None
            self._finish_before(all_of_them=self._audio is None)
        output = self._parts.open(now)
        encoder = Encoder(
            self._ffmpeg, output, self._settings, like=self._like, audio=self._audio
        )
        self._current = PartWriter(encoder, output, frame, due, now)
        self._open.append(self._current)
        return self._current

    def _is_over(self, part: PartWriter, frame: Frame, now: datetime) -> bool:
        """Whether a frame is the first one of the part after another."""
        if not part.fits(frame):
            return True
        if self._aligned:
            # By the time of arrival: times of the source run at a speed of their own.
            # The clock may also be set back.
            return now.timestamp() // self._length != self._multiple
        return frame.time >= part.due

    def _due(self, frame: Frame) -> Fraction:
        """When the part after the one that starts with a frame is to start."""
        planned = self._current.due + self._length if self._current else frame.time
        # A part that ended early, or a gap: it is counted from here on.
        close = self._length / 2 < planned - frame.time <= self._length
        return planned if close else frame.time + self._length

    def _pass_audio(self, *, last: bool = False) -> None:
        current = self._current
        if current is None or self._audio is None:
            return
        while block := self._held.take(self._reached, last=last):
            for part in self._before:
                part.write_audio(block)
            if len(within(block, current.start, current.end).samples):
                current.write_audio(block)
        self._finish_before()

    def _finish_before(self, *, all_of_them: bool = False) -> None:
        """Finish the parts that lack no audio any more."""
        while self._before and (all_of_them or self._has_audio(self._before[0])):
            self._finish(self._before.popleft())

    def _has_audio(self, part: PartWriter) -> bool:
        end = self._reached if part.end is None else part.end
        return part.audio_until >= end or self._reached - end > PATIENCE

    def _finish(self, part: PartWriter) -> None:
        """Complete a part in the background, one at a time."""
        self._wait()
        self._seconds += (part.end or part.start) - part.start
        if self._audio is not None:
            part.fill_audio(self._audio)
        part.finish_in_background(self._parts.remove_old)
        self._finishing = part

    def _wait(self) -> None:
        part, self._finishing = self._finishing, None
        if part is not None:
            try:
                part.wait()
            finally:
                part.close()
                self._open.remove(part)


class _EachOnce(logging.Filter):
    """Lets each warning through once: all parts lose the same.

    The latest are kept in mind: some have a number in them, and there are many parts.
    """

    def __init__(self) -> None:
        super().__init__()
        self._seen: deque[str] = deque(maxlen=_WARNINGS)

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        if text in self._seen:
            return False
        self._seen.append(text)
        return True
