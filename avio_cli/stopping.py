"""Requests to end a run early that its user may have meant all along.

A recording of a camera has no end of its own: Ctrl-C is its end, and what was recorded
is finished. Who runs such work says so here; who handles signals asks here first.
"""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


class _Request:
    """Calls a function in a thread of its own once it is made, or given up.

    A signal may come at any moment, also where the main thread holds a lock that the
    function needs: so the handler only sets an event.
    """

    def __init__(self, stop: Callable[[], None]) -> None:
        self.made = False
        self._stop, self._event = stop, threading.Event()
        thread = threading.Thread(target=self._wait, name="avio-stop", daemon=True)
        thread.start()

    def make(self) -> None:
        self.made = True
        self._event.set()

    def give_up(self) -> None:
        if not self.made:
            self._event.set()

    def _wait(self) -> None:
        self._event.wait()
        if self.made:
            self._stop()


_open: list[_Request] = []


@contextmanager
def stops_on_request(stop: Callable[[], None]) -> Iterator[None]:
    """Within the block, the first request to end calls `stop` instead.

    Where Python handles Ctrl-C itself, as in a notebook, that is a request, too.

    Args:
        stop: lets the block end in order, soon; called in another thread.
    """
    request = _Request(stop)
    _open.append(request)
    try:
        with _asked_by_interrupt():
            yield
    finally:
        _open.remove(request)
        request.give_up()


def take_request() -> bool:
    """Pass a request on; whether somebody takes it, who had none before."""
    waiting = [request for request in _open if not request.made]
    for request in waiting[-1:]:
        request.make()
    return bool(waiting)


@contextmanager
def _asked_by_interrupt() -> Iterator[None]:
    main = threading.current_thread() is threading.main_thread()
    if not main or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    signal.signal(signal.SIGINT, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _interrupt(number: int, frame: FrameType | None) -> None:
    if not take_request():
        raise KeyboardInterrupt
