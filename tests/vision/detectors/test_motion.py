from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from avio_cli.detections import Detections
from avio_cli.errors import UsageError
from avio_cli.media.frame import Frame
from avio_cli.vision.detectors.motion import MotionDetector, MotionSettings, view_size
from avio_cli.vision.detectors.motion_regions import merge_fragments
from tests.vision.frames import viewed
from tests.vision.scenes import iou_matrix

Boxes = NDArray[np.float32]

WIDTH, HEIGHT = 320, 180
STRONG = 0.6


def _background() -> NDArray[np.float32]:
    noise = np.random.default_rng(3).integers(0, 255, (HEIGHT, WIDTH, 3))
    smooth = cv2.GaussianBlur(noise.astype(np.float32), (0, 0), 5)
    return np.interp(smooth, (smooth.min(), smooth.max()), (40, 200)).astype("f4")


BACKGROUND = _background()


def _objects(index: int) -> Boxes:
    """A tall, a wide and a small thing that come in at frame 20."""
    step = index - 20
    rows = [
        (20 + 2 * step, 40, 36 + 2 * step, 84),
        (270 - 2 * step, 100, 310 - 2 * step, 128),
        (10 + step, 140, 24 + step, 154),
    ]
    return np.array(rows if step >= 0 else [], np.float32).reshape(-1, 4)


def _image(index: int, noise: float = 3, things: bool = True) -> NDArray[np.float32]:
    image = BACKGROUND.copy()
    for x1, y1, x2, y2 in _objects(index).astype(int) if things else ():
        image[y1:y2, x1:x2] = (40, 60, 210)
    random = np.random.default_rng(index)
    shaken: NDArray[np.float32] = image + random.normal(0, noise, image.shape)
    return shaken


