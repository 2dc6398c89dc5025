"""Choose the model file, device and runtime of a run."""

import shlex
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from avio_cli.errors import AvioError, InputError, UsageError
from avio_cli.jobs.track.job_parts import MOTION, DetectorOptions
from avio_cli.models.catalog import AUTO_ORDER, canonical_name
from avio_cli.models.describe import (
    Model,
    describe,
    describe_engine,
    describe_model,
)
from avio_cli.models.hub_files import extension_of
from avio_cli.models.model_files import (
    MODEL_EXTENSIONS,
    TENSORRT,
    TORCH2TRT,
    model_extension,
    stem_of,
)
from avio_cli.models.names import refuse_url, shown
from avio_cli.models.spec import ModelSpec
from avio_cli.models.store import ModelStore
from avio_cli.optional import import_engine
from avio_cli.progress import DownloadProgress, no_download_progress
from avio_cli.vision.runtimes.device import Device, gpu_count, parse_device
from avio_cli.vision.runtimes.registry import (
    choose_device,
    choose_runtime,
    runnable_formats,
)
from avio_cli.vision.runtimes.runtime_info import RuntimeKind
from avio_cli.vision.runtimes.tensorrt_engine import engine_graph

GPU_WORKERS = 2
"""Sessions on one GPU: it computes for one while the other's input is prepared."""
AUTO = "auto"
ENGINE_ENDINGS = (TORCH2TRT, ".engine", "_trt.engine")
"""Ends of a converted file's name, after the name of its source; the last is what
ByteTrack's tools write next to the first."""


@dataclass(frozen=True, slots=True)
class SelectedModel:
    """A model file, and what runs it."""

    model: Model
    kind: RuntimeKind
    device: Device

    @property
    def workers(self) -> int:
        """Parallel sessions where the user names no number; 0: one a core."""
        return GPU_WORKERS if self.device.kind == "cuda" else 0


def select_model(
    choice: DetectorOptions, progress: DownloadProgress = no_download_progress
) -> SelectedModel:
    """Find or download the model of a run.

    Raises:
        UsageError: the options cannot be combined.
        AvioError: it cannot be downloaded or run.
    """
    store = ModelStore.from_environment(network=choice.network)
    extension = extension_of(choice.model)
    if choice.trt or extension in TENSORRT or choice.runtime == "tensorrt":
        chosen = _engine(choice, store)
    else:
        device = choose_device(choice.device, choice.runtime, extension)
        formats = runnable_formats(choice.runtime, device)
        if extension:  # before the file is read: its reader may not be installed
            choose_runtime(choice.runtime, extension, device)
        model = store.open(choice.model, formats, device=device.kind, progress=progress)
        kind = choose_runtime(choice.runtime, model_extension(model.path), device)
        chosen = SelectedModel(model, kind, device)
    if choice.input_size is None:
        return chosen
    return replace(chosen, model=chosen.model.resized(choice.input_size))


def import_runtime(choice: DetectorOptions) -> None:
    """Import what is likely to run the model of a run, while a source is awaited.

    What fails is reported where the model is opened.
    """
    extension = extension_of(choice.model)
    if choice.detections is not None or choice.model == MOTION or choice.trt:
        return
    with suppress(AvioError, ImportError, OSError):
        device = choose_device(choice.device, choice.runtime, extension)
        likely = extension or runnable_formats(choice.runtime, device)[0]
        import_engine(choose_runtime(choice.runtime, likely, device).module)


def _engine(choice: DetectorOptions, store: ModelStore) -> SelectedModel:
    path, origin = _engine_file(choice, store)
    if choice.runtime not in (AUTO, "tensorrt"):
        raise UsageError(
            f"--runtime {choice.runtime} cannot run a TensorRT engine",
            hint="omit --runtime, or --trt",
        )
    device = _gpu(path, choice.device)
    kind = choose_runtime("tensorrt", model_extension(path) or TENSORRT[0], device)
    graph = engine_graph(path, device)
    if origin:
        model = Model(path, describe_engine(path, _spec_of(origin, store), graph))
    else:
        model = describe_model(path, graph)
    return SelectedModel(model, kind, device)


def _engine_file(choice: DetectorOptions, store: ModelStore) -> tuple[Path, str]:
    """The engine, and the model that it was built from; empty where unknown."""
    named = choice.model if choice.model != AUTO else ""
    if choice.trt == AUTO or not (choice.trt or model_extension(Path(choice.model))):
        return find_engine(choice.model, store), named
    refuse_url(choice.trt)
    path = Path(choice.trt or choice.model).expanduser()
    if not path.is_file():
        raise InputError(
            f"{shown(str(path))}: there is no such file",
            hint="avio export MODEL --to tensorrt builds one, where the GPU is",
        )
    return path, named if choice.trt else ""


def _gpu(path: Path, device: str) -> Device:
    if device == AUTO and not gpu_count():
        raise AvioError(
            f"{path}: TensorRT needs an NVIDIA GPU, and none was found",
            hint="nvidia-smi shows whether the driver works; without a GPU, --model "
            "with an ONNX file runs on the CPU",
        )
    return parse_device("cuda" if device == AUTO else device)


def _spec_of(model: str, store: ModelStore) -> ModelSpec:
    """The spec of a model; a name of the catalogue needs no file."""
    entry = store.catalog.get(canonical_name(model))
    found = store.find(model, MODEL_EXTENSIONS)
    if entry is not None:
        return entry.spec
    if found is None:
        raise InputError(f"{shown(model)}: there is no such model file")
    return describe(found)


def find_engine(model: str, store: ModelStore) -> Path:
    """The engine built from a model.

    Args:
        model: a path, a name, or ``auto`` for any of those that ``auto`` means on a
            GPU.
        store: where models are looked for.

    Raises:
        InputError: there is none; the hint is the command that builds one.
    """
    names = AUTO_ORDER["cuda"] if model == "auto" else (model,)
    for name in names:
        for path in _engine_candidates(name, store):
            if path.is_file():
                return path
    source = model if model != "auto" else names[0]
    raise InputError(
        f"there is no TensorRT engine of {model if model != 'auto' else 'any model'}",
        hint=f"avio export {shlex.quote(source)} --to tensorrt --fp16",
    )


def _engine_candidates(name: str, store: ModelStore) -> Iterator[Path]:
    sources = tuple(name for name in MODEL_EXTENSIONS if name not in TENSORRT)
    weights = store.find(name, sources)
    if weights is not None:
        yield from (weights.with_name(stem_of(weights) + end) for end in ENGINE_ENDINGS)
    engine = store.find(name, TENSORRT)
    if engine is not None and engine != weights:
        yield engine
