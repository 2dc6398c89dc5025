"""The ``avio`` command: its subcommands, and how errors are shown."""

import contextlib
import errno
import logging
import os
from typing import TYPE_CHECKING, Annotated

import typer
from typer.exceptions import TyperException

from avio_cli.cli import (
    batch,
    demo,
    doctor,
    export,
    info,
    merge,
    models,
    play,
    presets,
    records,
    report,
    snapshot,
    track,
    transcode,
    trim,
)
from avio_cli.cli import eval as evaluation
from avio_cli.cli.terminal import print_error
from avio_cli.cli.usage.help_page import Command, Group
from avio_cli.cli.usage.mistakes import explain
from avio_cli.errors import AvioError, CallbackError, InterruptionError, UsageError
from avio_cli.ffmpeg.url import printable
from avio_cli.output.stdout import StdoutError
from avio_cli.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable

    from avio_cli.decode.background_probe import BackgroundProbe
    from avio_cli.player.start.first_decoder import FirstDecoder


LOG = logging.getLogger("avio.cli")
_HINTS = {errno.ENOSPC: "free some, or set TMPDIR to a folder for temporary files"}

EXAMPLES = """\b
Examples:
  avio demo                          make a small video to try avio with
  avio info video.mp4                show what it contains
  avio play video.mp4                play it
  avio transcode video.mkv out.mp4   convert it
  avio transcode --help              show all options of a command
"""

# Plain help: rich would double the time of every `--help`, and more than 0.2 s.
app = typer.Typer(
    name="avio",
    cls=Group,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    invoke_without_command=True,
    epilog=EXAMPLES,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
for name, function, examples in (
    ("info", info.info, info.EXAMPLES),
    ("play", play.play_command, play.EXAMPLES),
    ("transcode", transcode.transcode_command, transcode.EXAMPLES),
    ("trim", trim.trim_command, trim.EXAMPLES),
    ("merge", merge.merge_command, merge.EXAMPLES),
    ("snapshot", snapshot.snapshot_command, snapshot.EXAMPLES),
    ("track", track.track_command, track.EXAMPLES),
    ("export", export.export_command, export.EXAMPLES),
    ("report", report.report_command, report.EXAMPLES),
    ("eval", evaluation.eval_command, evaluation.EXAMPLES),
    ("doctor", doctor.doctor, doctor.EXAMPLES),
    ("demo", demo.demo, demo.EXAMPLES),
):
    app.command(name, cls=Command, epilog=examples)(function)
app.command("batch", cls=batch.BatchCommand, epilog=batch.EXAMPLES)(batch.batch_command)
app.add_typer(presets.app, name="presets")
app.add_typer(models.app, name="models")
app.add_typer(records.app, name="records")


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"avio {__version__}")
        raise typer.Exit


@app.callback()
def _avio(
    context: typer.Context,
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_show_version,
            is_eager=True,
            help="Show the version and exit.",
        ),
    ] = False,
) -> None:
    """Play, transcode and understand video with ffmpeg and Python."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(UsageError.exit_status)  # a command is missing


def run(
    arguments: list[str],
    early: "BackgroundProbe | FirstDecoder | None" = None,
    is_interrupted: "Callable[[], bool]" = lambda: False,
) -> int:
    """Run the command line and return the exit status; never raise.

    Args:
        arguments: those after ``avio``.
        early: what `entry` has started: the probe of the input of play or track, or
            its decoder.
        is_interrupted: whether a signal has come: what fails then fails by it, such as
            the import of a module in C.
    """
    try:
        result = app(arguments, prog_name="avio", standalone_mode=False, obj=early)
    except TyperException as error:
        print_error(*explain(error, arguments))
        return error.exit_code
    except AvioError as error:
        if not is_interrupted():
            _show(error)
            return error.exit_status
        result = InterruptionError.exit_status
    except typer.Abort:
        result = InterruptionError.exit_status
    except BrokenPipeError:
        # The reader of stdout has closed it (`avio info x | head -1`): no error.
        _silence_stdout()
        return 1
    except (MemoryError, OSError) as error:
        if isinstance(error, StdoutError) or not is_interrupted():
            _show_system_error(error)
            return 1
        result = InterruptionError.exit_status
    status = result if isinstance(result, int) else 0
    if status == InterruptionError.exit_status:  # Typer's answer to Ctrl-C
        print_error("interrupted", "")
    return status


def _show(error: AvioError) -> None:
    if isinstance(error, CallbackError) and error.report:
        typer.echo(error.report, err=True)
    print_error(error.message, error.hint)


def _show_system_error(error: MemoryError | OSError) -> None:
    """Show what the system refused: no memory, a disk that fails, too long a name."""
    LOG.debug("", exc_info=error)
    if isinstance(error, MemoryError):
        print_error("there is not enough memory", "")
    elif isinstance(error, StdoutError):
        _silence_stdout()
        print_error(f"cannot write to standard output: {error.strerror}", "")
    elif not error.filename and _is_folder_gone():
        print_error("the current folder was removed", "change to one that exists")
    else:
        name = f"{printable(str(error.filename))}: " if error.filename else ""
        hint = _HINTS.get(error.errno or 0, "")
        print_error(f"{name}{error.strerror or error}", hint)


def _is_folder_gone() -> bool:
    try:
        os.getcwd()  # noqa: PTH109 - the same
    except FileNotFoundError:
        return True
    return False


def _silence_stdout() -> None:
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
