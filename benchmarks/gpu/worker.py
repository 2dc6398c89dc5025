"""What pieces do with avio as a library, in a process of its own that may be killed.

    python -P benchmarks/gpu/worker.py NAME ARGUMENTS…

Prints one line of JSON; ``missing`` in it says which package is not there.
"""

import importlib
import json
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avio_cli.api import open_video, probe
from avio_cli.errors import AvioError
from avio_cli.jobs.export.comparison import (
    LIMIT,
    LIMIT_FP16,
    largest_difference,
    sample_image,
)
from avio_cli.media.frame import Frame
from avio_cli.media.pixel_formats import PIXEL_FORMATS
from avio_cli.models.describe import describe
from avio_cli.models.spec import ModelSpec
from avio_cli.vision.detectors.network import preprocess
from avio_cli.vision.runtimes.device import Device, parse_device
from avio_cli.vision.runtimes.registry import open_runtime

Answer = dict[str, Any]
WARM_UP = 5
"""Batches before time is taken."""
LAYERS = {"nano": (0.33, 0.25, True), "x": (1.33, 1.25, False)}
"""Depth, width and kind of convolutions of the networks that are made."""


def compare(first: str, second: str) -> Answer:
    """Compare the frames of two videos: times exactly, samples by their levels.

    ``worst`` is the largest difference of a sample, ``mean`` that of a frame's average.
    """
    wanted = _pipe_format(probe(first).videos[0].pixel_format)
    times: tuple[list[Any], list[Any]] = [], []
    worst, mean = 0, 0.0
    with (
        open_video(first, pixel_format=wanted) as one,
        open_video(second, pixel_format=wanted) as two,
    ):
        for pair in zip_longest(one, two):
            for seen, frame in zip(times, pair, strict=True):
                seen += [] if frame is None else [frame.seconds]
            a, b = pair
            if a is not None and b is not None and a.seconds == b.seconds:
                most, average = _levels(a, b)
                worst, mean = max(worst, most), max(mean, average)
    return {
        "frames": [len(seen) for seen in times],
        "times_equal": times[0] == times[1],
        "worst": worst,
        "mean": mean,
        "lost": len(set(times[0]) - set(times[1])),
    }


def _pipe_format(pixel_format: str) -> str:
    return pixel_format if pixel_format in PIXEL_FORMATS else "yuv420p"


def _levels(one: Frame, two: Frame) -> tuple[int, float]:
    """The largest difference of two samples in the same place, and their average."""
    planes = zip(_planes(one), _planes(two), strict=True)
    apart = [np.abs(a.astype(int) - b.astype(int)) for a, b in planes]
    total = sum(int(plane.sum()) for plane in apart)
    return max(int(p.max()) for p in apart), total / sum(p.size for p in apart)


def _planes(frame: Frame) -> tuple[NDArray[Any], ...]:
    pixels = frame.pixels
    return pixels if isinstance(pixels, tuple) else (pixels,)


def input_size(model: str) -> Answer:
    """The size that a model was made for."""
    return {"size": "x".join(map(str, describe(Path(model)).input_size))}


def providers() -> Answer:
    """What ONNX Runtime can use."""
    module = _module("onnxruntime")
    return {"providers": " ".join(module.get_available_providers())}


def torch_info() -> Answer:
    """PyTorch, its CUDA and the card that it finds."""
    torch = _module("torch")
    devices = torch.cuda.device_count()
    cards = [torch.cuda.get_device_properties(number) for number in range(devices)]
    return {
        "torch": torch.__version__,
        "cuda": str(torch.version.cuda),
        "devices": devices,
        "names": [card.name for card in cards],
        # Not of every version of PyTorch.
        "uuid": str(getattr(cards[0], "uuid", "")) if cards else "",
        "memory_mib": cards[0].total_memory >> 20 if cards else 0,
    }


def tensorrt_info() -> Answer:
    """Which TensorRT there is."""
    return {"version": _module("tensorrt").__version__}


def packages(*names: str) -> Answer:
    """Import packages, or say which of them is missing."""
    versions = {name: getattr(_module(name), "__version__", "") for name in names}
    return {"packages": versions}


