"""A request to end reaches who runs a recording, once; else it is an interruption."""

import os
import signal
import sys
import threading

import pytest

from avio_cli.stopping import stops_on_request, take_request


def test_nobody_takes_a_request_where_nothing_is_recorded() -> None:
    with stops_on_request(lambda: None):
        pass
    assert not take_request()


def test_the_first_request_stops_and_the_second_one_is_not_taken() -> None:
    stopped = threading.Event()
    with stops_on_request(stopped.set):
        assert take_request()
        assert stopped.wait(10)
        assert not take_request()


def test_a_block_that_ends_by_itself_is_not_stopped() -> None:
    calls: list[int] = []
    before = threading.active_count()
    with stops_on_request(lambda: calls.append(1)):
        pass
    for thread in threading.enumerate():
        if thread.name == "avio-stop":
            thread.join(10)
    assert threading.active_count() <= before
    assert calls == []


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGINT to send")
def test_ctrl_c_in_python_ends_the_recording_and_then_the_script() -> None:
    stopped = threading.Event()
    with stops_on_request(stopped.set):
        os.kill(os.getpid(), signal.SIGINT)
        assert stopped.wait(10)
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
