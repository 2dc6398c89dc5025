"""``avio records``: files of tracks, from one format into another."""

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from avio_cli.cli.options import common as options
from avio_cli.cli.terminal import set_up_messages
from avio_cli.cli.usage import completion
from avio_cli.cli.usage.help_page import Command, Group

EXAMPLES = """\b
Examples:
  avio records convert tracks.jsonl tracks.xml --tolerance 1
  avio records convert corrected.xml tracks.jsonl --video street.mp4
  avio records convert t.jsonl t.json --to label-studio --video street.mp4
  avio records convert tracks.csv tracks.parquet
"""

app = typer.Typer(
    cls=Group,
    rich_markup_mode=None,
    epilog=EXAMPLES,
    help="Convert files of tracks.",
)


@app.callback(invoke_without_command=True)
def _default(context: typer.Context) -> None:
    from avio_cli.errors import UsageError

    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(UsageError.exit_status)  # a command is missing


@app.command("convert", cls=Command, epilog=EXAMPLES)
def convert_command(
    records: Annotated[
        Path, typer.Argument(metavar="IN", help="Tracks of avio or of an annotator.")
    ],
    output: Annotated[
        str, typer.Argument(metavar="OUT", help="File to write; - is standard output.")
    ],
    read_as: Annotated[
        str,
        typer.Option(
            "--from",
            metavar="FORMAT",
            help="Format of IN, where its extension does not say it.",
            autocompletion=completion.record_formats,
        ),
    ] = "",
    write_as: Annotated[
        str,
        typer.Option(
            "--to",
            metavar="FORMAT",
            help="Format of OUT, likewise: mot, mot-classes, csv, jsonl, coco, cvat, "
            "cvat-mot, label-studio, parquet.",
            autocompletion=completion.record_formats,
        ),
    ] = "",
    video: Annotated[
        str,
        typer.Option(
            metavar="FILE",
            help="The video that was tracked, for the size and the times of frames.",
        ),
    ] = "",
    tolerance: Annotated[
        str,
        typer.Option(
            metavar="PIXELS",
            help="Keep only key frames (cvat, label-studio): between them no edge of "
            "a box is wrong by more than that.",
        ),
    ] = "",
    max_pixels: options.MaxPixels = None,
    safe: options.Safe = False,
    force: options.Force = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Convert tracks between avio, annotators and data tools.

    What the other format cannot keep is named.
    """
    from avio_cli.decode.stdin import spooled_stdin
    from avio_cli.ffmpeg.live.opening import opened
    from avio_cli.ffmpeg.locate import locate_ffmpeg
    from avio_cli.ffmpeg.url import parse_url, printable
    from avio_cli.jobs.convert.run import ConvertJob, convert

    set_up_messages(quiet=quiet, verbose=verbose)
    limits = options.input_limits(max_pixels, safe=safe)
    job = ConvertJob(
        records=records,
        output=output,
        read_as=read_as,
        write_as=write_as,
        tolerance=_pixels(tolerance),
        force=force,
    )
    _ = job.target  # a wrong option is an error before the video is opened
    with ExitStack() as stack:
        if video:
            from dataclasses import replace

            url = stack.enter_context(spooled_stdin(parse_url(video, limits)))
            source = stack.enter_context(opened(locate_ffmpeg(), url))
            job = replace(job, source=source)
        recorded = convert(job)
    if not quiet:
        boxes = sum(len(entry.tracks) for entry in recorded.entries)
        ids = {i for entry in recorded.entries for i in entry.tracks.ids.tolist()}
        facts = f"{boxes} boxes of {len(ids)} tracks"
        typer.echo(f"{printable(output)}: {facts}", err=True)


def _pixels(text: str) -> float | None:
    from avio_cli.errors import UsageError
    from avio_cli.number_text import parse_pixels

    if not text:
        return None
    try:
        pixels = parse_pixels(text.removesuffix("px"))
    except ValueError:
        pixels = -1
    if pixels < 0:
        raise UsageError(
            f"--tolerance {text!r} is no number of pixels", hint="such as 1"
        )
    return pixels
