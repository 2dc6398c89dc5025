"""GrowingFile: a recording, which is under its final name while it is written.

A recording cannot be made again: what there is of it counts, however it ends. So it is
no hidden file, and the muxer writes it in parts that can be played without its end.
"""

import copy
import functools
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from avio_cli.errors import AvioError, OutputError
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.output_place import followed, is_written_into
from avio_cli.ffmpeg.process.run import run
from avio_cli.ffmpeg.url import file_url, printable
from avio_cli.media.container import Container
from avio_cli.output.file import FileOutput, check_writable
from avio_cli.output.hidden import HiddenFile, remove_left
from avio_cli.output.target import OutputTarget
from avio_cli.replacing import keep_permissions

_HYBRID = "hybrid_fragmented"
"""The flag of mov and mp4 that makes a usual file of the fragments in the end. Without
``delay_moov``, its edit lists are wrong (9.0): encoders' delay is not hidden."""
IN_ORDER = {"bf": "0"}
"""Options of encoders for such files. Where frames are coded in another order and
their times are uneven, the edit list of ``hybrid_fragmented`` hides the last (9.0)."""
# Without the second, ffmpeg keeps the last 32 KB, be they ever so old.
_EACH_SECOND = ("-frag_duration", "1000000", "-flush_packets", "1")
_FRAGMENTS = "frag_keyframe+delay_moov+default_base_moof"
_CLUSTERS = ("-cluster_time_limit", "1000", "-flush_packets", "1")
_FRAGMENTED = frozenset({"mov", "mp4", "ipod"})
_CLUSTERED = frozenset({"matroska", "webm"})


_INTERVAL = 0.05
"""Seconds between two looks whether anything is written."""


class GrowingFile:
    """A file that is written under its final name; an `OutputTarget`.

    Args:
        path: where; what is there is only replaced with `force`.
        options: gives those that let the muxer write it in parts: `growing_options`.
            It is called when the muxer starts, as it may take 0.1 s.
        force: whether an existing file is replaced, once something is written.

    Raises:
        OutputError: it exists, or cannot be written.
    """

    def __init__(
        self,
        path: Path,
        options: Callable[[], tuple[str, ...]] = tuple,
        *,
        force: bool = False,
    ) -> None:
        check_writable(path, force=force)
        self.path, self._options = path, options
        self.display_name = printable(str(path))
        self._place = followed(path).absolute()
        self._complete = self._removed = False
        self._lock = threading.Lock()
        self._hidden: HiddenFile | None = None
        try:
            if force and self._place.exists():
                self._hide()
            else:
                self._place.open("xb").close()
        except OSError as error:
            raise OutputError(
                f"cannot write {self.display_name}: {error.strerror}",
                hint="check the folder's permissions and space",
            ) from error

    @property
    def options(self) -> tuple[str, ...]:
        """Options of the muxer."""
        return self._options()

    @property
    def url(self) -> str:
        """The URL that ffmpeg writes to."""
        return file_url(self._where)

    @property
    def readback_path(self) -> Path | None:
        """The file, to be read back."""
        self._settle()
        return self._where

    @property
    def can_restart(self) -> bool:
        """No: what is written stays."""
        return False

    def sidecar(self, number: int) -> Path:
        """Recordings hold no cover art."""
        raise NotImplementedError

    def commit(self) -> None:
        """It is complete."""
        self._settle()
        self._complete = True

    def discard(self) -> None:
        """Remove it where nothing was written into it; safe to call at any time."""
        if not self._complete and not self.size():
            self.remove()
        self._settle()

    def remove(self) -> None:
        """Remove it, whatever it holds; what it should replace stays."""
        with self._lock:
            if not self._removed:
                self._where.unlink(missing_ok=True)
            self._removed = True
            self._show()

    def size(self) -> int:
        """Bytes that are written."""
        with suppress(FileNotFoundError):
            return 0 if self._removed else self._where.stat().st_size
        return 0

    @property
    def _where(self) -> Path:
        hidden = self._hidden
        return hidden.path if hidden else self._place

    def _hide(self) -> None:
        """Write under a hidden name until there is something to replace a file with."""
        remove_left(self._place)
        self._hidden = HiddenFile(self._place, self._place.parent)
        threading.Thread(target=self._wait, name="avio-growing", daemon=True).start()

    def _wait(self) -> None:
        while self._hidden is not None:
            self._settle()
            time.sleep(_INTERVAL)

    def _settle(self) -> None:
        """Take the final name, if anything is written."""
        with self._lock, suppress(OSError):
            # Windows renames no file that ffmpeg has open: then it is done at the end.
            if self._hidden is not None and self.size():
                keep_permissions(self._place, self._hidden.path)
                self._hidden.path.replace(self._place)
                self._show()

    def _show(self) -> None:
        hidden, self._hidden = self._hidden, None
        if hidden is not None:
            hidden.release()


def open_recording(
    path: Path, ffmpeg: FFmpeg, container: Container, *, force: bool = False
) -> OutputTarget:
    """The output of a recording; what is no regular file is written at the end.

    Raises:
        OutputError: it exists, or cannot be written.
    """
    if is_written_into(path):
        return FileOutput(path, force=force)
    options = functools.partial(growing_options, ffmpeg, container)
    return GrowingFile(path, options, force=force)


def growing_options(ffmpeg: FFmpeg, container: Container) -> tuple[str, ...]:
    """The muxer's options with which a file can be played that has no end yet."""
    if container.muxer in _CLUSTERED:
        return _CLUSTERS
    if container.muxer not in _FRAGMENTED:
        return ("-flush_packets", "1")
    flags = (
        f"{_HYBRID}+delay_moov"
        if _knows_hybrid(ffmpeg.path, container.muxer)
        else _FRAGMENTS
    )
    return ("-movflags", flags, *_EACH_SECOND)


def with_kept(error: AvioError, output: OutputTarget) -> AvioError:
    """The same error, which adds that the file holds what was recorded before it."""
    if not (isinstance(output, GrowingFile) and output.size()):
        return error
    kept = copy.copy(error)
    kept.message = f"{error.message}; {output.path.name} holds what was recorded before"
    kept.args = (kept.message,)
    return kept


@functools.cache
def _knows_hybrid(binary: str, muxer: str) -> bool:
    """Whether this ffmpeg has the flag: 9.0 does, 5.1 does not."""
    done = run([binary, "-hide_banner", "-h", f"muxer={muxer}"])
    return _HYBRID.encode() in done.stdout
