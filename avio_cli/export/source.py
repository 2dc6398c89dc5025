"""What an export starts from."""

from pathlib import Path

from avio_cli.errors import UsageError
from avio_cli.models.checkpoint import INSTALL
from avio_cli.models.description import Model
from avio_cli.models.formats import TORCH, suffix_of
from avio_cli.models.loading import load
from avio_cli.models.progress import DownloadProgress, no_download_progress
from avio_cli.models.store import ModelStore

FORMATS = (*TORCH, ".onnx")
"""Endings of files that can be exported, best first: a checkpoint allows more."""


def find_source(
    model: str,
    input_size: tuple[int, int] | None = None,
    *,
    progress: DownloadProgress = no_download_progress,
) -> Model:
    """Find or fetch the model to export.

    Args:
        model: a path, or a name that the catalogue knows.
        input_size: width and height of what the result shall be fed; None for the
            model's own.
        progress: told how far a download is.

    Raises:
        UsageError: it is of a kind that cannot be exported, or the size does not fit.
        InputError: it cannot be had or understood.
        AvioError: it is a checkpoint, and PyTorch is not installed.
    """
    suffix = suffix_of(Path(model))
    if suffix and suffix not in FORMATS:
        raise UsageError(
            f"{model}: only checkpoints and ONNX files can be exported",
            hint=f"name a file that ends in {', '.join(FORMATS)}",
        )
    if suffix in TORCH:
        load("torch", "PyTorch", INSTALL)
    found = ModelStore.from_environment().open(model, FORMATS, progress=progress)
    return found if input_size is None else found.resized(input_size)
