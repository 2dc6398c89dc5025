"""A stand-in for TensorRT that computes with ONNX Runtime.

It has the calls of TensorRT 10 or 11 that avio uses and none of those that these took
away, so that code for older ones fails here too. A plan is an ONNX file behind a line
that says which TensorRT and which GPU it was built for.
"""

import ctypes
import json
import types
from dataclasses import dataclass, field
from enum import Enum, IntEnum
from importlib.machinery import ModuleSpec
from typing import Any

import numpy as np
import onnxruntime

from tests.vision.runtimes.cuda_standin import STREAM, Gpu

TEN, ELEVEN = "10.13.3.9", "11.4.0.106"
MAGIC = b"ftrt"


class Severity(IntEnum):
    INTERNAL_ERROR = 0
    ERROR = 1
    WARNING = 2
    INFO = 3


class ILogger:
    INTERNAL_ERROR, ERROR = Severity.INTERNAL_ERROR, Severity.ERROR
    WARNING, INFO = Severity.WARNING, Severity.INFO

    def __init__(self) -> None:
        self.started = True

    def log(self, severity: Severity, message: str) -> None:
        raise NotImplementedError


class DataType(Enum):
    FLOAT, HALF, INT32, UINT8, INT64 = 0, 1, 3, 5, 8


class TensorIOMode(Enum):
    NONE, INPUT, OUTPUT = 0, 1, 2


TYPES = {
    "tensor(float)": (DataType.FLOAT, np.float32),
    "tensor(float16)": (DataType.HALF, np.float16),
    "tensor(int32)": (DataType.INT32, np.int32),
    "tensor(uint8)": (DataType.UINT8, np.uint8),
    "tensor(int64)": (DataType.INT64, np.int64),
}


def plan_of(model: bytes, version: str = TEN, gpu: str = "8.9") -> bytes:
    head = json.dumps({"version": version, "gpu": gpu}).encode()
    return MAGIC + head + b"\n" + model


@dataclass
class World:
    """What the stand-in's calls share."""

    gpu: Gpu = field(default_factory=Gpu)
    version: str = TEN
    capability: str = "8.9"
    present: bool = True
    """Whether there is a GPU at all."""
    failing: set[str] = field(default_factory=set)
    """Calls that answer as they do when they fail."""
    flags: list[Any] = field(default_factory=list)
    """What builders were set to."""
    parsed: list[bytes] = field(default_factory=list)
    """Models that parsers were given."""
    wrong: float = 0.0
    """What is added to every number of an output."""


class RefusalError(TypeError):
    """What the bindings raise where a constructor gives a null pointer."""


class Runtime:
    def __init__(self, world: World, logger: ILogger) -> None:
        assert logger.started, "ILogger.__init__ was not called"
        if not world.present:
            logger.log(Severity.INTERNAL_ERROR, "CUDA initialization failure: 35")
            raise RefusalError("pybind11::init(): factory function returned nullptr")
        self.world, self.logger = world, logger

    def deserialize_cuda_engine(self, plan: bytes) -> "Engine | None":
        self.world.gpu.calls.append("deserialize")
        self.world.gpu.check_thread()
        content = bytes(plan)
        if not content.startswith(MAGIC):
            self.logger.log(Severity.ERROR, "IRuntime: magic tag does not match")
            return None
        head, _, model = content[len(MAGIC) :].partition(b"\n")
        built = json.loads(head)
        if built["version"].split(".")[:2] != self.world.version.split(".")[:2]:
            self.logger.log(
                Severity.ERROR,
                "Serialization assertion failed. Version tag does not match. Note: "
                f"built by {built['version']}",
            )
            return None
        if built["gpu"] != self.world.capability:
            self.logger.log(
                Severity.ERROR,
                "The engine plan file is generated on an incompatible device, "
                f"expecting compute {self.world.capability} got compute "
                f"{built['gpu']}, please rebuild.",
            )
            return None
        return Engine(self.world, self, model)


class Engine:
    def __init__(self, world: World, runtime: Runtime, model: bytes) -> None:
        self.world, self.runtime = world, runtime
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        self.session = onnxruntime.InferenceSession(
            model, options, providers=["CPUExecutionProvider"]
        )
        inputs, outputs = self.session.get_inputs(), self.session.get_outputs()
        self.tensors = {t.name: t for t in (*inputs, *outputs)}
        self.inputs = {t.name for t in inputs}

    @property
    def num_io_tensors(self) -> int:
        return len(self.tensors)

    def get_tensor_name(self, index: int) -> str:
        return list(self.tensors)[index]

    def get_tensor_mode(self, name: str) -> TensorIOMode:
        return TensorIOMode.INPUT if name in self.inputs else TensorIOMode.OUTPUT

    def get_tensor_dtype(self, name: str) -> DataType:
        return TYPES[self.tensors[name].type][0]

    def get_tensor_shape(self, name: str) -> tuple[int, ...]:
        shape = self.tensors[name].shape
        return tuple(n if isinstance(n, int) else -1 for n in shape)

    def get_tensor_profile_shape(self, name: str, profile: int) -> list[Any]:
        assert name in self.inputs
        assert profile == 0
        least = tuple(2 if n < 0 else n for n in self.get_tensor_shape(name))
        return [least, least, least]

    def create_execution_context(self) -> "Context | None":
        if "create_execution_context" in self.world.failing:
            self.runtime.logger.log(Severity.ERROR, "Requested amount of GPU memory")
            return None
        return Context(self.world, self)


