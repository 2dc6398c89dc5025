"""The ``avio`` command: its subcommands, and how errors are shown."""

import contextlib
import os
from typing import TYPE_CHECKING, Annotated

import typer
from typer.exceptions import TyperException

from avio_cli.cli import (
    demo,
    doctor,
    export,
    info,
    merge,
    models,
    play,
    presets,
    snapshot,
    track,
    transcode,
    trim,
)
from avio_cli.cli import eval as evaluation
from avio_cli.errors import AvioError, CallbackError, InterruptionError
from avio_cli.output.stdout import StdoutError
from avio_cli.version import __version__

if TYPE_CHECKING:
    from avio_cli.decode.background_probe import BackgroundProbe


# Plain help: rich would double the time of every `--help`, and more than 0.2 s.
app = typer.Typer(
    name="avio",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
app.command("info", epilog=info.EXAMPLES)(info.info)
app.command("play", epilog=play.EXAMPLES)(play.play_command)
app.command("transcode", epilog=transcode.EXAMPLES)(transcode.transcode_command)
app.command("trim", epilog=trim.EXAMPLES)(trim.trim_command)
app.command("merge", epilog=merge.EXAMPLES)(merge.merge_command)
app.command("snapshot", epilog=snapshot.EXAMPLES)(snapshot.snapshot_command)
app.command("track", epilog=track.EXAMPLES)(track.track_command)
app.command("export", epilog=export.EXAMPLES)(export.export_command)
app.command("eval", epilog=evaluation.EXAMPLES)(evaluation.eval_command)
app.command("doctor", epilog=doctor.EXAMPLES)(doctor.doctor)
app.command("demo", epilog=demo.EXAMPLES)(demo.demo)
app.add_typer(presets.app, name="presets")
app.add_typer(models.app, name="models")


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"avio {__version__}")
        raise typer.Exit


@app.callback()
def _avio(
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


def run(arguments: list[str], early: "BackgroundProbe | None" = None) -> int:
    """Run the command line and return the exit status; never raise.

    Args:
        arguments: those after ``avio``.
        early: probe of the input of play or track, started by `entry`.
    """
    try:
        result = app(arguments, prog_name="avio", standalone_mode=False, obj=early)
    except TyperException as error:
        _print_error(error.format_message(), _usage_hint(error))
        return error.exit_code
    except AvioError as error:
        _show(error)
        return error.exit_status
    except typer.Abort:
        result = InterruptionError.exit_status
    except BrokenPipeError:
        # The reader of stdout has closed it (`avio info x | head -1`): no error.
        _silence_stdout()
        return 1
    except MemoryError:
        _print_error("there is not enough memory", "")
        return 1
    except StdoutError as error:
        _silence_stdout()
        _print_error(f"cannot write to standard output: {error.strerror}", "")
        return 1
    status = result if isinstance(result, int) else 0
    if status == InterruptionError.exit_status:  # Typer's answer to Ctrl-C
        _print_error("interrupted", "")
    return status


def _show(error: AvioError) -> None:
    if isinstance(error, CallbackError) and error.report:
        typer.echo(error.report, err=True)
    _print_error(error.message, error.hint)


def _print_error(message: str, hint: str) -> None:
    with contextlib.suppress(OSError):
        typer.echo(f"avio: error: {_one_line(message)}", err=True)
        if hint:
            typer.echo(f"hint: {_one_line(hint)}", err=True)


def _one_line(text: str) -> str:
    from avio_cli.ffmpeg.url import printable  # seldom needed

    return printable(" ".join(text.split()))


def _usage_hint(error: TyperException) -> str:
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "avio"
    return f"see {path} --help"


def _silence_stdout() -> None:
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
