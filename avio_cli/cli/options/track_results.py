"""Options of what becomes of tracks before they are shown."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from avio_cli.vision.results.settings import ResultSettings

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
