"""SubtitleWorker: reads a track and draws its images in a thread, ahead of time."""

import logging
import threading
from collections import OrderedDict
from contextlib import suppress
from fractions import Fraction
from itertools import islice

from avio_cli.errors import AvioError, FFmpegError
from avio_cli.player.subtitles.extraction import AFTER, BEFORE
from avio_cli.player.subtitles.image import EMPTY, SubtitleImage
from avio_cli.player.subtitles.placement import Look
from avio_cli.player.subtitles.script import Moment
from avio_cli.player.subtitles.sources import CueSource, SourceOpener

LOG = logging.getLogger("avio.player")

AHEAD = Fraction(5)
"""Seconds of what comes that are drawn in advance."""
_MOST_AHEAD = 3
"""Images that are drawn in advance, at most."""
_MOST_LOOKED_AT = 50
"""Changes that are looked at for that; some scripts have thousands in a second."""
_CACHE_BYTES = 64 << 20
_PATIENCE = 5.0
"""Seconds that a recording or a screenshot waits for an image."""

_SURE_BEFORE, _SURE_AFTER = BEFORE - 20, AFTER - 10
"""Seconds around the position within which a part of a track holds all: what is shown
for long may begin before it."""

_Key = tuple[tuple[int, ...], Look]


class SubtitleWorker:
    """The images of one track.

    Args:
        opener: makes the track's source, in the thread.
        position: near which a long track is read first, in seconds after the start of
            the input.
        origin: that start on the track's own clock.
    """

    def __init__(
        self,
        opener: SourceOpener,
        position: Fraction = Fraction(0),
        origin: Fraction = Fraction(0),
    ) -> None:
        self._opener, self._position = opener, position
        self._source: CueSource | None = None
        near = origin + position
        self._part: tuple[Fraction, Fraction] | None = (
            near - _SURE_BEFORE,
            near + _SURE_AFTER,
        )
        """From when to when all is known; None: always."""
        self._loaded: CueSource | None = None
        """The whole track, read while a part of it was shown."""
        self._loader: threading.Thread | None = None
        self._asked: tuple[Fraction, Look] | None = None
        self.failure: AvioError | None = None
        """Why nothing more is drawn."""
        self._images: OrderedDict[_Key, SubtitleImage] = OrderedDict()
        self._bytes = 0
        self._wanted: list[tuple[Moment, Look]] = []
        self._shown: SubtitleImage | None = None
        self._shown_key: tuple[int, ...] = ()
        self._changed = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(
            target=self._work, name="avio-subtitles", daemon=True
        )
        self._thread.start()

    @property
    def is_read(self) -> bool:
        """Whether the track, or the part of it that is needed first, was read."""
        return self._source is not None

    def at(self, time: Fraction, look: Look) -> tuple[SubtitleImage, bool]:
        """What to show at a time, and whether it is that already.

        Until the image is there, one of the same words in another size stands for it.

        Args:
            time: seconds on the track's own clock.
            look: how it is drawn.
        """
        with self._changed:
            self._asked = (time, look)
            if self._source is None or not self._is_known(time):
                return EMPTY, self.failure is not None
            moment = self._source.at(time)
            self._ask(moment, time, look)
            if moment is None:
                return EMPTY, True
            image = self._images.get((moment.key, look))
            if image is not None:
                self._images.move_to_end((moment.key, look))
                self._shown, self._shown_key = image, moment.key
                return image, True
            same = self._shown_key[:1] == moment.key[:1] and self._shown is not None
            instead = self._shown if same and self._shown is not None else EMPTY
            return instead, self.failure is not None

    def wait_for(self, time: Fraction, look: Look) -> SubtitleImage:
        """What to show at a time; waits until it is drawn, but not until it is read."""
        with self._changed:
            if self._source is None or not self._is_known(time):
                return EMPTY  # nor is it on the screen
            self._changed.wait_for(lambda: self.at(time, look)[1], _PATIENCE)
            return self.at(time, look)[0]

    def close(self) -> None:
        """Stop; no child is left. Safe to call twice."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            opened = (self._source, self._loaded)
        self._opener.kill()
        for source in opened:
            if source is not None:
                source.kill()
        self._thread.join()
        if self._loader is not None:
            self._loader.join()
        self._opener.close()

    def _ask(self, moment: Moment | None, time: Fraction, look: Look) -> None:
        """Have the worker draw what is shown now, and what comes next."""
        wanted = [moment] if moment is not None else []
        if self._source is not None:
            coming = self._source.after(time, time + AHEAD)
            for later in islice(coming, _MOST_LOOKED_AT):
                if len(wanted) <= _MOST_AHEAD and not later.moves:
                    wanted.append(later)
        missing = [
            (later, look) for later in wanted if (later.key, look) not in self._images
        ]
        if missing != self._wanted:
            self._wanted = missing
            self._changed.notify_all()

    def _is_known(self, time: Fraction) -> bool:
        return self._part is None or self._part[0] <= time < self._part[1]

    def _work(self) -> None:
        try:
            source = self._opener.open_near(self._position)
            if source is None:
                self._part, source = None, self._opener.open()
            else:
                self._loader = threading.Thread(target=self._load, daemon=True)
                self._loader.start()
            with self._changed:
                self._source = source
                self._changed.notify_all()
            self._draw_all()
        except Exception as error:  # a full disk, too: nobody else sees it
            self._fail(error)
        finally:
            for opened in (self._source, self._loaded):
                if opened is not None:
                    opened.close()

    def _load(self) -> None:
        """Read the whole track while a part of it is shown."""
        try:
            source = self._opener.open()
        except Exception as error:  # as above
            self._fail(error)
            return
        with self._changed:
            if not self._closed and self.failure is None:
                self._loaded = source
                self._changed.notify_all()
                return
        source.close()

    def _fail(self, error: Exception) -> None:
        if not isinstance(error, AvioError):
            LOG.debug("subtitles failed", exc_info=error)
            what = str(error) or type(error).__name__
            error = FFmpegError(f"subtitles cannot be shown: {what}")
        with self._changed:
            if not self._closed:
                self.failure = error
            self._changed.notify_all()

    def _draw_all(self) -> None:
        while not self._wait():
            loaded = self._loaded
            if loaded is not None:
                self._switch(loaded)
            elif self._source is not None:
                task = moment, look = self._wanted[0]
                image = self._source.render(moment, look)
                with self._changed:
                    self._add((moment.key, look), image)
                    with suppress(ValueError):
                        self._wanted.remove(task)
                    self._changed.notify_all()

    def _wait(self) -> bool:
        """Wait for something to do; returns whether it is the end."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._closed or self._wanted or self._loaded is not None
            )
            return self._closed

    def _switch(self, loaded: CueSource) -> None:
        """Go on with the whole track; what is shown does not vanish meanwhile."""
        asked = self._asked
        moment = loaded.at(asked[0]) if asked is not None else None
        image = None
        if moment is not None and asked is not None:
            image = loaded.render(moment, asked[1])
        with self._changed:
            old, self._source, self._loaded = self._source, loaded, None
            self._part, self._wanted = None, []
            self._images.clear()
            self._bytes = 0
            if moment is not None and image is not None and asked is not None:
                self._add((moment.key, asked[1]), image)
            self._changed.notify_all()
        if old is not None:
            old.close()

    def _add(self, key: _Key, image: SubtitleImage) -> None:
        self._images[key] = image
        self._bytes += image.pixels.nbytes
        while self._bytes > _CACHE_BYTES and len(self._images) > 1:
            _, oldest = self._images.popitem(last=False)
            self._bytes -= oldest.pixels.nbytes
