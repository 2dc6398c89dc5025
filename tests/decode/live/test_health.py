"""What is counted of a live source."""

from avio_cli.decode.live.health import Health


def test_a_frame_is_late_by_what_was_done_with_it_not_by_its_wait_alone() -> None:
    now = [10.0]
    health = Health(now=lambda: now[0])
    for index in (0, 3, 7):
        health.handed_on(index, 10.0 + index / 10)
    assert health.snapshot().lag == 0
    lags = []
    for moment, index in ((10.9, 0), (11.0, 3), (11.0, 3), (11.0, 9)):
        now[0] = moment
        health.processed(index)
        lags.append(round(health.snapshot().lag, 3))
    assert lags == [0.9, 0.7, 0.7, 0.3]
    assert round(health.snapshot().worst_lag, 3) == 0.9
