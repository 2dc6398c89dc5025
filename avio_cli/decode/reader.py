"""MediaReader: reads frames and audio with exact times from one ffmpeg."""

import logging
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import chain

from avio_cli.closing import ClosedOnExit
from avio_cli.decode.frame_filter import FrameFilter, until_frame
from avio_cli.decode.interleave import InterleavedQueue
from avio_cli.decode.nut_streams import NutStreams
from avio_cli.decode.process import (
    DecodeRequest,
    DecoderFactory,
    last_words,
    start_decoder,
)
from avio_cli.decode.read_times import ReadTimes
from avio_cli.decode.settings import (
    ReaderSettings,
    select_audio,
    select_video,
    time_base_of,
)
from avio_cli.errors import FFmpegError, InputError, StreamError, UsageError
from avio_cli.ffmpeg.damage import describe_damage, describe_doubt
from avio_cli.ffmpeg.damage_signs import DamageWatch, Hole
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.process.process import Process
from avio_cli.ffmpeg.seeking import time_shift
from avio_cli.ffmpeg.time_order import MovedFrames
from avio_cli.media.frame import AudioBlock, Frame
from avio_cli.media.info import Ending
from avio_cli.media.time_range import TimeRange

LOG = logging.getLogger("avio.reader")

GRACE_SECONDS = 1
"""An ffmpeg that broke its stream by failing has ended within this."""
QUEUED_BYTES = 8 << 20
"""Of frames and audio that wait for the receiver, where audio is read; and one more."""


