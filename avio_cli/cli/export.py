"""``avio export``."""

from pathlib import Path
from typing import Annotated

import typer

from avio_cli.cli.models import download_bar
from avio_cli.cli.options.common import (
    Force,
    Quiet,
    Verbose,
    parse_output,
    parse_size,
)
from avio_cli.cli.terminal import set_up_messages
from avio_cli.cli.usage import completion

EXAMPLES = """\b
Examples:
  avio export yolox-s --to onnx -o yolox_s_960.onnx --input-size 960x544
  avio export mine.pth --to openvino --fp16
  avio export bytetrack_m_mot17.pth.tar --to tensorrt --fp16
"""


def export_command(
    model: Annotated[
        str,
        typer.Argument(
            metavar="MODEL",
            help="A .pth or .onnx file, or a name.",
            autocompletion=completion.catalog,
        ),
    ],
    to: Annotated[
        str,
        typer.Option(
            metavar="FORMAT",
            help="onnx, openvino, tensorrt.",
            autocompletion=completion.export_targets,
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            *("--output", "-o"),
            parser=parse_output,
            metavar="PATH",
            help="Default: next to MODEL.",
        ),
    ] = None,
    fp16: Annotated[bool, typer.Option("--fp16", help="Half precision.")] = False,
    input_size: Annotated[
        str, typer.Option(metavar="WxH", help="Input size of the model.")
    ] = "",
    batch: Annotated[
        int, typer.Option(min=0, max=256, help="Batch size; 0: any number.")
    ] = 0,
    decoded: Annotated[
        bool, typer.Option("--decoded", help="Boxes in pixels, for other programs.")
    ] = False,
    device: Annotated[
        str,
        typer.Option(
            metavar="DEVICE",
            help="auto, cpu or cuda[:N]: where results are compared.",
            autocompletion=completion.devices,
        ),
    ] = "auto",
    force: Force = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Convert a model to another format.

    The result is kept only if it computes the same as the model.
    """
    from avio_cli.jobs.export.job import TENSORRT, ExportJob, find_source
    from avio_cli.jobs.export.run import export
    from avio_cli.vision.runtimes.registry import choose_device

    set_up_messages(quiet=quiet, verbose=verbose)
    with download_bar(model, quiet=quiet) as progress:
        source = find_source(
            model, parse_size("--input-size", input_size), progress=progress
        )
    runtime = "tensorrt" if to == TENSORRT else "auto"
    job = ExportJob(
        model=source,
        to=to,
        output=output,
        fp16=fp16,
        batch=batch,
        decoded=decoded,
        device=choose_device(device, runtime),
        force=force,
    )
    summary = export(job)
    for file in summary.files:
        typer.echo(file)
    if not quiet:
        typer.echo(
            f"largest difference from {source.path}: {summary.difference} "
            f"(allowed: {summary.limit})",
            err=True,
        )
