"""What the live page shows of a run: frames in which the browser draws the boxes."""

from fractions import Fraction

from avio_cli.detections import Detections
from avio_cli.jobs.track.job import TrackJob
from avio_cli.live_page.copied.packets import not_copied
from avio_cli.live_page.newest import Look
from avio_cli.live_page.page import LivePage
from avio_cli.media.color import assumed_color
from avio_cli.media.frame import Frame
from avio_cli.media.info import VideoStream
from avio_cli.vision.annotators.canvas import Canvas
from avio_cli.vision.annotators.held_boxes import HeldBoxes
from avio_cli.vision.annotators.parts import parse_drawing
from avio_cli.vision.annotators.redaction import hide


class PageFrames:
    """Gives a page its frames: as they were before boxes were drawn into them.

    Where boxes are hidden, they are hidden there, too. With callbacks it is what those
    made of a frame, with all that was drawn: only they know what may be seen. Then
    the source's own video is not offered.

    Args:
        page: what shows them.
        job: the run.
        video: the stream.
        class_names: of the tracks.
    """

    def __init__(
        self,
        page: LivePage,
        job: TrackJob,
        video: VideoStream,
        class_names: tuple[str, ...],
    ) -> None:
        self._page = page
        self._shows_results = bool(job.callbacks)
        self._is_drawn = job.shows_frames and bool(job.draw)
        self._redaction = parse_drawing(job.draw).redaction
        self._held = HeldBoxes(self._redaction, job.stride) if self._redaction else None
        why = self._why_not_copied(job, video)
        self.tap = None if why else page.offer(job.source, video)
        """Is to get the packets of a live source."""
        page.describe(
            Look(
                color=assumed_color(video),
                sample_aspect_ratio=video.display_sample_aspect_ratio or Fraction(1),
                class_names=class_names,
                drawn=self._shows_results and self._is_drawn,
                about={
                    "copied": {"offered": not why, "why": why},
                    "shapes": [
                        {"name": zone.name, "kind": zone.kind, "points": zone.points}
                        for zone in job.zones
                    ],
                },
            )
        )

    def _why_not_copied(self, job: TrackJob, video: VideoStream) -> str:
        if self._shows_results:
            return "callbacks may have hidden something in it"
        if self._redaction is not None:
            return "boxes are hidden in it"
        return not_copied(job.source, video)

    def before(self, frame: Frame, detections: Detections) -> None:
        """Take a frame with its tracks, before anything is drawn into it.

        Sets the boxes that are to be hidden in it, where some are.
        """
        if self._held is not None and self._redaction is not None:
            frame.hidden = self._held.see(frame, detections)
        if self._shows_results:
            return
        self._page.show_boxes(frame)
        if not (self._is_drawn or self._redaction):
            self._page.show(frame)
        else:
            self._page.show_copy(frame, self._hide)

    def after(self, frame: Frame) -> None:
        """Take the same frame when all is done to it."""
        if self._shows_results:
            self._page.show_copy(frame)

    def _hide(self, frame: Frame) -> None:
        if self._redaction is not None:
            canvas = Canvas.of(frame)
            for box in frame.hidden or ():
                hide(canvas, box, self._redaction)
