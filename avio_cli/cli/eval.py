"""``avio eval``."""

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from avio_cli.cli.options.common import Quiet, Verbose
from avio_cli.cli.terminal import set_up_messages

EXAMPLES = """\b
Examples:
  avio eval tracks.txt gt.txt
  avio eval tracks.jsonl MOT17/train/MOT17-09-FRCNN/gt/gt.txt
  avio eval results/ MOT17/train/ --json
"""


class RulesChoice(StrEnum):
    """Which boxes of the ground truth count."""

    AUTO = "auto"
    MOTCHALLENGE = "motchallenge"
    ALL = "all"


def eval_command(
    records: Annotated[
        Path,
        typer.Argument(metavar="RECORDS", help="File of tracks, or folder of them."),
    ],
    ground_truth: Annotated[
        Path,
        typer.Argument(metavar="GROUND_TRUTH", help="File, or folder of sequences."),
    ],
    sequence: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Only this one of folders; repeatable."),
    ] = None,
    rules: Annotated[
        RulesChoice,
        typer.Option(
            help="MOTChallenge's rules (only pedestrians count), or boxes of all "
            "classes; auto: by the classes of the ground truth."
        ),
    ] = RulesChoice.AUTO,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON, with more figures.")
    ] = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Compare tracks with ground truth: HOTA, MOTA, IDF1.

    IDSW, FP and FN, too. Both may be in MOT format, or records of avio (.jsonl, .csv,
    .json).
    """
    from dataclasses import asdict

    from avio_cli.evaluation import Rules, evaluate, table

    set_up_messages(quiet=quiet, verbose=verbose)
    scores = evaluate(
        records, ground_truth, sequences=sequence or (), rules=Rules(rules)
    )
    if as_json:
        typer.echo(json.dumps([asdict(score) for score in scores], indent=2))
    else:
        typer.echo("\n".join(table(scores)))
