"""Draw tracks and counts straight into the planes of a frame."""

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from avio_cli.detections import Detections, Tracks
from avio_cli.media.color import matrix_of
from avio_cli.media.frame import PIXEL_FORMATS, Frame
from avio_cli.media.info import Color
from avio_cli.vision.annotators.canvas import Canvas, Tile
from avio_cli.vision.annotators.heat_map import HeatMap
from avio_cli.vision.annotators.held_boxes import HeldBoxes, visible
from avio_cli.vision.annotators.label_placement import LabelPlacer, Rectangle
from avio_cli.vision.annotators.labels import Labels, Style
from avio_cli.vision.annotators.palette import (
    BLACK,
    WHITE,
    Bgr,
    PlaneValues,
    color_of,
    plane_values,
)
from avio_cli.vision.annotators.parts import DRAWN, parse_drawing
from avio_cli.vision.annotators.redaction import hide, hide_all
from avio_cli.vision.annotators.text import Recent
from avio_cli.vision.annotators.trails import Trails
from avio_cli.vision.annotators.zone_overlay import ZoneOverlay
from avio_cli.vision.counting.crossings import CrossingCounter
from avio_cli.vision.counting.tally import class_name
from avio_cli.vision.counting.zones import anchor_points

_LABEL_SHARE = 0.2
"""Of the frame's width: a longer label loses its score, then its class."""

_CACHED_COLORS = 1024
"""As many ids have their colour kept."""

_UNSPECIFIED = Color()
_NOTHING = Detections()


