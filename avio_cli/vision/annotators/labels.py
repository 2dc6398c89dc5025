"""Sizes of what is drawn, and labels: text on a coloured background."""

from dataclasses import dataclass

import numpy as np

from avio_cli.vision.annotators.canvas import Canvas, Mask, Tile, even
from avio_cli.vision.annotators.palette import PlaneValues
from avio_cli.vision.annotators.text import Recent, Typeface

_CACHED_TILES = 512
"""Two for each of 100 tracks, and scores of frames before. At 4K they take 16 MB."""


@dataclass(frozen=True, slots=True)
class Style:
    """Sizes in pixels, even where the chroma grid wants it."""

    line: int
    """Thickness of a box's edge."""
    text: int
    """Size of the letters."""
    padding: int
    """Between letters and the label's edge, left and right."""
    spacing: int
    """Between the points of a trail."""

    @classmethod
    def of(cls, width: int, height: int) -> "Style":
        """Choose sizes that look alike from thumbnails to 4K and above."""
        short = min(width, height)
        text = max(10, round(short / 50))
        return cls(
            line=max(2, even(short / 360)),
            text=text,
            padding=max(2, round(text / 3.5)),
            spacing=max(3, short // 80),
        )


class Labels:
    """Make labels: text on a coloured background.

    A label is a row of tiles, so that what changes (the score) and what does not (the
    rest) are cached apart.
    """

    def __init__(self, style: Style) -> None:
        self._style = style
        self._typeface = Typeface(style.text)
        self._tiles: Recent[object, Tile] = Recent(_CACHED_TILES)

    def tiles(
        self,
        canvas: Canvas,
        texts: tuple[str, ...],
        background: PlaneValues,
        foreground: PlaneValues,
    ) -> list[Tile]:
        """Return the tiles of a label from left to right; all sizes are even."""
        last = len(texts) - 1

        def tile(number: int, text: str) -> Tile:
            ends = (number == 0, number == last)
            return self._tiles.get(
                (text, ends, background, canvas.divisors),
                lambda: canvas.tile(self._letters(text, *ends), background, foreground),
            )

        return [tile(number, text) for number, text in enumerate(texts)]

    def _letters(self, text: str, first: bool, last: bool) -> Mask:
        return self._pad(self._typeface.coverage(text), first, last)

    def _pad(self, letters: Mask, first: bool, last: bool) -> Mask:
        rows, columns = letters.shape
        above = max(1, self._style.padding // 3)
        left, right = (self._style.padding * end for end in (first, last))
        odd = (columns + left + right) % 2
        return np.pad(letters, ((above, above + rows % 2), (left, right + odd)))
