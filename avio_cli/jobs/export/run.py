"""Export a model under hidden names, compare it, then give it its own."""

import json
import shutil
from collections.abc import Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

from avio_cli.errors import AvioError, InputError, OutputError
from avio_cli.ffmpeg.output_place import check_place, refuse_irregular
from avio_cli.jobs.export.comparison import (
    LIMIT,
    LIMIT_FP16,
    Difference,
    largest_difference,
)
from avio_cli.jobs.export.job import OPENVINO, TENSORRT, ExportJob, ExportSummary
from avio_cli.jobs.export.onnx import (
    described,
    half_precision,
    make_onnx,
    result_spec,
)
from avio_cli.jobs.export.tensorrt import build_engine, save_wrapped
from avio_cli.models.checkpoint import INSTALL as INSTALL_TORCH
from avio_cli.models.description import as_toml, table_of
from avio_cli.models.graph import METADATA_KEY
from avio_cli.models.model_files import stem_of
from avio_cli.models.spec import ModelSpec
from avio_cli.optional import load
from avio_cli.output.hidden import hidden_beside
from avio_cli.replacing import rename, sync_path
from avio_cli.vision.runtimes.cuda_memory import open_memory
from avio_cli.vision.runtimes.device import Device
from avio_cli.vision.runtimes.openvino import INSTALL as INSTALL_OPENVINO
from avio_cli.vision.runtimes.openvino import reason
from avio_cli.vision.runtimes.registry import open_runtime
from avio_cli.vision.runtimes.tensorrt_engine import load_tensorrt


def export(job: ExportJob) -> ExportSummary:
    """Convert a model to another format.

    No file is kept unless the result computes what its source does.

    Raises:
        AvioError: something needed is missing, or the result differs.
        InputError: the source cannot be used.
        OutputError: the result cannot be written.
    """
    files = job.files
    try:
        places = [_place(file) for file in files]
        with hidden_beside(places[0]) as hidden:
            made = _hidden_names(hidden.path, files)
            _make(job, made)
            difference, limit = _compared(job, made[0])
            # The file that refers to the others comes last: it exists only if they do.
            for temporary, output in reversed(list(zip(made, places, strict=True))):
                refuse_irregular(output, "a model")
                _put(temporary, output)
    except OSError as error:
        raise OutputError(
            f"cannot write {files[0]}: {error.strerror or error}"
        ) from error
    return ExportSummary(files=files, difference=difference, limit=limit)


def _hidden_names(hidden: Path, files: Sequence[Path]) -> list[Path]:
    """Names after a hidden one, which end as those of the files do."""
    stem = stem_of(files[0])
    return [
        hidden.with_name(f"{hidden.name}.0{file.name.removeprefix(stem)}")
        for file in files
    ]


def _place(file: Path) -> Path:
    """Where a file goes: a link stays, and no FIFO or device is replaced."""
    place = check_place(file)
    refuse_irregular(place, "a model")
    return place


def _put(temporary: Path, output: Path) -> None:
    """Give a file its name, be it on another file system by a link of its own."""
    with ExitStack() as stack:
        if temporary.parent != output.parent:
            beside = stack.enter_context(hidden_beside(output)).path
            shutil.copyfile(temporary, beside)
            temporary = beside
        sync_path(temporary)
        rename(temporary, output)


def _make(job: ExportJob, made: list[Path]) -> None:
    if job.to == TENSORRT:
        _check_tools(job)
    fixed = job.batch or (1 if job.to == TENSORRT else 0)
    spec = _result_spec(job)
    model = make_onnx(job.model.path, job.model.spec, batch=fixed, decoded=job.decoded)
    if job.to == OPENVINO:
        _save_openvino(job, model, spec, made[0])
    elif job.to == TENSORRT:
        _save_tensorrt(job, model, spec, made)
    else:
        made[0].write_bytes(
            described(half_precision(model), spec) if job.fp16 else model
        )


def _check_tools(job: ExportJob) -> None:
    """Check what an engine needs before the build, which takes minutes."""
    load_tensorrt()
    load("torch", "PyTorch", INSTALL_TORCH)
    if job.device.kind != "cuda":
        raise AvioError(
            "building a TensorRT engine needs an NVIDIA GPU",
            hint="an engine runs only on the kind of GPU that it was built on; "
            "nvidia-smi shows whether the driver works",
        )


def _result_spec(job: ExportJob) -> ModelSpec:
    return result_spec(job.model.spec, decoded=job.decoded)


def _save_openvino(job: ExportJob, model: bytes, spec: ModelSpec, path: Path) -> None:
    openvino: Any = load("openvino", "OpenVINO", INSTALL_OPENVINO)
    try:
        network = openvino.Core().read_model(model)
        network.set_rt_info(json.dumps(table_of(spec)), METADATA_KEY)
        openvino.save_model(network, str(path), compress_to_fp16=job.fp16)
    except Exception as error:  # it raises RuntimeError and bindings' own
        raise InputError(
            f"{job.model.path}: OpenVINO cannot convert it ({reason(error)})"
        ) from error


def _save_tensorrt(
    job: ExportJob, model: bytes, spec: ModelSpec, made: list[Path]
) -> None:
    engine, wrapped, description = made
    with closing(open_memory(job.device.index)) as memory:
        memory.activate()
        plan = build_engine(model, fp16=job.fp16)
    engine.write_bytes(plan)
    save_wrapped(wrapped, plan, json.dumps(table_of(spec)), model)
    description.write_text(as_toml(spec), encoding="utf-8")


def _compared(job: ExportJob, made: Path) -> tuple[Difference, Difference]:
    limit, spec = LIMIT_FP16 if job.fp16 else LIMIT, _result_spec(job)
    # The source runs on a CPU in true 32 bits, whatever the result runs on.
    source = open_runtime(job.model.path, spec.input_size)
    with closing(source):
        device = job.device if job.to == TENSORRT else Device()
        result = open_runtime(made, spec.input_size, device=device)
        with closing(result):
            decode = spec.decoded and not job.model.spec.decoded
            difference = largest_difference(source, result, spec, decode=decode)
    if difference.exceeds(limit):
        raise AvioError(
            f"the result differs from {job.model.path} by more than is due to rounding "
            f"({difference}; allowed: {limit}): nothing was kept",
            hint="omit --fp16" if job.fp16 else "",
        )
    return difference, limit
