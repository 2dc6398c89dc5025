"""PartOutput: one part of a result, which can be played while it is written."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

from avio_cli.errors import OutputError
from avio_cli.ffmpeg.url import printable
from avio_cli.output.file import rename_exclusively
from avio_cli.output.growing import GrowingFile
from avio_cli.output.parts.names import growing_name

Ending = Literal["finished", "interrupted", "empty"]


@dataclass(slots=True)
class PartContent:
    """Which frames of the source a part holds, and when they came."""

    start: datetime
    """When the first one came, by the system's clock."""
    time_base: Fraction
    end: datetime = field(init=False)
    """When the last one came."""
    first: tuple[int, int] = (0, 0)
    """Index and pts of the first one."""
    last: tuple[int, int] = (0, 0)
    frames: int = 0

    def __post_init__(self) -> None:
        self.end = self.start

    def add(self, index: int, pts: int, now: datetime) -> None:
        """Take a frame, with its number and time in the source."""
        self.first = self.first if self.frames else (index, pts)
        self.last, self.end = (index, pts), now
        self.frames += 1

    def facts(self) -> dict[str, Any]:
        """What the index says: frames count from 1, as in records."""
        return {
            "start": iso_time(self.start),
            "end": iso_time(self.end),
            "frames": self.frames,
            "first_frame": self.first[0] + 1,
            "last_frame": self.last[0] + 1,
            "first_pts": self.first[1],
            "last_pts": self.last[1],
            "time_base": str(self.time_base),
            "first_time": round(float(self.first[1] * self.time_base), 6),
            "last_time": round(float(self.last[1] * self.time_base), 6),
        }


class PartOutput:
    """A part that grows under a name of its own; an `OutputTarget`.

    Args:
        base: the folder that its name is relative to.
        name: what it is called in the end.
        options: those of a muxer that writes what has no end yet.
        ended: called with how it ended, after it got its name.

    Raises:
        OutputError: it cannot be written.
    """

    def __init__(
        self,
        base: Path,
        name: str,
        options: Callable[[], tuple[str, ...]],
        ended: Callable[["PartOutput", Ending], None],
    ) -> None:
        self.name, self.content = name, None
        self.path, self._ended = base / name, ended
        self.display_name = printable(name)
        self._file = GrowingFile(base / growing_name(name), options)
        self._has_ended = False

    content: PartContent | None
    """What it holds; kept by who writes it."""

    @property
    def options(self) -> tuple[str, ...]:
        """Options of the muxer."""
        return self._file.options

    @property
    def url(self) -> str:
        """The URL that ffmpeg writes to."""
        return self._file.url

    @property
    def readback_path(self) -> Path | None:
        """The file, to be read back before it gets its name."""
        return self._file.path

    @property
    def can_restart(self) -> bool:
        """No: what is written stays."""
        return False

    def sidecar(self, number: int) -> Path:
        """Parts hold no cover art."""
        raise NotImplementedError

    def commit(self) -> None:
        """Give the finished part its name.

        Raises:
            OutputError: there is such a file, or it cannot be renamed.
        """
        self._end("finished")

    def discard(self) -> None:
        """Keep what is in an unfinished part, if anything is; safe to call twice."""
        if self._has_ended:
            return
        if not self._file.size():
            self._has_ended = True
            self._file.remove()
            self._ended(self, "empty")
            return
        self._end("interrupted")

    def size(self) -> int:
        """Bytes that are written; 0 where someone removed it."""
        if not self._has_ended:
            return self._file.size()
        with suppress(OSError):
            return self.path.stat().st_size
        return 0

    def _end(self, how: Ending) -> None:
        self._has_ended = True
        name_part(self._file.path, self.path)
        self._ended(self, how)


class PlannedPart:
    """Stands for each part where a copy is planned; an `OutputTarget` of no file.

    Args:
        path: the output as typed.
    """

    options: tuple[str, ...] = ()
    """None: they go to the muxer inside another one."""
    readback_path: Path | None = None
    can_restart = False

    def __init__(self, path: Path) -> None:
        self.url = self.display_name = printable(str(path))

    def sidecar(self, number: int) -> Path:
        """Parts hold no cover art."""
        raise NotImplementedError

    def commit(self) -> None:
        """Nothing was written."""

    def discard(self) -> None:
        """Nothing was written."""

    def size(self) -> int:
        """Nothing was written."""
        return 0


def name_part(growing: Path, final: Path) -> None:
    """Give a part its name.

    Raises:
        OutputError: there is such a file, or it cannot be renamed.
    """
    try:
        rename_exclusively(growing, final)
    except FileExistsError:
        raise OutputError(
            f"{printable(final.name)} appeared while it was being made",
            hint=f"the part is in {printable(growing.name)}",
        ) from None
    except OSError as error:
        shown = printable(final.name)
        raise OutputError(f"cannot write {shown}: {error.strerror}") from error


def iso_time(time: datetime) -> str:
    """A time in UTC, to the millisecond, as ISO 8601 has it."""
    text = time.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
