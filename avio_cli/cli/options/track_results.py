"""Options of files of tracks, of counting, and of what becomes of tracks before."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from avio_cli.cli.options.common import parse_output
from avio_cli.cli.usage import completion

if TYPE_CHECKING:
    from avio_cli.vision.results.settings import ResultSettings

Records = Annotated[
    list[str] | None,
    typer.Option(
        metavar="FILE",
        help="Tracks as .jsonl, .csv, .txt (MOT), .json (COCO), .parquet, .xml or .zip "
        "(CVAT); - is stdout. "
        "May be repeated.",
    ),
]
RecordsFormat = Annotated[
    str,
    typer.Option(
        metavar="FORMAT",
        help="jsonl, csv, mot, mot-classes, coco, parquet, cvat, cvat-mot or "
        "label-studio.",
        autocompletion=completion.record_formats,
    ),
]
Shards = Annotated[
    int,
    typer.Option(
        min=0,
        metavar="N",
        help="Detect N segments of a file side by side; same tracks.",
    ),
]
DetectionFile = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="MOT detections instead of a model."),
]
SaveDetections = Annotated[
    Path | None,
    typer.Option(parser=parse_output, metavar="FILE", help="Write the detections."),
]
Overlay = Annotated[
    Path | None,
    typer.Option(
        parser=parse_output, metavar="FILE", help="Tracks as subtitles: .ass, .vtt."
    ),
]
Report = Annotated[
    Path | None,
    typer.Option(
        parser=parse_output, metavar="FILE", help="A page for browsers: .html."
    ),
]
Line = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME=x1,y1,x2,y2",
        help="Count tracks that cross it; then :margin=8, :anchor=center or "
        ":class=person,car for this line.",
    ),
]
Zone = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME=x1,y1,…",
        help="Count tracks that enter and leave; rules as for --line.",
    ),
]
ClassVote = Annotated[
    bool,
    typer.Option(
        "--class-vote",
        help="A track keeps the class that most of its scores speak for.",
    ),
]
MinLength = Annotated[
    int,
    typer.Option(
        metavar="N",
        min=0,
        max=150,
        help="Leave out tracks in fewer than N of 2N-1 frames; the others come "
        "2N-2 frames late.",
    ),
]
CompactIds = Annotated[
    bool,
    typer.Option("--compact-ids", help="Ids 1, 2, 3 …, as tracks are first shown."),
]
Crops = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="The best crop of each track, as PNG."),
]
NAMES = frozenset(("class_vote", "min_length", "compact_ids"))
"""Parameters of these options."""


def results_choice(
    class_vote: bool, min_length: int, compact_ids: bool
) -> "ResultSettings":
    """What becomes of the tracks.

    Args:
        class_vote: see `ClassVote`.
        min_length: in frames.
        compact_ids: see `CompactIds`.

    Raises:
        UsageError: the length is out of range.
    """
    from avio_cli.vision.results.settings import ResultSettings

    return ResultSettings(
        class_vote=class_vote, min_length=min_length, compact_ids=compact_ids
    )