class Drawer:
    """Draw a frame's tracks into it; a Step.

    Works on every pixel format that avio reads, 8 and 10 bits, in place and without
    converting the frame. Boxes are on the even grid of the chroma samples,
    so their colour is pure in yuv420p too.

    Args:
        width: of the frames.
        height: of the frames.
        what: words of ``--draw``; see `parse_drawing`.
        class_names: names of the classes; a class beyond them is named by its number.
        color: colour space of the frames.
        trail_seconds: how long a trail is.
        counter: has counted the frame already; its lines and zones are drawn with
            their counts.
        stride: every Nth frame has detections, by its index.

    Raises:
        UsageError: `what` holds an unknown word.
    """

    def __init__(
        self,
        width: int,
        height: int,
        *,
        what: Collection[str] = DRAWN,
        class_names: Sequence[str] = (),
        color: Color = _UNSPECIFIED,
        trail_seconds: float = 2.0,
        counter: CrossingCounter | None = None,
        stride: int = 1,
    ) -> None:
        drawing = parse_drawing(what)
        self._what, self._redaction = drawing.names, drawing.redaction
        hides = drawing.redaction
        self._held = HeldBoxes(hides, stride) if hides else None
        self._heat_map = HeatMap(width, height)
        self._class_names = tuple(class_names)
        style = Style.of(width, height)
        self._line = style.line
        self._labels = Labels(style)
        self._trails = Trails(trail_seconds, style.spacing, style.line + 2)
        self._placement = LabelPlacer(width, height)
        self._counter = counter
        self._overlay = ZoneOverlay(counter.zones if counter else (), style.line)
        self._matrix = matrix_of(color, width, height)
        self._range = color.range
        self._values: Recent[tuple[Bgr, str], PlaneValues] = Recent(_CACHED_COLORS)

    def __call__(self, frame: Frame, detections: Detections = _NOTHING) -> Frame:
        """Draw `frame.tracks` into the frame and return it.

        Args:
            frame: is changed. Where boxes are hidden, and `frame.hidden` names them,
                it is those, and no others.
            detections: in this frame: they are hidden where tracks are, and not drawn.
        """
        tracks = visible(frame, frame.tracks)
        canvas = Canvas.of(frame)
        self._hide_boxes(canvas, frame, detections)
        if "heatmap" in self._what:
            self._heat_map.add(tracks.boxes, frame.seconds)
            self._heat_map.draw(canvas, frame.pixel_format, self._plane_values)
        boxes = [Rectangle(*box) for box in _on_even_grid(tracks.boxes)]
        colors = [
            self._plane_values(color_of(i), frame.pixel_format)
            for i in tracks.ids.tolist()
        ]
        black = self._plane_values(BLACK, frame.pixel_format)
        white = self._plane_values(WHITE, frame.pixel_format)
        self._overlay.draw_lines(canvas, black, white)
        if "trails" in self._what:
            self._draw_trails(canvas, frame.seconds, tracks, colors)
        if "boxes" in self._what:
            for box, color in zip(boxes, colors, strict=True):
                self._draw_box(canvas, box, color)
        counts = self._counter.counts(ids=False) if self._counter else ()
        covered = self._overlay.draw_counts(canvas, counts, self._labels, black, white)
        if "labels" in self._what:
            self._placement.start(covered)
            self._draw_labels(canvas, tracks, boxes, colors, black)
        return frame

    def hide_all(self, frame: Frame) -> Frame:
        """Hide a whole frame whose tracks are not known, if tracks are hidden."""
        if self._redaction is not None:
            hide_all(Canvas.of(frame), self._redaction)
        return frame

    def _hide_boxes(self, canvas: Canvas, frame: Frame, detections: Detections) -> None:
        if self._redaction is None or self._held is None:
            return
        boxes = frame.hidden
        if boxes is None:
            boxes = self._held.see(frame, detections)
        for box in boxes:
            hide(canvas, box, self._redaction)

    def _plane_values(self, color: Bgr, pixel_format: str) -> PlaneValues:
        layout, colors = PIXEL_FORMATS[pixel_format], (self._matrix, self._range)
        return self._values.get(
            (color, pixel_format), lambda: plane_values(color, layout, *colors)
        )

    def _draw_trails(
        self, canvas: Canvas, seconds: float, tracks: Tracks, colors: list[PlaneValues]
    ) -> None:
        self._trails.add(tracks.ids, anchor_points(tracks.boxes), seconds)
        self._trails.draw(canvas, dict(zip(tracks.ids.tolist(), colors, strict=True)))

    def _draw_box(self, canvas: Canvas, box: Rectangle, color: PlaneValues) -> None:
        line = self._line
        left, top = box.left, box.top
        right, bottom = max(box.right, left + 2 * line), max(box.bottom, top + 2 * line)
        canvas.fill(left, top, right, top + line, color)
        canvas.fill(left, bottom - line, right, bottom, color)
        canvas.fill(left, top + line, left + line, bottom - line, color)
        canvas.fill(right - line, top + line, right, bottom - line, color)

    def _draw_labels(
        self,
        canvas: Canvas,
        tracks: Tracks,
        boxes: list[Rectangle],
        colors: list[PlaneValues],
        black: PlaneValues,
    ) -> None:
        for row, (box, color) in enumerate(zip(boxes, colors, strict=True)):
            tiles, widths = self._label(canvas, tracks, row, color, black)
            size = (sum(widths), tiles[0][0].shape[0])
            left, top = self._placement.place(int(tracks.ids[row]), box, *size)
            for tile, width in zip(tiles, widths, strict=True):
                canvas.paste(left, top, tile)
                left += width

    def _label(
        self,
        canvas: Canvas,
        tracks: Tracks,
        row: int,
        color: PlaneValues,
        black: PlaneValues,
    ) -> tuple[list[Tile], list[int]]:
        """Make a label that leaves room for others: it is shorter in small frames."""
        name = class_name(self._class_names, int(tracks.classes[row]))
        track_id = f"#{int(tracks.ids[row])}"
        score = f"{float(tracks.scores[row]):.2f}"
        for texts in ((f"{track_id} {name} ", score), (f"{track_id} {name}",)):
            tiles = self._labels.tiles(canvas, texts, color, black)
            widths = [tile[0].shape[1] for tile in tiles]
            if sum(widths) <= _LABEL_SHARE * canvas.width:
                return tiles, widths
        tiles = self._labels.tiles(canvas, (track_id,), color, black)
        return tiles, [tiles[0][0].shape[1]]


def _on_even_grid(boxes: NDArray[np.float32]) -> list[list[int]]:
    rows: list[list[int]] = (np.rint(boxes / 2).astype(np.int64) * 2).tolist()
    return rows
