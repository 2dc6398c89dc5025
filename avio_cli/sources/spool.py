"""Standard input kept in a temporary file, so that it can be read more than once.

Probing eats what it reads, an index may stand at the end of the data, and the sound is
read by the encoder: each of them needs a file.
"""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from avio_cli.errors import InputError
from avio_cli.ffmpeg.address import Address, file_url


@contextmanager
def reopenable(address: Address) -> Iterator[Address]:
    """Give an address that may be opened several times.

    Files and URLs are handed back as they are; stdin is read to its end first, and
    the copy is removed when the block ends.

    Raises:
        InputError: stdin is empty, closed, or cannot be kept.
    """
    if address.kind != "stdin":
        yield address
        return
    with tempfile.TemporaryDirectory(prefix="avio-") as folder:
        path = Path(folder) / "stdin"
        _copy(path)
        yield replace(address, kind="file", url=file_url(path))


def _copy(path: Path) -> None:
    if sys.stdin is None or sys.stdin.isatty():
        raise InputError("there is nothing on stdin", hint="pipe a media file into it")
    try:
        with path.open("wb") as file:
            shutil.copyfileobj(sys.stdin.buffer, file, 1 << 20)
    except OSError as error:
        raise InputError(
            f"cannot keep stdin in {path.parent}: {error.strerror}",
            hint="set TMPDIR to a folder with more space",
        ) from error
    if path.stat().st_size == 0:
        raise InputError("stdin is empty")
