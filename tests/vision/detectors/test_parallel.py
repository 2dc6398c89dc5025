import threading
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from avio_cli.detections import Detections
from avio_cli.errors import DamagedInputError, InputError
from avio_cli.media.frame import Frame
from avio_cli.models.describe import Model, describe
from avio_cli.vision.detectors.parallel import (
    FRAMES_PER_WORKER,
    Pace,
    ParallelDetector,
    available_cores,
    open_detector,
)
from tests.vision.views import viewed_frames


class Marker:
    """A detector whose score is the index of its frame; may wait, may fail."""

    def __init__(self, gate: threading.Event | None = None, fails_at: int = -1) -> None:
        self.gate, self.fails_at = gate, fails_at
        self.users, self.closed = 0, False

    def detect(self, frame: Frame) -> Detections:
        self.users += 1
        assert self.users == 1, "two threads use one detector"
        if self.gate is not None and frame.index % 2 == 0:
            assert self.gate.wait(60)
        self.users -= 1
        if frame.index == self.fails_at:
            raise InputError(f"frame {frame.index}")
        score = np.float32([frame.index / 1000])
        return Detections(np.zeros((1, 4), np.float32), score, np.zeros(1, np.int64))

    def close(self) -> None:
        self.closed = True


def frames(count: int, taken: list[int] | None = None) -> Iterator[Frame]:
    for index in range(count):
        if taken is not None:
            taken.append(index)
        image = np.zeros((2, 2, 3), np.uint8)
        yield Frame((image,), "bgr24", index, index, Fraction(1, 25))


def threads() -> list[str]:
    names = (thread.name for thread in threading.enumerate())
    return [name for name in names if name.startswith("avio-detect")]


def test_frames_come_in_their_order_with_their_own_detections() -> None:
    with ParallelDetector(Marker, 4) as detector:
        for expected, (frame, found) in enumerate(detector.map(frames(200))):
            assert frame.index == expected
            assert found.scores[0] == np.float32(expected / 1000)
    assert threads() == []


def test_later_frames_are_done_while_an_earlier_one_takes_long() -> None:
    gate, taken = threading.Event(), list[int]()
    with ParallelDetector(lambda: Marker(gate), 2) as detector:
        results = detector.map(frames(50, taken))
        threading.Timer(0.05, gate.set).start()
        assert next(results)[0].index == 0
        assert len(taken) > 1
        results.close()


def test_no_more_frames_are_taken_than_are_asked_for() -> None:
    gate, taken = threading.Event(), list[int]()
    with ParallelDetector(lambda: Marker(gate), 2) as detector:
        results = detector.map(frames(1000, taken))
        threading.Timer(0.05, gate.set).start()
        next(results)
        assert len(taken) <= 2 * FRAMES_PER_WORKER
        results.close()
    assert threads() == []


@pytest.mark.parametrize(
    ("detecting", "using", "interval", "expected"),
    [
        (0.5, 0.001, 0.04, 4),  # the detectors are slow: all have one
        (0.5, 0.19, 0.04, 4),
        (0.2, 0.2, 0.04, 2),  # one is detected while another is used
        (0.05, 0.3, 0.04, 1),  # the receiver is slow: nothing waits for it
        (0.05, 0.01, 1.0, 1),  # the source is: no frame waits for the next one
    ],
)
def test_the_newest_frames_wait_for_nobody(
    detecting: float, using: float, interval: float, expected: int
) -> None:
    pace = Pace(4, newest=True)
    assert pace.ahead == 1  # until more is known
    for index in range(0, 60, 3):
        pace.taken(index, index * interval)
        pace.detected(detecting)
        pace.used(using)
    assert pace.ahead == expected
    assert Pace(4).ahead == 4 * FRAMES_PER_WORKER


def test_an_interruption_says_nothing_of_the_rate_of_a_source() -> None:
    pace = Pace(4, newest=True)
    for index in range(20):
        later = 600.0 if index >= 10 else 0.0
        pace.taken(index, 0.04 * index + later)
        pace.detected(0.5)
        pace.used(0.001)
    assert pace.ahead == 4  # as of 25 frames a second


def test_a_detectors_failure_comes_at_its_frame() -> None:
    with ParallelDetector(lambda: Marker(fails_at=7), 3) as detector:
        results, seen = detector.map(frames(100)), list[int]()
        with pytest.raises(InputError, match="frame 7"):
            seen.extend(frame.index for frame, _ in results)
    assert seen == list(range(7))
    assert threads() == []


def test_a_sources_failure_comes_after_its_last_frame() -> None:
    def damaged() -> Iterator[Frame]:
        yield from frames(5)
        raise DamagedInputError("cut off")

    with ParallelDetector(Marker, 3) as detector:
        results, seen = detector.map(damaged()), list[int]()
        with pytest.raises(DamagedInputError, match="cut off"):
            seen.extend(frame.index for frame, _ in results)
    assert seen == list(range(5))


def test_stopping_early_leaves_no_thread() -> None:
    with ParallelDetector(Marker, 4) as detector:
        for frame, _ in (results := detector.map(frames(1000))):
            if frame.index == 3:
                break
        results.close()
        assert threads() == []


def test_it_can_map_again_after_it_was_stopped() -> None:
    with ParallelDetector(Marker, 2) as detector:
        for _ in range(3):
            assert len(list(detector.map(frames(10)))) == 10


def test_what_cannot_be_opened_at_all_is_said_before_any_frame() -> None:
    def make() -> Marker:
        raise InputError("no model")

    with pytest.raises(InputError, match="no model"):
        ParallelDetector(make, 3)


def test_where_there_is_no_room_for_another_those_that_are_open_share(
    caplog: pytest.LogCaptureFixture,
) -> None:
    opened: list[Marker] = []
    gate = threading.Event()  # holds every even frame until a third one is wanted

    def make() -> Marker:
        if len(opened) == 2:
            gate.set()
            raise InputError("no room for a third one")
        opened.append(Marker(gate))
        return opened[-1]

    with ParallelDetector(make, 4) as detector:
        seen = [frame.index for frame, _ in detector.map(frames(100))]
    assert seen == list(range(100))
    assert [marker.closed for marker in opened] == [True, True]
    assert "2 frames at a time: no room for a third one" in caplog.text


def test_detectors_are_opened_while_the_first_is_at_work_never_more_than_workers() -> (
    None
):
    gate = threading.Event()  # holds every even frame
    with ParallelDetector(lambda: Marker(gate), 3) as detector:
        assert detector.opened == 1
        results = detector.map(frames(100))
        threading.Timer(0.2, gate.set).start()
        assert len(list(results)) == 100
        assert 2 <= detector.opened <= 3


def test_there_is_a_worker_for_each_core() -> None:
    with ParallelDetector(Marker) as detector:
        assert detector.workers == available_cores() >= 1


def test_real_detection_does_not_depend_on_the_number_of_workers(
    shared: Path,
) -> None:
    path = shared / "models" / "yolox_nano.onnx"
    model = Model(path, describe(path)).resized((224, 224))
    video = shared / "media" / "vtest.avi"
    views = list(viewed_frames(video, range(12), model.spec.input_size))
    found = []
    for workers in (1, 3):
        with ParallelDetector(lambda: open_detector(model), workers) as detector:
            found.append([boxes for _, boxes in detector.map(iter(views))])
    for one, other in zip(*found, strict=True):
        assert one.boxes.tolist() == other.boxes.tolist()
        assert one.scores.tolist() == other.scores.tolist()
    assert sum(map(len, found[0])) > 12
