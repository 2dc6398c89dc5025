"""PageServer: uvicorn in a thread of its own, which ends with the run."""

import asyncio
import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from avio_cli.closing import ClosedOnExit
from avio_cli.live_page.access import Access
from avio_cli.live_page.app import make_app
from avio_cli.live_page.connections import HttpConnection, web_socket
from avio_cli.live_page.copied.store import PacketStore
from avio_cli.live_page.feed import Feed
from avio_cli.live_page.images import Images
from avio_cli.live_page.newest import NewestFrame

LOG = logging.getLogger("avio.page")
_FAREWELL = 0.5
"""Seconds for viewers to take the last message."""
_LOOK_SECONDS = 0.02
_BUFFERED = 1 << 18
"""Bytes that wait in the system for a viewer: by as much it is late where the network
is slow. By itself Linux lets megabytes wait."""
_LIBRARIES = ("uvicorn.error", "asyncio")
"""Their logs are for who writes servers."""
_LARGEST_MESSAGE = 1024
"""Bytes that a viewer may send: it has nothing to say."""
_ACCEPTED_AT_ONCE = 16
"""Connections; asyncio opens as many before the first one can be cut."""


class PageServer(ClosedOnExit):
    """Serves the page until it is closed.

    Args:
        listening: a bound socket; it is closed with the server.
        newest: where frames are.
        feed: what is reported.
        access: who may read it.
        store: has packets of the source.
    """

    def __init__(
        self,
        listening: socket.socket,
        newest: NewestFrame,
        feed: Feed,
        access: Access,
        store: PacketStore,
    ) -> None:
        # Connections have it from there.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFERED)
        self._listening, self._store = listening, store
        self._images, self._ended = Images(newest), asyncio.Event()
        config = uvicorn.Config(
            make_app(newest, self._images, feed, store, self._ended, access),
            http=HttpConnection,
            ws=web_socket(),
            ws_max_size=_LARGEST_MESSAGE,
            ws_per_message_deflate=False,  # video is compressed already
            loop="asyncio",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            backlog=_ACCEPTED_AT_ONCE,
        )
        self._server = uvicorn.Server(config)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run, name="avio-page", daemon=True)
        self._thread.start()
        self._started.wait()

    def close(self) -> None:
        """End: viewers get a last message, then are cut. Safe to call twice."""
        if self._loop is not None and self._thread.is_alive():
            asyncio.run_coroutine_threadsafe(self._end(), self._loop)
        self._thread.join()
        self._listening.close()

    def _run(self) -> None:
        try:
            with _once_each():
                asyncio.run(self._serve())
        finally:
            self._started.set()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._started.set()
        encoding = asyncio.create_task(self._images.run())
        encoding.add_done_callback(_report)
        try:
            await self._server.serve(sockets=[self._listening])
        finally:
            encoding.cancel()

    async def _end(self) -> None:
        self._ended.set()
        self._images.end()
        loop = asyncio.get_running_loop()
        loop.call_later(_FAREWELL, self._cut_all)
        loop.call_later(2 * _FAREWELL, self._wait_no_longer)
        until = loop.time() + _FAREWELL
        # uvicorn closes WebSockets at once, before the last message is sent.
        while self._store.is_watched and loop.time() < until:
            await asyncio.sleep(_LOOK_SECONDS)
        self._server.should_exit = True

    def _cut_all(self) -> None:
        for connection in list(self._server.server_state.connections):
            connection.transport.abort()

    def _wait_no_longer(self) -> None:
        """What is still counted, though cut, is not to hold the run."""
        self._server.force_exit = True


def _report(encoding: "asyncio.Task[None]") -> None:
    if not encoding.cancelled() and (error := encoding.exception()) is not None:
        LOG.warning("the page shows no more frames: %s", error)


class _OnceEach(logging.Filter):
    """Takes the records of one thread; those of others pass."""

    def __init__(self) -> None:
        super().__init__()
        self._thread, self._known = threading.get_ident(), set[str]()

    def filter(self, record: logging.LogRecord) -> bool:
        if record.thread != self._thread:
            return True
        sort = record.getMessage().partition("\n")[0]
        if record.levelno >= logging.WARNING and sort not in self._known:
            self._known.add(sort)
            error = record.exc_info[1] if record.exc_info else None
            LOG.warning("the page: %s", f"{sort}: {error}" if error else sort)
        return False


@contextmanager
def _once_each() -> Iterator[None]:
    """Inside, what libraries log in this thread is logged once each, as the page's.

    Whoever reaches the port makes them log a line a request.
    """
    once = _OnceEach()
    loggers = [logging.getLogger(name) for name in _LIBRARIES]
    for logger in loggers:
        logger.addFilter(once)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeFilter(once)