def _view(image: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.clip(image, 0, 255).astype(np.uint8)


def _detector(settings: MotionSettings | None = None) -> MotionDetector:
    return MotionDetector(settings, frame_size=(WIDTH, HEIGHT))


def _watch(
    detector: MotionDetector, images: list[NDArray[np.float32]]
) -> list[Detections]:
    return [
        detector.detect(viewed(_view(image), index))
        for index, image in enumerate(images)
    ]


def _hits(found: Detections, truth: Boxes) -> int:
    """How many true boxes a strong detection covers by half at least."""
    strong = found.boxes[found.scores >= STRONG]
    return (
        int((iou_matrix(truth, strong) >= 0.5).any(axis=1).sum()) if len(strong) else 0
    )


def _quality(
    results: list[Detections], first: int = 30, last: int = 100
) -> tuple[float, float]:
    """Precision and recall of strong detections."""
    hits = found = there = 0
    for index in range(first, last):
        truth = _objects(index)
        hits += _hits(results[index], truth)
        found += int((results[index].scores >= STRONG).sum())
        there += len(truth)
    return hits / max(found, 1), hits / there


@pytest.mark.parametrize("noise", [0, 3, 10])
@pytest.mark.sampled(3)
def test_moving_things_are_found_with_high_scores(noise: float) -> None:
    results = _watch(_detector(), [_image(n, noise) for n in range(100)])

    precision, recall = _quality(results)
    assert precision > 0.95
    assert recall > 0.9
    assert all((r.classes == 0).all() for r in results)


def test_a_still_scene_has_nothing_however_noisy() -> None:
    results = _watch(_detector(), [_image(n, 8, things=False) for n in range(60)])

    assert sum(map(len, results)) == 0


def test_nothing_is_found_while_the_background_is_learnt() -> None:
    settings = MotionSettings(warm_up=35)
    results = _watch(_detector(settings), [_image(n) for n in range(50)])

    assert sum(len(r) for r in results[:35]) == 0
    assert len(results[40]) == 3


@pytest.mark.parametrize(
    "light",
    [
        pytest.param(lambda n: 1 + 0.15 * np.sin(2.1 * n), id="flicker"),
        pytest.param(lambda n: 0.6 if n >= 60 else 1, id="lamp off"),
        pytest.param(lambda n: 1.25 if n >= 60 else 1, id="lamp on"),
        pytest.param(lambda n: 1 - 0.4 * np.clip((n - 50) / 20, 0, 1), id="dusk"),
    ],
)
@pytest.mark.slow
def test_changes_of_light_are_not_motion(light: object) -> None:
    assert callable(light)
    images = [_image(n) * light(n) for n in range(100)]

    precision, recall = _quality(_watch(_detector(), images))

    assert precision > 0.95
    assert recall > 0.9


@pytest.mark.slow
def test_a_new_scene_is_learnt_again_without_a_storm_of_boxes() -> None:
    images = [_image(n, things=False) for n in range(40)]
    images += [255 - _image(n)[:, ::-1] for n in range(40, 100)]

    results = _watch(_detector(), images)

    assert sum(len(r) for r in results[:55]) == 0
    assert max(len(r) for r in results[55:]) <= 6


@pytest.mark.slow
def test_a_shadow_is_left_out() -> None:
    def shaded(index: int) -> NDArray[np.float32]:
        image = _image(index)
        for _, _, x2, y2 in _objects(index).astype(int)[:1]:
            image[y2 - 10 : y2, x2 : x2 + 30] *= 0.65
        return image

    results = _watch(_detector(), [shaded(n) for n in range(100)])

    precision, recall = _quality(results)
    assert precision > 0.9
    assert recall > 0.85


@pytest.mark.slow
def test_noise_scores_low() -> None:
    def speckled(index: int) -> NDArray[np.float32]:
        image = _image(index, things=False)
        random = np.random.default_rng(1000 + index)
        x, y = random.integers((0, 0), (WIDTH - 6, HEIGHT - 6))
        if index > 20:
            image[y : y + 6, x : x + 6] += 30
        return image

    results = _watch(_detector(), [speckled(n) for n in range(100)])

    scores = np.concatenate([result.scores for result in results])
    assert len(scores) > 20
    assert scores.max() < STRONG
    assert scores.min() >= 0.1


def test_boxes_are_in_pixels_of_the_full_frame_without_the_letterbox() -> None:
    detector = MotionDetector(frame_size=(2 * WIDTH, 2 * HEIGHT))
    for index in range(50):
        view = np.full((HEIGHT + 60, WIDTH, 3), 114, np.uint8)
        view[:HEIGHT] = _view(_image(index))
        found = detector.detect(viewed(view, index))

    assert _hits(found, 2 * _objects(49)) == 3
    plain = Frame(
        (np.zeros((HEIGHT, WIDTH), np.uint8),),
        "gray",
        0,
        0,
        viewed(view, 0).time_base,
        view=view,
    )
    assert len(MotionDetector().detect(plain)) == 0


@pytest.mark.slow
def test_going_back_in_the_video_starts_again() -> None:
    detector = _detector()
    first = _watch(detector, [_image(n) for n in range(50)])
    again = _watch(detector, [_image(n) for n in range(50)])

    assert len(first[49]) == 3
    for one, other in zip(first, again, strict=True):
        np.testing.assert_array_equal(one.boxes, other.boxes)
        np.testing.assert_array_equal(one.scores, other.scores)


def test_a_frame_without_a_view_is_refused() -> None:
    with pytest.raises(UsageError, match="view"):
        _detector().detect(viewed(np.empty((0, 0, 3), np.uint8), 0))


def test_fragments_join_and_people_stay_apart() -> None:
    rows = [(10, 40, 30, 90), (14, 25, 26, 38), (60, 40, 80, 90), (84, 42, 104, 92)]
    boxes, filled = np.array(rows), np.array([600, 90, 600, 600])

    joined, sums = merge_fragments(boxes, filled)

    assert sorted(joined.tolist()) == [
        [10, 25, 30, 90],
        [60, 40, 80, 90],
        [84, 42, 104, 92],
    ]
    assert sorted(sums.tolist()) == [600, 600, 690]


def test_views_are_small_and_keep_the_shape() -> None:
    assert view_size(1920, 1080) == (480, 270)
    assert view_size(1080, 1920) == (270, 480)
    assert view_size(320, 240) == (320, 240)


@pytest.mark.slow
def test_people_of_a_real_scene_are_found(shared: Path) -> None:
    truth = np.loadtxt(shared / "mot/PETS09-S2L1/gt/gt.txt", delimiter=",")
    truth = truth[truth[:, 6] > 0]
    detector = MotionDetector(frame_size=(768, 576))
    hits = found = there = 0
    capture = cv2.VideoCapture(str(shared / "media/vtest.avi"))
    for index in range(300):
        image = cv2.resize(capture.read()[1], (480, 360), interpolation=cv2.INTER_AREA)
        result = detector.detect(viewed(image, index))
        if index >= 30:
            boxes = truth[truth[:, 0] == index + 1][:, 2:6].astype(np.float32)
            boxes[:, 2:] += boxes[:, :2]
            hits += _hits(result, boxes)
            found += int((result.scores >= STRONG).sum())
            there += len(boxes)
    capture.release()

    assert hits / found > 0.75
    assert hits / there > 0.7
