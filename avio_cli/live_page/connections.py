"""Connections of viewers and strangers: each is cut where it stands still."""

import asyncio
from typing import TYPE_CHECKING, Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from avio_cli.live_page.copied.packets import has_web_sockets

if TYPE_CHECKING:
    from asyncio import TimerHandle

PATIENCE = 20.0
"""Seconds after which a connection is cut that takes nothing, or asks for nothing."""
_MOST_CONNECTIONS = 64
"""A viewer has three at most; those beyond are cut. Each needs a file descriptor, of
which the run has few."""
_MOST_SILENT = 16
"""Connections that have yet to ask for something. Of more the oldest is cut: who holds
connections without a word keeps no viewer out."""


class _Deadline:
    """When a connection is cut, unless that is called off.

    Args:
        connection: a protocol of uvicorn; with a transport by then.
    """

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._timer: TimerHandle | None = None

    @property
    def is_set(self) -> bool:
        """Whether it will be cut."""
        return self._timer is not None

    def set(self) -> None:
        """Cut it in a while from now."""
        self.clear()
        abort = self._connection.transport.abort
        self._timer = self._connection.loop.call_later(PATIENCE, abort)

    def clear(self) -> None:
        """Do not cut it."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class HttpConnection(H11Protocol):
    """HTTP over one connection."""

    _deadline: _Deadline
    _is_silent, _is_handed_on, _since = True, False, 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Expect a request soon."""
        super().connection_made(transport)
        self._since, self._deadline = self.loop.time(), _Deadline(self)
        self._deadline.set()
        self._make_room()

    def _make_room(self) -> None:
        """Cut who has been silent for longest, or this one where all are viewers."""
        silent = [
            other
            for other in self.connections
            if isinstance(other, HttpConnection)
            and other._is_silent
            and not other.transport.is_closing()
        ]
        if len(silent) > _MOST_SILENT:
            min(silent, key=lambda other: other._since).transport.abort()
        elif len(self.connections) > _MOST_CONNECTIONS:
            self.transport.abort()

    def data_received(self, data: bytes) -> None:
        """Take bytes of a request."""
        super().data_received(data)
        self._is_silent = self._is_silent and self.cycle is None
        if self._is_handed_on:
            return
        if getattr(self.cycle, "response_complete", True):  # None before the first
            # A part of a request is none: more of it does not put off its end.
            if not self._deadline.is_set:
                self._deadline.set()
        elif not self.flow.write_paused:
            self._deadline.clear()

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """Hand the connection on: it is no longer HTTP."""
        self._is_handed_on = True
        self._deadline.clear()
        try:
            super().handle_websocket_upgrade(event)
        except Exception:  # wsproto raises what it likes about what it cannot parse
            self._uncount()
            self.transport.abort()

    def _uncount(self) -> None:
        """Count its new protocol no more: that hears nothing of its end."""
        for other in list(self.connections):
            if other.transport is self.transport:
                self.connections.discard(other)

    def pause_writing(self) -> None:
        """Expect the other end to take what waits for it."""
        super().pause_writing()
        self._deadline.set()

    def resume_writing(self) -> None:
        """Go on: the other end takes what it gets."""
        self._deadline.clear()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget what was expected."""
        self._deadline.clear()
        super().connection_lost(exc)


def web_socket() -> Any:
    """The protocol of WebSockets for uvicorn; one that serves none without wsproto."""
    if not has_web_sockets():
        return "none"
    from uvicorn.protocols.websockets.wsproto_impl import WSProtocol

    class WebSocketConnection(WSProtocol):
        """A connection that is cut where its viewer takes nothing."""

        _deadline: _Deadline

        def connection_made(self, transport: Any) -> None:
            self._deadline = _Deadline(self)
            super().connection_made(transport)

        def pause_writing(self) -> None:
            super().pause_writing()
            self._deadline.set()

        def resume_writing(self) -> None:
            self._deadline.clear()
            super().resume_writing()

        def connection_lost(self, exc: Exception | None) -> None:
            self._deadline.clear()
            super().connection_lost(exc)

    return WebSocketConnection
