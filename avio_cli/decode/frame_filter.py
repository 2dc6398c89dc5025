"""Filter a decoder's output: only the range, in order, no duplicates."""

from collections import deque
from collections.abc import Iterable, Iterator

from avio_cli.media.frame import AudioBlock, Frame
from avio_cli.media.time_range import TimeRange

HELD_SECONDS = 30
"""Of audio that waits for a frame: a decoder gives frames later than their audio."""


class FrameFilter:
    """Selects frames and cuts blocks of audio.

    Args:
        wanted: the time range.
        audio: whether there is audio, which may go on after the last frame.
    """

    def __init__(self, wanted: TimeRange, *, audio: bool) -> None:
        self._range, self._audio = wanted, audio
        self._previous: int | None = None
        self._previous_audio: int | None = None
        self._delivered: int | None = None
        self._delivered_audio: int | None = None
        self.reordered = 0
        """Frames whose time was not after the one before, moved one tick behind it."""
        self.past_end = False
        """Whether a frame has shown that the range has ended."""

    def restart(self) -> None:
        """Expect another decoder that starts where the first one did.

        What was delivered already is skipped.
        """
        self._delivered, self._delivered_audio = self._previous, self._previous_audio
        self._previous, self.past_end, self.reordered = None, False, 0

    def select(
        self, items: Iterable[Frame | AudioBlock]
    ) -> Iterator[Frame | AudioBlock]:
        """Yield what is wanted; end where nothing more of the range can arrive."""
        audio_ended = not self._audio
        for item in items:
            if isinstance(item, AudioBlock):
                yield from self._wanted_part(item)
                audio_ended = self._range.is_past(item.time)
            elif self._range.is_past(item.time):
                self.past_end = True
                audio_ended = audio_ended or self._range.is_well_past(item.time)
            elif self._is_wanted(item):
                yield item
            if self.past_end and audio_ended:
                break

    def _wanted_part(self, block: AudioBlock) -> Iterator[AudioBlock]:
        part = self._range.cut(block)
        if len(part.samples) and not _is_delivered(part.pts, self._delivered_audio):
            self._previous_audio = part.pts
            yield part

    def _is_wanted(self, frame: Frame) -> bool:
        self._enforce_increasing_pts(frame)
        delivered = _is_delivered(frame.pts, self._delivered)
        return not (delivered or self._range.is_before(frame.time))

    def _enforce_increasing_pts(self, frame: Frame) -> None:
        """Move a frame behind the one before it, if it is not there already."""
        if self._previous is not None and frame.pts <= self._previous:
            frame.pts = self._previous + 1
            self.reordered += 1
        self._previous = frame.pts


def _is_delivered(pts: int, last: int | None) -> bool:
    """Whether the receiver got it already, before a restart."""
    return last is not None and pts <= last


def until_frame(
    items: Iterable[Frame | AudioBlock], limit: int
) -> list[Frame | AudioBlock]:
    """All items up to the first frame, which shows where the decoder has landed.

    Args:
        items: what arrives; left at the item after the last one returned.
        limit: bytes of audio that are held while waiting for a frame.
    """
    held: list[Frame | AudioBlock] = []
    for item in items:
        held.append(item)
        if isinstance(item, Frame):
            break
        limit -= item.nbytes
        if limit < 0:
            break
    return held


def until_first(
    items: Iterable[Frame | AudioBlock], kind: type[Frame | AudioBlock]
) -> list[Frame | AudioBlock]:
    """All items of a live source up to the first of a kind; before it, the latest.

    A stream that is joined between two keyframes gives audio at once, and its first
    frame seconds later.

    Args:
        items: what arrives; left at the item after the last one returned.
        kind: of what the source is read for.

    Returns:
        Nothing where none of that kind arrives.
    """
    held: deque[Frame | AudioBlock] = deque()
    for item in items:
        held.append(item)
        if isinstance(item, kind):
            return list(held)
        while item.time - held[0].time > HELD_SECONDS:
            held.popleft()
    return []