def _module(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise MissingError(f"{name} is not installed ({error})") from error


class MissingError(Exception):
    """A package is not there: no fault of what is tried."""


def batch(model: str, device: str, count: str) -> Answer:
    """Compare a batch of different images with each of them alone."""
    spec = describe(Path(model))
    runtime = open_runtime(Path(model), spec.input_size, device=parse_device(device))
    image = preprocess(sample_image(*spec.input_size), spec)
    images = np.concatenate([np.roll(image, 16 * n, 3) for n in range(int(count))])
    (together,) = runtime.run(images).values()
    alone = [next(iter(runtime.run(one[np.newaxis]).values())) for one in images]
    apart = np.abs(together - np.concatenate(alone))
    worst = (apart / np.maximum(1, np.abs(together))).max()
    return {"images": int(count), "worst": float(worst)}


def make_yolox(size: str, path: str) -> Answer:
    """Write a checkpoint of random weights, the same at every call."""
    torch = _module("torch")
    models = _module("yolox.models")
    depth, width, depthwise = LAYERS[size]
    torch.manual_seed(0)
    more = {"width": width, "depthwise": depthwise}
    channels = [256, 512, 1024]
    network = models.YoloxModule(
        models.YoloPafpn(depth, in_channels=channels, **more),
        models.YoloxHead(80, in_channels=channels, **more),
    )
    _set_norms(torch, network.eval())
    torch.save({"model": network.state_dict()}, path)
    return {"parameters": sum(p.numel() for p in network.parameters())}


def _set_norms(torch: Any, network: Any) -> None:
    """Have batch norms know their inputs: else those fade from layer to layer."""
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.train()
            module.momentum = None
    image = sample_image(416, 416).transpose(2, 0, 1)[np.newaxis]
    with torch.no_grad():
        network(torch.from_numpy(image.astype(np.float32)))


def infer(
    model: str, size: str, device: str, fp16: str, images: str, seconds: str
) -> Answer:
    """Images a second of one session, memory, and how far it is from a CPU."""
    path, spec = Path(model), _sized(model, size)
    half, where = fp16 == "fp16", parse_device(device)
    runtime = open_runtime(path, spec.input_size, device=where, fp16=half)
    image = preprocess(sample_image(*spec.input_size), spec)
    given = np.repeat(image, int(images), axis=0)
    for _ in range(WARM_UP if where.kind == "cuda" else 1):
        runtime.run(given)
    rounds, start = 0, time.perf_counter()
    while (taken := time.perf_counter() - start) < float(seconds) or not rounds:
        runtime.run(given)
        rounds += 1
    answer = {"frames_per_second": rounds * int(images) / taken, **_torch_memory()}
    if where.kind == "cuda":
        limit = LIMIT_FP16 if half else LIMIT
        reference = open_runtime(path, spec.input_size, device=Device())
        apart = largest_difference(reference, runtime, spec)
        answer |= {"apart": str(apart), "within": not apart.exceeds(limit)}
    return answer


def _sized(model: str, size: str) -> ModelSpec:
    width, height = map(int, size.split("x"))
    return replace(describe(Path(model)), input_size=(width, height))


def _torch_memory() -> Answer:
    torch = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_available():
        return {}
    return {"peak_mib": torch.cuda.max_memory_reserved() / 2**20}


WORK: Mapping[str, Callable[..., Answer]] = {
    "batch": batch,
    "compare": compare,
    "infer": infer,
    "input-size": input_size,
    "make-yolox": make_yolox,
    "packages": packages,
    "providers": providers,
    "tensorrt-info": tensorrt_info,
    "torch-info": torch_info,
}


def main(words: list[str]) -> int:
    """Do one of `WORK`, and print its answer."""
    try:
        answer = WORK[words[0]](*words[1:])
    except MissingError as error:
        answer = {"missing": str(error)}
    except AvioError as error:
        sys.stderr.write(f"{error.message}\n")
        return 1
    print(json.dumps(answer))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