class Context:
    def __init__(self, world: World, engine: Engine) -> None:
        self.world, self.engine = world, engine
        self.shapes: dict[str, tuple[int, ...]] = {}
        self.addresses: dict[str, int] = {}

    def set_input_shape(self, name: str, shape: tuple[int, ...]) -> bool:
        self.world.gpu.calls.append("set_input_shape")
        declared = self.engine.get_tensor_shape(name)
        if any(d not in (-1, n) for d, n in zip(declared, shape, strict=True)):
            return False
        self.shapes[name] = tuple(shape)
        return "set_input_shape" not in self.world.failing

    def get_tensor_shape(self, name: str) -> tuple[int, ...]:
        if name in self.engine.inputs:
            return self.shapes[name]
        kinds = {n: TYPES[self.engine.tensors[n].type][1] for n in self.shapes}
        feed = {n: np.zeros(s, kinds[n]) for n, s in self.shapes.items()}
        shape: tuple[int, ...] = self.engine.session.run([name], feed)[0].shape
        return shape

    def set_tensor_address(self, name: str, address: int) -> bool:
        self.world.gpu.calls.append("set_tensor_address")
        assert address in self.world.gpu.device
        self.addresses[name] = address
        return "set_tensor_address" not in self.world.failing

    def execute_async_v3(self, stream_handle: int) -> bool:
        self.world.gpu.calls.append("execute_async_v3")
        assert stream_handle == STREAM, "CUDA's default stream, or another's"
        assert set(self.addresses) == set(self.engine.tensors)
        if "execute_async_v3" in self.world.failing:
            self.engine.runtime.logger.log(Severity.ERROR, "Cuda Runtime (invalid)")
            return False
        self.world.gpu.later(self._execute)
        return True

    def _execute(self) -> None:
        feed = {name: self._memory(name, self.shapes[name]) for name in self.shapes}
        names = [name for name in self.addresses if name not in feed]
        tables = self.engine.session.run(names, feed)
        for name, table in zip(names, tables, strict=True):
            self._memory(name, table.shape)[...] = table + table.dtype.type(
                self.world.wrong
            )

    def _memory(self, name: str, shape: tuple[int, ...]) -> Any:
        kind = np.dtype(TYPES[self.engine.tensors[name].type][1])
        size = int(np.prod(shape)) * kind.itemsize
        self.world.gpu.check(self.world.gpu.device, self.addresses[name], size)
        raw = (ctypes.c_byte * size).from_address(self.addresses[name])
        return np.frombuffer(raw, kind).reshape(shape)


class Builder:
    def __init__(self, world: World, logger: ILogger) -> None:
        Runtime(world, logger)  # fails as that does
        self.world, self.logger = world, logger

    def create_network(self, flags: int = 0) -> Any:
        self.world.flags.append(("network", flags))
        return types.SimpleNamespace(model=b"")

    def create_builder_config(self) -> Any:
        return types.SimpleNamespace(
            set_flag=lambda flag: self.world.flags.append(("config", flag)),
            clear_flag=lambda flag: self.world.flags.append(("clear", flag)),
        )

    def build_serialized_network(self, network: Any, config: Any) -> Any:
        if "build_serialized_network" in self.world.failing:
            self.logger.log(Severity.ERROR, "Could not find any implementation")
            return None
        plan = plan_of(network.model, self.world.version, self.world.capability)
        return memoryview(plan)


class OnnxParser:
    def __init__(self, world: World, network: Any, logger: ILogger) -> None:
        self.world, self.network = world, network
        self.num_errors = 0

    def parse(self, model: bytes) -> bool:
        self.world.parsed.append(bytes(model))
        self.network.model = bytes(model)
        self.num_errors = int("parse" in self.world.failing)
        return not self.num_errors

    def get_error(self, index: int) -> Any:
        return types.SimpleNamespace(desc=lambda: "No importer registered for op: X")


def tensorrt(world: World) -> types.ModuleType:
    """The module ``tensorrt`` of one version, in one world."""
    module = types.ModuleType("tensorrt")
    module.__spec__ = ModuleSpec("tensorrt", None)
    typed = {"STRONGLY_TYPED": 1}
    flags = {"TF32": 4} if world.version.startswith("11") else {"FP16": 0, "TF32": 4}
    vars(module).update(
        __version__=world.version,
        ILogger=ILogger,
        DataType=DataType,
        TensorIOMode=TensorIOMode,
        BuilderFlag=IntEnum("BuilderFlag", flags),
        NetworkDefinitionCreationFlag=IntEnum("NetworkDefinitionCreationFlag", typed),
        Runtime=lambda logger: Runtime(world, logger),
        Builder=lambda logger: Builder(world, logger),
        OnnxParser=lambda network, logger: OnnxParser(world, network, logger),
    )
    return module
