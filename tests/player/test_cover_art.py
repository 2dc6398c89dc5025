"""What is shown of audio: its cover, in its own shape."""

from pathlib import Path

import imageio_ffmpeg
import pytest

from avio_cli.display.viewport import fit
from avio_cli.display.window import Window
from avio_cli.ffmpeg.locate import locate_ffmpeg
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.process.run import run
from avio_cli.ffmpeg.url import parse_url
from avio_cli.player.cover_art import PLAIN_SIZE, cover_frame
from avio_cli.player.hud.builtin import BuiltinHud
from avio_cli.player.screen import Screen
from avio_cli.player.start.first_frame import aspect_of

SQUARE = (
    "-f lavfi -i color=red:s=500x500:d=1 -f lavfi -i sine=d=1 -map 1 -map 0 "
    "-c:v mjpeg -frames:v 1 -disposition:v:0 attached_pic"
)


def test_a_square_cover_stays_square_in_a_wide_window(tmp_path: Path) -> None:
    path = tmp_path / "song.mp3"
    binary = imageio_ffmpeg.get_ffmpeg_exe()
    done = run([binary, "-v", "error", *SQUARE.split(), str(path)])
    assert done.status == 0, done.stderr
    cover = cover_frame(MediaSource.probe(locate_ffmpeg(), parse_url(path)))
    assert (cover.width, cover.height) == (500, 500)
    window = Window("test", PLAIN_SIZE, aspect_of(None), size=PLAIN_SIZE)
    try:
        Screen(window, BuiltinHud()).set_still(cover, "song")
        shown = fit(*window.size, window._aspect)
    finally:
        window.close()
    assert (shown.width, shown.height) == (PLAIN_SIZE[1], PLAIN_SIZE[1])


@pytest.mark.parametrize("option", ["--no-video", "--no-audio"])
def test_without_video_no_display_is_needed(
    option: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from avio_cli.cli.main import run as avio
    from tests.clips import make_clip

    clip = make_clip(tmp_path / "a.mp4", frames=10, audios=1)
    monkeypatch.setenv("SDL_VIDEODRIVER", "x11")
    monkeypatch.delenv("DISPLAY", raising=False)
    assert avio(["play", str(clip.path), option]) == (option == "--no-audio")


@pytest.mark.parametrize("option", ["--vf=null", "--deinterlace=on", "--fullscreen"])
def test_without_video_its_options_are_refused(
    option: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from avio_cli.cli.main import run as avio

    path = tmp_path / "a.mp4"
    path.write_bytes(b"not read")
    assert avio(["play", str(path), "--no-video", option]) == 2
    assert option.partition("=")[0] in capsys.readouterr().err
