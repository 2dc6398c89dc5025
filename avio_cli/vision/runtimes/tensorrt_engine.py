"""Deserialised TensorRT engines: their inputs, outputs and errors."""

from collections import deque
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

from avio_cli.errors import AvioError, InputError
from avio_cli.models.graph import Graph, read_graph
from avio_cli.models.model_files import EngineFile, export_command, read_engine
from avio_cli.models.tensor import Tensor
from avio_cli.optional import load
from avio_cli.vision.runtimes.cuda_memory import INSTALL, open_memory
from avio_cli.vision.runtimes.device import Device

OLDEST = 10
"""The first TensorRT whose calls are used: tensors by name throughout."""
MESSAGES = 20
"""TensorRT's last error messages that are kept, to report why something failed."""


@dataclass(frozen=True, slots=True)
class Engine:
    """A deserialised engine.

    The runtime that made it must live as long, hence it is kept.
    """

    runtime: Any
    engine: Any
    inputs: tuple[Tensor, ...]
    """What it takes; 0 for a dynamic size."""
    outputs: tuple[Tensor, ...]
    """What is used of what it gives."""
    last_error: Callable[[], str]
    """TensorRT's last error message since the last call."""


def load_tensorrt() -> Any:
    """Import TensorRT.

    Raises:
        AvioError: it is not installed, or too old.
    """
    trt = load("tensorrt", "TensorRT", INSTALL)
    if major_version(trt) < OLDEST:
        raise AvioError(
            f"TensorRT {trt.__version__} is too old: {OLDEST} or newer is needed",
            hint=INSTALL,
        )
    return trt


def major_version(trt: Any) -> int:
    """10 of 10.13.3.9."""
    return int(trt.__version__.partition(".")[0])


def open_engine(path: Path) -> Engine:
    """Deserialise an engine on the calling thread's GPU.

    Raises:
        AvioError: TensorRT is missing, too old, or finds no GPU.
        InputError: the file holds no engine of this TensorRT for this GPU.
    """
    trt = load_tensorrt()
    file = read_engine(path)
    log = logger(trt)
    runtime = make(lambda: trt.Runtime(log), log)
    engine = runtime.deserialize_cuda_engine(file.plan)
    if engine is None:
        raise InputError(
            f"{path}: TensorRT {trt.__version__} cannot use this engine ({log.last()})",
            hint="an engine runs only on the version of TensorRT and the kind of GPU "
            f"that it was built on: {export_command(path)}",
        )
    names = [engine.get_tensor_name(i) for i in range(engine.num_io_tensors)]
    is_input = {n: engine.get_tensor_mode(n) == trt.TensorIOMode.INPUT for n in names}
    inputs = [name for name in names if is_input[name]]
    outputs = _outputs(file, [name for name in names if not is_input[name]])
    declared = partial(_declared, trt, engine)
    return Engine(
        runtime,
        engine,
        tuple(map(declared, inputs)),
        tuple(map(declared, outputs)),
        log.last,
    )


def engine_graph(path: Path, device: Device) -> Graph:
    """Shapes and metadata of an engine; errors: `open_engine`."""
    load_tensorrt()
    with closing(open_memory(device.index)) as memory:
        memory.activate()
        engine = open_engine(path)
        inputs, outputs = engine.inputs, engine.outputs
        del engine
    declared = read_graph(path)
    return Graph(
        inputs=inputs,
        outputs=outputs,
        metadata=declared.metadata if declared else {},
    )


def make(maker: Callable[[], Any], log: Any) -> Any:
    """Make one of TensorRT's objects; without a GPU it cannot.

    Raises:
        AvioError: it cannot be made; with TensorRT's error message.
    """
    try:
        made = maker()
    except (TypeError, RuntimeError):  # its bindings' answer to a null pointer
        made = None
    if made is None:
        raise AvioError(
            f"TensorRT cannot start ({log.last()})",
            hint="it needs an NVIDIA GPU and a driver that is new enough for it; "
            "--device cpu works without",
        )
    return made


@cache
def logger(trt: Any) -> Any:
    """The one log of a process: TensorRT takes no second one."""

    class Log(trt.ILogger):  # type: ignore[misc]
        def __init__(self) -> None:
            trt.ILogger.__init__(self)
            self.messages: deque[str] = deque(maxlen=MESSAGES)

        def log(self, severity: Any, message: str) -> None:
            if severity in (trt.ILogger.ERROR, trt.ILogger.INTERNAL_ERROR):
                self.messages.append(message)

        def last(self) -> str:
            message = self.messages[-1] if self.messages else "no reason given"
            self.messages.clear()
            return " ".join(message.split())

    return Log()


def _outputs(file: EngineFile, names: list[str]) -> list[str]:
    return [n for n in names if n in file.outputs] if file.outputs else names


def _declared(trt: Any, engine: Any, name: str) -> Tensor:
    shape = tuple(max(0, size) for size in engine.get_tensor_shape(name))
    kind = engine.get_tensor_dtype(name)
    kinds = ((getattr(trt.DataType, ours, None), text) for ours, text in _KINDS.items())
    return Tensor(name, shape, next((text for k, text in kinds if k == kind), ""))


_KINDS = {
    "FLOAT": "float32",
    "HALF": "float16",
    "INT32": "int32",
    "INT64": "int64",
    "UINT8": "uint8",
}
"""Types of numbers by TensorRT's name; not every version has them all."""
