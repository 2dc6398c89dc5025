"""Anti-aliased text, composed from glyphs that are rendered once, and kept a while."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from avio_cli.optional import load_opencv

Mask = NDArray[np.uint8]
Key = TypeVar("Key")
Value = TypeVar("Value")

_WEIGHT = 500
"""Between regular and bold: thin strokes vanish in small frames."""

_CACHED_TEXTS = 256
"""All scores, and labels that are made in other colours, too."""


class Recent(Generic[Key, Value]):
    """A cache that drops what was not used for longest.

    What is drawn in every frame stays, and what belongs to tracks that have ended goes
    one by one: a camera's run makes labels for days.

    Args:
        most: values that are kept.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[Key, Value] = OrderedDict()

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: Key, make: Callable[[], Value]) -> Value:
        """The value of a key; made where it is not there."""
        if key in self._values:
            self._values.move_to_end(key)
            return self._values[key]
        if len(self._values) >= self._most:
            self._values.popitem(last=False)
        value = self._values[key] = make()
        return value


@dataclass(frozen=True, slots=True)
class _Glyph:
    coverage: Mask
    """(canvas height, canvas width): the letter, its origin at `_Canvas` margin."""
    advance: int


class Typeface:
    """Render text of one size.

    OpenCV 5 brings the TrueType font. Digits all have the same width, so that a label
    does not jitter while its score changes.

    Args:
        size: of the letters in pixels, as typographers count it: about 1.4 times
            the height of a capital.
    """

    def __init__(self, size: int) -> None:
        self._margin = size
        self._render = _renderer(load_opencv(), size, self._margin)
        self._glyphs: dict[str, _Glyph] = {}
        self._texts: Recent[str, Mask] = Recent(_CACHED_TEXTS)
        digits = [self._glyph(digit) for digit in "0123456789"]
        self._digit_width = max(digit.advance for digit in digits)
        tall = np.maximum.reduce([self._glyph(c).coverage for c in "bhklÅgjpqy"])
        rows = np.flatnonzero(tall.any(axis=1))
        self._rows = slice(int(rows[0]), int(rows[-1]) + 1)
        self.height = self._rows.stop - self._rows.start
        """Rows of every mask: from the highest to the lowest letter."""

    def coverage(self, text: str) -> Mask:
        """Render a line of text.

        Returns:
            uint8 (`height`, width): 255 inside the letters, 0 outside. Shared with
            later calls: do not change it.
        """
        return self._texts.get(text, lambda: self._compose(text))

    def _compose(self, text: str) -> Mask:
        glyphs = [self._glyph(letter) for letter in text]
        widths = [
            self._digit_width if letter in "0123456789" else glyph.advance
            for letter, glyph in zip(text, glyphs, strict=True)
        ]
        line = np.zeros((self.height, sum(widths) + 4 * self._margin), np.uint8)
        start = 0
        for glyph, width in zip(glyphs, widths, strict=True):
            left = start + (width - glyph.advance) // 2
            part = glyph.coverage[self._rows]
            area = line[:, left : left + part.shape[1]]
            np.maximum(area, part, out=area)
            start += width
        return line[:, self._margin : self._margin + start]

    def _glyph(self, letter: str) -> _Glyph:
        if letter not in self._glyphs:
            self._glyphs[letter] = self._render(letter)
        return self._glyphs[letter]


def _renderer(cv2: Any, size: int, margin: int) -> Callable[[str], _Glyph]:
    face = cv2.FontFace("sans")

    def render(letter: str) -> _Glyph:
        canvas = np.zeros((3 * size, 4 * margin), np.uint8)
        origin = (margin, 2 * size)
        end, drawn = cv2.putText(canvas, letter, origin, (255,), face, size, _WEIGHT)
        return _Glyph(drawn, end[0] - margin)

    return render
