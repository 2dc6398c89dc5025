"""Parts: a result that is written as one file after the other."""

import errno
import functools
import itertools
import logging
import os
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

from avio_cli.closing import ClosedOnExit
from avio_cli.errors import OutputError, UsageError
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.url import MediaUrl, printable
from avio_cli.media.container import Container
from avio_cli.output.file import rename_exclusively
from avio_cli.output.growing import growing_options
from avio_cli.output.parts.index import Entry, PartIndex, time_of
from avio_cli.output.parts.names import PartNames, growing_name
from avio_cli.output.parts.part import Ending, PartOutput, iso_time
from avio_cli.output.parts.removing import expired, is_behind_link, remove_part

LOG = logging.getLogger("avio.run")


class Parts(ClosedOnExit):
    """The parts of one output, and their index, which later runs continue.

    Args:
        ffmpeg: the binary that writes them.
        output: the output as typed: see `PartNames`.
        container: of each part.
        keep: seconds after its end at which a part is removed; None: never.
        clock: gives the seconds since 1970.
        steady: gives seconds that no setting of the clock changes.

    Raises:
        UsageError: the output cannot be written in parts.
        OutputError: its folder cannot be written, or another run writes there.
    """

    def __init__(
        self,
        ffmpeg: FFmpeg,
        output: Path | MediaUrl,
        container: Container,
        *,
        keep: Fraction | None = None,
        clock: Callable[[], float] = time.time,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        path = _checked(output, container)
        self._names, self._clock = PartNames(path), clock
        self.display_name = self._names.display_name
        self._options = functools.partial(growing_options, ffmpeg, container)
        self._keep = None if keep is None else timedelta(seconds=float(keep))
        self._steady, self._ended_at = steady, dict[str, float]()
        self._lock = threading.Lock()
        self._index = PartIndex(self._names.index, remembers=keep is not None)
        self.finished = 0
        """Parts that this run has completed."""
        self.removed = self._bytes = 0
        try:
            self._recover()
            self.remove_old()
        except BaseException:
            self.close()
            raise

    @property
    def base(self) -> Path:
        """The folder that the names of parts are relative to."""
        return self._names.base

    def now(self) -> datetime:
        """The time by which parts are named."""
        return datetime.fromtimestamp(self._clock(), UTC)

    def open(self, start: datetime) -> PartOutput:
        """Start a part.

        Raises:
            OutputError: it cannot be written.
        """
        for name in self._names.at(start):
            if not self._is_taken(name):
                break
        else:
            raise OutputError(f"all names for parts of {self.display_name} are taken")
        self._make_folder((self.base / name).parent)
        part = PartOutput(self.base, name, self._options, self._ended)
        with self._lock:
            self._index.put(name, "open", start=iso_time(start))
        return part

    def remove_old(self) -> None:
        """Remove parts that have ended long enough ago.

        Raises:
            OutputError: the index cannot be written.
        """
        if self._keep is None:
            return
        with self._lock:
            for entry in list(expired(self._index, self.now(), self._keep)):
                if not self._is_young(entry["part"], self._keep):
                    self._remove(entry)

    @property
    def readback_path(self) -> Path:
        """The index: each part is read back on its own."""
        return self._index.path

    def discard(self) -> None:
        """As `close`: parts that are complete stay."""
        self.close()

    def size(self) -> int:
        """Bytes of all parts that this run has completed."""
        return self._bytes

    def close(self) -> None:
        """Release the index; safe to call twice."""
        with self._lock:
            self._index.close()

    def _is_young(self, name: str, keep: timedelta) -> bool:
        """Whether a part of this run is not as old as the clock says.

        Where nothing keeps the time without power, the clock may be months late until
        the network sets it.
        """
        ended = self._ended_at.get(name)
        return ended is not None and self._steady() - ended < keep.total_seconds()

    def _remove(self, entry: Any) -> None:
        shown, at = printable(entry["part"]), iso_time(self.now())
        if problem := remove_part(self.base, entry, self._names.is_ours):
            LOG.warning("%s is old, and is not removed: %s", shown, problem)
            self._index.put(entry["part"], "foreign", at=at)
            return
        LOG.info("avio: removed %s, which ended at %s", shown, entry.get("end"))
        self._index.put(entry["part"], "removed", at=at)
        self._ended_at.pop(entry["part"], None)
        self.removed += 1

    def _ended(self, part: PartOutput, how: Ending) -> None:
        with self._lock:
            if how == "empty":
                self._index.put(part.name, "removed", at=iso_time(self.now()))
                return
            now = {"end": iso_time(self.now())}
            facts = part.content.facts() if part.content else now
            if self._keep is not None:
                self._ended_at[part.name] = self._steady()
            size = part.size()
            self._index.put(part.name, how, **facts, bytes=size)
            if how == "finished":
                self.finished, self._bytes = self.finished + 1, self._bytes + size

    def _recover(self) -> None:
        """Give what a killed run was writing its name; what cannot get it stays."""
        for entry in self._index.entries("open"):
            name = entry["part"]
            if not self._names.is_ours(name):
                continue
            try:
                self._recover_part(entry)
            except OSError as error:
                shown = printable(growing_name(name))
                LOG.warning("%s keeps its name: %s", shown, error.strerror)

    def _recover_part(self, entry: Entry) -> None:
        name = entry["part"]
        growing = self.base / growing_name(name)
        if is_behind_link(self.base, name) or not growing.is_file():
            self._index.put(name, "removed", at=iso_time(self.now()))
            return
        found = growing.stat()
        if not found.st_size:
            growing.unlink()
            self._index.put(name, "removed", at=iso_time(self.now()))
            return
        final = self._named(growing, entry)
        LOG.warning("%s ends where its run was killed", printable(final))
        end = iso_time(datetime.fromtimestamp(found.st_mtime, UTC))
        facts = {"start": entry.get("start"), "end": end, "bytes": found.st_size}
        self._index.put(final, "interrupted", **facts)

    def _named(self, growing: Path, entry: Entry) -> str:
        """Give a part its name, or the next one that nothing else has."""
        planned = entry["part"]
        start = time_of(entry, "start")
        others = self._names.at(start) if start else ()
        for name in itertools.chain((planned,), others):
            try:
                rename_exclusively(growing, self.base / name)
            except FileExistsError:
                continue
            if name != planned:
                shown = (printable(planned), printable(name))
                LOG.warning("%s is another file: the part becomes %s", *shown)
                self._index.put(planned, "foreign", at=iso_time(self.now()))
            return str(name)
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))

    def _is_taken(self, name: str) -> bool:
        # In this order: a part that gets its name in between is seen under either.
        names = (growing_name(name), name)
        return any(os.path.lexists(self.base / other) for other in names)

    def _make_folder(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            shown = printable(str(folder))
            raise OutputError(f"cannot make {shown}: {error.strerror}") from error


def _checked(output: Path | MediaUrl, container: Container) -> Path:
    if isinstance(output, MediaUrl):
        raise UsageError(f"--segment writes files: {output.display_name} is a server")
    if container.form != "file":
        raise UsageError(
            f"{container.title} is not written in parts by --segment",
            hint="name a file, such as front.mp4 or front.mkv",
        )
    return output
