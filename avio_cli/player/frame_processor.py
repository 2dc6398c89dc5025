"""FrameProcessor: draws tracks and runs callbacks before a frame is shown."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from avio_cli.events import InputEvent
from avio_cli.media.color import assumed_color
from avio_cli.media.frame import Box, Frame
from avio_cli.media.info import VideoStream
from avio_cli.pipeline import apply_steps
from avio_cli.player.cover_art import COVER_COLOR
from avio_cli.player.screen import NoThumbnails
from avio_cli.vision.annotators.parts import Redaction, parse_drawing

if TYPE_CHECKING:
    from avio_cli.callbacks.step import CallbackStep
    from avio_cli.demux.frame_index import FrameIndex
    from avio_cli.player.state import Thumbnails
    from avio_cli.records.entry import FrameRecord
    from avio_cli.records.reader import RecordedTracks
    from avio_cli.vision.annotators.draw import Drawer


def load_tracks(path: Path) -> "RecordedTracks":
    """Read the tracks that are drawn.

    Raises:
        AvioError: they cannot be read.
    """
    from avio_cli.records.reader import read_tracks  # slow to import

    return read_tracks(path)


class FrameProcessor:
    """Draws tracks and runs callbacks, on a copy: the cached frame stays as it is.

    Args:
        callbacks: the user's, in order.
        recorded: tracks to draw; None for none.
        draw: what to draw of tracks; empty for nothing.
        index: returns the frames of the open video; None while they are not known, and
            where it is not the one whose tracks were recorded.
    """

    def __init__(
        self,
        callbacks: "Sequence[CallbackStep]" = (),
        recorded: "RecordedTracks | None" = None,
        draw: Sequence[str] = (),
        index: "Callable[[], FrameIndex | None]" = lambda: None,
    ) -> None:
        self.callbacks = tuple(callbacks)
        self._recorded, self._draw, self._index = recorded, tuple(draw), index
        self._redaction = parse_drawing(self._draw).redaction
        self._is_recorded = True
        self._class_names: tuple[str, ...] = ()
        self._video: VideoStream | None = None
        self._drawer: Drawer | None = None
        self._last = 0.0

    @property
    def is_passthrough(self) -> bool:
        """Whether frames are shown unchanged."""
        return not self.callbacks and not self._draw

    def set_media(self, video: VideoStream | None, class_names: Sequence[str]) -> None:
        """Prepare for the frames of another video, and for its tracked classes."""
        self._video, self._drawer = video, None
        recorded = self._recorded
        self._class_names = recorded.class_names if recorded else tuple(class_names)

    def forget_recorded(self) -> None:
        """Draw no recorded tracks any more: they are of another video.

        Where boxes are hidden, all of it is from now on.
        """
        self._is_recorded = False

    def previews(self, shown: "Thumbnails") -> "Thumbnails":
        """Those of the seek bar; none where tracks are hidden, which it knows not."""
        return NoThumbnails() if self._redaction else shown

    def still(self, image: Frame) -> Frame:
        """An image that is shown instead of a video: hidden where boxes are."""
        if self._redaction is None:
            return image
        copy = _copy_of(image)
        return self._drawer_for(copy).hide_all(copy)

    def process(self, frame: Frame, events: Sequence[InputEvent] = ()) -> Frame | None:
        """Process a frame for display; None where a callback dropped it.

        Raises:
            CallbackError: a callback failed.
        """
        if self.is_passthrough:
            return frame
        processed = _copy_of(frame)
        processed.events = tuple(events)
        known = self._find_tracks(processed)
        if self._draw:
            drawer = self._drawer_for(processed)
            draw = drawer if known else drawer.hide_all
            draw(processed)
        return apply_steps(processed, self.callbacks)

    def _find_tracks(self, frame: Frame) -> bool:
        """Set the recorded tracks of a frame; returns whether its tracks are known."""
        if self._recorded is None:  # it is tracked, or was decoded to step back
            return self._redaction is None or frame.hidden is not None
        index = self._index() if self._is_recorded else None
        if index is None:
            return False
        return _set_recorded(frame, self._recorded, index, self._redaction)

    def _drawer_for(self, frame: Frame) -> "Drawer":
        """The drawer; a new one after a jump, so that trails start again."""
        jumped = not 0 <= frame.seconds - self._last <= 1
        self._last = frame.seconds
        if self._drawer is None or jumped:
            from avio_cli.vision.annotators.draw import Drawer

            self._drawer = Drawer(
                frame.width,
                frame.height,
                what=self._draw,
                class_names=self._class_names,
                color=assumed_color(self._video) if self._video else COVER_COLOR,
            )
        return self._drawer


def _copy_of(frame: Frame) -> Frame:
    planes = tuple(plane.copy() for plane in frame.planes)
    return Frame(
        planes,
        frame.pixel_format,
        frame.index,
        frame.pts,
        frame.time_base,
        view=frame.view,
        tracks=frame.tracks,
        hidden=frame.hidden,
    )


def _set_recorded(
    frame: Frame,
    recorded: "RecordedTracks",
    index: "FrameIndex",
    redaction: Redaction | None,
) -> bool:
    """Set a frame's number, tracks and hidden boxes; returns whether they are known."""
    frame.index = index.number(frame.time)
    if not recorded.knows(frame):
        return False
    frame.tracks = recorded.of(frame)
    if redaction is not None:
        frame.hidden = _hidden(frame, recorded, index, redaction.hold)
    return True


def _hidden(
    frame: Frame, recorded: "RecordedTracks", index: "FrameIndex", hold: float
) -> tuple[Box, ...]:
    """The boxes of a frame, and the last ones of tracks that ended shortly before.

    They are looked up for each frame: whatever was shown before it, after a seek or a
    step back too, they are the same.
    """
    from avio_cli.vision.annotators.held_boxes import boxes_by_id, visible

    boxes = dict(boxes_by_id(visible(frame, frame.tracks)))
    for entry in recorded.before(frame):
        if _seconds(entry, frame, index) < frame.seconds - hold:
            break
        for id_, box in boxes_by_id(visible(frame, entry.tracks)):
            boxes.setdefault(id_, box)
    return tuple(boxes.values())


def _seconds(entry: "FrameRecord", frame: Frame, index: "FrameIndex") -> float:
    if entry.pts is not None:
        return float(entry.pts * frame.time_base)
    return float(index.time(entry.number - 1))
