"""UrlTarget: events as JSON by POST, repeated until they are taken."""

import base64
import http.client
from pathlib import Path
from typing import cast
from urllib.parse import SplitResult, quote, unquote, urlsplit

from avio_cli.errors import OutputError, UsageError
from avio_cli.monitoring.events.answer import TIMEOUT, BoundedAnswer
from avio_cli.monitoring.events.spool import Spool
from avio_cli.monitoring.events.target import LOG, EventCounts, EventTarget
from avio_cli.version import __version__

_PERHAPS_LATER = frozenset({408, 425, 429})
"""Statuses that another attempt may change, with those from 500 on."""


class UrlTarget(EventTarget):
    """Sends each event to a URL; what is not taken waits on the disk.

    Args:
        url: with or without user and password.
        source: what is tracked: each one's events wait on their own.
        folder: as for `Spool`.

    Raises:
        UsageError: the URL has no host.
        OutputError: there is no place for what waits.
    """

    def __init__(self, url: str, source: str, folder: Path | None = None) -> None:
        parts = _checked(url)
        super().__init__(_title(parts))
        self._connection: http.client.HTTPConnection | None = None
        self._parts, self._headers, self._path = parts, _headers(parts), _path(parts)
        try:
            self._spool = Spool(f"{url}\n{source}", folder)
        except OSError as error:
            raise OutputError(
                f"events for {self.title} cannot wait on the disk: {error.strerror}",
                hint="AVIO_CACHE_DIR names another folder",
            ) from error
        if len(self._spool):
            LOG.warning(
                "%d events of an earlier run still wait for %s",
                len(self._spool),
                self.title,
            )

    def counts(self) -> EventCounts:
        """What became of the events so far."""
        return super().counts() + EventCounts(
            dropped=self._spool.dropped, waiting=len(self._spool)
        )

    def _run(self) -> None:
        try:
            while not self._is_over:
                self._keep_what_came()
                if not self._send_first():
                    if self.queue.closing and not len(self.queue):
                        return
                    self.queue.wait()
            self._keep_what_came()
        except OSError as error:
            LOG.warning("events for %s are lost: %s", self.title, error.strerror)
            self.queue.dropped += len(self.queue.take(len(self.queue)))
        finally:
            self._disconnect()
            self._spool.close()

    def _pause(self, seconds: float) -> None:
        until = self._clock() + seconds
        while not self.queue.closing and (left := until - self._clock()) > 0:
            self.queue.wait(left)
            self._keep_what_came()

    def _keep_what_came(self) -> None:
        self._spool.add(self.queue.take(1000))

    def _send_first(self) -> bool:
        """Try the oldest event; returns whether there was one."""
        found = self._spool.first()
        if found is None:
            return False
        number, line = found
        problem, final = self._post(line)
        if problem and not final:
            self._has_failed(problem)
            return True
        if problem:
            self._failed += 1
            LOG.warning("%s refused an event: %s", self.title, problem)
        else:
            self._sent += 1
            self._has_worked()
        self._spool.remove(number)
        return True

    def _post(self, line: bytes) -> tuple[str, bool]:
        """Send one event; returns the problem, and if it is of no use to repeat."""
        try:
            connection = self._connection = self._connection or self._connected()
            connection.request("POST", self._path, line, self._headers)
            answer = connection.getresponse()
            whole = cast("BoundedAnswer", answer).skip()
        except OSError as error:
            self._disconnect()
            return error.strerror or str(error) or type(error).__name__, False
        except (http.client.HTTPException, ValueError) as error:
            self._disconnect()
            return type(error).__name__, False  # its text may have the path
        if answer.will_close or not whole:
            self._disconnect()
        if 200 <= answer.status < 300:
            return "", True
        later = answer.status >= 500 or answer.status in _PERHAPS_LATER
        return f"status {answer.status} {answer.reason}".rstrip(), not later

    def _connected(self) -> http.client.HTTPConnection:
        host, port = self._parts.hostname or "", self._parts.port
        kind: type[http.client.HTTPConnection] = http.client.HTTPConnection
        if self._parts.scheme == "https":
            kind = http.client.HTTPSConnection
        connection = kind(host, port, timeout=TIMEOUT)
        connection.response_class = BoundedAnswer
        return connection

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _abandon(self) -> None:
        self._disconnect()


def _checked(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        if parts.hostname and (parts.port is None or parts.port > 0):
            return parts._replace(scheme=parts.scheme.lower())
    except ValueError:
        pass
    raise UsageError(
        "--on-event has a URL without a valid host",
        hint="for example http://127.0.0.1:8080/events",
    )


def _path(parts: SplitResult) -> str:
    """What is asked for, in the characters that a request may have."""
    path = parts._replace(scheme="", netloc="", fragment="").geturl() or "/"
    return quote(path, safe="/?#[]@!$&'()*+,;=:%~")


def _title(parts: SplitResult) -> str:
    """Only the host: many services have their secret in the path."""
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname}{port}"


def _headers(parts: SplitResult) -> dict[str, str]:
    headers = {
        "Content-Type": "application/json",
        "User-Agent": f"avio/{__version__}",
    }
    if parts.username is not None:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    return headers