class MediaReader(ClosedOnExit):
    """Reads one source from its start, or from a given time, to its end.

    Use it as a context manager and iterate it, once. Every `Frame` is the receiver's
    own: its memory is not used again.

    Args:
        source: what to read.
        settings: how it is wanted.
        decoder_factory: starts ffmpeg.
        ending: waits for a last frame that is special, to give it its duration.

    Raises:
        InputError: there is no such video or audio track.
        FFmpegError: ffmpeg cannot be started.
    """

    def __init__(
        self,
        source: MediaSource,
        settings: ReaderSettings | None = None,
        decoder_factory: DecoderFactory = start_decoder,
        ending: Callable[[], Ending | None] = lambda: None,
    ) -> None:
        self.source, self.info = source, source.info
        self.settings = settings or ReaderSettings()
        self.video = select_video(self.info, self.settings.video_track)
        if self.settings.audio is not None:
            select_audio(self.info, self.settings.audio.track)
        self.time_base = time_base_of(self.video, self.settings)
        start, end = self.settings.start, self.settings.end
        self._range = TimeRange.after(source.origin, start, end)
        self._filter = FrameFilter(self._range, audio=self.settings.audio is not None)
        shift = time_shift(self.info, self.time_base)
        self._streams = NutStreams(self.settings, self.video, self.time_base, shift)
        self._start_decoder, self._find_ending = decoder_factory, ending
        self._ending: Ending | None = None
        self._watch, self._moved = DamageWatch(), MovedFrames()
        self._process: Process | None = None
        self._arrivals: InterleavedQueue | None = None
        first = source.first_wanted(self.video, start)
        self.times = ReadTimes(self.video, self.settings, first)
        """How far it was read, and what is missing on the way."""
        self._abandoned = self._begun = False
        self.frames_read = 0

    @property
    def reordered(self) -> int:
        """Frames whose time was not after the one before, moved behind it.

        What ffmpeg itself moves is only known with `ReaderSettings.least_step`.
        """
        return self._moved.count + self._filter.reordered

    def __iter__(self) -> Iterator[Frame]:
        """Yield the frames; audio, if asked for, is skipped.

        Raises:
            InputError: the source cannot be decoded. What is only damaged is read
                as far as it goes: ask `damage` at the end.
        """
        return (item for item in self.items() if isinstance(item, Frame))

    def items(self) -> Generator[Frame | AudioBlock, None, None]:
        """Yield frames and blocks of audio in the order in which they arrive.

        Each kind is in presentation order; between the kinds there is none. Audio is
        cut to the sample where the range starts and ends. Where hardware fails and
        may be replaced, software decodes from the start: what was yielded already is
        skipped, and nothing is lost.

        Raises:
            UsageError: it has been iterated already.
        """
        if self._begun:
            raise UsageError(
                f"{self.info.source}: a reader is iterated once", hint="open another"
            )
        self._begun = True
        hardware = self.settings.hardware if self.settings.may_fall_back else ""
        try:
            yield from self._items()
            problem = self.damage() if hardware else ""
        except InputError as error:
            if not hardware:
                raise
            problem = error.message
        if problem and not self._abandoned:  # else it was us who killed it
            LOG.warning("%s failed, continuing in software: %s", hardware, problem)
            yield from self._restart_in_software()

    def _restart_in_software(self) -> Iterator[Frame | AudioBlock]:
        self.close()
        self.settings = replace(self.settings, hardware="")
        self._filter.restart()
        yield from self._items()

    def _items(self) -> Iterator[Frame | AudioBlock]:
        for seek in self.source.seek_positions(
            self.settings.sought, self.video.average_rate
        ):
            arrivals = self._open(seek)
            received = self._all(arrivals)
            buffered = until_frame(received, QUEUED_BYTES) if seek else []
            if self._abandoned:
                return
            if seek and not self._range.starts_at_or_before(
                buffered[-1] if buffered else None
            ):
                LOG.debug("seeking to %.3f s landed late; trying earlier", float(seek))
                self.close()
                continue
            for item in self._filter.select(chain(buffered, received)):
                yield self._count(item) if isinstance(item, Frame) else item
            break
        self._finish()

    def damage(self, furthest: Fraction | None = None, hole: Hole | None = None) -> str:
        """What the source failed to give, as one clause; empty if nothing.

        Args:
            furthest: when its longest stream ends, where that is known.
            hole: one that is known of the file itself.
        """
        self._watch.found(hole)
        last = None if self.is_past_end else self.times.read_to
        return self._described(last, furthest)

    @property
    def is_past_end(self) -> bool:
        """Whether all of the range was read: the video did not end before."""
        last = self.times.read_to
        return self._filter.past_end or (last is not None and self._range.is_past(last))

    def _described(self, last: Fraction | None, furthest: Fraction | None) -> str:
        frames, gap = self.frames_read, self.times.gap
        return describe_damage(self._watch, self.info, last, frames, furthest, gap=gap)

    def damage_on_the_way(self) -> str:
        """Likewise of a reader that was left early: its end is not compared."""
        return self._described(None, None)

    def damage_if_kept(self) -> str:
        """Likewise of one that was read to its end, had filters changed no times."""
        return self._described(None if self.is_past_end else self.times.end, None)

    def doubt(self) -> str:
        """What may be damage, as one clause; empty if there is nothing."""
        return describe_doubt(self.info, self.times.gap, self._watch)

    @property
    def disconnected(self) -> bool:
        """Whether the network broke the source off."""
        return self._watch.disconnected

    def may_lack_the_end(self) -> bool:
        """Whether only `furthest` can decide: no stream has a duration of its own."""
        return not self.damage() and bool(self.damage(self.times.read_to))

    def abandon(self) -> None:
        """End the iteration at once; from any thread.

        Nothing is waited for: the iterating thread closes the reader.
        """
        self._abandoned = True
        process = self._process
        if process is not None:
            process.kill()

    def close(self) -> None:
        """Stop ffmpeg and release everything; safe to call twice."""
        process, self._process = self._process, None
        arrivals, self._arrivals = self._arrivals, None
        if process is not None:
            process.kill()  # it writes no file: nothing is lost, and pipes end at once
        if arrivals is not None:
            arrivals.close()
        if process is not None:
            process.stop()

    def _open(self, seek: Fraction) -> Iterator[Frame | AudioBlock]:
        decoder = self._start_decoder(DecodeRequest(self.source, self.settings, seek))
        self._watch, self._moved = decoder.watch, decoder.moved
        process = self._process = decoder.process
        self._ending = self._find_ending()
        if self._abandoned:  # while it was being started
            process.kill()
        frames = self._streams.frames(decoder.frames, decoder.opening)
        if (pipe := decoder.audio) is None:
            return frames
        both = (frames, self._streams.audio(pipe))
        self._arrivals = InterleavedQueue(*both, QUEUED_BYTES)
        return iter(self._arrivals)

    def _all(
        self, arrivals: Iterator[Frame | AudioBlock]
    ) -> Iterator[Frame | AudioBlock]:
        while (item := self._next(arrivals)) is not None:
            yield item

    def _next(
        self, arrivals: Iterator[Frame | AudioBlock]
    ) -> Frame | AudioBlock | None:
        """The next item; an error because ffmpeg ended is raised as ffmpeg's."""
        process = self._process
        if process is None:
            return None  # closed by the receiver
        try:
            item = next(arrivals, None)
        except (StreamError, ValueError):
            if self._process is None:  # closed while we waited
                return None
            if process.ends_within(GRACE_SECONDS):
                self._finish_child(process)
            raise
        if process.was_killed:
            # What is left in the pipe is of no use: report it at once.
            self._finish_child(process)
        return item

    def _count(self, frame: Frame) -> Frame:
        frame.index = self.frames_read
        self.frames_read += 1
        if self._ending is not None and frame.time == self._ending.time:
            frame.duration = self._ending.duration
        self.times.take(frame)
        return frame

    def _finish_child(self, process: Process) -> None:
        """Check how a child ended that has ended, or is about to."""
        if self._arrivals is not None:
            self._arrivals.close()  # before its pipes are closed under the threads
        try:
            process.finish(timeout=10)
        except FFmpegError as error:
            raise _input_error(self.info.source, error, self.frames_read) from error
        finally:
            process.stop()

    def _finish(self) -> None:
        if self._filter.past_end:
            self.close()
        process, self._process = self._process, None
        if process is None:
            return
        self._finish_child(process)
        if self.frames_read == 0 and self.settings.start == 0:
            raise InputError(
                f"{self.info.source}: no frame could be decoded",
                hint=last_words(process),
            )


def _input_error(source: str, error: FFmpegError, frames: int) -> InputError:
    after = f" after {frames} frames" if frames else ""
    return InputError(f"{source}: {error.message}{after}", hint=error.hint)
