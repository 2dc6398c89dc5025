"""Metrics of a run, served for Prometheus to read."""

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from avio_cli import optional
from avio_cli.closing import ClosedOnExit
from avio_cli.monitoring.address import parse_address
from avio_cli.monitoring.figures import RunFigures
from avio_cli.version import __version__

_INSTALL = "pip install 'avio-cli[live]'"
Labels = tuple[str, ...]
Values = Mapping[Labels, float]


@dataclass(frozen=True, slots=True)
class Metric:
    """A row of the table: a counter's name gets ``_total``."""

    name: str
    kind: Literal["counter", "gauge"]
    help: str
    values: Callable[[RunFigures], Values]
    """By the values of the labels."""
    labels: Labels = ()


def _one(value: float | None) -> Values:
    return {} if value is None else {(): float(value)}


def _queues(figures: RunFigures) -> Values:
    waiting = {"events": figures.events.waiting, **figures.queues}
    return {(name,): float(length) for name, length in waiting.items()}


def _events(figures: RunFigures) -> Values:
    events = figures.events
    return {
        ("sent",): events.sent,
        ("failed",): events.failed,
        ("dropped",): events.dropped,
        ("unread",): events.unread,
    }


def _restarts(figures: RunFigures) -> Values:
    restarts = {"event_command": figures.events.restarts}
    if figures.source is not None:
        restarts["decoder"] = figures.source.reconnects
    return {(child,): float(count) for child, count in restarts.items()}


def _crossings(figures: RunFigures) -> Values:
    return {labels: float(count) for labels, count in figures.crossings.items()}


def _of_source(name: str) -> Callable[[RunFigures], Values]:
    return lambda figures: (
        _one(getattr(figures.source, name)) if figures.source is not None else {}
    )


def _of_parts(name: str) -> Callable[[RunFigures], Values]:
    return lambda figures: (
        _one(getattr(figures.parts, name)) if figures.parts is not None else {}
    )


def _state(figures: RunFigures) -> Values:
    states = ("connecting", "live", "stalled", "lost", "ended")
    source = figures.source
    if source is None:
        return {}
    return {(state,): float(state == source.state) for state in states}


METRICS: tuple[Metric, ...] = (
    Metric("frames", "counter", "Frames processed", lambda f: _one(f.frames)),
    Metric("fps", "gauge", "Frames a second, over 10 s", lambda f: _one(f.fps)),
    Metric("run_seconds", "gauge", "Since the run started", lambda f: _one(f.seconds)),
    Metric("tracks", "gauge", "Tracks in the last frame", lambda f: _one(f.tracks)),
    Metric("track_ids", "counter", "Different tracks", lambda f: _one(f.track_ids)),
    Metric(
        "crossings",
        "counter",
        "Tracks that crossed a line, or the edge of a zone",
        _crossings,
        ("name", "direction"),
    ),
    Metric(
        "lag_seconds",
        "gauge",
        "From the arrival of the latest frame to its processing",
        _of_source("lag"),
    ),
    Metric(
        "last_frame_age_seconds",
        "gauge",
        "Since the last frame arrived",
        _of_source("frame_age"),
    ),
    Metric(
        "frames_dropped",
        "counter",
        "Frames not processed, as newer ones were there",
        _of_source("dropped"),
    ),
    Metric(
        "reconnects",
        "counter",
        "Times the source came back after an interruption",
        _of_source("reconnects"),
    ),
    Metric(
        "stalls",
        "counter",
        "Interruptions in which the source was silent, but connected",
        _of_source("stalls"),
    ),
    Metric(
        "interrupted_seconds",
        "counter",
        "Time without a frame in interruptions",
        _of_source("gap_seconds"),
    ),
    Metric("source_state", "gauge", "1 for the state it is in", _state, ("state",)),
    Metric("queue_length", "gauge", "What waits", _queues, ("queue",)),
    Metric(
        "child_restarts", "counter", "Processes started again", _restarts, ("child",)
    ),
    Metric("parts_finished", "counter", "Complete parts", _of_parts("finished")),
    Metric("parts_removed", "counter", "Old parts removed", _of_parts("removed")),
    Metric("events", "counter", "Events by result", _events, ("result",)),
)


class MetricsServer(ClosedOnExit):
    """Serves metrics over HTTP, in a thread, until it is closed.

    Args:
        address: ``[HOST:]PORT``; without a host, this machine alone can read them.
        figures: gives those of the moment; called in the thread.
        source: what the run reads, without credentials: a label.

    Raises:
        UsageError: the address is not valid.
        AvioError: prometheus_client is not installed.
        OutputError: the port cannot be used.
    """

    def __init__(
        self, address: str, figures: Callable[[], RunFigures], source: str
    ) -> None:
        place = parse_address(address, "--metrics")
        client = optional.load("prometheus_client", "prometheus_client", _INSTALL)
        registry = client.CollectorRegistry()
        registry.register(_Collector(client, figures, source))
        client.ProcessCollector(registry=registry)
        try:
            self._server, self._thread = client.start_http_server(
                place.port, place.host, registry
            )
        except (OSError, OverflowError, UnicodeError) as error:
            raise place.refused("metrics", error) from error
        self.port: int = self._server.server_address[1]
        self.url = f"{place.url(self.port)}metrics"

    _thread: threading.Thread

    def close(self) -> None:
        """Stop serving; safe to call twice."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()


class _Collector:
    """What prometheus_client asks for values."""

    def __init__(
        self, client: Any, figures: Callable[[], RunFigures], source: str
    ) -> None:
        self._client, self._figures, self._source = client, figures, source

    def describe(self) -> list[Any]:
        """Nothing in advance: asking for values is not free of effects."""
        return []

    def collect(self) -> Iterator[Any]:
        """The values of this moment."""
        core, figures = self._client.metrics_core, self._figures()
        about = core.InfoMetricFamily("avio", "The run")
        about.add_metric([], {"version": __version__, "source": self._source})
        yield about
        kinds = {"counter": core.CounterMetricFamily, "gauge": core.GaugeMetricFamily}
        for metric in METRICS:
            family = kinds[metric.kind](
                f"avio_{metric.name}", metric.help, labels=metric.labels
            )
            for labels, value in metric.values(figures).items():
                family.add_metric(list(labels), value)
            yield family
