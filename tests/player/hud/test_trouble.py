"""Where a live source gives no frames, the screen says so until it does."""

import numpy as np
import pytest

from avio_cli.decode.live.health import HealthSnapshot
from avio_cli.player.hud.view import time_text
from avio_cli.player.hud_state import describe_trouble
from avio_cli.player.state import PlayerState
from tests.player.seeing import SIZES, Screen

LOST = "Lost for 12 s, opening it again"


@pytest.mark.parametrize(
    ("health", "words"),
    [
        (HealthSnapshot(state="live", frame_age=0.04), ""),
        (HealthSnapshot(state="live", frame_age=3.5), "No frame for 3 s"),
        (HealthSnapshot(state="stalled", frame_age=65.0), "No frame for 1 min 5 s"),
        (HealthSnapshot(state="lost", state_seconds=12.7), LOST),
        (
            HealthSnapshot(state="lost", state_seconds=7300),
            "Lost for 2 h 1 min, opening it again",
        ),
        (HealthSnapshot(state="connecting", state_seconds=0.1), ""),
        (HealthSnapshot(state="connecting", state_seconds=2), "Connecting"),
    ],
)
def test_trouble_is_described_by_what_is_known(
    health: HealthSnapshot, words: str
) -> None:
    assert describe_trouble(health) == words


def test_audio_alone_has_no_frames_to_miss() -> None:
    assert describe_trouble(HealthSnapshot(state="live"), video=False) == ""
    assert describe_trouble(HealthSnapshot(state="stalled"), video=False) == "No audio"


@pytest.mark.parametrize("size", SIZES)
def test_trouble_is_in_the_middle_without_the_mouse(size: tuple[int, int]) -> None:
    screen = Screen(size, trouble=LOST, duration=None, can_seek=False)
    image = screen.draw()
    rows, columns = np.nonzero(image[:, :, 3])
    height, width = image.shape[:2]
    assert abs(rows.mean() - height / 2) < height * 0.05
    assert abs(columns.mean() - width / 2) < width * 0.05
    assert screen.draw(1.0, trouble="").size == 0


def test_live_becomes_lost_beside_the_time() -> None:
    state = PlayerState(duration=None, can_seek=False)
    assert time_text(5, state, fine=False).startswith("LIVE")
    lost = PlayerState(duration=None, can_seek=False, lost=True)
    assert time_text(5, lost, fine=False).startswith("LOST")
