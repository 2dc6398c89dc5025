"""The synthetic frames and their ground truth agree."""

import numpy as np

from avio_cli.jobs.demo import scene


def changed(index: int) -> np.ndarray:
    """Which pixels of a frame are not background: (H, W) bool."""
    background = scene.draw_frame(0).astype(int)
    difference: np.ndarray = (
        np.abs(scene.draw_frame(index) - background).max(axis=2) > 12
    )
    return difference


def test_the_same_number_gives_the_same_frame() -> None:
    first = scene.draw_frame(100)
    first_again = scene.draw_frame(100)
    assert first.shape == (scene.HEIGHT, scene.WIDTH, 3)
    assert first.dtype == np.uint8
    assert np.array_equal(first, first_again)
    assert not np.shares_memory(first, first_again)


def test_the_background_is_still_and_textured() -> None:
    assert np.array_equal(scene.draw_frame(0), scene.draw_frame(20))
    assert scene.draw_frame(0).std() > 15


def test_something_changes_inside_every_true_box_and_nowhere_else() -> None:
    for index in (40, 90, 130, 165, 200, 249):
        mask, rest = changed(index), changed(index)
        truth = scene.true_tracks(index)
        assert len(truth) > 0
        for x1, y1, x2, y2 in np.rint(truth.boxes).astype(int):
            assert mask[y1:y2, x1:x2].mean() > 0.6
            rest[max(0, y1 - 2) : y2 + 2, max(0, x1 - 2) : x2 + 2] = False
        assert rest.mean() < 0.005, "only what is about to enter may be left"


def test_boxes_are_tight() -> None:
    truth = scene.true_tracks(60)
    x1, y1, x2, y2 = np.rint(truth.boxes[0]).astype(int)
    mask = changed(60)[:, : x2 + 5]
    rows, columns = np.nonzero(mask[:, x1 - 5 :])
    assert abs(rows.min() - y1) <= 1
    assert abs(rows.max() + 1 - y2) <= 1
    assert abs(columns.min() - 5) <= 1


def test_boxes_are_in_the_frame_and_track_ids_last() -> None:
    seen: dict[int, list[int]] = {}
    for index in range(scene.FRAMES):
        truth = scene.true_tracks(index)
        assert (truth.boxes >= 0).all()
        assert (truth.boxes <= [scene.WIDTH, scene.HEIGHT] * 2).all()
        for track_id in truth.ids.tolist():
            seen.setdefault(track_id, []).append(index)
    assert set(seen) == set(range(1, len(scene.MOVERS) + 1))
    for frames in seen.values():
        assert frames == list(range(frames[0], frames[-1] + 1))


def test_two_shapes_pass_in_front_of_each_other() -> None:
    def overlap(index: int) -> bool:
        truth = scene.true_tracks(index)
        boxes = dict(zip(truth.ids.tolist(), truth.boxes, strict=True))
        if not {1, 5} <= boxes.keys():
            return False
        left, top = np.maximum(boxes[1][:2], boxes[5][:2])
        right, bottom = np.minimum(boxes[1][2:], boxes[5][2:])
        return bool(left < right and top < bottom)

    assert sum(overlap(index) for index in range(scene.FRAMES)) > 5


def test_edges_are_soft() -> None:
    frames = [scene.draw_frame(index)[:, :, 2].astype(int) for index in (60, 61)]
    row = int(scene.MOVERS[0].height)
    edge = scene.true_tracks(60).boxes[0][2]
    crossing = frames[0][row, int(edge) - 2 : int(edge) + 3]
    assert len(set(crossing.tolist())) > 2
