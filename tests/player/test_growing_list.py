"""A local HLS list without an end waits for more parts, and it is said."""

from pathlib import Path

import imageio_ffmpeg
import pytest

from avio_cli.ffmpeg.process.run import run as run_child
from avio_cli.player.player import Player
from tests.player.conftest import Play

END = "#EXT-X-ENDLIST"


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    """Three seconds of video, with an end: of less, ffmpeg knows too little."""
    path = tmp_path / "list.m3u8"
    source = ("-f", "lavfi", "-i", "testsrc2=s=160x96:r=25:d=3")
    argv = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *source]
    done = run_child(
        [
            *argv,
            "-c:v",
            "libx264",
            *("-g", "25", "-hls_time", "1", "-f", "hls"),
            str(path),
        ]
    )
    assert done.status == 0, done.stderr
    return path


@pytest.mark.parametrize("ended", [True, False])
@pytest.mark.slow
def test_what_is_awaited_is_said_once_and_shown(
    play: Play,
    listed: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    ended: bool,
) -> None:
    if not ended:
        listed.write_text(listed.read_text().replace(END, ""))
    shown: list[str] = []

    def look(player: Player) -> None:
        shown.append(player.state().trouble)

    monkeypatch.setattr(Player, "take_screenshot", look)
    # It goes on where the source gives nothing: from then on it is shown in a second.
    play(
        listed,
        script=["wait 3", "key c", "quit"],
        options=["--keep-open", "--speed", "4"],
    )
    expected = "" if ended else "Waiting for more: the list has no end"
    assert shown == [expected]
    assert capsys.readouterr().err.count(END) == (0 if ended else 1)
