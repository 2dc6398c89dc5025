"""Model files by their ending: ``.pth.tar`` is one ending, and so is ``_trt.pth``."""

from pathlib import PurePath

TORCH = (".pth", ".pth.tar", ".pt")
"""Checkpoints: only PyTorch opens them."""
TORCH2TRT = "_trt.pth"
"""TensorRT engines wrapped by torch2trt, as ByteTrack's tools name them."""
TENSORRT = (".engine", TORCH2TRT)
MODEL_SUFFIXES = (".onnx", ".xml", *TORCH, *TENSORRT)
"""Everything that is taken for a model file."""


def suffix_of(path: PurePath) -> str:
    """The ending that says what a file is, lower case; empty where it says nothing."""
    name = path.name.lower()
    endings = [suffix for suffix in MODEL_SUFFIXES if name.endswith(suffix)]
    return max(endings, key=len, default="")


def stem_of(path: PurePath) -> str:
    """The name of a model file without that ending."""
    suffix = suffix_of(path)
    return path.name[: -len(suffix)] if suffix else path.name
