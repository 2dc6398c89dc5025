"""Checkpoints with random weights, as YOLOX's and ByteTrack's tools save them."""

from pathlib import Path
from typing import Any

SIZES = {
    "nano": (0.33, 0.25, True),
    "tiny": (0.33, 0.375, False),
    "s": (0.33, 0.5, False),
    "m": (0.67, 0.75, False),
    "l": (1.0, 1.0, False),
    "x": (1.33, 1.25, False),
}
"""Depth, width and whether convolutions are depthwise, as in YOLOX's settings."""


def empty_network(size: str, classes: int = 80) -> Any:
    """A network of pixeltable-yolox that has shapes but no memory yet."""
    import torch
    from yolox.models import YoloPafpn, YoloxHead, YoloxModule

    depth, width, depthwise = SIZES[size]
    with torch.device("meta"):
        return YoloxModule(
            YoloPafpn(depth, width, depthwise=depthwise),
            YoloxHead(classes, width, depthwise=depthwise),
        )


def random_network(size: str, classes: int = 80, seed: int = 0) -> Any:
    """A network whose layers keep their signals within bounds."""
    import torch

    network = empty_network(size, classes).to_empty(device="cpu").eval()
    torch.manual_seed(seed)
    for name, value in network.state_dict().items():
        _fill(name, value)
    if classes != 1:  # pixels reach it as 0 to 255
        network.backbone.backbone.stem.conv.bn.running_var.mul_(4000)
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.eps = 1e-3
    return network


def _fill(name: str, value: Any) -> None:
    if name.endswith("num_batches_tracked"):
        value.fill_(7)
    elif name.endswith(("running_var", "bn.weight")):
        value.uniform_(0.5, 1.5)
    elif value.dim() == 4:
        # What predicts is small in trained networks too: sizes are exponents.
        gain = 0.1 if "_preds" in name else 1
        value.normal_(std=gain * (2 / value[0].numel()) ** 0.5)
    else:
        value.uniform_(-0.1, 0.1)


def save_checkpoint(
    path: Path, size: str, classes: int = 80, *, seed: int = 0, **more: Any
) -> Path:
    """Write a checkpoint of random weights, with what training tools add to it."""
    import torch

    network = random_network(size, classes, seed)
    torch.save({"start_epoch": 3, "model": network.state_dict(), **more}, path)
    return path
