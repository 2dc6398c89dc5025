"""The endless answers: images as multipart, and messages as server-sent events."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import orjson

from avio_cli.live_page.feed import Feed
from avio_cli.live_page.images import Images

BOUNDARY = "avio-frame"
IMAGES_TYPE = f"multipart/x-mixed-replace; boundary={BOUNDARY}"
MESSAGES_TYPE = "text/event-stream"
_POLL_SECONDS = 0.25
_POLLS_BETWEEN_FIGURES = 4
_DIGITS = 15
"""Of an event's number, at most."""


async def image_parts(images: Images, *, boxes: bool) -> AsyncIterator[bytes]:
    """Images as parts of one answer, as browsers show them by themselves.

    Args:
        images: gives them.
        boxes: whether before each there is a part of JSON with its boxes.
    """
    number = -1
    while (image := await images.after(number)) is not None:
        number = image.number
        part = _part("application/json", image.boxes) if boxes else b""
        yield part + _part("image/jpeg", image.jpeg)
    yield f"--{BOUNDARY}--\r\n".encode()


def _part(kind: str, body: bytes) -> bytes:
    head = f"--{BOUNDARY}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}"
    return b"".join((head.encode(), b"\r\n\r\n", body, b"\r\n"))


async def messages(
    feed: Feed, ended: asyncio.Event, last_id: str
) -> AsyncIterator[bytes]:
    """Messages: ``about``, ``figures`` each second, ``events``; ``end`` at the end.

    Args:
        feed: gives them.
        ended: is set when no more will come.
        last_id: of the last message that a viewer got who comes again; else empty.
    """
    number = _next_number(feed, last_id)
    about, polls = None, 0
    while True:
        is_over = ended.is_set()
        if about != (now := feed.about()):
            about = now
            yield _message("about", about)
        events, number = feed.events_from(number)
        if events:
            yield f"id: {number}\n".encode() + _message("events", events)
        if polls % _POLLS_BETWEEN_FIGURES == 0 or is_over:
            yield _message("figures", feed.figures())
        if is_over:
            yield _message("end", {})
            return
        polls += 1
        await _wait(ended, _POLL_SECONDS)


def _next_number(feed: Feed, last_id: str) -> int:
    """The next event of a viewer; one of another run, or invented, has none."""
    known = last_id.isdecimal() and len(last_id) <= _DIGITS
    number = int(last_id) if known else feed.first
    return number if number <= feed.added else feed.first


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return


def _message(name: str, data: Any) -> bytes:
    return b"event: " + name.encode() + b"\ndata: " + orjson.dumps(data) + b"\n\n"
