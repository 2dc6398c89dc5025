"""The formats of tracks as subtitles, by extension."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Protocol

from avio_cli.detections import Tracks
from avio_cli.errors import UsageError
from avio_cli.vision.counting.tally import Count
from avio_cli.vision.counting.zones import LineOrZone
from avio_cli.vision.subtitles.ass import AssText
from avio_cli.vision.subtitles.vtt import VttText


class SubtitleText(Protocol):
    """Makes the text of a file, frame by frame."""

    header: str
    """The file's beginning."""

    def frame(
        self, time: Fraction, tracks: Tracks, counts: Sequence[Count] = ()
    ) -> str:
        """What is complete with a frame at a time, in seconds."""
        ...

    def finish(self, step: Fraction) -> str:
        """The rest; the last frame is shown for a step of seconds."""
        ...


_FORMATS: dict[str, Callable[..., SubtitleText]] = {".ass": AssText, ".vtt": VttText}
"""By extension."""
EXTENSIONS = tuple(_FORMATS)
"""Of the files that `subtitle_text` makes."""


def subtitle_text(
    extension: str,
    size: tuple[int, int],
    class_names: Sequence[str] = (),
    zones: Sequence[LineOrZone] = (),
) -> SubtitleText:
    """What makes the text of a file.

    Args:
        extension: one of `EXTENSIONS`.
        size: width and height of the frames; zeros where they are not known.
        class_names: names of the classes.
        zones: lines and zones, which WebVTT leaves out.
    """
    return _FORMATS[extension](*size, class_names, zones)


def refuse_other_extension(path: Path, option: str, hint: str = "") -> None:
    """Fail early on a file that is of none of the formats.

    Raises:
        UsageError: its extension is another one.
    """
    if path.suffix.lower() not in EXTENSIONS:
        raise UsageError(
            f"{option} {str(path)!r} is neither .ass nor .vtt",
            hint=hint or f"{path.stem or 'tracks'}.ass is for players",
        )
