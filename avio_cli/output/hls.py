"""A playlist with its segments."""

import contextlib
import re
from pathlib import Path

from avio_cli.errors import OutputError
from avio_cli.ffmpeg.url import MediaUrl, file_url, printable
from avio_cli.output.file import check_writable, refuse_same_file


class HlsOutput:
    """A playlist, and its parts beside it, each named when it is complete.

    What is finished when a run fails stays: a player may already have shown it.

    Args:
        path: the playlist; parts are called after it.
        force: whether a playlist and parts that are there may be replaced.
        rehearsal: only name the place.

    Raises:
        OutputError: they are there, or the folder is not.
    """

    def __init__(self, path: Path, *, force: bool, rehearsal: bool) -> None:
        self.path, self.display_name = path, printable(str(path))
        if rehearsal:
            return
        check_writable(path, force=force)
        if "%" in str(Path.cwd() / path.parent):  # ffmpeg would put a number there
            raise OutputError(
                f"the segments of {self.display_name} cannot lie "
                "in a folder with % in its name"
            )
        old = self._segments()
        if old and not force:
            raise OutputError(f"{printable(str(old[0]))} exists", hint="-y replaces it")
        for part in old:  # a shorter result would leave the last ones
            part.unlink()

    @property
    def url(self) -> str:
        """The playlist; ffmpeg writes it beside and renames it."""
        return file_url(self.path)

    @property
    def options(self) -> tuple[str, ...]:
        """How the parts are called."""
        folder = Path.cwd() / self.path.parent
        return ("-hls_segment_filename", f"{folder / self._stem}_%05d.ts")

    @property
    def readback_path(self) -> Path:
        """The playlist: reading it reads the parts."""
        return self.path

    def refuse_source(self, address: MediaUrl) -> None:
        """Fail if the source is the playlist."""
        refuse_same_file(self.path, address)

    def sidecar(self, number: int) -> Path:
        """Playlists hold no cover art."""
        raise NotImplementedError

    def commit(self) -> None:
        """Everything has its name already."""

    def discard(self) -> None:
        """Remove what ffmpeg was writing when it ended."""
        with contextlib.suppress(OSError):
            for left in (
                self.path.with_name(f"{self.path.name}.tmp"),
                *self._unnamed(),
            ):
                left.unlink(missing_ok=True)

    def size(self) -> int:
        """Bytes of playlist and parts."""
        return sum(p.stat().st_size for p in (self.path, *self._segments()))

    @property
    def _stem(self) -> str:
        # ffmpeg puts the number in place of every %d, and knows no way to say %.
        return self.path.with_suffix("").name.replace("%", "_")

    def _unnamed(self) -> list[Path]:
        return self._segments(r"\.tmp")

    def _segments(self, more: str = "") -> list[Path]:
        name = re.compile(rf"{re.escape(self._stem)}_\d{{5,}}\.ts{more}")
        there = self.path.parent.iterdir()
        return sorted(entry for entry in there if name.fullmatch(entry.name))
