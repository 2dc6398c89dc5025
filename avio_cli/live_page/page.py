"""LivePage: what a run has of its page."""

import logging
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import PurePath
from typing import TYPE_CHECKING

from avio_cli import optional
from avio_cli.closing import ClosedOnExit
from avio_cli.decode.settings import PacketTap
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.live_page.access import Access, make_token
from avio_cli.live_page.copied.live_packets import LivePackets
from avio_cli.live_page.copied.packets import Packets, open_packets
from avio_cli.live_page.copied.store import PacketStore
from avio_cli.live_page.feed import Feed
from avio_cli.live_page.image import boxes_as_json
from avio_cli.live_page.newest import Look, NewestFrame
from avio_cli.media.frame import Frame
from avio_cli.media.info import VideoStream
from avio_cli.monitoring.address import parse_address

if TYPE_CHECKING:
    from avio_cli.monitoring.monitor import RunMonitor

LOG = logging.getLogger("avio.run")
_INSTALL = "pip install 'avio-cli[live]'"


class LivePage(ClosedOnExit):
    """A page in the browser that shows a run; whoever has its address can see it.

    Never makes the run wait, and never fails once it is open. The address is logged,
    or written to stderr where nobody reads the log.

    Args:
        address: ``[HOST:]PORT``; without a host, this machine alone can open it.
        monitor: of the run; its figures and events are shown.
        source: the name of what is read, without credentials.

    Raises:
        UsageError: the address is not valid.
        AvioError: starlette or uvicorn is not installed.
        OutputError: the port cannot be used.
    """

    def __init__(self, address: str, monitor: "RunMonitor", source: str) -> None:
        place = parse_address(address, "--serve")
        for name in ("starlette", "uvicorn"):
            optional.load(name, name, _INSTALL)
        from avio_cli.live_page.server import PageServer  # needs both

        token, self._newest = make_token(), NewestFrame()
        self._store = PacketStore()
        self._packets: Packets | None = None
        feed = Feed(self._newest, monitor.snapshot, _short(source))
        with ExitStack() as stack:
            listening = stack.enter_context(place.listen("the page"))
            port = listening.getsockname()[1]
            access = Access(place.host, token)
            server = PageServer(listening, self._newest, feed, access, self._store)
            self._server = stack.enter_context(server)
            self._stack = stack.pop_all()
        monitor.listen(feed.add)
        self.url = f"{place.url(port)}{token}/"
        _say(f"avio: the run can be seen at {self.url}")

    def describe(self, look: Look) -> None:
        """Say how frames are to be shown, from the next one on."""
        self._newest.look = look

    def offer(self, source: MediaSource, video: VideoStream) -> PacketTap | None:
        """Let viewers choose the source's own video; see `not_copied` before.

        Args:
            source: whose frames are shown, with `show_boxes` for each.
            video: its stream.

        Returns:
            What is to get the packets of a live source; None: it is read beside.
        """
        packets = open_packets(source, video, self._store)
        self._stack.callback(packets.close)
        self._packets = packets
        return packets if isinstance(packets, LivePackets) else None

    def show_boxes(self, frame: Frame) -> None:
        """Show the tracks of a frame over the source's own video, if it is offered."""
        packets = self._packets
        if packets is None or (time := packets.time_of(frame)) is None:
            return
        watched = self._store.is_watched
        boxes = boxes_as_json(frame, self._newest.look, time) if watched else b""
        self._store.show(time, boxes)

    def show(self, frame: Frame) -> None:
        """Show a frame with its tracks; nobody may change it from now on."""
        self._newest.set(frame)

    def show_copy(
        self, frame: Frame, change: Callable[[Frame], object] = lambda _: None
    ) -> None:
        """Show a copy, if it is time for one: what others go on to change.

        Args:
            frame: it is only read.
            change: is called with the copy before it is shown.
        """
        if self._newest.is_due:
            copy = frame.copy()
            change(copy)
            self._newest.set(copy)

    def close(self) -> None:
        """End the page; safe to call twice."""
        self._stack.close()


def _short(source: str) -> str:
    """A file without its folders: who sees it need not know them."""
    return source if "://" in source else PurePath(source).name or source


def _say(text: str) -> None:
    if LOG.isEnabledFor(logging.INFO):
        LOG.info("%s", text)
    elif sys.stderr is not None:
        sys.stderr.write(f"{text}\n")
