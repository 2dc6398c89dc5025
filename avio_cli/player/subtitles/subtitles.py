"""Subtitles: which track of the open input is shown, and how."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from avio_cli.errors import AvioError
from avio_cli.ffmpeg.url import parse_url, printable
from avio_cli.media.frame import Frame
from avio_cli.player.playback.open_media import OpenMedia
from avio_cli.player.subtitles.burning import burn, square_size
from avio_cli.player.subtitles.choosing import AvailableSubtitles
from avio_cli.player.subtitles.image import EMPTY, SubtitleImage
from avio_cli.player.subtitles.placement import Look
from avio_cli.player.subtitles.sources import SourceOpener
from avio_cli.player.subtitles.tracks import SubtitleTrack, tracks_of_file
from avio_cli.player.subtitles.worker import SubtitleWorker

LOG = logging.getLogger("avio.player")


@dataclass(frozen=True, slots=True)
class Adjustment:
    """What the user has changed; it stays for the next input."""

    visible: bool = True
    delay: Fraction = Fraction(0)
    """Seconds by which subtitles are later."""
    factor: float = 1.0
    """Size of letters."""
    offset: float = 0.0
    """How far they are moved down, as a share of the video's height."""


class Subtitles:
    """The subtitles of the open input; used by the player's thread."""

    def __init__(self) -> None:
        self._media: OpenMedia | None = None
        self.tracks: list[SubtitleTrack] = []
        """By their number: those of the input, named files, files beside it."""
        self.current: SubtitleTrack | None = None
        """What is shown; None for none."""
        self.adjustment = Adjustment()
        self.is_ready = True
        """Whether what belongs to the shown frame is drawn."""
        self._needed = False
        self._time = Fraction(0)
        """That of the shown frame, on the source's own clock."""
        self._worker: SubtitleWorker | None = None

    @property
    def is_decided(self) -> bool:
        """Whether it is known that what the user asked for can be read.

        A short video may end before that; where it cannot be, `poll` raises.
        """
        return not self._needed or self._worker is None or self._worker.is_read

    def set_media(self, media: OpenMedia, available: AvailableSubtitles) -> None:
        """Switch to another input, and to the track that it starts with."""
        self.close()
        self._media, self._time = media, media.origin
        self.tracks, self._needed = list(available.tracks), available.needed
        self.select(available.first)

    def select(self, track: SubtitleTrack | None) -> None:
        """Show a track; None for none."""
        self.close()
        self.current = track
        if track is not None and self._media is not None:
            opener = SourceOpener(self._media.source.ffmpeg, track)
            origin = self._media.origin
            position = max(self._time - origin, self._media.start)
            self._worker = SubtitleWorker(opener, position, origin)
            self.is_ready = False

    def select_next(self) -> str:
        """Show the next track, then none; returns a notice."""
        choices = [None, *(track for track in self.tracks if track.can_show)]
        if len(choices) == 1:
            return "No subtitles that can be shown"
        number = (choices.index(self.current) + 1) % len(choices)
        self._needed = False
        self.select(choices[number])
        self.adjustment = replace(self.adjustment, visible=True)
        if self.current is None:
            return "Subtitles off"
        of_all = f"Subtitles {number}/{len(choices) - 1}"
        return f"{of_all} {printable(self.current.label)}".rstrip()

    def add_file(self, path: Path) -> str:
        """Show a file of subtitles; returns a notice."""
        try:
            return self._add(path)
        except AvioError as error:
            LOG.warning("%s", error.message)
            return error.message

    def image(self, time: Fraction, look: Look) -> SubtitleImage:
        """What to show at a time.

        Args:
            time: seconds on the source's own clock.
            look: its factor is ignored.
        """
        self._time = time
        if self._worker is None or not self.adjustment.visible:
            self.is_ready = True
            return EMPTY
        image, self.is_ready = self._worker.at(self._own(time), self._sized(look))
        return image

    def burnt(self, frame: Frame) -> Frame:
        """A copy of a frame with its subtitles; the frame itself where there are none.

        It waits for them.
        """
        media = self._media
        if self._worker is None or media is None or not self.adjustment.visible:
            return frame
        size = square_size(frame, media.video)
        look = self._sized(Look(size, size))
        image = self._worker.wait_for(self._own(frame.time), look)
        return burn(frame, image, self.adjustment.offset, media.video)

    def poll(self) -> str:
        """A notice where the track cannot be shown; empty for none.

        Raises:
            AvioError: the user asked for it.
        """
        failure = self._worker.failure if self._worker is not None else None
        if failure is None:
            return ""
        if self._needed:
            raise failure
        self._needed = False
        LOG.warning("%s", failure.message)
        self.tracks = [track for track in self.tracks if track is not self.current]
        self.select(None)
        return f"No subtitles: {failure.message}"

    def adjust(self, change: Callable[[Adjustment], Adjustment]) -> None:
        """Change how they are shown."""
        self.adjustment = change(self.adjustment)

    def close(self) -> None:
        """Stop; no child is left. Safe to call twice."""
        if self._worker is not None:
            self._worker.close()
        self._worker, self.is_ready = None, True

    def _add(self, path: Path) -> str:
        media = self._media
        if media is None:
            return ""
        url = parse_url(path, media.source.url.limits)
        added = tracks_of_file(media.source.ffmpeg, url, media.origin)
        self.tracks += added
        self._needed = False
        self.select(added[0])
        return f"Subtitles {printable(path.name)}"

    def _own(self, time: Fraction) -> Fraction:
        """A time of the source's clock on that of the track."""
        late = self.current.late if self.current is not None else 0
        return time - late - self.adjustment.delay

    def _sized(self, look: Look) -> Look:
        return replace(look, factor=self.adjustment.factor)
