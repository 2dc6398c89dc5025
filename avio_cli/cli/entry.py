"""Entry point of the ``avio`` command, before its commands are imported.

These take a tenth of a second to import, in which ffprobe can already read the input
of play or track.
"""

import contextlib
import os
import signal
import sys
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

from avio_cli.errors import InterruptionError
from avio_cli.output.stdout import StdoutError, open_standard_streams

if TYPE_CHECKING:
    from avio_cli.decode.background_probe import BackgroundProbe


INTERRUPTIONS = (signal.SIGTERM, signal.SIGINT)


def main() -> NoReturn:
    """Run the command line and end the process with its exit status."""
    open_standard_streams()  # before any pipe
    for number in INTERRUPTIONS:
        signal.signal(number, _interrupt)
    status = _flush(_run(sys.argv[1:]))
    _end_commands()
    _remove_links()
    # Threads may still wait in a library; all output is written and flushed.
    os._exit(status)


def _run(arguments: list[str]) -> int:
    try:
        early = _start_early_probe(arguments)
        from avio_cli.cli.main import run

        return run(arguments, early)
    except (KeyboardInterrupt, Exception) as error:  # before `run` could report it
        # Python 3.11 makes a RuntimeError of one that comes while a class is made, and
        # an import in C may make an ImportError of it.
        if not (isinstance(error, KeyboardInterrupt) or _is_interrupted()):
            raise
        sys.stderr.write("avio: error: interrupted\n")
        return InterruptionError.exit_status


def _is_interrupted() -> bool:
    return any(signal.getsignal(n) is signal.SIG_DFL for n in INTERRUPTIONS)


def _interrupt(number: int, frame: FrameType | None) -> None:
    # A second signal ends the process at once.
    signal.signal(number, signal.SIG_DFL)
    raise KeyboardInterrupt


def _end_commands() -> None:
    """Kill every ffprobe that a thread still waits for."""
    processes = sys.modules.get("avio_cli.ffmpeg.process.run")  # slow to import
    if processes is not None:
        processes.kill_running_commands()


def _remove_links() -> None:
    """Remove links to images: `os._exit` does not call what atexit knows."""
    images = sys.modules.get("avio_cli.ffmpeg.image_order")
    if images is not None:
        images.remove_links()


def _start_early_probe(arguments: list[str]) -> "BackgroundProbe | None":
    if arguments[:1] not in (["play"], ["track"]):
        return None
    from avio_cli.decode.background_probe import probe_early

    return probe_early(arguments[1:])


def _flush(status: int) -> int:
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
    except StdoutError as error:
        if not status:
            _report(f"cannot write to standard output: {error.strerror}")
        return status or 1
    except OSError:
        return status or 1
    return status


def _report(message: str) -> None:
    with contextlib.suppress(OSError):
        sys.stderr.write(f"avio: error: {message}\n")
        sys.stderr.flush()
