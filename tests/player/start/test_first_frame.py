"""The first frame is on screen before the player with its controls is loaded."""

import sys
import time
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import pytest

from avio_cli.decode.raw_frame import RawFrame
from avio_cli.decode.reader import MediaReader
from avio_cli.decode.settings import ReaderSettings
from avio_cli.display.window import Window
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.process.run import run
from avio_cli.ffmpeg.url import parse_url
from avio_cli.player.start import early, first_frame
from tests.clips import Clip, make_clip
from tests.player.conftest import Play

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="two pipes cannot be awaited at once"
)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    return make_clip(path, frames=30, audios=1)


@pytest.mark.parametrize("start", [0.0, 0.5])
def test_it_is_that_of_the_player_and_is_shown_once(
    play: Play,
    clip: Clip,
    start: float,
    bundled_ffmpeg: FFmpeg,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown: list[RawFrame] = []
    show = Window.show_raw

    def record(window: Window, samples: bytearray, size: tuple[int, int]) -> None:
        shown.append(RawFrame(*size, samples))
        show(window, samples, size)

    monkeypatch.setattr(Window, "show_raw", record)
    found = play(clip.path, options=["--start", str(start)])

    settings = ReaderSettings(pixel_format="yuv420p", start=Fraction(start))
    source = MediaSource.probe(bundled_ffmpeg, parse_url(clip.path))
    with MediaReader(source, settings) as reader:
        frames = list(reader)
    assert [bytes(frame.samples) for frame in shown] == [
        b"".join(plane.tobytes() for plane in frames[0].planes)
    ]
    assert found["frames_shown"] + found["frames_dropped"] == len(frames)


def test_what_changes_frames_is_shown_by_the_player(
    play: Play, clip: Clip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[object] = []
    monkeypatch.setattr(Window, "show_raw", lambda *words: shown.append(words))
    tracks = tmp_path / "tracks.txt"
    tracks.write_text("1,1,8,8,20,20,1,-1,-1,-1\n")
    play(clip.path, script=["quit"], options=["--tracks", str(tracks)])
    assert not shown
    play(clip.path, script=["quit"])
    assert shown


def test_nothing_slow_is_imported_before_it() -> None:
    script = """
import sys
import time
import avio_cli.player.start.first_frame
print([name for name in ("numpy", "cv2") if name in sys.modules])
"""
    done = run([sys.executable, "-c", script])
    assert done.stdout.decode().split() == ["[]"], done.stderr


def test_audio_far_ahead_of_it_does_not_stop_it(
    play: Play, clip: Clip, tmp_path: Path, bundled_ffmpeg: FFmpeg
) -> None:
    """An ffmpeg that waits for its audio to be taken sends no frame (5.1)."""
    late = tmp_path / "late.mkv"
    long = make_clip(tmp_path / "long.mp4", frames=100, audios=1)
    inputs = ("-itsoffset", "3", "-i", clip.path, "-i", long.path)
    maps = ("-map", "0:v", "-map", "1:a", "-c", "copy")
    assert run([bundled_ffmpeg.path, "-v", "error", *inputs, *maps, late]).status == 0
    began = time.monotonic()
    assert play(late, script=["quit"])["startup_ms"] > 0
    assert time.monotonic() - began < first_frame.FRAME_SECONDS


@pytest.mark.parametrize(
    ("words", "plain"),
    [
        (["a.mp4"], True),
        (["a.mp4", "--script", "b", "--stats=c", "--loop"], True),
        (["a.mp4", "b.mp4"], False),
        (["a.mp4", "--no-audio"], False),
        (["--start", "1", "a.mp4"], False),
        (["--script"], False),
    ],
)
def test_only_options_that_change_no_frame_are_plain(
    words: Sequence[str], plain: bool
) -> None:
    assert early._is_plain(words) is plain
