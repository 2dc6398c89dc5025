"""``avio batch`` and ``avio batch report``."""

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from avio_cli.cli import batch_job as jobs_of
from avio_cli.cli.options import batch as choices
from avio_cli.cli.options import common as options
from avio_cli.cli.options import ray as clusters
from avio_cli.cli.options.common import ProgressMode
from avio_cli.cli.terminal import set_up_messages
from avio_cli.cli.usage.help_page import Command
from avio_cli.errors import AvioError, UsageError

if TYPE_CHECKING:
    from typer._click import Context

    from avio_cli.jobs.batch.plan import Planned
    from avio_cli.jobs.batch.run import BatchProgress

EXAMPLES = """\b
Examples:
  avio batch videos/ --out small -- transcode --width 640
  avio batch 'videos/**/*.mp4' --out tracks --jobs 4 -- track --workers 1
  find /data -name '*.mkv' | avio batch - --out images -- snapshot --at 5
  avio batch videos/ --out tracks --part 3/16 -- track --model yolox-tiny
  avio batch report tracks -o report.html
"""
REPORT_EXAMPLES = """\b
Examples:
  avio batch report tracks
  avio batch report tracks --json
  avio batch report tracks -o report.html
"""
_COMMAND = "avio.batch.command"


class BatchCommand(Command):
    """Splits a command line at ``--``; ``report`` before it is another command."""

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: "Context | None" = None,
        **extra: object,
    ) -> "Context":
        """Parse the words of either command."""
        if args[:1] == ["report"] and "--" not in args:
            command = typer.main.get_command(_report_app)
            return command.make_context("batch report", args[1:], parent, **extra)
        return super().make_context(info_name, args, parent, **extra)

    def parse_args(self, ctx: "Context", args: list[str]) -> list[str]:
        """Parse the words before ``--``, and keep those behind it."""
        place = args.index("--") if "--" in args else len(args)
        ctx.meta[_COMMAND] = args[place + 1 :]
        return super().parse_args(ctx, args[:place])

    def collect_usage_pieces(self, ctx: "Context") -> list[str]:
        """Arguments, and what follows them."""
        return [*super().collect_usage_pieces(ctx), "-- COMMAND [OPTIONS]"]


def batch_command(
    context: typer.Context,
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="INPUTS...",
            help="Files, folders, patterns, lists (.txt), URLs, or - for a list.",
        ),
    ],
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Folder of results.")
    ],
    jobs: choices.Jobs = 0,
    ext: choices.Ext = "",
    base: choices.Base = None,
    part: choices.PartOption = "",
    plan_only: choices.PlanOnly = False,
    retries: choices.Retries = 2,
    retry_failed: choices.RetryFailed = False,
    hash_content: choices.Hash = False,
    read_results: choices.Verify = False,
    ray: clusters.RayAddress = "",
    ray_option: clusters.RayOption = None,
    cpus: clusters.Cpus = 1.0,
    gpus: clusters.Gpus = 0.0,
    max_pixels: options.MaxPixels = None,
    safe: options.Safe = False,
    force: options.Force = False,
    progress: options.ProgressOption = ProgressMode.AUTO,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Run a command on many files; what is done is skipped.

    COMMAND is transcode, track, trim or snapshot, with its options, but without INPUT
    and OUTPUT: each result is DIR/FOLDERS/NAME.EXT. It goes on after failures. Another
    run does only what has changed, was not finished, or failed for a passing reason.
    """
    from avio_cli.cli.reports.batch import batch_progress, print_end, print_plan
    from avio_cli.jobs.batch.plan import plan_batch
    from avio_cli.jobs.batch.run import run_batch

    set_up_messages(quiet=quiet, verbose=verbose)
    words = [*context.meta[_COMMAND], *jobs_of.limit_words(max_pixels, safe=safe)]
    inner = jobs_of.parse_command(context, words, ext)
    job = jobs_of.batch_job(
        inner,
        inputs,
        out,
        base=base,
        part=part,
        download=not plan_only,
        workers=jobs or 1,
        retries=retries,
        retry_failed=retry_failed,
        hash_content=hash_content,
        read_results=read_results,
        force=force,
    )
    if job.part.origin and not quiet:
        typer.echo(f"avio: part {job.part} ({job.part.origin})", err=True)
    planned = plan_batch(job)
    if plan_only:
        print_plan(planned)
        return
    cluster = jobs_of.ray_workers(job, context)
    with batch_progress(progress, quiet=quiet) as observe:
        ended = run_batch(job, planned, observe, cluster)
    if not quiet:
        print_end(ended, out)
    if ended.failed:
        raise _failure(planned, ended, out)


def _failure(
    planned: "tuple[Planned, ...]", ended: "BatchProgress", out: Path
) -> AvioError:
    """The error of a batch in which jobs have failed."""
    hint = f"avio batch report {shlex.quote(str(out))} says why"
    if left := sum(one.reason == "quarantined" for one in planned):
        hint += f"; --retry-failed tries again what had failed before: {left}"
    jobs = f"{ended.jobs} job{'' if ended.jobs == 1 else 's'}"
    return AvioError(f"{ended.failed} of {jobs} failed", hint=hint)


def batch_report_command(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="The --out of a batch.")
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            *("--output", "-o"),
            parser=options.parse_output,
            metavar="FILE",
            help=".html or .json.",
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print all jobs as JSON.")
    ] = False,
    force: options.Force = False,
) -> None:
    """Report what became of all jobs of a batch, whatever machines did its parts.

    Exit status 0 where all of them are done, else 1.
    """
    from avio_cli.cli.reports.batch import report_json, report_table
    from avio_cli.jobs.batch.report import batch_report
    from avio_cli.jobs.batch.report_html import report_html
    from avio_cli.output.file import write_text_file

    set_up_messages(quiet=False, verbose=False)
    writers = {".html": report_html, ".json": report_json}
    if output is not None and output.suffix.lower() not in writers:
        raise UsageError(f"{output} is neither .html nor .json")
    report = batch_report(folder)
    if output is not None:
        text = writers[output.suffix.lower()](report)
        write_text_file(output, text, force=force)
    else:
        sys.stdout.write(report_json(report) if as_json else report_table(report))
    if not report.is_complete:
        raise typer.Exit(1)


_report_app = typer.Typer(
    rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False
)
_report_app.command("report", cls=Command, epilog=REPORT_EXAMPLES)(batch_report_command)
