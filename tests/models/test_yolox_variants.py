import pytest

from avio_cli.models.yolox_variants import STEM, Architecture, recognise

HEAD = "head.cls_preds.0.weight"


def shapes(
    blocks: int, channels: int, classes: int = 80, *, depthwise: bool = False
) -> dict[str, tuple[int, ...]]:
    found: dict[str, tuple[int, ...]] = {STEM: (channels, 12, 3, 3)}
    for number in range(blocks):
        found[f"backbone.backbone.dark2.1.m.{number}.conv1.conv.weight"] = (1, 1, 1, 1)
        found[f"backbone.backbone.dark2.1.m.{number}.conv1.bn.weight"] = (1,)
    if depthwise:
        found["backbone.backbone.dark2.0.dconv.conv.weight"] = (channels, 1, 3, 3)
    return found | {HEAD: (classes, channels * 4, 1, 1)}


@pytest.mark.parametrize(
    ("size", "blocks", "channels", "depthwise"),
    [
        ("nano", 1, 16, True),
        ("tiny", 1, 24, False),
        ("s", 1, 32, False),
        ("m", 2, 48, False),
        ("l", 3, 64, False),
        ("x", 4, 80, False),
        ("", 2, 32, False),
        ("", 1, 16, False),
    ],
)
def test_a_size_is_read_off_the_shapes(
    size: str, blocks: int, channels: int, depthwise: bool
) -> None:
    found = recognise(shapes(blocks, channels, 7, depthwise=depthwise))
    assert found == Architecture(
        blocks=blocks, channels=channels, depthwise=depthwise, classes=7
    )
    assert found.size == size


def test_depth_and_width_are_the_factors_of_yolox() -> None:
    found = recognise(shapes(4, 80))
    assert round(found.depth * 3) == 4
    assert int(found.width * 64) == 80


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "there are none at all"),
        ({"model.0.conv.weight": (1,)}, "the first is model.0.conv.weight"),
        ({STEM: (16, 12, 3, 3)}, "no weights are called head.cls_preds.0.weight"),
        ({STEM: (16, 3, 3, 3), HEAD: (1,)}, r"is of shape \(16, 3, 3, 3\)"),
    ],
)
def test_other_weights_are_refused(
    given: dict[str, tuple[int, ...]], says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        recognise(given)
