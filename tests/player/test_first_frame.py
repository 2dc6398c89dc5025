"""The first frame is on screen before the player with its controls is loaded."""

from pathlib import Path

import pytest

from avio_cli.display.window import Window
from avio_cli.player import first_frame
from avio_cli.player.playback.playback import Playback
from tests.clips import make_clip
from tests.player.conftest import Play
from tests.player.playback.test_decode_session import wait_for


def test_it_waits_for_nothing_that_it_does_not_need(
    play: Play, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[str] = []
    show = first_frame._show_first

    def show_first(playback: Playback, window: Window) -> bool:
        session = playback.seeker.session
        wait_for(lambda: session is not None and session.ready)
        events.append("held" if playback.paused else "not held")
        return show(playback, window)

    monkeypatch.setattr(first_frame, "_show_first", show_first)
    monkeypatch.setattr(first_frame, "import_module", events.append)
    clip = make_clip(tmp_path / "clip.mp4", frames=10, audios=1)
    found = play(clip.path)
    assert events == ["held", *first_frame._LATER]
    assert found["frames_shown"] + found["frames_dropped"] == clip.count
    assert found["startup_ms"] > 0
