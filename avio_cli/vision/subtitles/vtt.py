"""Tracks as WebVTT: a cue a box, with JSON that a page reads."""

import json
from collections.abc import Sequence
from fractions import Fraction

from avio_cli.detections import Tracks
from avio_cli.vision.counting.tally import Count
from avio_cli.vision.counting.zones import LineOrZone
from avio_cli.vision.subtitles.boxes import TrackBox, boxes_of
from avio_cli.vision.subtitles.shown import FrameClock, Shown, ShownItems

_TICKS = 1000
_HEADER = """\
WEBVTT

NOTE
Tracks as metadata: id, class, and box as x1 y1 x2 y2 in pixels{frame}
"""
_ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"}


class VttText:
    """Makes the cues of a WebVTT file, frame by frame.

    Args:
        width: of the frames, as decoded; 0 where it is not known.
        height: of the frames.
        class_names: names of the classes.
        zones: are not in the file.
    """

    def __init__(
        self,
        width: int = 0,
        height: int = 0,
        class_names: Sequence[str] = (),
        zones: Sequence[LineOrZone] = (),
    ) -> None:
        self._names = class_names
        self._clock = FrameClock(_TICKS)
        self._boxes = ShownItems[int, TrackBox](TrackBox.stays, _TICKS)
        frame = f" of a frame of {width}x{height}" if width else ""
        self.header = _HEADER.format(frame=frame)

    def frame(
        self, time: Fraction, tracks: Tracks, counts: Sequence[Count] = ()
    ) -> str:
        """The cues that are complete with a frame; as `AssText.frame`."""
        boxes = {box.track_id: box for box in boxes_of(tracks, self._names)}
        self._boxes.show(self._clock.tick(time), boxes)
        return "".join(map(_cue, self._boxes.finished()))

    def finish(self, step: Fraction) -> str:
        """The last cues; the last frame is shown for a step of seconds."""
        self._boxes.show(self._clock.after(step), {})
        return "".join(map(_cue, self._boxes.finished()))


def _cue(shown: Shown[TrackBox]) -> str:
    box = shown.item
    content = {"id": box.track_id, "class": box.name, "box": [*box.rectangle]}
    text = json.dumps(content)
    for character, escaped in _ESCAPES.items():
        text = text.replace(character, escaped)  # nothing of it is a tag or "-->"
    return f"\n{_time(shown.start)} --> {_time(shown.end)}\n{text}\n"


def _time(tick: int) -> str:
    minutes, rest = divmod(tick, 60 * _TICKS)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{rest // _TICKS:02}.{rest % _TICKS:03}"
