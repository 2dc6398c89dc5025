"""Frames for viewers: JPEG with square pixels, not large, and boxes as JSON."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from avio_cli.decode.yuv_to_bgr import conversion_weights
from avio_cli.live_page.newest import Look, ShownFrame
from avio_cli.media.color import matrix_of
from avio_cli.media.frame import PIXEL_FORMATS, Frame, Samples
from avio_cli.optional import load_opencv
from avio_cli.vision.annotators.held_boxes import visible
from avio_cli.vision.counting.tally import class_name

LONGEST = 1280
"""Pixels of the longer side at most."""
_QUALITY = 80


@dataclass(frozen=True, slots=True)
class EncodedFrame:
    """What viewers get of one frame."""

    number: int
    jpeg: bytes
    boxes: bytes
    """JSON: ``pts``, ``time`` and ``frame`` as in records, ``width`` and ``height`` of
    the frame, and ``boxes``, each with ``id``, ``cls``, ``score``, and ``x``, ``y``,
    ``w``, ``h`` in pixels of the frame."""


def encode_frame(shown: ShownFrame) -> EncodedFrame:
    """Encode a frame for all viewers; in any thread."""
    cv2 = load_opencv()
    options = [cv2.IMWRITE_JPEG_QUALITY, _QUALITY]
    jpeg = _coded(".jpg", shown, LONGEST, options)
    return EncodedFrame(shown.number, jpeg, boxes_as_json(shown.frame, shown.look))


def encode_still(shown: ShownFrame) -> bytes:
    """Encode a frame as PNG, as large as it is; in any thread."""
    return _coded(".png", shown, max(shown.frame.width, shown.frame.height))


def _coded(
    kind: str, shown: ShownFrame, longest: int, options: Sequence[int] = ()
) -> bytes:
    frame, look = shown.frame, shown.look
    image = _bgr(frame, look, _size(frame, look, longest))
    coded, data = load_opencv().imencode(kind, image, list(options))
    assert coded
    return bytes(data)


def _size(frame: Frame, look: Look, longest: int) -> tuple[int, int]:
    """Width and height with square pixels; never more than the frame has."""
    aspect = look.sample_aspect_ratio
    width, height = float(frame.width), float(frame.height)
    if aspect > 1:
        height = height / aspect
    else:
        width = width * aspect
    scale = min(1.0, longest / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def _bgr(frame: Frame, look: Look, size: tuple[int, int]) -> NDArray[np.uint8]:
    """The frame as bgr24 or grey, in another size."""
    cv2, layout = load_opencv(), PIXEL_FORMATS[frame.pixel_format]
    planes = [_fitted(plane, size, layout.bits) for plane in frame.planes]
    if not layout.is_planar:
        image = planes[0]
        return image[..., ::-1].copy() if layout.red_first else image
    matrix = matrix_of(look.color, frame.width, frame.height)
    weights = conversion_weights(matrix, full_range=look.color.range == "pc")
    result: NDArray[np.uint8] = cv2.transform(cv2.merge(planes), weights)
    return result


def _fitted(plane: Samples, size: tuple[int, int], bits: int) -> NDArray[np.uint8]:
    """A plane of 8 bits in another size."""
    cv2 = load_opencv()
    smaller = plane.shape[1] > size[0] or plane.shape[0] > size[1]
    if plane.shape[1::-1] != size:
        way = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
        plane = cv2.resize(plane, size, interpolation=way)
    return (plane >> (bits - 8)).astype(np.uint8) if bits > 8 else plane  # type: ignore[return-value]


def boxes_as_json(frame: Frame, look: Look, media: float | None = None) -> bytes:
    """The boxes of a frame, as of `EncodedFrame`.

    Args:
        frame: with its tracks.
        look: names their classes.
        media: where it is in a video that viewers get; None: in none.
    """
    tracks = visible(frame, frame.tracks)
    rows = zip(
        tracks.ids.tolist(),
        tracks.classes.tolist(),
        tracks.scores.tolist(),
        tracks.boxes.tolist(),
        strict=True,
    )
    boxes: list[dict[str, Any]] = [
        {
            "id": id_,
            "cls": class_name(look.class_names, class_),
            "score": round(score, 3),
            "x": round(x1, 1),
            "y": round(y1, 1),
            "w": round(x2 - x1, 1),
            "h": round(y2 - y1, 1),
        }
        for id_, class_, score, (x1, y1, x2, y2) in rows
    ]
    place = {} if media is None else {"media": media}
    return orjson.dumps(
        place
        | {
            "pts": frame.pts,
            "time": round(frame.seconds, 6),
            "frame": frame.index + 1,
            "width": frame.width,
            "height": frame.height,
            "boxes": boxes,
        }
    )
