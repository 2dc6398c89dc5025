"""Tasks of a Ray cluster: where they run, what each needs, and how they end.

Ray decides where and when tasks run, and runs those of a lost worker or node again.
"""

import contextlib
import math
import os
import signal
import socket
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from avio_cli.closing import ClosedOnExit
from avio_cli.errors import AvioError, UsageError
from avio_cli.optional import first_line, load

LOCAL = "local"
LOST_RETRIES = 3
"""How often Ray runs a task again whose worker or node was lost."""
_STOP_SECONDS = 10.0
_ANSWER_SECONDS = 10.0
_INSTALL = "pip install 'avio-cli[ray]'"


@dataclass(frozen=True, slots=True)
class RayOptions:
    """Where the tasks run, and what each of them needs."""

    address: str
    """``local`` starts a cluster on this machine; else that of one which runs."""
    cpus: float = 1.0
    """CPU cores that a task declares."""
    gpus: float = 0.0
    """GPUs, or a fraction of one."""
    init: Mapping[str, Any] = field(default_factory=dict)
    """Further arguments of ``ray.init``."""

    def __post_init__(self) -> None:
        for name, number in (("cpus", self.cpus), ("gpus", self.gpus)):
            if not 0 <= number < math.inf:
                raise UsageError(
                    f"--{name} must not be negative or infinite: {number:g}"
                )
        if "address" in self.init:
            raise UsageError(
                "--ray-option address would be ignored", hint="--ray ADDRESS names it"
            )


class TaskError(AvioError):
    """A task ended with an error, or was lost too often."""


class Cluster(ClosedOnExit):
    """A connection to a Ray cluster; one at a time in a process.

    Args:
        options: where, and what each task needs.

    Raises:
        AvioError: Ray is not installed, or there is no such cluster.
    """

    def __init__(self, options: RayOptions) -> None:
        self._ray, self._options = load("ray", "Ray", _INSTALL), options
        _connect(self._ray, options)
        try:
            self._refuse_small()
        except BaseException:
            self._ray.shutdown()
            raise

    def _refuse_small(self) -> None:
        """Refuse a cluster where no node is large enough: a task would wait forever."""
        if not self.room():
            raise AvioError(
                f"the Ray cluster has no node with {self._options.cpus:g} CPUs and "
                f"{self._options.gpus:g} GPUs",
                hint="--cpus and --gpus say what each task needs",
            )

    def room(self) -> int:
        """How many tasks can run at a time; the cluster may grow or shrink."""
        nodes = [node for node in self._ray.nodes() if node["Alive"]]
        return sum(self._room_on(node["Resources"]) for node in nodes)

    def _room_on(self, node: Mapping[str, float]) -> int:
        needs = {"CPU": self._options.cpus, "GPU": self._options.gpus}
        counts = [int(node.get(name, 0) / n) for name, n in needs.items() if n]
        return min(counts, default=1)

    def task(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """A function that begins a task, and returns a reference to its result."""
        needs = {"num_cpus": self._options.cpus, "num_gpus": self._options.gpus}
        remote = self._ray.remote(max_retries=LOST_RETRIES, **needs)(_in_folder)
        named = remote.options(name=function.__name__)
        return partial(named.remote, os.getcwd(), function)  # noqa: PTH109 - a text

    def keep(self, value: object) -> Any:
        """A reference to a value that many tasks get."""
        return self._ray.put(value)

    def ready(self, references: Collection[Any], timeout: float) -> list[Any]:
        """The first reference whose task has ended; none where none ends in time."""
        if not references:
            threading.Event().wait(timeout)
            return []
        done, _ = self._ray.wait([*references], num_returns=1, timeout=timeout)
        return list(done)

    def result(self, reference: Any) -> Any:
        """What a task has returned; waits for it.

        Raises:
            TaskError: it has returned nothing.
        """
        errors = self._ray.exceptions
        try:
            return self._ray.get(reference)
        except errors.RayTaskError as error:
            cause = error.cause
            said = f"{type(cause).__name__}: {first_line(cause)}"
            raise TaskError(f"a task of the Ray cluster failed: {said}") from error
        except errors.RayError as error:
            raise TaskError(
                f"a task of the Ray cluster was lost: {first_line(error)}",
                hint="was memory running out on its node?",
            ) from error

    def cancel(self, running: Collection[Any]) -> None:
        """Interrupt tasks as Ctrl-C does, and wait for their end."""
        for reference in running:
            with contextlib.suppress(Exception):  # it has just ended, or is lost
                self._ray.cancel(reference)
        if running:
            with contextlib.suppress(self._ray.exceptions.RayError):
                left = [*running]
                self._ray.wait(left, num_returns=len(left), timeout=_STOP_SECONDS)

    def close(self) -> None:
        """Disconnect, and end a cluster of our own; safe to call twice."""
        self._ray.shutdown()


def _in_folder(folder: str, function: Callable[..., Any], *words: Any) -> Any:
    """Call a function in the folder of who began it: relative names mean the same."""
    with contextlib.suppress(OSError):  # on a node where it is missing
        os.chdir(folder)
    return function(*words)


def _connect(ray: Any, options: RayOptions) -> None:
    given = {"log_to_driver": False, "logging_level": "ERROR", **options.init}
    if options.address != LOCAL:
        given["address"] = options.address
    else:
        given = {"include_dashboard": False, **given, "address": LOCAL}
    try:
        _refuse_silent(options.address)
        with _own_signals():
            ray.init(**given)
    except Exception as error:  # Ray raises whatever its own parts do
        raise AvioError(
            f"cannot connect to Ray at {options.address}: {first_line(error)}",
            hint="ray status shows whether it runs; --ray local starts one here",
        ) from error


def _refuse_silent(address: str) -> None:
    """Raise OSError where nothing listens: Ray itself tries for minutes."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if host and port.isdecimal():
        host = host.strip("[]")  # around an address of IPv6
        socket.create_connection((host, int(port)), _ANSWER_SECONDS).close()


@contextmanager
def _own_signals() -> Iterator[None]:
    """Keep our handlers of signals, which Ray replaces by its own.

    Only the main thread can do either.
    """
    is_main = threading.current_thread() is threading.main_thread()
    numbers = (signal.SIGINT, signal.SIGTERM) if is_main else ()
    kept = {number: signal.getsignal(number) for number in numbers}
    try:
        yield
    finally:
        for number, handler in kept.items():
            if handler is not None:  # else it is none of Python's
                signal.signal(number, handler)
