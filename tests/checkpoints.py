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
    """A network that, as a trained one, keeps its signals within bounds."""
    import torch

    network = empty_network(size, classes).to_empty(device="cpu").eval()
    noise = torch.randn(1 << 16, generator=torch.Generator().manual_seed(seed))
    gain = 1.9 if SIZES[size][2] else 1.5  # found by trying
    for number, (name, value) in enumerate(network.state_dict().items()):
        _fill(name, value, noise.roll(number * 997), gain)
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.eps = 1e-3
    if classes != 1:  # pixels reach it as 0 to 255
        network.backbone.backbone.stem.conv.bn.running_var.mul_(4000)
    return network


def _fill(name: str, value: Any, noise: Any, gain: float) -> None:
    count = value.numel()
    random = noise.repeat(count // len(noise) + 1)[:count].reshape(value.shape)
    if value.dim() == 4:
        value.copy_(random * (gain / value[0].numel()) ** 0.5)
    elif name.endswith(("bn.weight", "running_var")):
        value.copy_(1 + random.clip(-2, 2) / 8)
    else:
        value.copy_(random / 10)


def save_checkpoint(
    path: Path, size: str, classes: int = 80, *, seed: int = 0, **more: Any
) -> Path:
    """Write a checkpoint of random weights, with what training tools add to it."""
    import torch

    network = random_network(size, classes, seed)
    torch.save({"start_epoch": 3, "model": network.state_dict(), **more}, path)
    return path
