"""Tracks as ASS: boxes, labels, lines and zones as drawings at the frames' times."""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from fractions import Fraction
from operator import eq
from typing import NamedTuple

from avio_cli.detections import Tracks
from avio_cli.vision.annotators.label_placement import LabelPlacer, Rectangle
from avio_cli.vision.annotators.labels import Style
from avio_cli.vision.annotators.palette import Bgr, color_of
from avio_cli.vision.annotators.zone_overlay import count_text, outline
from avio_cli.vision.counting.tally import Count
from avio_cli.vision.counting.zones import LineOrZone
from avio_cli.vision.subtitles import ass_lines
from avio_cli.vision.subtitles.boxes import TrackBox, boxes_of
from avio_cli.vision.subtitles.shown import FrameClock, ShownItems

Polygons = tuple[tuple[tuple[int, int], ...], ...]
_LABEL_SHARE = 0.2
"""Of the frame's width: a longer label has the id alone."""


class _Label(NamedTuple):
    left: int
    top: int
    text: str
    color: Bgr | None


class AssText:
    """Makes the lines of an ASS file, frame by frame.

    Args:
        width: of the frames, as decoded.
        height: of the frames.
        class_names: names of the classes.
        zones: lines and zones that are drawn all the time.
    """

    ticks = ass_lines.TICKS

    def __init__(
        self,
        width: int,
        height: int,
        class_names: Sequence[str] = (),
        zones: Sequence[LineOrZone] = (),
    ) -> None:
        self._size, self._names = (width, height), class_names
        self._style = Style.of(width, height)
        self._clock = FrameClock(self.ticks)
        self._placement = LabelPlacer(width, height)
        self._boxes = ShownItems[int, TrackBox](TrackBox.stays, self.ticks)
        self._labels = ShownItems[Hashable, _Label](eq, self.ticks)
        self._shapes = ShownItems[str, Polygons](eq, self.ticks)
        self._zones = {zone.name: _polygons(zone, self._style.line) for zone in zones}
        self._corners = [zone.points[0] for zone in zones]
        self.header = ass_lines.header(width, height, self._style)

    def frame(
        self, time: Fraction, tracks: Tracks, counts: Sequence[Count] = ()
    ) -> str:
        """The lines that are complete with a frame.

        Args:
            time: of the frame, in seconds.
            tracks: what it shows.
            counts: of the lines and zones, in their order.
        """
        tick = self._clock.tick(time)
        boxes = {box.track_id: box for box in self._visible(tracks)}
        shown = self._boxes.show(tick, boxes)
        self._shapes.show(tick, self._zones)
        self._labels.show(tick, dict(self._placed(shown.values(), counts)))
        return "".join(self._lines())

    def finish(self, step: Fraction) -> str:
        """The last lines; the last frame is shown for a step of seconds."""
        tick = self._clock.after(step)
        self._boxes.show(tick, {})
        self._shapes.show(tick, {})
        self._labels.show(tick, {})
        return "".join(self._lines())

    def _visible(self, tracks: Tracks) -> Iterator[TrackBox]:
        """The boxes that are in the frame; what reaches far out of it is cut."""
        (width, height), line = self._size, self._style.line
        for box in boxes_of(tracks, self._names):
            left, top, right, bottom = box.edges
            if left < width and top < height and right > 0 and bottom > 0:
                kept = (max(left, -line), max(top, -line))
                cut = (*kept, min(right, width + line), min(bottom, height + line))
                yield box._replace(edges=cut)

    def _placed(
        self, boxes: Iterable[TrackBox], counts: Sequence[Count]
    ) -> Iterator[tuple[Hashable, _Label]]:
        """Labels beside their boxes, clear of each other and of the counts."""
        covered = []
        for number, count in enumerate(counts):
            left, top = map(round, self._corners[number])
            label = _Label(left, top, count_text(count), None)
            covered.append(_area(label, self._style))
            yield (count.name, "count"), label
        self._placement.start(covered)
        for box in boxes:
            text = self._text(box)
            size = ass_lines.label_size(text, self._style)
            left, top = self._placement.place(box.track_id, box.rectangle, *size)
            yield box.track_id, _Label(left, top, text, color_of(box.track_id))

    def _text(self, box: TrackBox) -> str:
        text = f"#{box.track_id} {box.name}"
        fits = (
            ass_lines.label_size(text, self._style)[0] <= self._size[0] * _LABEL_SHARE
        )
        return text if fits else f"#{box.track_id}"

    def _lines(self) -> Iterator[str]:
        for shape in self._shapes.finished():
            times = ass_lines.times(shape.start, shape.end)
            yield ass_lines.polygons_line(times, shape.item)
        for box in self._boxes.finished():
            times, color = (
                ass_lines.times(box.start, box.end),
                color_of(box.item.track_id),
            )
            area, line = box.item.rectangle, self._style.line
            yield ass_lines.box_line(times, area, line, color)
        for label in self._labels.finished():
            times = ass_lines.times(label.start, label.end)
            left, top, text, background = label.item
            place = (left, top)
            yield ass_lines.label_line(times, place, text, self._style, background)


def _area(label: _Label, style: Style) -> Rectangle:
    width, height = ass_lines.label_size(label.text, style)
    left, top = label.left, label.top
    return Rectangle(left, top, left + width, top + height)


def _polygons(zone: LineOrZone, line: int) -> Polygons:
    """What is drawn of a line or zone, in whole pixels."""
    return tuple(
        tuple((round(x / 16), round(y / 16)) for x, y in corners.tolist())
        for corners in outline(zone, line / 2, line)
    )
