"""``avio trim``."""

from fractions import Fraction
from typing import TYPE_CHECKING, Annotated

import typer

from avio_cli.cli.options import common as options
from avio_cli.cli.options.common import ProgressMode
from avio_cli.cli.terminal import report_progress, set_up_messages
from avio_cli.cli.transcode import VerifyMode

if TYPE_CHECKING:
    from avio_cli.jobs.trim.job import TrimJob, TrimResult


EXAMPLES = """\b
Examples:
  avio trim video.mp4 part.mp4 --start 1:30 --end 2:00
  avio trim video.mp4 part.mp4 --start 1:30 --end 2:00 --exact
  avio trim video.mkv rest.mkv --start 0:05:12.5
"""


def trim_command(
    source: Annotated[
        str, typer.Argument(metavar="INPUT", help="File, URL, or - for stdin.")
    ],
    output: options.OutputArgument,
    start: options.Start = None,
    end: options.End = None,
    exact: Annotated[
        bool,
        typer.Option(
            "--exact", help="Start and end at the exact frame; encode where needed."
        ),
    ] = False,
    preset: options.PresetOption = None,
    verify: Annotated[
        VerifyMode, typer.Option(help="How the output is verified.")
    ] = VerifyMode.QUICK,
    allow_damaged: options.AllowDamaged = False,
    max_pixels: options.MaxPixels = None,
    safe: options.Safe = False,
    force: options.Force = False,
    progress: options.ProgressOption = ProgressMode.AUTO,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Cut a time range out of a file, with all its streams.

    The video is copied, so it starts at the last keyframe before --start. With --exact
    it starts and ends at the exact frames, and is encoded where that is needed; the
    last line reports how many frames were encoded.
    """
    from avio_cli.decode.stdin import spooled_stdin
    from avio_cli.ffmpeg.locate import locate_ffmpeg
    from avio_cli.ffmpeg.media_source import MediaSource
    from avio_cli.ffmpeg.url import parse_url
    from avio_cli.jobs.trim.job import TrimJob
    from avio_cli.jobs.trim.run import trim
    from avio_cli.presets import find_preset, preset_for

    set_up_messages(quiet=quiet, verbose=verbose)
    chosen = find_preset(preset) if preset else preset_for(output)
    ffmpeg = locate_ffmpeg()
    limits = options.input_limits(max_pixels, safe=safe)
    with spooled_stdin(parse_url(source, limits)) as url:
        job = TrimJob(
            source=MediaSource.probe(ffmpeg, url),
            output=output,
            preset=chosen,
            start=start or Fraction(0),
            end=end,
            exact=exact,
            verify=verify.value,
            force=force,
            allow_damaged=allow_damaged,
        )
        with report_progress(progress, quiet=quiet) as report:
            result = trim(job, report)
    if not quiet:
        typer.echo(_summary_line(job, result), err=True)


def _summary_line(job: "TrimJob", result: "TrimResult") -> str:
    from avio_cli.ffmpeg.url import printable

    parts = [f"{_seconds(result.start)} to {_end(result)}", _frames(result)]
    text = ", ".join(part for part in parts if part)
    early = job.start - result.start
    if result.copied and early > 0:
        text += f"; starts {_seconds(early)} early, at a keyframe"
    return f"{printable(str(job.output))}: {text} ({result.size / 1e6:.2f} MB)"


def _frames(result: "TrimResult") -> str:
    if result.copied and result.encoded:
        return f"{result.copied} frames copied, {result.encoded} encoded"
    if result.encoded:
        why = f": {result.reason}" if result.reason else ""
        return f"all {result.encoded} frames encoded{why}"
    return f"{result.copied} frames copied" if result.copied else ""


def _end(result: "TrimResult") -> str:
    return "the end" if result.end is None else _seconds(result.end)


def _seconds(seconds: Fraction) -> str:
    return f"{float(seconds):.3f} s"
