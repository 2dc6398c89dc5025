"""Tracks and counts, painted straight into the planes of a frame."""

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from avio_cli.detections import Tracks
from avio_cli.errors import UsageError
from avio_cli.media.color import matrix_of
from avio_cli.media.frame import PIXEL_FORMATS, Frame
from avio_cli.media.info import Color
from avio_cli.vision.annotators.canvas import Canvas, Tile
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
from avio_cli.vision.annotators.trails import Trails
from avio_cli.vision.annotators.zone_overlay import ZoneOverlay
from avio_cli.vision.counting.crossings import CrossingCounter
from avio_cli.vision.counting.tally import class_name
from avio_cli.vision.counting.zones import anchor_points

DRAWABLE = ("boxes", "labels", "trails")
"""What can be drawn, by the names of ``--draw``."""

_LABEL_SHARE = 0.2
"""Of the picture's width: a longer label loses its score, then its class."""

_FAR = 1e5
"""Pixels: coordinates beyond are brought here, where integers hold them."""

_UNSPECIFIED = Color()


class Drawer:
    """Draws a frame's tracks into it; a Step.

    Works on every pixel format that travels through avio, 8 and 10 bits, in place and
    without converting the picture. Boxes lie on the even grid of the chroma samples,
    so their colour is pure in yuv420p too.

    Args:
        width: of the pictures.
        height: of the pictures.
        what: names out of `DRAWABLE`.
        class_names: names of the classes; a class beyond them is named by its number.
        color: how the pictures mean colours.
        trail_seconds: how long a trail is.
        counter: has counted the frame already; its lines and zones are drawn with
            what they counted.

    Raises:
        UsageError: `what` holds an unknown name.
    """

    def __init__(
        self,
        width: int,
        height: int,
        *,
        what: Collection[str] = DRAWABLE,
        class_names: Sequence[str] = (),
        color: Color = _UNSPECIFIED,
        trail_seconds: float = 2.0,
        counter: CrossingCounter | None = None,
    ) -> None:
        unknown = sorted(set(what) - set(DRAWABLE))
        if unknown:
            raise UsageError(
                f"nothing called {unknown[0]!r} can be drawn",
                hint=f"choose from {', '.join(DRAWABLE)}",
            )
        self._what = frozenset(what)
        self._class_names = tuple(class_names)
        style = Style.of(width, height)
        self._line = style.line
        self._labels = Labels(style)
        self._trails = Trails(trail_seconds, style.spacing, style.line + 2)
        self._placement = LabelPlacer(width, height)
        self._counter = counter
        self._overlay = ZoneOverlay(counter.zones if counter else (), style.line)
        self._matrix = matrix_of(color, min(width, height))
        self._range = color.range
        self._plane_value_cache: dict[tuple[Bgr, str], PlaneValues] = {}

    def __call__(self, frame: Frame) -> Frame:
        """Draw `frame.tracks` into the frame and return it."""
        tracks = _visible(frame)
        canvas = Canvas.of(frame)
        boxes = [Rectangle(*box) for box in _on_even_grid(tracks.boxes)]
        inks = [
            self._plane_values(color_of(i), frame.pixel_format)
            for i in tracks.ids.tolist()
        ]
        dark = self._plane_values(BLACK, frame.pixel_format)
        light = self._plane_values(WHITE, frame.pixel_format)
        self._overlay.draw_lines(canvas, dark, light)
        if "trails" in self._what:
            self._draw_trails(canvas, frame.seconds, tracks, inks)
        if "boxes" in self._what:
            for box, ink in zip(boxes, inks, strict=True):
                self._draw_box(canvas, box, ink)
        counts = self._counter.counts() if self._counter else ()
        covered = self._overlay.draw_counts(canvas, counts, self._labels, dark, light)
        if "labels" in self._what:
            self._placement.start(covered)
            self._draw_labels(canvas, tracks, boxes, inks, dark)
        return frame

    def _plane_values(self, color: Bgr, pixel_format: str) -> PlaneValues:
        key = (color, pixel_format)
        if key not in self._plane_value_cache:
            layout = PIXEL_FORMATS[pixel_format]
            self._plane_value_cache[key] = plane_values(
                color, layout, self._matrix, self._range
            )
        return self._plane_value_cache[key]

    def _draw_trails(
        self, canvas: Canvas, seconds: float, tracks: Tracks, inks: list[PlaneValues]
    ) -> None:
        self._trails.add(tracks.ids, anchor_points(tracks.boxes), seconds)
        colors = dict(zip(tracks.ids.tolist(), inks, strict=True))
        self._trails.draw(canvas, colors)

    def _draw_box(self, canvas: Canvas, box: Rectangle, ink: PlaneValues) -> None:
        line = self._line
        left, top = box.left, box.top
        right, bottom = max(box.right, left + 2 * line), max(box.bottom, top + 2 * line)
        canvas.fill(left, top, right, top + line, ink)
        canvas.fill(left, bottom - line, right, bottom, ink)
        canvas.fill(left, top + line, left + line, bottom - line, ink)
        canvas.fill(right - line, top + line, right, bottom - line, ink)

    def _draw_labels(
        self,
        canvas: Canvas,
        tracks: Tracks,
        boxes: list[Rectangle],
        inks: list[PlaneValues],
        dark: PlaneValues,
    ) -> None:
        for row, (box, ink) in enumerate(zip(boxes, inks, strict=True)):
            tiles, widths = self._label(canvas, tracks, row, ink, dark)
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
        ink: PlaneValues,
        dark: PlaneValues,
    ) -> tuple[list[Tile], list[int]]:
        """Make a label that leaves room for others: in small pictures it says less."""
        name = class_name(self._class_names, int(tracks.classes[row]))
        identity = f"#{int(tracks.ids[row])}"
        score = f"{float(tracks.scores[row]):.2f}"
        for texts in ((f"{identity} {name} ", score), (f"{identity} {name}",)):
            tiles = self._labels.tiles(canvas, texts, ink, dark)
            widths = [tile[0].shape[1] for tile in tiles]
            if sum(widths) <= _LABEL_SHARE * canvas.width:
                return tiles, widths
        tiles = self._labels.tiles(canvas, (identity,), ink, dark)
        return tiles, [tiles[0][0].shape[1]]


def _visible(frame: Frame) -> Tracks:
    """Leave out what is not in the picture, and put the oldest tracks first."""
    tracks = frame.tracks
    with np.errstate(invalid="ignore"):
        inside = (tracks.boxes[:, :2] < (frame.width, frame.height)).all(axis=1)
        inside &= (tracks.boxes[:, 2:] > 0).all(axis=1)
    shown = np.flatnonzero(inside & np.isfinite(tracks.boxes).all(axis=1))
    kept = tracks[shown[np.argsort(tracks.ids[shown], kind="stable")]]
    boxes = np.clip(kept.boxes, -_FAR, _FAR)
    return Tracks(boxes, kept.scores, kept.classes, kept.ids)


def _on_even_grid(boxes: NDArray[np.float32]) -> list[list[int]]:
    rows: list[list[int]] = (np.rint(boxes / 2).astype(np.int64) * 2).tolist()
    return rows
