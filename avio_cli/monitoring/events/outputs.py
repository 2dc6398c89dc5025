"""EventOutputs: all URLs and commands that get the events of a run."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from avio_cli.closing import ClosedOnExit
from avio_cli.errors import UsageError
from avio_cli.ffmpeg.url import from_environment
from avio_cli.monitoring.events.command import CommandTarget
from avio_cli.monitoring.events.event import Event
from avio_cli.monitoring.events.target import LOG, EventCounts, EventTarget

_URL = re.compile("https?://", re.IGNORECASE)


class EventOutputs(ClosedOnExit):
    """Passes events on; never waits for who gets them.

    Args:
        named: URLs that start with http:// or https://, and commands; ``env:NAME`` is
            what a variable has.
        source: what is tracked, without credentials.
        safe: whether nothing may be opened or started.
        folder: where events wait; as for `Spool`.

    Raises:
        UsageError: one is not valid, or not allowed.
        InputError: there is no such variable.
        OutputError: there is no place for events that wait.
    """

    def __init__(
        self,
        named: Sequence[str],
        source: str,
        *,
        safe: bool = False,
        folder: Path | None = None,
    ) -> None:
        if named and safe:
            raise UsageError(
                "--safe opens no URL and starts no command: not with --on-event",
                hint="events are in the records, too: --records FILE.jsonl",
            )
        self._source, self._targets = source, list[EventTarget]()
        self._closed = False
        try:
            for text in map(from_environment, named):
                self._targets.append(_target(text, source, folder))
        finally:
            for target in self._targets:
                target.start()
            if len(self._targets) < len(named):
                self.close()

    def __bool__(self) -> bool:
        """Whether anyone gets events."""
        return bool(self._targets)

    def send(self, events: Iterable[Event]) -> None:
        """Pass events on."""
        for event in events:
            line = event.as_line(self._source)
            for target in self._targets:
                target.queue.put(line)

    def counts(self) -> EventCounts:
        """What became of the events so far."""
        return sum((target.counts() for target in self._targets), EventCounts())

    def close(self) -> None:
        """Send what still waits for a while; say what could not be sent."""
        if self._closed:
            return
        self._closed = True
        for target in self._targets:
            target.queue.close()
        for target in self._targets:
            target.close()
            left = target.counts()
            if left.failed or left.dropped or left.waiting or left.unread:
                LOG.warning("%s: %s", target.title, _described(left))


def _target(text: str, source: str, folder: Path | None) -> EventTarget:
    if not _URL.match(text):
        return CommandTarget(text)
    from avio_cli.monitoring.events.url import UrlTarget  # HTTP and TLS: seldom needed

    return UrlTarget(text, source, folder)


def _described(counts: EventCounts) -> str:
    unread = f" ({counts.unread} perhaps never read)" if counts.unread else ""
    return (
        f"{counts.sent} events sent{unread}, {counts.failed} refused, "
        f"{counts.dropped} lost, {counts.waiting} wait"
    )
