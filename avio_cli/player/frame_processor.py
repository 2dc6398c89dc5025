"""FrameProcessor: draws tracks and runs callbacks before a frame is shown."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from avio_cli.events import InputEvent
from avio_cli.media.color import assumed_color
from avio_cli.media.frame import Frame
from avio_cli.media.info import VideoStream
from avio_cli.pipeline import apply_steps
from avio_cli.player.cover_art import COVER_COLOR
from avio_cli.player.screen import NoThumbnails
from avio_cli.vision.annotators.parts import parse_drawing

if TYPE_CHECKING:
    from avio_cli.callbacks.step import CallbackStep
    from avio_cli.player.state import Thumbnails
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
        number: returns a frame's number in the video, from 0; None while unknown.
    """

    def __init__(
        self,
        callbacks: "Sequence[CallbackStep]" = (),
        recorded: "RecordedTracks | None" = None,
        draw: Sequence[str] = (),
        number: Callable[[Frame], int | None] = lambda frame: frame.index,
    ) -> None:
        self.callbacks = tuple(callbacks)
        self._recorded, self._draw, self._number = recorded, tuple(draw), number
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
        """Draw no recorded tracks any more: they are of another video."""
        if self._recorded is not None:
            self._recorded, self._draw = None, ()

    def previews(self, shown: "Thumbnails") -> "Thumbnails":
        """Those of the seek bar; none where tracks are hidden, which it knows not."""
        return NoThumbnails() if parse_drawing(self._draw).redaction else shown

    def process(self, frame: Frame, events: Sequence[InputEvent] = ()) -> Frame | None:
        """Process a frame for display; None where a callback dropped it.

        Raises:
            CallbackError: a callback failed.
        """
        if self.is_passthrough:
            return frame
        processed = _copy_of(frame)
        processed.events = tuple(events)
        known = self._recorded is None or self._add_tracks(processed, self._recorded)
        if self._draw:
            drawer = self._drawer_for(processed)
            draw = drawer if known else drawer.hide_all
            draw(processed)
        return apply_steps(processed, self.callbacks)

    def _add_tracks(self, frame: Frame, recorded: "RecordedTracks") -> bool:
        """Set the recorded tracks of a frame; returns whether they are known."""
        number = self._number(frame)
        if number is None:
            return False
        frame.index = number
        frame.tracks = recorded.of(frame)
        return True

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
    )
