"""Entry point of the ``avio`` command, before its commands are imported.

These take a tenth of a second to import, in which ffprobe can already read the input
of play or track.
"""

import io
import os
import signal
import sys
from types import FrameType
from typing import TYPE_CHECKING, NoReturn, TextIO

from avio_cli.errors import InterruptionError

if TYPE_CHECKING:
    from avio_cli.decode.background_probe import BackgroundProbe


INTERRUPTIONS = (signal.SIGTERM, signal.SIGINT)


def main() -> NoReturn:
    """Run the command line and end the process with its exit status."""
    _open_standard_streams()  # before any pipe
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


class _Lenient(io.RawIOBase):
    """A raw stream that drops what cannot be written.

    A log on a full disk, or in a pipe whose reader has left, is no reason to end a job:
    what it makes is not lost with it.

    Args:
        raw: where it is written.
        owner: the stream that would close `raw` if nothing referred to it.
    """

    def __init__(self, raw: io.RawIOBase, owner: TextIO) -> None:
        self._raw, self._owner = raw, owner

    def write(self, data: "bytes | memoryview") -> int:  # type: ignore[override]
        """Write what can be written, and say that all was."""
        try:
            written = self._raw.write(data)
        except OSError:
            written = None
        return len(data) if written is None else written

    def writable(self) -> bool:
        """Yes."""
        return True

    def fileno(self) -> int:
        """That of the stream within."""
        return self._raw.fileno()

    def isatty(self) -> bool:
        """That of the stream within."""
        return self._raw.isatty()


def _open_standard_streams() -> None:
    """Make sure that 0, 1 and 2 are open: a pipe must never get such a number."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    if sys.stderr is None:  # it was closed: 2 is the null device now
        sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        # A name that is not UTF-8 must not end in a UnicodeEncodeError.
        if stream is not None and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    buffer = getattr(sys.stderr, "buffer", None)
    raw = getattr(buffer, "raw", buffer)  # `python -u` has no buffer
    if isinstance(raw, io.RawIOBase):
        sys.stderr = _lenient_text(raw, sys.stderr)


def _lenient_text(raw: io.RawIOBase, stream: TextIO) -> io.TextIOWrapper:
    return io.TextIOWrapper(
        io.BufferedWriter(_Lenient(raw, stream)),  # type: ignore[type-var] # it is raw
        encoding=stream.encoding,
        errors="backslashreplace",
        line_buffering=True,
    )


def _flush(status: int) -> int:
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
    except OSError:
        return status or 1
    return status
