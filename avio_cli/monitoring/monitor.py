"""RunMonitor: events, metrics and the line each minute, from the frames of a run."""

from collections.abc import Callable, Mapping, Sequence, Set
from contextlib import ExitStack
from typing import Any

from avio_cli.closing import ClosedOnExit
from avio_cli.media.frame import Frame
from avio_cli.monitoring.events.event import Event
from avio_cli.monitoring.events.observer import EventObserver
from avio_cli.monitoring.events.outputs import EventOutputs
from avio_cli.monitoring.events.target import EventCounts
from avio_cli.monitoring.figures import (
    FigureCounter,
    PartCounts,
    SourceHealth,
)
from avio_cli.monitoring.metrics import MetricsServer
from avio_cli.monitoring.minute_line import LOG, MinuteLine


class RunMonitor(ClosedOnExit):
    """Watches a run; never makes it wait, and never fails once it is open.

    Args:
        source: what is read, without credentials.
        metrics: ``[HOST:]PORT``; empty: none are served.
        on_event: URLs and commands that get each event.
        live: whether a line is logged each minute.
        safe: whether nothing may be opened or started for events.

    Raises:
        AvioError: an option is not valid, a port is taken, or something is missing.
    """

    def __init__(
        self,
        source: str,
        *,
        metrics: str = "",
        on_event: Sequence[str] = (),
        live: bool = False,
        safe: bool = False,
    ) -> None:
        self._figures, self._observer = FigureCounter(), EventObserver()
        self._listeners: list[Callable[[Sequence[Event]], None]] = []
        with ExitStack() as stack:
            self._outputs = EventOutputs(on_event, source, safe=safe)
            stack.enter_context(self._outputs)
            self._figures.events = self._outputs.counts
            self.snapshot = snapshot = self._figures.snapshot
            self.metrics_port: int | None = None
            if metrics:
                server = MetricsServer(metrics, snapshot, source)
                self.metrics_port = stack.enter_context(server).port
                LOG.info("avio: metrics are at %s", server.url)
            if live:
                stack.enter_context(MinuteLine(snapshot))
            self._stack = stack.pop_all()

    def name(self, classes: Sequence[str], dwell: Mapping[str, float]) -> None:
        """Before the first frame: what events need.

        Args:
            classes: names of the classes of tracks.
            dwell: for names of zones, the seconds in them after which there is an
                event.
        """
        self._observer = EventObserver(classes, dwell)

    def watch(
        self,
        *,
        health: SourceHealth | None = None,
        parts: PartCounts | None = None,
        queues: Mapping[str, Callable[[], int]] | None = None,
    ) -> None:
        """Take figures of what is opened after the monitor, too."""
        self._figures.health = health or self._figures.health
        self._figures.parts = parts or self._figures.parts
        self._figures.queues |= queues or {}

    def listen(self, listener: Callable[[Sequence[Event]], None]) -> None:
        """Call a function with the events of each frame, in the thread of the run."""
        self._listeners.append(listener)

    def frame(
        self,
        frame: Frame,
        crossings: Sequence[Mapping[str, Any]] = (),
        inside: Mapping[str, Set[int]] | None = None,
    ) -> None:
        """Take a frame that has been processed; see `EventObserver.observe`."""
        self._figures.add(frame, crossings)
        if self._outputs or self._listeners:
            events = self._observer.observe(frame, crossings, inside)
            self._outputs.send(events)
            for listener in self._listeners:
                listener(events)

    def copied(self, frames: int) -> None:
        """Count frames that were copied: nobody has decoded them."""
        self._figures.copied(frames)

    def events(self) -> EventCounts:
        """What became of the events so far; complete after `close`."""
        return self._outputs.counts()

    def close(self) -> None:
        """Send events that wait for a while, and end; safe to call twice."""
        self._stack.close()
