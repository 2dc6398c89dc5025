"""``avio models``: the known detection models and their files."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from avio_cli.cli.options import Quiet
from avio_cli.errors import InputError

if TYPE_CHECKING:
    from avio_cli.progress import DownloadProgress


app = typer.Typer(
    rich_markup_mode=None, help="List, find and download models for `avio track`."
)
Name = Annotated[str, typer.Argument(metavar="NAME", help="Such as yolox-tiny.")]


@app.callback(invoke_without_command=True)
def _default(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        list_models()


@app.command("list")
def list_models() -> None:
    """List the known models and their local files."""
    from avio_cli.models.model_files import MODEL_EXTENSIONS
    from avio_cli.models.store import ModelStore

    listings = ModelStore.from_environment().listings(MODEL_EXTENSIONS)
    width = max(len(listing.entry.name) for listing in listings)
    for listing in listings:
        where = str(listing.path) if listing.path else "not downloaded"
        typer.echo(f"{listing.entry.name:<{width}}  {listing.entry.summary}  [{where}]")


@app.command("path")
def path(name: Name) -> None:
    """Print the path of a model's file."""
    from avio_cli.models.model_files import MODEL_EXTENSIONS
    from avio_cli.models.store import ModelStore

    store = ModelStore.from_environment()
    found = store.find(name, MODEL_EXTENSIONS)
    if found is None:
        entry = store.entry(name)
        raise InputError(
            f"{entry.name} is not downloaded", hint=f"avio models download {entry.name}"
        )
    typer.echo(found)


@app.command("download")
def download(name: Name, quiet: Quiet = False) -> None:
    """Download a model into the cache and print its path."""
    from avio_cli.models.store import ModelStore
    from avio_cli.vision.runtimes.device import Device
    from avio_cli.vision.runtimes.registry import runnable_formats

    store = ModelStore.from_environment()
    formats = runnable_formats("auto", Device())
    with download_bar(name, quiet=quiet) as progress:
        typer.echo(store.download(name, formats, progress=progress))


@app.command("verify")
def verify() -> None:
    """Compare all local model files with their digests."""
    from avio_cli.models.store import ModelStore

    verdicts = ModelStore.from_environment().verify()
    for verdict in verdicts:
        typer.echo(f"{verdict.state:<10} {verdict.path}  {verdict.detail}".rstrip())
    if not all(verdict.good for verdict in verdicts):
        raise InputError("a model file does not match its digest", hint="remove it")


@contextmanager
def download_bar(name: str, *, quiet: bool) -> Iterator["DownloadProgress"]:
    """A progress bar on a terminal; elsewhere one line at the start, or nothing."""
    import sys

    from avio_cli.progress import no_download_progress

    if quiet or sys.stderr is None or not sys.stderr.isatty():
        yield no_download_progress
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, TransferSpeedColumn
    from rich.progress import Progress as RichProgress

    columns = (BarColumn(bar_width=None), DownloadColumn(), TransferSpeedColumn())
    console = Console(stderr=True)
    with RichProgress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(name, total=None, visible=False)

        def show(done: int, total: int | None) -> None:
            bar.update(task, completed=done, total=total, visible=True)

        yield show
