"""What a report is made of, and where it goes, as data."""

from dataclasses import dataclass
from pathlib import Path

from avio_cli.errors import UsageError
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.vision.subtitles.formats import EXTENSIONS

COPY = ".mkv"
"""Extension of a copy of the video with the tracks as subtitles in it."""
_KNOWN = (*EXTENSIONS, COPY)
_WITHOUT_SIZE = ".vtt"
"""Needs no video: nothing is drawn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportJob:
    """Everything a report needs; fixed before it starts."""

    records: Path
    source: MediaSource | None = None
    """The video that was tracked; its frames have the times, and a size."""
    output: Path
    """Its extension decides what is made."""
    force: bool = False

    @property
    def extension(self) -> str:
        """Of the output."""
        return self.output.suffix.lower()


def check_output(output: Path, *, has_video: bool) -> None:
    """Fail early where that cannot be made.

    Raises:
        UsageError: the extension is unknown, or needs a video.
    """
    extension = output.suffix.lower()
    if extension not in _KNOWN:
        raise UsageError(
            f"avio report writes {', '.join(_KNOWN)}, not {str(output)!r}",
            hint=".ass for players, .vtt for web pages, .mkv has the video too",
        )
    if extension != _WITHOUT_SIZE and not has_video:
        raise UsageError(
            f"{extension} needs the video that was tracked",
            hint=f"avio report RECORDS VIDEO -o {output}",
        )
