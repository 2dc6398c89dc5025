"""Dropped: what was dropped into the window together."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from avio_cli.errors import InputError
from avio_cli.ffmpeg.limits import Limits
from avio_cli.ffmpeg.url import MediaUrl
from avio_cli.player.playlist.inputs import Skipped, expand_paths
from avio_cli.player.subtitles.file_names import SUBTITLE_FILES


@dataclass(frozen=True, slots=True)
class Dropped:
    """What was dropped together, sorted by what is done with it."""

    media: tuple[MediaUrl, ...]
    """Played instead of the inputs; empty: those go on."""
    subtitles: tuple[Path, ...]
    """Shown over what is played then."""


def sort_dropped(
    names: Sequence[str], limits: Limits | None, skipped: Skipped
) -> Dropped:
    """Sort files that were dropped; folders and playlists stand for what is in them.

    Args:
        names: as the desktop gives them.
        limits: of each; see `parse_url`.
        skipped: gets what does not exist or may not be read, and folders that hold
            nothing to play. Where that is all, subtitles are left out, too: they are
            not those of the video that is playing.
    """
    media: list[MediaUrl] = []
    paths = [Path(name) for name in names]
    subtitles = [path for path in paths if _is_subtitles(path)]
    for path in paths:
        try:
            if path not in subtitles:
                media += expand_paths([path], limits)
        except InputError as error:
            skipped.add(str(path), error)
    alone = len(subtitles) == len(paths)
    return Dropped(tuple(media), tuple(_once(subtitles)) if media or alone else ())


def _is_subtitles(path: Path) -> bool:
    try:
        return path.suffix.lower() in SUBTITLE_FILES and not path.is_dir()
    except OSError:  # the name is too long; reported where it is opened
        return True


def _once(paths: Sequence[Path]) -> Iterator[Path]:
    """Each file, and of a pair of .idx and .sub the one that names the tracks."""
    for path in dict.fromkeys(paths):
        if path.suffix.lower() != ".sub" or path.with_suffix(".idx") not in paths:
            yield path
