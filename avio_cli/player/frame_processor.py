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
    from contextlib import ExitStack

    from avio_cli.callbacks.step import CallbackStep
    from avio_cli.demux.frame_index import FrameIndex
    from avio_cli.live_page.monitored import MonitoredPage
    from avio_cli.player.job import PlayJob
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


def open_page(job: "PlayJob", stack: "ExitStack") -> "MonitoredPage | None":
    """Open the page that shows the same, if one is wanted; the stack closes it.

    Raises:
        AvioError: it cannot be served.
    """
    if not job.serve:
        return None
    from avio_cli.live_page.monitored import MonitoredPage

    return MonitoredPage(job.serve, job.urls[0].display_name, stack)


class FrameProcessor:
    """Draws tracks and runs callbacks, on a copy: the cached frame stays as it is.

    Args:
        callbacks: the user's, in order.
        recorded: tracks to draw; None for none.
        draw: what to draw of tracks; empty for nothing.
        index: returns the frames of the open video; None while they are not known, and
            where it is not the one whose tracks were recorded.
        page: shows the same; with boxes and callbacks as they are on the screen only
            where those decide what may be seen, else the browser draws the boxes.
    """

    def __init__(
        self,
        callbacks: "Sequence[CallbackStep]" = (),
        recorded: "RecordedTracks | None" = None,
        draw: Sequence[str] = (),
        index: "Callable[[], FrameIndex | None]" = lambda: None,
        page: "MonitoredPage | None" = None,
    ) -> None:
        self._page = page
        self.callbacks = tuple(callbacks)
        self._recorded, self._draw, self._index = recorded, tuple(draw), index
        self._redaction = parse_drawing(self._draw).redaction
        self._is_recorded, self._is_fitted = True, False
        self._names = ["records", "the video"]
        self._class_names: tuple[str, ...] = ()
        self._video: VideoStream | None = None
        self._drawer: Drawer | None = None
        self._last = 0.0

    @property
    def is_passthrough(self) -> bool:
        """Whether frames are shown unchanged."""
        return not self.callbacks and not self._draw

    def set_media(
        self, video: VideoStream | None, class_names: Sequence[str], title: str = ""
    ) -> None:
        """Prepare for the frames of another video, and for its tracked classes."""
        self._video, self._drawer = video, None
        recorded = self._recorded
        self._class_names = recorded.class_names if recorded else tuple(class_names)
        if self._page is not None:
            drawn = self._shows_results and bool(self._draw)
            self._page.set_media(
                video or COVER_COLOR, self._class_names, title, drawn=drawn
            )

    def name_recorded(self, records: str, video: str) -> None:
        """Names of the file of tracks and of its video, for warnings."""
        self._names = [records, video]

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
        if self._redaction is not None:
            image = image.copy()
            self._drawer_for(image).hide_all(image)
        if self._page is not None:
            self._page.show(image)
        return image

    def process(self, frame: Frame, events: Sequence[InputEvent] = ()) -> Frame | None:
        """Process a frame for display; None where a callback dropped it.

        Raises:
            CallbackError: a callback failed.
        """
        if self.is_passthrough:
            if self._page is not None:
                self._page.show(frame)
            return frame
        processed = frame.copy()
        processed.events = tuple(events)
        known = self._find_tracks(processed)
        if self._page is not None and not self._shows_results:
            self._page.show(processed.copy())
        if self._draw:
            drawer = self._drawer_for(processed)
            draw = drawer if known else drawer.hide_all
            draw(processed)
        result = apply_steps(processed, self.callbacks)
        if self._page is not None and self._shows_results and result is not None:
            self._page.show(result)
        return result

    @property
    def _shows_results(self) -> bool:
        """Whether the page shows frames as they are on the screen."""
        return bool(self.callbacks or self._redaction)

    def _find_tracks(self, frame: Frame) -> bool:
        """Set the recorded tracks of a frame; returns whether its tracks are known."""
        if self._recorded is None:  # it is tracked, or was decoded to step back
            return self._redaction is None or frame.hidden is not None
        index = self._index() if self._is_recorded else None
        if index is None:
            return False
        if not self._is_fitted and self._video is not None:
            from avio_cli.player.fitted_tracks import fit_tracks  # slow to import

            self._is_fitted = True
            self._recorded = fit_tracks(
                self._recorded, index, self._video, *self._names
            )
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
