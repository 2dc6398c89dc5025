"""What a viewer gets over its WebSocket: headers, fragments, and boxes as JSON."""

import asyncio

import orjson
from starlette.websockets import WebSocket, WebSocketDisconnect

from avio_cli.live_page.copied.store import Batch, PacketStore

_POLL_SECONDS = 0.03


async def send_packets(
    socket: WebSocket, store: PacketStore, ended: asyncio.Event
) -> None:
    """Send what is new until the viewer goes, or nothing more will come.

    Args:
        socket: the viewer; not accepted yet.
        store: has what is new.
        ended: is set when the run is over.
    """
    store.enter()
    try:
        await socket.accept()
        tasks = [
            asyncio.create_task(_send(socket, store, ended)),
            asyncio.create_task(_await_end(socket)),
        ]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        for outcome in await asyncio.gather(*tasks, return_exceptions=True):
            _raise_unless_gone(outcome)
    finally:
        store.leave()


async def _send(socket: WebSocket, store: PacketStore, ended: asyncio.Event) -> None:
    cursor = (0, 0)
    while True:
        is_over = ended.is_set() or store.failure
        if (batch := store.after(cursor)) is not None:
            cursor = batch.cursor
            await _send_batch(socket, batch)
        elif is_over:
            await socket.send_text(orjson.dumps({"end": store.failure}).decode())
            await socket.close()
            return
        else:
            await asyncio.sleep(_POLL_SECONDS)


async def _send_batch(socket: WebSocket, batch: Batch) -> None:
    if batch.start:
        await socket.send_text(batch.start.decode())
        await socket.send_bytes(batch.header)
    if batch.fragments:
        await socket.send_bytes(batch.fragments)
    if batch.boxes:
        await socket.send_text(batch.boxes.decode())


async def _await_end(socket: WebSocket) -> None:
    """Wait until a viewer goes, or says something: it has nothing to say."""
    await socket.receive()


def _raise_unless_gone(outcome: object) -> None:
    gone = (WebSocketDisconnect, asyncio.CancelledError)
    if isinstance(outcome, BaseException) and not isinstance(outcome, gone):
        raise outcome
