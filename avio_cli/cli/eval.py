"""``avio eval``."""

import json
from pathlib import Path
from typing import Annotated

import typer

from avio_cli.cli.options import Quiet, Verbose
from avio_cli.cli.terminal import set_up_messages

EXAMPLES = """\b
Examples:
  avio eval tracks.txt gt.txt
  avio eval results/ MOT17/train/ --json
"""


def eval_command(
    records: Annotated[
        Path, typer.Argument(metavar="RECORDS", help="MOT file, or folder of them.")
    ],
    ground_truth: Annotated[
        Path,
        typer.Argument(
            metavar="GROUND_TRUTH", help="MOT file, or folder of sequences."
        ),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Compare tracks with ground truth: HOTA, MOTA, IDF1, IDSW, FP, FN."""
    from dataclasses import asdict

    from avio_cli.evaluation import evaluate, table

    set_up_messages(quiet=quiet, verbose=verbose)
    scores = evaluate(records, ground_truth)
    if as_json:
        typer.echo(json.dumps([asdict(score) for score in scores], indent=2))
    else:
        typer.echo("\n".join(table(scores)))
