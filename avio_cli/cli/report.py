"""``avio report``."""

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from avio_cli.cli.options import common as options
from avio_cli.cli.options.common import ProgressMode
from avio_cli.cli.terminal import report_progress, set_up_messages

EXAMPLES = """\b
Examples:
  avio report tracks.jsonl street.mp4 -o street.ass
  avio report tracks.txt street.mp4 -o tracked.mkv
  avio report tracks.jsonl -o tracks.vtt
"""


def report_command(
    records: Annotated[
        Path,
        typer.Argument(metavar="RECORDS", help="Tracks: .jsonl, .csv, .txt or .json."),
    ],
    video: Annotated[
        str, typer.Argument(metavar="VIDEO", help="File or URL that was tracked.")
    ] = "",
    output: Annotated[
        Path | None,
        typer.Option(
            *("--output", "-o"),
            metavar="FILE",
            help="Subtitles: .ass, .vtt, or .mkv with all of the video copied.",
        ),
    ] = None,
    max_pixels: options.MaxPixels = None,
    safe: options.Safe = False,
    force: options.Force = False,
    progress: options.ProgressOption = ProgressMode.AUTO,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Show recorded tracks as subtitles: nothing is encoded.

    Players draw boxes and labels over the video, and hide them by a key.
    """
    from avio_cli.decode.stdin import spooled_stdin
    from avio_cli.errors import UsageError
    from avio_cli.ffmpeg.live.opening import opened
    from avio_cli.ffmpeg.locate import locate_ffmpeg
    from avio_cli.ffmpeg.url import parse_url, printable
    from avio_cli.jobs.report.job import ReportJob, check_output
    from avio_cli.jobs.report.run import report

    set_up_messages(quiet=quiet, verbose=verbose)
    if output is None:
        raise UsageError("name the file to write", hint="-o FILE.ass, .vtt or .mkv")
    check_output(output, has_video=bool(video))
    limits = options.input_limits(max_pixels, safe=safe)
    with ExitStack() as stack:
        source = None
        if video:
            url = stack.enter_context(spooled_stdin(parse_url(video, limits)))
            source = stack.enter_context(opened(locate_ffmpeg(), url))
        job = ReportJob(records=records, source=source, output=output, force=force)
        shown = stack.enter_context(report_progress(progress, quiet=quiet))
        made = report(job, shown)
    if not quiet:
        each = f", {made.size / made.boxes:.1f} bytes each" if made.boxes else ""
        each = "" if output.suffix.lower() == ".mkv" else each
        facts = f"{made.boxes} boxes in {made.frames} frames{each}"
        typer.echo(f"{printable(str(output))}: {facts}", err=True)
