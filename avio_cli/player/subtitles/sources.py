"""CueSource: the subtitles of one track, ready to be drawn at any time."""

import logging
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Protocol

from avio_cli.errors import InputError
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.output.special import spool_folder
from avio_cli.player.subtitles.bitmaps import BitmapCues
from avio_cli.player.subtitles.extraction import Extraction
from avio_cli.player.subtitles.image import SubtitleImage
from avio_cli.player.subtitles.placement import Look
from avio_cli.player.subtitles.script import (
    Moment,
    Script,
    scaled,
    with_plain_colors,
)
from avio_cli.player.subtitles.text_renderer import TextRenderer
from avio_cli.player.subtitles.tracks import SubtitleTrack
from avio_cli.temporary import TemporaryFolder

LOG = logging.getLogger("avio.player")

_LARGEST_MOVING = 1280 * 720
"""Pixels of a canvas on which every frame is drawn; it is scaled to the window."""
_RENDERERS = 3
"""For the window, for recordings, and for what moves."""


class CueSource(Protocol):
    """When something is shown, and its images; used by one thread, but for `kill`."""

    def at(self, time: Fraction) -> Moment | None:
        """What is shown at a time, in seconds; None for nothing. From any thread."""
        ...

    def after(self, time: Fraction, until: Fraction) -> Iterator[Moment]:
        """What is shown later, in order. From any thread."""
        ...

    def render(self, moment: Moment, look: Look) -> SubtitleImage:
        """Draw it.

        Raises:
            AvioError: it cannot be drawn.
        """
        ...

    def kill(self) -> None:
        """Have `render` fail at once; from any thread."""
        ...

    def close(self) -> None:
        """End all children, and remove their files; safe to call twice."""
        ...


class TextCues:
    """Text, drawn as large as the window wants it; a `CueSource`.

    Args:
        ffmpeg: the binary to run.
        text: an ASS script.
        fonts: folder of further fonts.
        folder: for scripts; removed at the end.
        is_wanted: as for `Script`.
    """

    def __init__(
        self,
        ffmpeg: FFmpeg,
        text: str,
        fonts: Path,
        folder: TemporaryFolder,
        is_wanted: Callable[[], bool] = lambda: True,
    ) -> None:
        self._ffmpeg, self._fonts, self._folder = ffmpeg, fonts, folder
        self._scripts = 0
        self._text, self.script = with_plain_colors(text), Script(text, is_wanted)
        self._killed = False
        self._renderers: OrderedDict[Look, TextRenderer] = OrderedDict()

    def at(self, time: Fraction) -> Moment | None:
        """What is shown at a time; None for nothing."""
        return self.script.at(time)

    def after(self, time: Fraction, until: Fraction) -> Iterator[Moment]:
        """What is shown later, in order."""
        return self.script.after(time, until)

    def render(self, moment: Moment, look: Look) -> SubtitleImage:
        """Draw it; what moves is drawn smaller, if the window is large."""
        look = _limited(look) if moment.moves else look
        renderer = self._renderers.get(look) or self._add(look)
        self._renderers.move_to_end(look)
        return renderer.render(moment.time)

    def _add(self, look: Look) -> TextRenderer:
        while len(self._renderers) >= _RENDERERS:
            self._renderers.popitem(last=False)[1].close()
        self._scripts += 1  # one that runs may not have read its own yet
        path = self._folder.path / f"{self._scripts}.ass"
        path.write_text(scaled(self._text, look.factor), encoding="utf-8")
        renderer = self._renderers[look] = TextRenderer(
            self._ffmpeg.path, path, self._fonts, look.canvas, look.video_size
        )
        if self._killed:  # by another thread, while it was made
            renderer.kill()
        return renderer

    def kill(self) -> None:
        """Have `render` fail at once."""
        self._killed = True
        for renderer in tuple(self._renderers.values()):
            renderer.kill()

    def close(self) -> None:
        """End the children, and remove their files."""
        for renderer in self._renderers.values():
            renderer.close()
        self._folder.close()


def _limited(look: Look) -> Look:
    width, height = look.canvas
    share = (_LARGEST_MOVING / (width * height)) ** 0.5
    if share >= 1:
        return look
    return replace(look, canvas=(round(width * share), round(height * share)))


class SourceOpener:
    """Makes the `CueSource` of a track.

    Args:
        ffmpeg: the binary to run.
        track: which one.
    """

    def __init__(self, ffmpeg: FFmpeg, track: SubtitleTrack) -> None:
        self._ffmpeg, self._track = ffmpeg, track
        self._folder, self._near = spool_folder(), ExitStack()
        self._extraction = Extraction(ffmpeg, track, self._folder.path)

    def open_near(self, position: Fraction) -> CueSource | None:
        """Read only what is near a position; None where that would not be faster.

        Args:
            position: seconds after the start of the input.

        Raises:
            AvioError: it cannot be read.
        """
        if not self._track.is_text:
            return None
        text = self._extraction.script_near(position)
        if not text:
            return None
        folder = spool_folder()
        self._near.callback(folder.close)
        return self._cues(text, self._extraction.fonts(), folder)

    def open(self) -> CueSource:
        """Read all of it.

        Raises:
            AvioError: it cannot be read.
        """
        return self._open_text() if self._track.is_text else self._open_bitmaps()

    def _open_text(self) -> TextCues:
        text, fonts = self._extraction.script(), self._extraction.fonts()
        cues, name = self._cues(text, fonts, self._folder), self._track.name
        if not cues.script.count:
            raise InputError(f"{name} holds no subtitles with times")
        if skipped := cues.script.skipped:
            lines = "line" if skipped == 1 else "lines"
            LOG.warning("%s: %d %s without valid times skipped", name, skipped, lines)
        return cues

    def _cues(self, text: str, fonts: Path, folder: TemporaryFolder) -> TextCues:
        is_wanted = self._extraction.is_wanted
        return TextCues(self._ffmpeg, text, fonts, folder, is_wanted)

    def _open_bitmaps(self) -> BitmapCues:
        path, name = self._extraction.bitmaps(), self._track.name
        return BitmapCues(self._ffmpeg, path, self._folder, name=name)

    def kill(self) -> None:
        """Have `open` fail at once; from any thread."""
        self._extraction.kill()

    def close(self) -> None:
        """Remove what is left of the files; safe to call twice."""
        self._near.close()
        self._folder.close()
