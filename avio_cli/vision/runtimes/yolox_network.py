"""Build a checkpoint's YOLOX network and load its weights."""

import importlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from avio_cli.errors import AvioError, InputError
from avio_cli.models.checkpoint import (
    INSTALL,
    INSTALL_NETWORK,
    architecture_of,
    read_weights,
)
from avio_cli.models.yolox_variants import Architecture
from avio_cli.optional import first_line, load, load_opencv

CHANNELS = (256, 512, 1024)
"""Channels of the three stages that feed the head, at width 1."""
BATCH_NORM_EPSILON = 1e-3
"""What YOLOX trains with; it is no part of the weights, and PyTorch's own is 1e-5."""


def load_network(path: Path, *, decoded: bool = False) -> Any:
    """Build the network of a checkpoint, ready for inference.

    Batch norms are folded into the convolutions before them: the same numbers with
    fewer steps.

    Args:
        path: a checkpoint of YOLOX, as Megvii's or ByteTrack's tools write it.
        decoded: whether it outputs boxes in pixels, not in cells and logarithms.

    Returns:
        A ``torch.nn.Module`` in float32 on the CPU, from (n, 3, H, W) to (n, rows,
        5 + classes).

    Raises:
        AvioError: PyTorch or the YOLOX package is not installed.
        InputError: the file is no such checkpoint, or its weights do not fit.
    """
    weights = read_weights(path)
    architecture = architecture_of(path, weights)
    network = _build(architecture)
    _fill(path, network, weights)
    network.head.decode_in_inference = decoded
    return _folded(network.eval())


def _build(architecture: Architecture) -> Any:
    models = yolox_models()
    size = {"width": architecture.width, "depthwise": architecture.depthwise}
    channels = list(CHANNELS)
    return models.YoloxModule(
        models.YoloPafpn(architecture.depth, in_channels=channels, **size),
        models.YoloxHead(architecture.classes, in_channels=channels, **size),
    )


def yolox_models() -> Any:
    """Import the module of the YOLOX package that has its networks.

    Raises:
        AvioError: it is missing or broken, or PyTorch is.
    """
    load("torch", "PyTorch", INSTALL)
    load_opencv()  # which it imports
    load("yolox", "the package pixeltable-yolox", INSTALL_NETWORK)
    try:
        models = importlib.import_module("yolox.models")
    except Exception as error:  # torchvision for another PyTorch: a RuntimeError
        raise AvioError(
            f"pixeltable-yolox cannot be imported ({first_line(error)})", hint=INSTALL
        ) from error
    if not hasattr(models, "YoloxModule"):
        raise AvioError(
            "the installed package yolox is another one than pixeltable-yolox",
            hint=f"pip uninstall -y yolox && {INSTALL_NETWORK}",
        )
    return models


def _fill(path: Path, network: Any, weights: Mapping[str, Any]) -> None:
    # Inference does not need the number of batches seen in training; old files
    # have no such counts.
    expected = network.state_dict()
    wrong = next(_differences(expected, weights), "")
    if wrong:
        raise InputError(
            f"{path}: its weights do not fit their network: {wrong}",
            hint="the file may be of another version or variant of YOLOX",
        )
    network.load_state_dict({k: weights.get(k, v) for k, v in expected.items()})


def _differences(
    expected: Mapping[str, Any], given: Mapping[str, Any]
) -> Iterator[str]:
    for key, value in expected.items():
        if key.endswith(".num_batches_tracked"):
            continue
        if key not in given:
            yield f"{key} is missing"
        elif given[key].shape != value.shape:
            yield f"{key} is {tuple(given[key].shape)}, not {tuple(value.shape)}"
    for key in given:
        if key not in expected:
            yield f"{key} belongs to none of its layers"


def _folded(network: Any) -> Any:
    torch = load("torch", "PyTorch", INSTALL)
    fold = torch.nn.utils.fusion.fuse_conv_bn_eval
    for layer in network.modules():
        if hasattr(layer, "conv") and hasattr(layer, "bn"):
            layer.bn.eps = BATCH_NORM_EPSILON
            layer.conv = fold(layer.conv, layer.bn)
            layer.bn = torch.nn.Identity()
    return network
