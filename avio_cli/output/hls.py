"""A playlist with its segments."""

import contextlib
import errno
import hashlib
import os
import re
from pathlib import Path

from avio_cli.errors import OutputError
from avio_cli.ffmpeg.output_place import followed, refuse_irregular
from avio_cli.ffmpeg.url import file_url, printable
from avio_cli.output.file import check_writable
from avio_cli.output.hidden import HiddenFile, is_being_made, remove_left

_UNSAFE = re.compile(r"[%:#?\\\x00-\x1f\x7f\udc80-\udcff]")
"""What cannot stay in the name of a segment. ffmpeg puts the number for ``%d``, and has
no escape; in a playlist names are URLs, each in a line, of which ``a:`` is a scheme."""


class HlsOutput:
    """A playlist with segments next to it, each renamed when it is complete.

    Finished segments stay when a run fails: a player may have played them.

    Args:
        path: the playlist; segments are named after it.
        force: whether an existing playlist and its segments may be replaced.
        dry_run: only keep the path; touch and check nothing.

    Raises:
        OutputError: they exist, or their folder does not.
    """

    def __init__(self, path: Path, *, force: bool, dry_run: bool) -> None:
        self.path, self.display_name = path, printable(str(path))
        self._hidden: HiddenFile | None = None
        if dry_run:
            return
        check_writable(path, force=force)
        self.path = followed(path)
        refuse_irregular(self.path, "a playlist")
        if "%" in str(path.parent.absolute()):  # ffmpeg would put a number there
            raise OutputError(
                f"the segments of {self.display_name} cannot be written "
                "in a folder with % in its name"
            )
        self._refuse_long_names()
        old = self._segments()
        if old and not force:
            raise OutputError(f"{printable(str(old[0]))} exists", hint="-y replaces it")
        for segment in old:
            refuse_irregular(segment, "a segment")
        self._hidden = self._claim()
        # A shorter output would leave the last ones; an empty playlist that is there
        # already is no sign of a full disk.
        for left in (*old, *self._empty()):
            left.unlink(missing_ok=True)

    @property
    def url(self) -> str:
        """The playlist; ffmpeg writes a temporary file and renames it."""
        return file_url(self.path)

    @property
    def options(self) -> tuple[str, ...]:
        """Muxer option that names the segments."""
        folder = self.path.parent.absolute()
        return ("-hls_segment_filename", f"{folder / self._stem}_%05d.ts")

    @property
    def can_restart(self) -> bool:
        """Whether a failed run may begin again: it writes the same names."""
        return True

    @property
    def readback_path(self) -> Path:
        """The playlist: reading it reads the segments.

        Raises:
            OutputError: a part is empty, as on a full disk.
        """
        self.commit()
        return self.path

    def sidecar(self, number: int) -> Path:
        """Playlists hold no cover art."""
        raise NotImplementedError

    def commit(self) -> None:
        """Make sure that no part is empty; ffmpeg has renamed everything already.

        Raises:
            OutputError: one is: no space was left, which ffmpeg does not say.
        """
        if self._empty():
            raise OutputError(
                f"cannot write {self.display_name}: no space left on device",
                hint="free some space",
            )

    def discard(self) -> None:
        """Remove the unfinished files of ffmpeg."""
        if self._hidden is None:
            return
        with contextlib.suppress(OSError):
            self._hidden.path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            for left in (
                self.path.with_name(f"{self.path.name}.tmp"),
                *self._unnamed(),
                *self._empty(),
            ):
                left.unlink(missing_ok=True)
        self._hidden.release()
        self._hidden = None

    def size(self) -> int:
        """Bytes of playlist and segments."""
        return sum(p.stat().st_size for p in (self.path, *self._segments()))

    def _claim(self) -> HiddenFile:
        """Make sure that no other avio writes the same names now."""
        place = self.path.absolute()
        if is_being_made(place):
            raise OutputError(
                f"another avio is making {self.display_name}",
                hint="wait for it, or choose another name",
            )
        remove_left(place)
        try:
            return HiddenFile(place, place.parent)
        except OSError as error:
            raise OutputError(
                f"cannot write {self.display_name}: {error.strerror}",
                hint="check the folder's permissions and space",
            ) from error

    @property
    def _stem(self) -> str:
        """What the names of the segments begin with.

        The digest keeps two playlists apart whose names would be the same without what
        is replaced.
        """
        stem = self.path.with_suffix("").name
        safe = _UNSAFE.sub("_", stem)
        if safe == stem:
            return stem
        return f"{safe}-{hashlib.sha256(os.fsencode(stem)).hexdigest()[:8]}"

    def _refuse_long_names(self) -> None:
        """Fail where a segment's name is too long; that of the playlist is shorter."""
        longest = self.path.with_name(f"{self._stem}_0000000.ts.tmp")
        with contextlib.suppress(FileNotFoundError):
            try:
                longest.lstat()
            except OSError as error:
                if error.errno != errno.ENAMETOOLONG:
                    raise
                raise OutputError(
                    f"the segments of {self.display_name} cannot be written: "
                    f"{error.strerror}",
                    hint="choose a shorter name",
                ) from error

    def _empty(self) -> list[Path]:
        # On a full disk ffmpeg goes on, and gives every empty file its name.
        named = (self.path, *self._segments())
        return [path for path in named if path.is_file() and not path.stat().st_size]

    def _unnamed(self) -> list[Path]:
        return self._segments(r"\.tmp")

    def _segments(self, more: str = "") -> list[Path]:
        name = re.compile(rf"{re.escape(self._stem)}_\d{{5,}}\.ts{more}")
        there = self.path.parent.iterdir()
        return sorted(entry for entry in there if name.fullmatch(entry.name))
