"""``avio models``: the known detection models and their files."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from avio_cli.cli.options.common import Quiet
from avio_cli.cli.usage import completion
from avio_cli.cli.usage.help_page import Command, Group
from avio_cli.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from avio_cli.models.hub_files import KeptFile
    from avio_cli.models.store import ModelStore
    from avio_cli.progress import DownloadProgress


EXAMPLES = """\b
Examples:
  avio models list
  avio models download yolox-tiny
  avio models download hf:owner/repo/model.onnx@main
  avio models path yolox-tiny
  avio models show best.onnx
  avio models verify
"""

app = typer.Typer(
    cls=Group,
    rich_markup_mode=None,
    epilog=EXAMPLES,
    help="List, find and download models for `avio track`.",
)
Name = Annotated[
    str,
    typer.Argument(
        metavar="NAME",
        help="Such as yolox-tiny, or a file of Hugging Face's hub.",
        autocompletion=completion.catalog,
    ),
]


@app.callback(invoke_without_command=True)
def _default(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        list_models()


@app.command("list", cls=Command, epilog=EXAMPLES)
def list_models() -> None:
    """List the known models and their local files.

    Files of your own in AVIO_MODEL_PATH and in the cache are listed after them; weights
    that the package avio-models brought are named as such.
    """
    from avio_cli.ffmpeg.url import printable
    from avio_cli.models.appearance import catalog as appearance
    from avio_cli.models.hub_files import all_kept
    from avio_cli.models.model_files import MODEL_EXTENSIONS, stem_of
    from avio_cli.models.store import ModelStore
    from avio_cli.models.to_export import TO_EXPORT

    store = ModelStore.from_environment()
    rows: list[tuple[str, str, Path | str | None]] = [
        (
            listing.entry.name,
            f"{listing.entry.summary}, {listing.entry.spec.licence}",
            listing.path,
        )
        for listing in store.listings(MODEL_EXTENSIONS)
    ]
    rows += [
        (row.name, row.summary, store.find(row.name, MODEL_EXTENSIONS) or row.page)
        for row in TO_EXPORT.values()
    ]
    rows += [
        (name, summary, store.find(name, (".onnx",)) or appearance.PAGE)
        for name, summary in appearance.TO_EXPORT.items()
    ]
    rows += [(stem_of(file), "a file of your own", file) for file in store.own_files()]
    width = max(len(name) for name, _, _ in rows)
    rows += map(_hub_row, all_kept(store.cache))
    for name, summary, path in rows:
        where = _where(path, store)
        typer.echo(printable(f"{name:<{width}}  {summary}  [{where}]"))


def _hub_row(kept: "KeptFile") -> tuple[str, str, "Path"]:
    if kept.record is None:
        return kept.path.name, kept.problem, kept.path
    licence = kept.record.licence or "not named"
    return kept.record.name, f"of the hub, licence {licence}", kept.path


def _where(path: "Path | str | None", store: "ModelStore") -> str:
    if isinstance(path, str):
        return f"to be exported: {path}"
    if path is None:
        return "not downloaded"
    return f"{path}, of avio-models" if path.parent == store.installed else str(path)


@app.command("path", cls=Command, epilog=EXAMPLES)
def path(name: Name) -> None:
    """Print the path of a model's file."""
    from avio_cli.models.model_files import MODEL_EXTENSIONS
    from avio_cli.models.store import ModelStore

    store = ModelStore.from_environment()
    found = store.find(name, MODEL_EXTENSIONS)
    if found is None:
        raise _not_downloaded(store, name)
    typer.echo(found)


def _not_downloaded(store: "ModelStore", name: str) -> InputError:
    from avio_cli.models.hub_files import how_to_get, is_hub_name, parse_hub_name

    if is_hub_name(name):
        hint = how_to_get(parse_hub_name(name), store.cache)
        return InputError(f"{name} is not downloaded", hint=hint)
    known = store.entry(name).name
    return InputError(
        f"{known} is not downloaded", hint=f"avio models download {known}"
    )


@app.command("show", cls=Command, epilog=EXAMPLES)
def show(
    file: Annotated[
        str, typer.Argument(metavar="FILE|NAME", help="A model file, or a known name.")
    ],
) -> None:
    """Show what avio takes a file for, as a description.

    It can be saved next to the file and corrected.
    """
    from avio_cli.ffmpeg.url import printable
    from avio_cli.models.describe import describe_model
    from avio_cli.models.description import as_toml
    from avio_cli.models.graph import read_graph
    from avio_cli.models.hub_files import is_hub_name
    from avio_cli.models.model_files import MODEL_EXTENSIONS
    from avio_cli.models.names import shown
    from avio_cli.models.store import ModelStore
    from avio_cli.models.tensor import listed

    store = ModelStore.from_environment()
    found = store.find(file, MODEL_EXTENSIONS)
    if found is None and file.endswith(MODEL_EXTENSIONS) and not is_hub_name(file):
        raise InputError(f"{shown(file)}: there is no such model file")
    if found is None:
        raise _not_downloaded(store, file)
    graph = read_graph(found)
    model = describe_model(found, graph)
    typer.echo(printable(f"# {found}"))
    if graph is not None:
        typer.echo(printable(f"# inputs: {listed(graph.inputs)}"))
        typer.echo(printable(f"# outputs: {listed(graph.outputs)}"))
    typer.echo(f"# {model.sign or 'described, or known by its name'}")
    if model.origin:
        typer.echo(printable(f"# {model.origin}"))
    typer.echo(as_toml(model.spec), nl=False)


@app.command("download", cls=Command, epilog=EXAMPLES)
def download(name: Name, quiet: Quiet = False) -> None:
    """Download a model into the cache and print its path."""
    from avio_cli.models.store import ModelStore
    from avio_cli.vision.runtimes.device import Device
    from avio_cli.vision.runtimes.registry import runnable_formats

    store = ModelStore.from_environment()
    formats = runnable_formats("auto", Device())
    with download_bar(name, quiet=quiet) as progress:
        typer.echo(store.download(name, formats, progress=progress))


@app.command("verify", cls=Command, epilog=EXAMPLES)
def verify() -> None:
    """Compare all local model files with their digests."""
    from avio_cli.models.store import ModelStore

    store = ModelStore.from_environment()
    verdicts = store.verify()
    for verdict in verdicts:
        typer.echo(f"{verdict.state:<10} {verdict.path}  {verdict.detail}".rstrip())
    damaged = [verdict.path for verdict in verdicts if not verdict.good]
    if damaged:
        remedies = dict.fromkeys(map(store.remedy, damaged))
        raise InputError(
            "a model file does not match its digest", hint=", or ".join(remedies)
        )


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
