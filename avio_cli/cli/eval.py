"""``avio eval``."""

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from avio_cli.cli.options.common import Quiet, Verbose
from avio_cli.cli.terminal import set_up_messages

EXAMPLES = """\b
Examples:
  avio eval tracks.txt gt.txt
  avio eval tracks.jsonl MOT17/train/MOT17-09-FRCNN/gt/gt.txt
  avio eval results/ MOT17/train/ --json
  avio eval tracks.jsonl corrected.xml --list
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
    list_: Annotated[
        bool,
        typer.Option(
            "--list",
            help="List what was wrong: which ids are one object, where ids were "
            "switched, what is missed, and which tracks are nothing.",
        ),
    ] = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Compare tracks with ground truth: HOTA, MOTA, IDF1.

    IDSW, FP and FN, too. Both may be in any format of records, also those of
    annotators.
    """
    from dataclasses import asdict

    from avio_cli.evaluation import Rules, evaluate, list_mistakes, table
    from avio_cli.ffmpeg.url import printable

    set_up_messages(quiet=quiet, verbose=verbose)
    choice: dict[str, Any] = {"sequences": sequence or (), "rules": Rules(rules)}
    scores = evaluate(records, ground_truth, **choice)
    found = list_mistakes(records, ground_truth, **choice) if list_ else {}
    if as_json:
        listed = [asdict(score) for score in scores]
        for row in listed:
            if row["sequence"] in found:
                row["mistakes"] = asdict(found[row["sequence"]])
        typer.echo(json.dumps(listed, indent=2))
        return
    typer.echo("\n".join(table(scores)))
    for name, mistakes in found.items():
        typer.echo("\n".join([f"\n{printable(name)}", *mistakes.lines()]))
