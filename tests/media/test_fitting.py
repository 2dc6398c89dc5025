import pytest

from avio_cli.media.fitting import RESIZES, Placement, place


@pytest.mark.parametrize(
    ("frame", "resize", "placed"),
    [
        ((768, 576), "letterbox", Placement(416, 312)),
        ((1280, 720), "letterbox-center", Placement(416, 234, 0, 91)),
        ((720, 1280), "letterbox-center", Placement(234, 416, 91, 0)),
        ((333, 777), "letterbox", Placement(178, 416)),
        ((333, 777), "letterbox-center", Placement(178, 416, 119, 0)),
        ((500, 333), "letterbox-center", Placement(416, 277, 0, 69)),
        ((1280, 720), "stretch", Placement(416, 416)),
        ((2000, 1), "letterbox", Placement(416, 1)),
    ],
)
def test_a_frame_is_placed_in_whole_pixels(
    frame: tuple[int, int], resize: str, placed: Placement
) -> None:
    assert place(frame, (416, 416), resize) == placed


@pytest.mark.parametrize("resize", RESIZES)
def test_a_frame_never_leaves_the_input(resize: str) -> None:
    for width in range(1, 90, 7):
        inner = place((width, 33), (64, 32), resize)
        assert inner.left + inner.width <= 64
        assert inner.top + inner.height <= 32
