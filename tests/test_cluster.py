"""Options of a Ray cluster, and what stands in for Ray where it is not installed."""

import signal
import socket
import threading
from collections.abc import Sequence
from contextlib import closing

import pytest

from avio_cli import cluster
from avio_cli.cluster import Cluster, RayOptions, TaskError
from avio_cli.errors import AvioError, UsageError

Node = dict[str, object]


class RayError(Exception):
    """As Ray's own: all of its errors are."""


class RayTaskError(RayError):
    """As Ray's own: the text is a traceback."""

    def __init__(self, cause: Exception) -> None:
        super().__init__("\x1b[36mray::task()\x1b[39m (pid=1)\n  File …")
        self.cause = cause


class Ray:
    """Stands in for the module."""

    RayError, RayTaskError = RayError, RayTaskError

    def __init__(self, nodes: Sequence[Node]) -> None:
        self.exceptions, self.found = self, nodes
        self.running = False

    def init(self, **given: object) -> None:
        self.running = True

    def nodes(self) -> Sequence[Node]:
        return self.found

    def get(self, reference: Exception) -> None:
        raise reference

    def shutdown(self) -> None:
        self.running = False


def node(cpus: float, gpus: float = 0.0, *, alive: bool = True) -> Node:
    has = {"CPU": cpus, "GPU": gpus} if gpus else {"CPU": cpus}
    return {"Alive": alive, "Resources": has if alive else {}}


@pytest.fixture
def ray(monkeypatch: pytest.MonkeyPatch) -> Ray:
    ray = Ray([node(1)])
    monkeypatch.setattr(cluster, "load", lambda *names: ray)
    return ray


@pytest.mark.parametrize("number", [-1, float("nan"), float("inf")])
def test_needs_are_finite_and_not_negative(number: float) -> None:
    with pytest.raises(UsageError, match="--cpus must not be negative"):
        RayOptions("local", number)
    with pytest.raises(UsageError, match="--gpus must not be negative"):
        RayOptions("local", 1, number)


def test_the_address_is_no_further_option() -> None:
    with pytest.raises(UsageError, match="--ray-option address would be ignored"):
        RayOptions("local", init={"address": "10.0.0.1:6379"})


@pytest.mark.parametrize("address", ["127.0.0.1:1", "[::1]:1", "ray://[::1]:1"])
def test_an_address_where_nothing_listens_is_refused_at_once(
    address: str, ray: Ray, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(where: tuple[str, int], seconds: float) -> None:
        assert where in (("127.0.0.1", 1), ("::1", 1))
        raise ConnectionRefusedError("refused")

    monkeypatch.setattr(socket, "create_connection", refuse)

    with pytest.raises(AvioError, match=r"cannot connect to Ray at .*refused"):
        Cluster(RayOptions(address))
    assert not ray.running, "Ray would try for minutes"


def test_a_task_fits_into_one_node(ray: Ray) -> None:
    ray.found = [node(5), node(1, 1), node(4, 2), node(64, alive=False)]
    for cpus, gpus, room in ((1, 0, 10), (2, 0, 4), (2, 0.5, 2), (0, 1, 3)):
        with Cluster(RayOptions("local", cpus, gpus)) as running:
            assert running.room() == room

    with pytest.raises(AvioError, match="no node with 6 CPUs"):
        Cluster(RayOptions("local", 6))
    assert not ray.running


def test_a_thread_may_connect(ray: Ray) -> None:
    said: list[object] = []

    def connect() -> None:
        try:
            with Cluster(RayOptions("local")) as running:
                said.append(running.room())
        except Exception as error:
            said.append(error)

    thread = threading.Thread(target=connect)
    thread.start()
    thread.join()
    assert said == [1]


def test_a_handler_that_is_none_of_pythons_is_left(
    ray: Ray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signal, "getsignal", lambda number: None)
    Cluster(RayOptions("local")).close()


def test_a_failure_after_the_start_ends_the_cluster(
    ray: Ray, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise RuntimeError("no answer")

    monkeypatch.setattr(ray, "nodes", fail)
    with pytest.raises(RuntimeError):
        Cluster(RayOptions("local"))
    assert not ray.running


def test_a_task_that_failed_names_its_cause_and_one_that_was_lost_says_so(
    ray: Ray,
) -> None:
    with closing(Cluster(RayOptions("local"))) as running:
        with pytest.raises(TaskError, match="failed: ValueError: no such") as failed:
            running.result(RayTaskError(ValueError("no such\nthing")))
        with pytest.raises(TaskError, match=r"was lost: killed") as lost:
            running.result(RayError("killed"))
    assert "\x1b" not in failed.value.message
    assert (failed.value.hint, bool(lost.value.hint)) == ("", True)
