"""ReconnectingReader: a camera or stream that is opened again when it ends."""

import logging
import threading
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import replace
from fractions import Fraction

from avio_cli.decode.audio_reader import AudioReader
from avio_cli.decode.reader import MediaReader
from avio_cli.errors import AvioError
from avio_cli.media.frame import AudioBlock, Frame

LOG = logging.getLogger("avio.live")

FIRST_DELAY, LONGEST_DELAY = 0.5, 30.0
"""Seconds before the first and the later attempts to open it again."""
JUMP = Fraction(1)
"""Seconds between two items by which a new connection is known to restart its times."""

Item = Frame | AudioBlock
Reader = MediaReader | AudioReader


class ReconnectingReader:
    """Reads a live source until it is abandoned; times continue over interruptions.

    Args:
        open_reader: makes a reader for a new connection.
        first_delay: seconds before the first attempt after an interruption; each one
            in a row waits twice as long.
    """

    def __init__(
        self, open_reader: Callable[[], Reader], first_delay: float = FIRST_DELAY
    ) -> None:
        self._open, self._first_delay = open_reader, first_delay
        self._abandoned = threading.Event()
        self._reader: Reader | None = None
        self._offset = Fraction(0)
        self._latest: Fraction | None = None
        self._fresh = False

    def items(self) -> Generator[Item, None, None]:
        """Yield frames and audio; never ends by itself."""
        delay = self._first_delay
        while not self._abandoned.is_set():
            self._fresh = True
            try:
                for item in self._connection():
                    delay = self._first_delay
                    yield item
                problem = "it ended"
            except AvioError as error:
                problem = error.message
            finally:
                self.close()
            if self._abandoned.is_set():
                return
            LOG.warning(
                "the stream was interrupted (%s); reconnecting in %g s", problem, delay
            )
            self._abandoned.wait(delay)
            delay = min(2 * delay, LONGEST_DELAY)

    def damage(self) -> str:
        """Empty: interruptions are logged when they happen."""
        return ""

    def abandon(self) -> None:
        """End the iteration at once; from any thread."""
        self._abandoned.set()
        reader = self._reader
        if reader is not None:
            reader.abandon()

    def close(self) -> None:
        """Release the connection; safe to call twice."""
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.close()

    def _connection(self) -> Generator[Item, None, None]:
        self._reader = reader = self._open()
        if self._abandoned.is_set():  # while it was opened
            return
        with closing(reader.items()) as items:
            for item in items:
                yield self._continued(item)

    def _continued(self, item: Item) -> Item:
        """The item with a time that follows those of the connection before."""
        if self._fresh:
            self._fresh = False
            latest = self._latest
            leap = Fraction(0) if latest is None else item.time + self._offset - latest
            if latest is not None and not 0 <= leap <= JUMP:
                self._offset = latest - item.time
        ticks = round(self._offset / item.time_base)
        if isinstance(item, Frame):
            item.pts += ticks
        else:
            item = replace(item, pts=item.pts + ticks)
        self._latest = max(self._latest or item.time, item.time)
        return item
