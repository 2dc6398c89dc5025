"""What a run reads and writes, and what is refused of it."""

import os
from collections.abc import Iterable
from pathlib import Path

from avio_cli.errors import UsageError
from avio_cli.ffmpeg.output_place import output_file
from avio_cli.ffmpeg.url import MediaUrl, file_url
from avio_cli.output.special import refuse_same_file
from avio_cli.vision.counting.zones import LineOrZone


def read_files(
    source: MediaUrl | None, others: Iterable[str | Path | None]
) -> tuple[MediaUrl, ...]:
    """What a run reads, and so may not write.

    Args:
        source: the video.
        others: files, and names that may be such; what is no file is left out.
    """
    named = [str(other) for other in others if other]
    names = [name for name in named if os.path.exists(name)]  # noqa: PTH110 - too long
    files = [MediaUrl("file", file_url(Path(name)), name) for name in names]
    return (*filter(None, (source,)), *files)


def written_files(records: Iterable[str]) -> tuple[Path, ...]:
    """The files of records, without standard output."""
    return tuple(output_file(name) for name in records if name != "-")


def refuse_inputs(
    outputs: Iterable[str | Path | None], inputs: tuple[MediaUrl, ...]
) -> None:
    """Fail where records or detections would replace what is read.

    Raises:
        OutputError: one is an input.
    """
    for output in outputs:
        if output is not None and str(output) != "-":
            for url in inputs:
                refuse_same_file(Path(output), url)


def refuse_uncounted(zones: Iterable[LineOrZone], kept: tuple[str, ...]) -> None:
    """Fail where a line or zone counts a class that is not kept.

    Args:
        zones: lines and zones.
        kept: names of the classes that are detected; empty: all.

    Raises:
        UsageError: one does: it would count none for ever.
    """
    for zone in zones if kept else ():
        for name in zone.rule.classes:
            if name not in kept:
                raise UsageError(
                    f"{zone.kind} {zone.name!r} counts class {name!r}, which --classes "
                    "leaves out",
                    hint=f"add it: --classes {','.join((*kept, name))}",
                )
