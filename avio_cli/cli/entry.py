"""Entry: where the ``avio`` command begins, before its commands are imported.

These take a tenth of a second to import, in which ffprobe can already read the film
that is to be played or tracked.
"""

import os
import sys
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from avio_cli.sources.probing import Probing


def main() -> NoReturn:
    """Run the command line and end the process with its exit status."""
    _open_standard_streams()  # before any pipe
    early = _begin(sys.argv[1:])
    from avio_cli.cli.main import main as run_and_exit

    run_and_exit(early)


def _begin(arguments: list[str]) -> "Probing | None":
    if arguments[:1] not in (["play"], ["track"]):
        return None
    from avio_cli.sources.probing import probe_early

    return probe_early(arguments[1:])


def _open_standard_streams() -> None:
    """Make sure that 0, 1 and 2 are taken: a pipe must never get such a number."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    for stream in (sys.stdout, sys.stderr):
        # A name that is not UTF-8 must not end in a UnicodeEncodeError.
        if stream is not None and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
