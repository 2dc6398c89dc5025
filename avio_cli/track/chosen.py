"""Which model file a run uses, where it runs, and by what."""

from dataclasses import dataclass, replace
from pathlib import Path

from avio_cli.models.description import Model
from avio_cli.models.download import Progress, no_progress
from avio_cli.models.formats import suffix_of
from avio_cli.models.store import ModelStore
from avio_cli.track.job import DetectorChoice
from avio_cli.vision.runtimes.device import Device
from avio_cli.vision.runtimes.kind import RuntimeKind
from avio_cli.vision.runtimes.selection import (
    choose_device,
    choose_runtime,
    runnable_formats,
)

GPU_WORKERS = 2
"""Sessions on one GPU: it computes for one while the other's pictures are prepared."""


@dataclass(frozen=True, slots=True)
class ChosenModel:
    """A model file, and what runs it."""

    model: Model
    kind: RuntimeKind
    device: Device

    @property
    def workers(self) -> int:
        """Sessions side by side where the user names no number; 0: one a core."""
        return GPU_WORKERS if self.device.kind == "cuda" else 0


def choose_model(
    choice: DetectorChoice, progress: Progress = no_progress
) -> ChosenModel:
    """Find or fetch what a run was told to detect with.

    Raises:
        UsageError: what is asked for does not go together.
        AvioError: it cannot be had or run.
    """
    store = ModelStore.from_environment()
    suffix = suffix_of(Path(choice.model))
    device = choose_device(choice.device, choice.runtime, suffix)
    formats = runnable_formats(choice.runtime, device)
    if suffix:  # before the file is read: what reads it may not be installed
        choose_runtime(choice.runtime, suffix, device)
    model = store.open(choice.model, formats, device=device.kind, progress=progress)
    kind = choose_runtime(choice.runtime, suffix_of(model.path), device)
    chosen = ChosenModel(model, kind, device)
    if choice.input_size is None:
        return chosen
    return replace(chosen, model=chosen.model.resized(choice.input_size))
