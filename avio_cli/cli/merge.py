"""``avio merge``."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from avio_cli.cli.options import common as options
from avio_cli.cli.options.common import ProgressMode
from avio_cli.cli.terminal import report_progress, set_up_messages
from avio_cli.cli.transcode import VerifyMode
from avio_cli.errors import UsageError

if TYPE_CHECKING:
    from avio_cli.jobs.merge.job import MergeJob, MergeResult


EXAMPLES = """\b
Examples:
  avio merge whole.mp4 part1.mp4 part2.mp4 part3.mp4
  avio merge holiday.mkv *.mp4 --encode
"""


def merge_command(
    output: options.OutputArgument,
    sources: Annotated[
        list[str], typer.Argument(metavar="INPUT...", help="Files, in order.")
    ],
    encode: Annotated[
        bool,
        typer.Option("--encode", help="Encode everything, even what could be copied."),
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
    """Concatenate files into one.

    Video and audio with the same parameters are copied; others are encoded to match
    the first file. Each file becomes a chapter, or keeps its own chapters.
    """
    from avio_cli.ffmpeg.locate import locate_ffmpeg
    from avio_cli.ffmpeg.media_source import MediaSource
    from avio_cli.ffmpeg.url import parse_url
    from avio_cli.jobs.merge.job import MergeJob
    from avio_cli.jobs.merge.run import merge
    from avio_cli.presets import find_preset, preset_for

    set_up_messages(quiet=quiet, verbose=verbose)
    chosen = find_preset(preset) if preset else preset_for(output)
    _check_order(output, sources)
    limits = options.input_limits(max_pixels, safe=safe)
    ffmpeg, urls = locate_ffmpeg(), [parse_url(text, limits) for text in sources]
    for url in urls:
        if not url.can_reopen:
            raise UsageError(f"{url.display_name} cannot be read more than once")
    job = MergeJob(
        sources=tuple(MediaSource.probe(ffmpeg, url) for url in urls),
        output=output,
        preset=chosen,
        encode=encode,
        verify=verify.value,
        force=force,
        allow_damaged=allow_damaged,
    )
    with report_progress(progress, quiet=quiet) as report:
        merged = merge(job, report)
    if not quiet:
        typer.echo(_summary_line(job, merged), err=True)


def _check_order(output: Path, sources: list[str]) -> None:
    """Refuse a line whose last name is the one to be made.

    Raises:
        UsageError: OUTPUT exists, and the last source does not.
    """
    last = sources[-1]
    if output.is_file() and "://" not in last and not Path(last).exists():
        names = map(shlex.quote, (last, str(output), *sources[:-1]))
        raise UsageError(
            f"no such file: {last}",
            hint=f"OUTPUT comes first: avio merge {' '.join(names)}",
        )


def _summary_line(job: "MergeJob", merged: "MergeResult") -> str:
    from avio_cli.ffmpeg.url import printable

    frames = f"{merged.frames} frames, " if merged.frames else ""
    facts = f"{frames}{merged.seconds:.3f} s, {merged.size / 1e6:.2f} MB"
    lines = [f"{printable(str(job.output))}: {len(job.sources)} files, {facts}"]
    if merged.frames:
        lines.append(f"  video {_how(merged.video_reencode_reason)}")
    if any(source.info.audios for source in job.sources):
        lines.append(f"  audio {_how(merged.audio_reencode_reason)}")
    return "\n".join(lines)


def _how(reason: str) -> str:
    return f"encoded: {reason}" if reason else "copied"
