"""``avio report``."""

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from avio_cli.cli.options import common as options
from avio_cli.cli.options.common import ProgressMode
from avio_cli.cli.reports.tracking import line_and_zones
from avio_cli.cli.terminal import report_progress, set_up_messages

EXAMPLES = """\b
Examples:
  avio report tracks.jsonl street.mp4 -o street.html
  avio report tracks.jsonl street.avi -o street.html --embed
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
            parser=options.parse_output,
            metavar="FILE",
            help="A page: .html; subtitles: .ass, .vtt, or .mkv with all of the video "
            "copied.",
        ),
    ] = None,
    embed: Annotated[
        bool, typer.Option("--embed", help="Put the video into the page.")
    ] = False,
    line: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=x1,y1,x2,y2",
            help="Show a line in the page, and count what crosses it.",
        ),
    ] = None,
    zone: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=x1,y1,…", help="Show a zone, and who was in it for how long."
        ),
    ] = None,
    max_pixels: options.MaxPixels = None,
    safe: options.Safe = False,
    force: options.Force = False,
    progress: options.ProgressOption = ProgressMode.AUTO,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Show recorded tracks as a page for browsers, or as subtitles.

    The page plays the video with boxes over it, and has a timeline, counts and a map.
    Players draw subtitles over the video, and hide them by a key.
    """
    from avio_cli.decode.stdin import spooled_stdin
    from avio_cli.errors import UsageError
    from avio_cli.ffmpeg.live.opening import opened
    from avio_cli.ffmpeg.locate import locate_ffmpeg
    from avio_cli.ffmpeg.url import parse_url, printable
    from avio_cli.jobs.report.job import (
        ReportJob,
        check_output,
        check_page_options,
    )
    from avio_cli.jobs.report.run import report

    set_up_messages(quiet=quiet, verbose=verbose)
    if output is None:
        raise UsageError(
            "name the file to write", hint="-o FILE.html, .ass, .vtt or .mkv"
        )
    check_output(output, has_video=bool(video))
    zones = line_and_zones(line or [], zone or [])
    check_page_options(output, has_video=bool(video), embed=embed, counts=bool(zones))
    limits = options.input_limits(max_pixels, safe=safe)
    with ExitStack() as stack:
        source = None
        if video:
            url = stack.enter_context(spooled_stdin(parse_url(video, limits)))
            source = stack.enter_context(opened(locate_ffmpeg(), url))
        job = ReportJob(
            records=records,
            source=source,
            output=output,
            embed=embed,
            zones=zones,
            force=force,
        )
        shown = stack.enter_context(report_progress(progress, quiet=quiet))
        made = report(job, shown)
    if not quiet:
        each = f", {made.size / made.boxes:.1f} bytes each" if made.boxes else ""
        each = "" if output.suffix.lower() == ".mkv" else each
        facts = f"{made.boxes} boxes in {made.frames} frames{each}"
        typer.echo(f"{printable(str(output))}: {facts}", err=True)
