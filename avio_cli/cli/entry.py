"""Entry point of the ``avio`` command, before its commands are imported.

These take a tenth of a second to import, in which ffprobe can already read the input
of play or track, and ffmpeg start to decode it.
"""

import contextlib
import os
import signal
import sys
import threading
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

from avio_cli.errors import InterruptionError
from avio_cli.optional import many_imports
from avio_cli.output.stdout import StdoutError, open_standard_streams
from avio_cli.stopping import take_request

if TYPE_CHECKING:
    from avio_cli.decode.background_probe import BackgroundProbe
    from avio_cli.player.start.first_decoder import FirstDecoder


HANG_UP: signal.Signals | None = getattr(signal, "SIGHUP", None)  # not on Windows
"""Sent where the terminal is closed."""
INTERRUPTIONS = (signal.SIGTERM, signal.SIGINT)
_received: list[int] = []
_intended: list[int] = []
"""What ended a recording as its user meant it."""
_AGAIN_SECONDS = 0.005


def main() -> NoReturn:
    """Run the command line and end the process with its exit status."""
    open_standard_streams()  # before any pipe
    # Else numpy's threads compute nothing at full speed for 0.1 s before they sleep.
    os.environ.setdefault("OPENBLAS_THREAD_TIMEOUT", "4")
    for number in INTERRUPTIONS:
        signal.signal(number, _interrupt)
    if HANG_UP is not None and signal.getsignal(HANG_UP) is signal.SIG_DFL:
        signal.signal(HANG_UP, _interrupt)  # nohup has it ignored
    if hasattr(signal, "setitimer"):  # not on Windows
        signal.signal(signal.SIGALRM, _interrupt_again)
        sys.unraisablehook = _report_ignored
        _keep_main_thread_awake()
    status = _flush(_run(sys.argv[1:]))
    _end_commands()
    _remove_links()
    # Threads may still wait in a library; all output is written and flushed.
    os._exit(status)


def _run(arguments: list[str]) -> int:
    try:
        with contextlib.ExitStack() as stack:
            with many_imports():
                early = _start_early(arguments, stack)
                from avio_cli.cli.main import run
            return run(arguments, early, _is_interrupted)
    except (KeyboardInterrupt, Exception) as error:  # before `run` could report it
        # Python 3.11 makes a RuntimeError of one that comes while a class is made, and
        # an import in C may make an ImportError of it.
        if not (isinstance(error, KeyboardInterrupt) or _is_interrupted()):
            raise
        _report("interrupted")  # the terminal may be gone
        return InterruptionError.exit_status


def _is_interrupted() -> bool:
    return bool(_received)


def _interrupt(number: int, frame: FrameType | None) -> None:
    # The shell and the kernel both send SIGHUP, systemd sends it with SIGTERM: that is
    # no impatience, and the end is under way.
    before = _intended + _received
    in_company = bool(before) and HANG_UP in (number, *before)
    if take_request() or (in_company and not _received):
        _intended.append(number)
        return
    _received.append(number)
    if number != HANG_UP:
        signal.signal(number, signal.SIG_DFL)  # another one ends the process at once
    if not in_company:
        raise KeyboardInterrupt


def _keep_main_thread_awake() -> None:
    """Have an interruption handled at once, whichever thread the system gives it to.

    Python handles it in the main thread, which where another one got it sleeps on until
    its lock, its read or its child is there: with a camera that is away, for ever.
    """
    read_end, write_end = os.pipe()
    os.set_blocking(write_end, False)
    signal.signal(signal.SIGURG, lambda number, frame: None)
    signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)
    threading.Thread(target=_wake, args=(read_end,), daemon=True).start()


def _wake(read_end: int) -> None:
    """Interrupt what the main thread waits in, after each interruption."""
    main_thread = threading.main_thread().ident
    while number := os.read(read_end, 1):
        if main_thread is not None and number[0] in (*INTERRUPTIONS, HANG_UP):
            signal.pthread_kill(main_thread, signal.SIGURG)


def _report_ignored(ignored: "sys.UnraisableHookArgs") -> None:
    """Interrupt again, soon, where Python drops it: while an object is finalized."""
    if ignored.exc_type is KeyboardInterrupt:
        signal.setitimer(signal.ITIMER_REAL, _AGAIN_SECONDS)
    else:
        sys.__unraisablehook__(ignored)


def _interrupt_again(number: int, frame: FrameType | None) -> None:
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


def _start_early(
    arguments: list[str], stack: contextlib.ExitStack
) -> "BackgroundProbe | FirstDecoder | None":
    if arguments[:1] not in (["play"], ["track"]):
        return None
    from avio_cli.decode.background_probe import probe_early

    probing = probe_early(arguments[1:], stdin=arguments[0] == "track")
    if probing is None or arguments[0] != "play":
        return probing
    from avio_cli.player.start.early import decode_early  # while the probe runs

    decoder = decode_early(arguments[1:], probing)
    if decoder is None:
        return probing
    stack.callback(decoder.close)
    return decoder


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
