"""``avio demo``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from avio_cli.cli.options import common as options
from avio_cli.cli.terminal import set_up_messages

if TYPE_CHECKING:
    from avio_cli.jobs.demo.run import DemoFile


EXAMPLES = """\b
Examples:
  avio demo
  avio demo --output /tmp/avio-demo -y
"""


def demo(
    output: Annotated[Path, typer.Option(metavar="DIR", help="Output folder.")] = Path(
        "demo"
    ),
    force: options.Force = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Make a small video with audio, and process it with avio."""
    from avio_cli.jobs.demo.run import make_demo

    set_up_messages(quiet=quiet, verbose=verbose)
    for made in make_demo(output, force=force):
        if not quiet:
            typer.echo(_text(made))


def _text(made: "DemoFile") -> str:
    from avio_cli.ffmpeg.url import printable

    facts = f"{made.frames} frames, {made.size / 1e3:.0f} kB, {made.seconds:.1f} s"
    lines = (printable(made.how), *made.details)
    return "\n    ".join((f"{printable(str(made.path))}  {facts}", *lines))
