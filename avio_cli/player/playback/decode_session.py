"""DecodeSession: one ffmpeg decoding from one position on, and its output queues."""

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from fractions import Fraction
from typing import Protocol

from avio_cli.media.frame import AudioBlock, Frame
from avio_cli.media.time_range import MICROSECOND, TimeRange
from avio_cli.player.playback.open_settings import BufferLimits

FrameTransform = Callable[[Iterator[Frame]], Generator[Frame, None, None]]
"""Processes all frames before they are shown, such as tracking."""


class ItemReader(Protocol):
    """Reads a source: `MediaReader`, or one like it."""

    def items(self) -> Generator[Frame | AudioBlock, None, None]:
        """Yield frames and blocks of audio, once."""
        ...

    def damage(self) -> str:
        """What the source failed to deliver, as one clause; empty if nothing."""
        ...

    def abandon(self) -> None:
        """End the iteration at once; may be called from any thread."""
        ...

    def close(self) -> None:
        """Release everything; called from the iterating thread."""
        ...


class _Closed(Exception):  # noqa: N818 - a signal within the thread, not a failure
    """The session was closed: stop decoding."""


class DecodeSession:
    """Decodes ahead of playback, in a thread of its own.

    Frames and audio have separate queues. Decoding continues while one of them is
    short, however full the other is, up to a hard limit: so audio that is late,
    ends early or is badly interleaved cannot stop the frames.

    Args:
        reader: closed by the session.
        has_video: whether frames will come.
        has_audio: whether audio will come.
        transform: applied to the frames before they are queued.
        limits: how far it decodes ahead.
    """

    def __init__(
        self,
        reader: ItemReader,
        *,
        has_video: bool = True,
        has_audio: bool = False,
        transform: FrameTransform | None = None,
        limits: BufferLimits | None = None,
    ) -> None:
        self.has_video, self.has_audio = has_video, has_audio
        self.error: BaseException | None = None
        self.damage = ""
        """What the source failed to deliver, once it has ended."""
        self._reader, self._transform = reader, transform
        self._limits = limits or BufferLimits()
        self._video_queue: deque[Frame] = deque()
        self._audio_queue: deque[AudioBlock] = deque()
        self._video_bytes, self._audio_seconds = 0, 0.0
        self._audio_discarded = False
        self._audio_start = TimeRange(None, None)
        self._audio_taken: Fraction | None = None
        self._frame_taken: Fraction | None = None
        self._closed = self._ended = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def at_end(self) -> bool:
        """Whether nothing more will be queued; the queues may not be empty yet."""
        return self._ended

    @property
    def ready(self) -> bool:
        """Whether playback can start."""
        with self._changed:
            if self._video_queue or self._ended:
                return True
            enough = 0.2 if not self.has_video else 2.0
            return self._audio_seconds >= enough

    @property
    def expects_frame(self) -> bool:
        """Whether none is queued, though one may come before any audio is taken."""
        with self._changed:
            none = not (self._video_queue or self._ended)
            return self.has_video and none and not self._full()

    @property
    def is_underrun(self) -> bool:
        """Whether both queues are empty, though more will come."""
        with self._changed:
            return not (self._video_queue or self._audio_queue or self._ended)

    @property
    def has_queued_audio(self) -> bool:
        """Whether the audio queue is not empty."""
        return bool(self._audio_queue)

    def peek_frame(self) -> Frame | None:
        """The next frame, which stays queued; None if there is none."""
        with self._changed:
            return self._video_queue[0] if self._video_queue else None

    @property
    def last_decoded_time(self) -> Fraction | None:
        """The time of the latest frame that was decoded; None if there was none."""
        with self._changed:
            return (
                self._video_queue[-1].time if self._video_queue else self._frame_taken
            )

    @property
    def newest_time(self) -> Fraction | None:
        """The time of the latest frame that waits; of the next audio without video."""
        with self._changed:
            if self.has_video:
                return self._video_queue[-1].time if self._video_queue else None
            return self._audio_queue[0].time if self._audio_queue else None

    def take_frame(self) -> Frame | None:
        """Take the next frame, if one is queued."""
        with self._changed:
            if not self._video_queue:
                return None
            frame = self._video_queue.popleft()
            self._video_bytes -= frame.nbytes
            self._frame_taken = frame.time
            self._changed.notify_all()
            return frame

    def take_audio(self) -> AudioBlock | None:
        """Take the next block of audio, if one is queued."""
        with self._changed:
            if not self._audio_queue:
                return None
            block = self._audio_queue.popleft()
            self._audio_seconds -= float(block.duration)
            self._audio_taken = block.time + block.duration
            self._changed.notify_all()
            return block

    def return_audio(self, block: AudioBlock) -> None:
        """Put a block, or what is left of it, back at the front of the queue."""
        with self._changed:
            self._audio_queue.appendleft(block)
            self._audio_taken = block.time
            self._audio_seconds += float(block.duration)

    def skip_audio(self, until: Fraction) -> None:
        """Drop the audio before a time, to the sample, queued or still to come.

        Args:
            until: seconds on the source's clock.
        """
        with self._changed:
            self._audio_start = TimeRange(until - MICROSECOND, None)
            waiting, self._audio_queue = self._audio_queue, deque()
            self._audio_seconds = 0.0
            for block in waiting:
                self._queue_audio(block)
            self._changed.notify_all()

    def skip_frames(self, until: Fraction) -> int:
        """Drop the queued frames before a time; returns how many there were."""
        count = 0
        while (frame := self.peek_frame()) is not None and frame.time < until:
            self.take_frame()
            count += 1
        return count

    def can_reach(self, time: Fraction) -> bool:
        """Whether all frames and audio from a time on can still be taken.

        Not with a transform: to apply it to each frame on the way would cost too much.
        """
        if self._transform is not None or not self.has_video:
            return False
        reached, taken = self.last_decoded_time, self._audio_taken
        waiting = bool(self._video_queue)
        if self._ended and (not waiting or reached is None or reached < time):
            return False
        in_time = taken is None or taken <= time
        return not self.has_audio or (in_time and not self._audio_discarded)

    def discard_audio(self) -> None:
        """Drop all audio, queued or still to come."""
        with self._changed:
            self._audio_discarded = True
            self._audio_queue.clear()
            self._audio_seconds = 0.0
            self._changed.notify_all()

    def raise_error(self) -> None:
        """Raise the error that ended decoding, if there was one."""
        if self.error is not None:
            raise self.error

    def close(self) -> None:
        """Stop reading; does not wait for it: see `join`."""
        with self._changed:
            self._closed = True
            self._video_queue.clear()
            self._audio_queue.clear()
            self._changed.notify_all()
        self._reader.abandon()

    def join(self, seconds: float) -> None:
        """Wait until ffmpeg has ended."""
        self._thread.join(seconds)

    @property
    def has_stopped(self) -> bool:
        """Whether the thread and its ffmpeg have ended."""
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            with closing(self._decoded_frames()) as frames:
                transformed = self._transform(frames) if self._transform else frames
                with closing(transformed):
                    for frame in transformed:
                        self._put(frame)
            self.damage = self._reader.damage()
        except _Closed:
            pass
        except BaseException as error:  # raised in the player's thread
            self.error = None if self._closed else error
        finally:
            self._reader.close()
            with self._changed:
                self._ended = True
                self._changed.notify_all()

    def _decoded_frames(self) -> Generator[Frame, None, None]:
        """Yield the frames; queue the audio between them."""
        items = self._reader.items()
        try:
            for item in items:
                if isinstance(item, Frame):
                    yield item
                else:
                    self._put_audio(item)
        finally:
            items.close()

    def _put(self, frame: Frame) -> None:
        with self._changed:
            self._video_queue.append(frame)
            self._video_bytes += frame.nbytes
            self._wait_for_room()

    def _put_audio(self, block: AudioBlock) -> None:
        with self._changed:
            if not self._audio_discarded:
                self._queue_audio(block)
            self._wait_for_room()

    def _queue_audio(self, block: AudioBlock) -> None:
        wanted = self._audio_start.cut(block)
        if len(wanted.samples):
            self._audio_queue.append(wanted)
            self._audio_seconds += float(wanted.duration)

    def _wait_for_room(self) -> None:
        self._changed.wait_for(lambda: self._closed or not self._full())
        if self._closed:
            raise _Closed

    def _full(self) -> bool:
        limits, video_bytes = self._limits, self._video_bytes
        wants_audio = self.has_audio and not self._audio_discarded
        enough_audio = (
            not wants_audio or self._audio_seconds >= limits.enough_audio_seconds
        )
        if not self.has_video:
            return wants_audio and enough_audio
        several = len(self._video_queue) > 1
        if enough_audio and several and video_bytes >= limits.enough_video_bytes:
            return True
        too_many = several and video_bytes >= limits.max_video_bytes
        return too_many or self._audio_seconds >= limits.max_audio_seconds
