"""Options of ``avio batch``."""

from pathlib import Path
from typing import Annotated

import typer

Jobs = Annotated[
    int,
    typer.Option(
        *("--jobs", "-j"),
        min=0,
        metavar="N",
        help="Jobs at a time; 0: one, or with --ray as many as have room.",
    ),
]
Ext = Annotated[
    str,
    typer.Option(
        metavar="EXT",
        help="Extension of the results; by default from the command. With track, that "
        "of a video makes one besides the records.",
    ),
]
Base = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Keep the folders below this one in the results."),
]
PartOption = Annotated[
    str,
    typer.Option(
        "--part",
        metavar="I/N",
        help="Do this part only; by default from SLURM, Kubernetes, AWS Batch or Cloud "
        "Run. auto/N where only N is not known there.",
    ),
]
PlanOnly = Annotated[
    bool, typer.Option("--plan-only", help="Print what would be done, a line a job.")
]
Retries = Annotated[
    int,
    typer.Option(
        min=0, metavar="N", help="Further attempts after a failure that may pass."
    ),
]
RetryFailed = Annotated[
    bool,
    typer.Option("--retry-failed", help="Try again what failed for good before."),
]
Hash = Annotated[
    bool,
    typer.Option("--hash", help="Know sources by content, not by size and time."),
]
Verify = Annotated[
    bool, typer.Option("--verify", help="Compare the content of finished results.")
]
