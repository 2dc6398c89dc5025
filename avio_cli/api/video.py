"""Video: the frames of a source, from the start, by number and by time."""

import os
import weakref
from collections.abc import Generator, Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from fractions import Fraction
from itertools import chain, islice
from operator import index as as_integer
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from avio_cli.api.audio import audio_format, collect_audio
from avio_cli.api.hints import in_python
from avio_cli.api.options import Time, whole_number
from avio_cli.closing import ClosedOnExit
from avio_cli.decode.reader import MediaReader
from avio_cli.decode.settings import ReaderSettings, select_video
from avio_cli.encode.damage import read_damage
from avio_cli.encode.ending import EndingLookup
from avio_cli.errors import UsageError
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.jobs.snapshot.frame_at import find_frame
from avio_cli.jobs.snapshot.frame_numbers import FrameNumbers, list_frames
from avio_cli.media.frame import PIXEL_FORMATS, AudioBlock, Frame
from avio_cli.media.time_text import exact_time


class NoFrameError(UsageError, IndexError):
    """There is no frame of that number."""


class UnknownLengthError(UsageError, TypeError):
    """How many frames there are is not known before all are read."""


class Video(ClosedOnExit):
    """Frames of one video; made by `open_video`.

    Each iteration starts again, with an ffmpeg of its own, which ends with it: at its
    end, where a loop is left, and with `close`. Every `Frame` is the receiver's own.
    """

    def __init__(
        self, source: MediaSource, settings: ReaderSettings, held: ExitStack
    ) -> None:
        self.source, self.info, self.settings = source, source.info, settings
        self.video = select_video(self.info, settings.video_track)
        """The stream that is read."""
        self._ending = EndingLookup(source, self.video, settings.end)
        self._readers: weakref.WeakSet[MediaReader] = weakref.WeakSet()
        self._last: MediaReader | None = None
        self._ended: MediaReader | None = None
        self._numbers: FrameNumbers | None = None
        held.callback(self._ending.result)  # it leaves no child behind
        self._closed, self._held = False, held
        self._owner = os.getpid()
        weakref.finalize(self, _release, held, self._owner)

    @property
    def width(self) -> int:
        """Pixels in a row."""
        return self.video.width

    @property
    def height(self) -> int:
        """Rows."""
        return self.video.height

    @property
    def rate(self) -> Fraction | None:
        """Frames a second on average; None where unknown."""
        return self.video.average_rate

    @property
    def duration(self) -> Fraction | None:
        """Seconds of the source; None where unknown."""
        return self.info.duration

    @property
    def frames_read(self) -> int:
        """Frames that the latest iteration has given."""
        return self._last.frames_read if self._last else 0

    @property
    def reordered(self) -> int:
        """Frames of it that were moved behind the one before; see `MediaReader`."""
        return self._last.reordered if self._last else 0

    def damage(self) -> str:
        """What the source failed to give to the latest iteration; empty if nothing.

        Known after its last frame; empty before.
        """
        ended = self._ended if self._ended is self._last else None
        return read_damage(ended, self.source) if ended else ""

    def __iter__(self) -> Generator[Frame, None, None]:
        """Yield all frames, from the first one on.

        Raises:
            InputError: the source cannot be decoded. What is only damaged is read as
                far as it goes: ask `damage` at the end.
        """
        with in_python(), self._reader(self.settings) as reader:
            self._last = reader
            yield from reader
            self._ended = reader

    @in_python()
    def __len__(self) -> int:
        """How many frames there are, as the container lists them.

        All packets are listed for that, the first time, and none is decoded.

        Raises:
            UnknownLengthError: the source cannot be listed, or filters change that.
        """
        numbers = self._listed()
        if numbers is None:
            raise UnknownLengthError(
                f"{self.info.source}: the number of frames is not known before all "
                "are read",
                hint="sum(1 for frame in video) counts them",
            )
        return len(numbers)

    def __bool__(self) -> bool:
        return True  # else `if video` would list its packets

    @overload
    def __getitem__(self, number: slice) -> Generator[Frame, None, None]: ...
    @overload
    def __getitem__(self, number: int) -> Frame: ...
    @in_python()
    def __getitem__(self, number: Any) -> Any:
        """A frame by its number, or an iterator over the frames of a slice.

        Each call starts an ffmpeg at the keyframe before: to read many frames, a slice
        or an iteration is faster.

        Raises:
            NoFrameError: there are fewer frames.
            UnknownLengthError: it counts from the end, and that is not known.
        """
        if isinstance(number, slice):
            return self._slice(number)
        wanted = _whole(number)
        wanted += len(self) if wanted < 0 else 0
        with closing(self._from(max(wanted, 0))) as frames:
            frame = next(frames, None) if wanted >= 0 else None
        if frame is None:
            raise NoFrameError(f"{self.info.source} has no frame number {number}")
        return frame

    @in_python()
    def at(self, time: Time) -> Frame:
        """The frame that is on screen at a time: the last one that starts by then.

        Args:
            time: seconds after the source's start, whatever part of it was opened.

        Returns:
            Its ``index`` is -1 where its number is not known.

        Raises:
            UsageError: the time is after the end.
        """
        wanted, source = exact_time("time", time), self._open_source()
        frame = find_frame(source, self.video, wanted, self.settings)
        numbers = self._listed()
        frame.index = numbers.number_of(frame) if numbers else -1
        return frame

    def batches(self, size: int) -> Generator[NDArray[Any], None, None]:
        """Yield arrays of several frames: (N, H, W, 3), or (N, H, W) for grey.

        Args:
            size: frames in an array; the last one may have fewer.
        """
        with in_python():
            size = whole_number("size", size, least=1)
            if PIXEL_FORMATS[self.settings.pixel_format].is_planar:
                raise UsageError(
                    f"frames in {self.settings.pixel_format} are no single arrays",
                    hint='open_video(pixel_format="rgb24")',
                )
        with closing(iter(self)) as frames:
            while batch := [frame.pixels for frame in islice(frames, size)]:
                yield np.stack(batch)

    @in_python()
    def audio(self, *, allow_damaged: bool = False) -> AudioBlock:
        """The audio of the same part of the source; see `read_audio`.

        Raises:
            InputError: it has none.
        """
        wanted = audio_format(self._open_source())
        settings = replace(self.settings, audio=wanted)
        return collect_audio(self.source, settings, allow_damaged=allow_damaged)

    def close(self) -> None:
        """End all iterations and release everything; safe to call twice."""
        self._closed = True
        for reader in list(self._readers):
            reader.close()
        _release(self._held, self._owner)

    def _open_source(self) -> MediaSource:
        if self._closed:
            raise UsageError(
                f"{self.info.source} is closed", hint="read it in the with block"
            )
        return self.source

    def _reader(self, settings: ReaderSettings) -> MediaReader:
        reader = MediaReader(self._open_source(), settings, ending=self._ending.result)
        self._readers.add(reader)
        return reader

    def _listed(self) -> FrameNumbers | None:
        """The times of all frames; None where they cannot be listed."""
        if self._numbers is None:
            source = self._open_source()
            self._numbers = list_frames(source, self.video, self.settings)
        return self._numbers if self._numbers.known else None

    def _from(self, number: int) -> Generator[Frame, None, None]:
        """The frames from a number on: sought where they are listed, else counted."""
        numbers = self._listed() if number else None
        if numbers is not None and number >= len(numbers):
            return
        with in_python(), ExitStack() as stack:
            frames = self._sought(numbers, number, stack) if numbers else None
            if frames is None:
                frames = islice(stack.enter_context(closing(iter(self))), number, None)
            for place, frame in enumerate(frames, number):
                frame.index = place
                yield frame

    def _sought(
        self, numbers: FrameNumbers, number: int, stack: ExitStack
    ) -> Iterator[Frame] | None:
        """The same by a seek; None where that leads to another frame."""
        start = numbers.times[number] - self.source.origin
        settings = replace(self.settings, start=max(start, Fraction(0)))
        frames = iter(stack.enter_context(self._reader(settings)))
        first = next(frames, None)
        if first is None or first.time != numbers.times[number]:
            stack.close()
            return None
        return chain([first], frames)

    def _slice(self, wanted: slice) -> Generator[Frame, None, None]:
        start = 0 if wanted.start is None else _whole(wanted.start)
        stop = None if wanted.stop is None else _whole(wanted.stop)
        step = 1 if wanted.step is None else _whole(wanted.step)
        if step < 1:
            raise UsageError("frames are read forwards: the step must be 1 or more")
        if start < 0 or (stop is not None and stop < 0):
            start, stop, step = wanted.indices(len(self))
        return self._every(start, stop, step)

    def _every(
        self, start: int, stop: int | None, step: int
    ) -> Generator[Frame, None, None]:
        count = None if stop is None else max(stop - start, 0)
        with closing(self._from(start)) as frames:
            yield from islice(frames, 0, count, step)


def _whole(number: Any) -> int:
    """The number of a frame: whole, and no time.

    Raises:
        UsageError: it is something else.
    """
    try:
        return as_integer(number)
    except TypeError:
        raise UsageError(
            f"{number!r} is not the number of a frame",
            hint="video.at(3.2) is the frame on screen at a time",
        ) from None


def _release(held: ExitStack, owner: int) -> None:
    if os.getpid() == owner:  # not in a fork
        held.close()
