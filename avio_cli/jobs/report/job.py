"""What a report is made of, and where it goes, as data."""

from dataclasses import dataclass
from pathlib import Path

from avio_cli.errors import UsageError
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.vision.counting.zones import LineOrZone
from avio_cli.vision.subtitles.formats import EXTENSIONS

COPY = ".mkv"
"""Extension of a copy of the video with the tracks as subtitles in it."""
PAGE = ".html"
"""Extension of a page for browsers."""
_KNOWN = (PAGE, *EXTENSIONS, COPY)
_WITHOUT_VIDEO = (PAGE, ".vtt")
"""Need none: a page then shows the boxes alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportJob:
    """Everything a report needs; fixed before it starts."""

    records: Path
    source: MediaSource | None = None
    """The video that was tracked; its frames have the times, and a size."""
    output: Path
    """Its extension decides what is made."""
    embed: bool = False
    """Whether the video is put into the page."""
    zones: tuple[LineOrZone, ...] = ()
    """Lines and zones that the page shows, and counts by; none: recorded events are."""
    of_run: bool = False
    """Whether the run that has just ended made the records, by the same zones."""
    keeps_records: bool = True
    """Whether the file stays that they are in: else pages do not name it."""
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
            hint=".html for browsers, .ass for players, .vtt for web pages, "
            ".mkv has the video too",
        )
    if extension not in _WITHOUT_VIDEO and not has_video:
        raise UsageError(
            f"{extension} needs the video that was tracked",
            hint=f"avio report RECORDS VIDEO -o {output}",
        )


def check_page_options(
    output: Path, *, has_video: bool, embed: bool, counts: bool
) -> None:
    """Refuse what only a page shows, and what it has no video for.

    Raises:
        UsageError: an option would be ignored.
    """
    if output.suffix.lower() != PAGE and (embed or counts):
        option = "--embed" if embed else "--line and --zone"
        raise UsageError(f"{option}: only .html shows that", hint="-o FILE.html")
    if embed and not has_video:
        raise UsageError(
            "--embed needs the video that was tracked",
            hint=f"avio report RECORDS VIDEO -o {output} --embed",
        )
