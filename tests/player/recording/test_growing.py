"""A recording that is not ended leaves what was written, under its name, playable."""

import os
import signal
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from avio_cli.errors import OutputError
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.process.process import Process
from avio_cli.ffmpeg.url import parse_url
from avio_cli.media.frame import Frame
from avio_cli.player.recording.copy_recorder import CopyRecorder
from avio_cli.player.recording.frame_recorder import FrameRecorder
from avio_cli.player.recording.recordings import RecordingManager
from tests.clips import draw, indices, make_clip
from tests.encode.making import left
from tests.player.playback.test_decode_session import wait_for

BASE = Fraction(1, 25)
EXTENSIONS = pytest.mark.parametrize("extension", [".mp4", ".mkv"])


def frame(tick: int) -> Frame:
    return Frame((draw(tick, 160, 96),), "bgr24", tick, tick, BASE)


def holds(path: Path, size: int) -> Callable[[], bool]:
    return lambda: path.exists() and path.stat().st_size >= size


def first_frames(path: Path) -> list[int]:
    """What is in a file without an end, in order.

    At its end frames between others may lack, which are stored after these; a busy
    player shows not all of them.
    """
    found = indices(path, 160, 96)
    assert found == sorted(set(found))
    return found


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty seconds: longer than any test."""
    path = tmp_path_factory.mktemp("video") / "video.mp4"
    return make_clip(path, frames=500, audios=1, extra=("-g", "25")).path


@EXTENSIONS
def test_what_was_encoded_stays_where_the_encoder_is_killed(
    ffmpeg: FFmpeg, tmp_path: Path, extension: str
) -> None:
    path = tmp_path / f"a{extension}"
    recorder = FrameRecorder(ffmpeg, path)
    for tick in range(150):
        recorder.write(frame(tick))
    wait_for(holds(path, 8000))
    encoder = recorder._encoder._process
    assert encoder is not None
    encoder.kill()
    with pytest.raises(OutputError, match=f"a{extension} holds what was recorded"):
        recorder.close()
    assert first_frames(path)[:20] == list(range(20))
    assert left(tmp_path) == [path.name]


@EXTENSIONS
def test_a_copy_is_there_before_its_end_is_known(
    ffmpeg: FFmpeg, video: Path, tmp_path: Path, extension: str
) -> None:
    path = tmp_path / f"a{extension}"
    recorder = CopyRecorder(MediaSource.probe(ffmpeg, parse_url(video)), path, BASE)
    wait_for(holds(path, 8000))
    unfinished = tmp_path / f"killed{extension}"
    unfinished.write_bytes(path.read_bytes())
    assert first_frames(unfinished)[:20] == list(range(20))
    recorder.stop(Fraction(3))
    recorder.close()
    assert first_frames(path)[:75] == list(range(75))
    assert left(tmp_path) == [path.name, unfinished.name]


@pytest.mark.parametrize("how", ["copied", "as shown"])
@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
@pytest.mark.slow
def test_a_killed_player_leaves_it(
    how: str,
    bundled_ffmpeg: FFmpeg,
    video: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("SDL_VIDEODRIVER", "SDL_AUDIODRIVER"):
        monkeypatch.setenv(name, "dummy")
    path = tmp_path / "a.mp4"
    words = ["play", str(video), "--record", str(path)]
    words += ["--vf", "null"] if how == "as shown" else []
    with Process([sys.executable, "-m", "avio_cli", *words]) as player:
        wait_for(holds(path, 8000))
        os.kill(player.pid, signal.SIGKILL)
        assert player.ends_within(60)
    assert 0 < len(first_frames(path)) < 500
    assert left(tmp_path) == [path.name]


def test_a_named_recording_that_fails_decides_the_status(
    bundled_ffmpeg: FFmpeg, video: Path, tmp_path: Path
) -> None:
    recordings = RecordingManager(bundled_ffmpeg, tmp_path, changed=True)
    source = MediaSource.probe(bundled_ffmpeg, parse_url(video))
    recordings.set_media(source, source.info.videos[0], None)
    recordings.start(Fraction(0), tmp_path / "a.mp4")
    recorder = recordings._recorder
    for tick in (0, 1):
        recordings.add_frame(frame(tick))
    other = Frame((draw(1, 16, 16),), "bgr24", 2, 2, BASE)
    recordings.add_frame(other)
    recorder._thread.join(60)  # type: ignore[union-attr]
    assert recordings.poll().startswith("Not recorded: frame 2 is 16x16")
    assert not recordings.recording  # the player goes on
    with pytest.raises(OutputError, match="16x16"):
        recordings.close(Fraction(1))


class TestReplacing:
    @EXTENSIONS
    def test_a_file_stays_until_something_is_recorded(
        self, ffmpeg: FFmpeg, tmp_path: Path, extension: str
    ) -> None:
        path = tmp_path / f"a{extension}"
        path.write_bytes(b"kept")
        recorder = FrameRecorder(ffmpeg, path, force=True)
        assert path.read_bytes() == b"kept"
        for tick in range(150):
            recorder.write(frame(tick))
        wait_for(holds(path, 8000))
        recorder.close()
        assert first_frames(path) == list(range(150))
        assert left(tmp_path) == [path.name]

    @EXTENSIONS
    def test_it_stays_where_nothing_is_recorded(
        self, ffmpeg: FFmpeg, tmp_path: Path, extension: str
    ) -> None:
        path = tmp_path / f"a{extension}"
        path.write_bytes(b"kept")
        recorder = FrameRecorder(ffmpeg, path, force=True)
        with pytest.raises(OutputError, match=f"into .*a{extension}$"):
            recorder.close()
        assert path.read_bytes() == b"kept"
        assert left(tmp_path) == [path.name]

    @EXTENSIONS
    def test_a_copy_replaces_it_too(
        self, ffmpeg: FFmpeg, video: Path, tmp_path: Path, extension: str
    ) -> None:
        path = tmp_path / f"a{extension}"
        path.write_bytes(b"kept")
        source = MediaSource.probe(ffmpeg, parse_url(video))
        recorder = CopyRecorder(source, path, BASE, force=True)
        wait_for(holds(path, 8000))
        recorder.stop(Fraction(2))
        recorder.close()
        assert first_frames(path)[:50] == list(range(50))
        assert left(tmp_path) == [path.name]
