"""Where association is in doubt, and what likeness says there."""

import numpy as np

from avio_cli.vision.reid.doubt import advantage, doubtful

LIMIT, MARGIN = 0.8, 0.2


def test_pairs_without_a_near_rival_are_certain() -> None:
    rows, columns = np.array([1, 1, 2]), np.array([0, 1, 1])
    costs = np.array([0.1, 0.5, 0.2])
    assert doubtful(rows, columns, costs, LIMIT, MARGIN).tolist() == []


def test_two_of_a_track_and_two_of_a_detection_are_in_doubt() -> None:
    rows, columns = np.array([1, 1, 2, 3]), np.array([0, 1, 2, 2])
    costs = np.array([0.3, 0.4, 0.5, 0.6])
    assert doubtful(rows, columns, costs, LIMIT, MARGIN).tolist() == [0, 1, 2, 3]


def test_what_is_out_of_the_question_is_no_rival() -> None:
    rows, columns = np.array([1, 1]), np.array([0, 1])
    costs = np.array([0.75, 0.8])
    assert doubtful(rows, columns, costs, LIMIT, MARGIN).tolist() == []


def test_equal_likeness_is_no_advantage_and_a_lone_pair_has_none() -> None:
    rows, columns = np.array([1, 1, 2, 2, 7]), np.array([0, 1, 0, 1, 5])
    assert advantage(rows, columns, np.full(5, 0.3)).tolist() == [0] * 5
    ahead = advantage(rows, columns, np.array([0.9, 0.1, 0.2, 0.8, 0.5]))
    assert ahead[0] > 0 > ahead[1]
    assert ahead[3] > 0 > ahead[2]
    assert ahead[4] == 0
