"""Job, source and result of an export, as data."""

from dataclasses import dataclass, field
from pathlib import Path

from avio_cli.errors import InputError, OutputError, UsageError, did_you_mean
from avio_cli.ffmpeg.output_place import refuse_irregular, refuse_no_name
from avio_cli.jobs.export.comparison import Difference
from avio_cli.models.checkpoint import INSTALL
from avio_cli.models.describe import Model
from avio_cli.models.hub_files import extension_of
from avio_cli.models.model_files import TORCH, TORCH2TRT, model_extension, stem_of
from avio_cli.models.names import shown
from avio_cli.models.store import ModelStore
from avio_cli.optional import load
from avio_cli.progress import DownloadProgress, no_download_progress
from avio_cli.vision.runtimes.device import Device

ONNX, OPENVINO, TENSORRT = "onnx", "openvino", "tensorrt"
TARGETS = {ONNX: ".onnx", OPENVINO: ".xml", TENSORRT: ".engine"}
"""Formats that can be made, and their file extensions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportJob:
    """Everything an export needs.

    Raises:
        UsageError: the options do not go together.
        OutputError: an output file exists already, or cannot be made.
    """

    model: Model
    """The source, resized to the input size that the result is to have."""
    to: str
    """A key of `TARGETS`."""
    output: Path | None = None
    """The file to make; None for one next to the source."""
    fp16: bool = False
    batch: int = 0
    """Images at a time; 0 for any number, or for one where it must be fixed."""
    decoded: bool = False
    """Whether the result outputs boxes in pixels."""
    device: Device = field(default_factory=Device)
    """Where source and result are compared."""
    force: bool = False

    def __post_init__(self) -> None:
        _check_options(self)
        if self.output is not None:  # before it gets its extension
            refuse_no_name(self.output, "--output")
            refuse_irregular(self.output, "a model")
        for path in self.files:
            if not path.parent.is_dir():
                raise OutputError(f"the folder {path.parent} does not exist")
            if path.exists() and path.samefile(self.model.path):
                raise OutputError(
                    f"{path} is the source itself", hint="name another file with -o"
                )
            refuse_irregular(path, "a model")
            if path.exists() and not self.force:
                raise OutputError(f"{path} exists", hint="-y replaces it")

    @property
    def files(self) -> tuple[Path, ...]:
        """The output files; the one that the user named comes first."""
        base = self.output or self.model.path
        stem = (
            stem_of(base) if self.output is None or model_extension(base) else base.name
        )
        first = base.with_name(stem + TARGETS[self.to])
        if self.to == OPENVINO:
            return (first, first.with_suffix(".bin"))
        if self.to == TENSORRT:
            described = first.with_name(f"{first.name}.toml")
            return (first, first.with_name(stem + TORCH2TRT), described)
        return (first,)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportSummary:
    """What an export made."""

    files: tuple[Path, ...]
    difference: Difference
    """Between the outputs of source and result."""
    limit: Difference
    """The largest difference that is allowed."""


def _check_options(job: ExportJob) -> None:
    if job.to not in TARGETS:
        raise UsageError(
            f"nothing is exported to {job.to!r}", hint=did_you_mean(job.to, TARGETS)
        )
    if job.decoded and job.fp16:
        raise UsageError(
            "half precision cannot hold positions in pixels: above 1024 it has only "
            "every second one",
            hint="omit --decoded: avio decodes boxes itself",
        )
    given = model_extension(job.output) if job.output else ""
    fitting = (TARGETS[job.to], TORCH2TRT) if job.to == TENSORRT else (TARGETS[job.to],)
    if given and given not in fitting:
        raise UsageError(
            f"{job.output} does not end in {fitting[0]}", hint="see avio export --help"
        )


FORMATS = (*TORCH, ".onnx")
"""Extensions of files that can be exported, best first: a checkpoint allows more."""


def find_source(
    model: str,
    input_size: tuple[int, int] | None = None,
    *,
    progress: DownloadProgress = no_download_progress,
) -> Model:
    """Find or fetch the model to export.

    Args:
        model: a path, or a name in the catalogue.
        input_size: width and height of the result's input; None for the model's own.
        progress: called with the progress of a download.

    Raises:
        UsageError: it is of a kind that cannot be exported, or the size does not fit.
        InputError: it cannot be found, downloaded or read.
        AvioError: it is a checkpoint, and PyTorch is not installed.
    """
    extension = extension_of(model)
    if extension and extension not in FORMATS:
        raise UsageError(
            f"{shown(model)}: only checkpoints and ONNX files can be exported",
            hint=f"name a file that ends in {', '.join(FORMATS)}",
        )
    store = ModelStore.from_environment()
    if extension in TORCH:
        if store.find(model, FORMATS) is None:
            raise InputError(f"{shown(model)}: there is no such model file")
        load("torch", "PyTorch", INSTALL)
    found = store.open(model, FORMATS, progress=progress)
    return found if input_size is None else found.resized(input_size)
