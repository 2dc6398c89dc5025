"""The page as an ASGI application: its files, and the two endless answers."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from importlib.resources import files
from pathlib import PurePath

from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import (
    PlainTextResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from avio_cli.live_page.access import HEADERS, Access
from avio_cli.live_page.copied.sending import send_packets
from avio_cli.live_page.copied.store import PacketStore
from avio_cli.live_page.feed import Feed
from avio_cli.live_page.image import encode_still
from avio_cli.live_page.images import Images
from avio_cli.live_page.newest import NewestFrame
from avio_cli.live_page.streams import (
    IMAGES_TYPE,
    MESSAGES_TYPE,
    image_parts,
    messages,
)
from avio_cli.pages.assembly import asset

_OWN = ("page.html", "page.js", "video.js", "trails.js", "page.css", "icon.svg")
_SHARED = ("overlay.js", "colors.js")
"""With the page that a report is."""
_TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}
Handler = Callable[[Request], Awaitable[Response]]


def make_app(
    newest: NewestFrame,
    images: Images,
    feed: Feed,
    store: PacketStore,
    ended: asyncio.Event,
    access: Access,
) -> ASGIApp:
    """Make the application.

    Args:
        newest: where frames are.
        images: what is shown.
        feed: what is reported.
        store: has packets of the source.
        ended: is set when the run is over.
        access: who may read it.
    """

    async def with_boxes(request: Request) -> Response:
        return StreamingResponse(
            image_parts(images, boxes=True), media_type=IMAGES_TYPE
        )

    async def image_only(request: Request) -> Response:
        return StreamingResponse(
            image_parts(images, boxes=False), media_type=IMAGES_TYPE
        )

    async def reported(request: Request) -> Response:
        last_id = request.headers.get("last-event-id", "")
        return StreamingResponse(
            messages(feed, ended, last_id), media_type=MESSAGES_TYPE
        )

    async def packets(socket: WebSocket) -> None:
        await send_packets(socket, store, ended)

    handlers: dict[str, Handler] = {
        "frame.png": _still(newest),
        "frames": with_boxes,
        "video.mjpeg": image_only,
        "messages": reported,
    }
    routes = [Route(f"/{name}", _file(name, text)) for name, text in page_files()]
    routes += [Route(f"/{name}", handler) for name, handler in handlers.items()]
    sockets = [WebSocketRoute("/packets", packets)]
    return _Guarded(Starlette(routes=[*routes, *sockets]), access)


def page_files() -> Iterator[tuple[str, str]]:
    """The files of the page: the name of each, none of the first, and its text."""
    own = files("avio_cli.live_page") / "assets"
    for name in _OWN:
        text = (own / name).read_text(encoding="utf-8")
        yield name if name != "page.html" else "", text
    for name in _SHARED:
        yield name, asset(name)


def _file(name: str, text: str) -> Handler:
    media_type = _TYPES[PurePath(name or "page.html").suffix]

    async def answer(request: Request) -> Response:
        return Response(text, media_type=media_type)

    return answer


def _still(newest: NewestFrame) -> Handler:
    one_at_a_time = asyncio.Lock()

    async def answer(request: Request) -> Response:
        if (shown := newest.shown) is None:
            return PlainTextResponse("There is no frame yet.", status_code=404)
        async with one_at_a_time:
            data = await asyncio.to_thread(encode_still, shown)
        name = f"avio-frame-{shown.frame.index + 1}-{shown.frame.seconds:.3f}s.png"
        saved = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(data, media_type="image/png", headers=saved)

    return answer


_STARTS = ("http.response.start", "websocket.http.response.start")


class _Guarded:
    """Refuses requests, and hides the token from the application within."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app, self._access = app, access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_guarded(message: Message) -> None:
            if message["type"] in _STARTS:
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        inner = {**scope, "path": "/" + scope["path"][1:].partition("/")[2]}
        await self._answer(scope)(inner, receive, send_guarded)

    def _answer(self, scope: Scope) -> ASGIApp:
        headers, path = Headers(scope=scope), str(scope["path"])
        refusal = self._access.refusal(
            path, headers.get("host", ""), headers.get("origin")
        )
        if refusal:
            # Viewers need the connection.
            close = {"Connection": "close"}
            return PlainTextResponse(refusal, status_code=403, headers=close)
        is_page = "/" in path[1:]
        return self._app if is_page else RedirectResponse(f"{path}/")
