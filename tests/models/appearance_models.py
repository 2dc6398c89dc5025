"""A model of appearance that needs no weights: the mean colour of a crop."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.models.onnx_graph import Graph


def write_mean_colour(
    path: Path,
    shape: Sequence[int | str] = ("n", 3, 32, 16),
    metadata: Mapping[str, str] | None = None,
) -> Path:
    """Write a model whose embedding is the mean of each plane of its input."""
    graph = Graph(
        inputs={"crops": ("float32", shape)}, outputs={"mean": ("float32", ("n", 3))}
    )
    axes = (1, 2) if shape[3] == 3 else (2, 3)
    graph.node("ReduceMean", "crops", out="mean", axes=axes, keepdims=0)
    path.write_bytes(graph.model(metadata))
    return path
