from fractions import Fraction

import numpy as np
import pytest
from numpy.typing import NDArray

from avio_cli.media.fitting import Placement
from avio_cli.media.frame import Frame
from avio_cli.vision.trackers.camera_motion import SeenMotion
from avio_cli.vision.trackers.image_camera import ImageCamera

Image = NDArray[np.uint8]
WIDTH, HEIGHT = 192, 128


def scene(seed: int = 0) -> Image:
    """A textured scene, larger than the frames that show a part of it."""
    random = np.random.default_rng(seed)
    coarse = random.uniform(30, 220, (24, 32))
    return np.kron(coarse, np.ones((8, 8))).astype(np.uint8)


def shown(right: int, down: int, seed: int = 0) -> Frame:
    """What a camera sees that looks so far to the right and down."""
    part = scene(seed)[down : down + HEIGHT, right : right + WIDTH]
    return Frame((part.copy(),), "gray", 0, 0, Fraction(1, 30))


def observe(
    frames: list[Frame], size: tuple[int, int] = (WIDTH, HEIGHT)
) -> list[SeenMotion | None]:
    camera = ImageCamera(size)
    return [camera.observe(frame) for frame in frames]


def test_a_pan_moves_things_the_other_way() -> None:
    seen = observe([shown(20, 10), shown(26, 7)])
    assert seen[0] is None
    assert seen[1] is not None
    assert seen[1].shift == pytest.approx(-6 + 3j, abs=0.3)
    assert not seen[1].at_rest


def test_shifts_are_in_pixels_of_the_video() -> None:
    """The frames compared are a third as large."""
    seen = observe([shown(20, 10), shown(26, 7)], (3 * WIDTH, 3 * HEIGHT))[1]
    assert seen is not None
    assert seen.shift == pytest.approx(-18 + 9j, abs=0.9)


def test_an_even_pan_shifts_each_frame_alike() -> None:
    seen = observe([shown(4 * frame, 10) for frame in range(5)])
    shifts = [motion.shift for motion in seen if motion]
    assert shifts == pytest.approx([-4] * 4, abs=0.3)


def test_a_camera_at_rest_is_recognised_after_some_frames() -> None:
    """Although something walks through the scene, and there is noise."""
    random = np.random.default_rng(1)
    frames = [shown(10, 10) for _ in range(12)]
    for index, frame in enumerate(frames):
        frame.pixels[40:100, 20 + 5 * index : 50 + 5 * index] = 128
        noise = random.integers(0, 9, (HEIGHT, WIDTH), np.uint8)
        np.copyto(frame.pixels, frame.pixels // 2 + noise)
    rest = [motion is not None and motion.at_rest for motion in observe(frames)]
    assert rest == [False] * 8 + [True] * 4


def test_a_camera_that_starts_to_move_is_no_longer_at_rest() -> None:
    seen = observe([shown(10, 10)] * 9 + [shown(14, 10)])
    assert [motion.at_rest for motion in seen[-2:] if motion] == [True, False]


def test_another_scene_says_nothing() -> None:
    other = shown(10, 10)
    other.pixels[:] = np.random.default_rng(5).integers(0, 255, other.pixels.shape)
    assert observe([shown(10, 10), other])[1] is None


def test_only_the_frame_within_the_view_counts() -> None:
    """Padding would be at rest, whatever the camera does."""
    camera = ImageCamera((WIDTH, HEIGHT), Placement(WIDTH, HEIGHT, left=4, top=40))
    seen = []
    for right in (20, 26):
        frame = shown(right, 10)
        frame.view = np.full((HEIGHT + 80, WIDTH + 8, 3), 114, np.uint8)
        frame.view[40 : 40 + HEIGHT, 4 : 4 + WIDTH] = frame.pixels[..., np.newaxis]
        seen.append(camera.observe(frame))
    assert seen[1] is not None
    assert seen[1].shift == pytest.approx(-6, abs=0.3)


def test_a_slow_pan_is_no_rest() -> None:
    """A third of a pixel a frame, less than what noise may look like."""
    wide = np.kron(scene(), np.ones((3, 3)))
    frames = []
    for step in range(16):
        part = wide[: 3 * HEIGHT, step : step + 3 * WIDTH]
        small = part.reshape(HEIGHT, 3, WIDTH, 3).mean(axis=(1, 3))
        plane = small.astype(np.uint8)
        frames.append(Frame((plane,), "gray", 0, 0, Fraction(1, 30)))
    assert not any(motion.at_rest for motion in observe(frames) if motion)


@pytest.mark.parametrize("size", [(640, 2), (2, 640), (1, 1), (3000, 5)])
def test_images_that_are_very_thin_are_seen(size: tuple[int, int]) -> None:
    plane = np.zeros((size[1], size[0]), np.uint8)
    frames = [Frame((plane,), "gray", 0, 0, Fraction(1, 30)) for _ in range(3)]
    assert len(observe(frames, size)) == 3
