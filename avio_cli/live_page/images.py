"""Images: encodes the newest frame, once for all viewers, while one of them waits."""

import asyncio
from collections.abc import Callable

from avio_cli.live_page.image import EncodedFrame, encode_frame
from avio_cli.live_page.newest import INTERVAL, NewestFrame, ShownFrame


class Images:
    """What viewers wait for; all of it in the event loop of the server.

    A viewer takes the newest image, then waits for another: one that reads slowly
    misses some, and one that reads nothing waits for none, so none is encoded for it.

    Args:
        newest: where the run leaves its frames.
        encode: encodes one, in another thread.
    """

    def __init__(
        self,
        newest: NewestFrame,
        encode: Callable[[ShownFrame], EncodedFrame] = encode_frame,
    ) -> None:
        self._newest, self._encode = newest, encode
        self._wanted, self._published = asyncio.Event(), asyncio.Event()
        self._current: EncodedFrame | None = None
        self._ended = False

    async def after(self, number: int) -> EncodedFrame | None:
        """Wait for an image that is not the one of this number.

        Returns:
            The newest; None once no more will come.
        """
        while not self._ended:
            current = self._current
            if current and current.number != number and self._is_newest(current):
                return current
            self._wanted.set()
            await self._published.wait()
            current = self._current
            if current and current.number != number and not self._ended:
                return current
        return None

    async def run(self) -> None:
        """Encode what is wanted, not more often than may be shown; until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            await self._wanted.wait()
            started = loop.time()
            self._newest.looked()
            shown = self._newest.shown
            if shown is not None and not self._is_newest(self._current):
                self._wanted.clear()
                self._current = await asyncio.to_thread(self._encode, shown)
                self._wake()
            await asyncio.sleep(max(0.0, started + INTERVAL - loop.time()))

    def end(self) -> None:
        """Let all who wait end."""
        self._ended = True
        self._wake()

    def _is_newest(self, image: EncodedFrame | None) -> bool:
        shown = self._newest.shown
        return image is not None and shown is not None and image.number == shown.number

    def _wake(self) -> None:
        published, self._published = self._published, asyncio.Event()
        published.set()
