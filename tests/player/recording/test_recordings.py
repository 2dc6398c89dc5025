"""The record key: a copy of a source that is shown unchanged, else what is shown."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from avio_cli.errors import OutputError
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.url import MediaUrl, parse_url
from avio_cli.media.frame import AudioBlock, Frame
from avio_cli.media.info import MediaInfo
from avio_cli.player.recording.preroll import pcm_stream
from avio_cli.player.recording.recordings import RecordingManager
from tests.clips import H264, draw, indices, make_clip
from tests.encode.making import left
from tests.reference import stream_kinds

KEYFRAMES = (*H264, "-g", "25", "-keyint_min", "25", "-sc_threshold", "0")
BASE = Fraction(1, 25)
CAMERA = MediaUrl("url", "rtsp://camera/", "rtsp://camera/")


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("video") / "video.mp4"
    return make_clip(path, frames=100, video=KEYFRAMES, audios=1).path


@pytest.fixture
def recordings_of(
    video: Path, bundled_ffmpeg: FFmpeg, tmp_path: Path
) -> Callable[..., RecordingManager]:
    """Recordings of the video, or of a camera that shows the same."""

    def make(
        *, live: bool = False, pre_roll: str = "0", **more: bool
    ) -> RecordingManager:
        made = RecordingManager(bundled_ffmpeg, tmp_path, Fraction(pre_roll), **more)
        source = MediaSource.probe(bundled_ffmpeg, parse_url(video))
        (shown,) = source.info.videos
        if live:
            streams = source.info.streams
            info = MediaInfo(source="camera", container="rtsp", streams=streams)
            source = MediaSource(bundled_ffmpeg, CAMERA, info)
        made.set_media(source, shown, pcm_stream(48000, 1))
        return made

    return make


def _show(recordings: RecordingManager, ticks: range) -> None:
    for tick in ticks:
        samples = np.zeros((1920, 1), np.int16)
        recordings.add_audio(
            AudioBlock(samples, 48000, tick * 1920, Fraction(1, 48000))
        )
        recordings.add_frame(Frame((draw(tick, 160, 96),), "bgr24", 0, tick, BASE))


def _finish(recordings: RecordingManager, position: str) -> Path:
    recordings.close(Fraction(position))
    (path,) = recordings._folder.iterdir()
    return path


def test_the_source_itself_is_copied(
    recordings_of: Callable[..., RecordingManager],
) -> None:
    recordings = recordings_of()
    assert recordings.can_record
    message = recordings.toggle(Fraction("1.5"))
    assert message.startswith("Recording to avio-2")
    assert recordings.recording
    _show(recordings, range(37, 60))
    path = _finish(recordings, "2.5")
    assert not recordings.recording
    assert indices(path, 160, 96)[:37] == list(range(25, 62))
    assert stream_kinds(path)[0] == ("video", "h264")


def test_marks_in_reverse_order_are_the_same_range(
    recordings_of: Callable[..., RecordingManager],
) -> None:
    recordings = recordings_of()
    recordings.toggle(Fraction("2.9"))
    assert indices(_finish(recordings, "1.2"), 160, 96)[:45] == list(range(25, 70))


def test_a_copy_with_pre_roll_starts_earlier(
    recordings_of: Callable[..., RecordingManager],
) -> None:
    recordings = recordings_of(pre_roll="1")
    recordings.toggle(Fraction("2.5"))
    assert indices(_finish(recordings, "3"), 160, 96)[0] == 25


@pytest.mark.parametrize("how", [{"live": True}, {"changed": True}])
def test_what_is_not_the_source_itself_is_recorded_as_shown(
    how: dict[str, bool], recordings_of: Callable[..., RecordingManager]
) -> None:
    recordings = recordings_of(**how)
    _show(recordings, range(10))
    recordings.toggle(Fraction(0))
    _show(recordings, range(10, 20))
    recordings.mark_discontinuity()
    _show(recordings, range(2, 5))
    path = _finish(recordings, "0")
    assert indices(path, 160, 96) == [*range(10, 20), 2, 3, 4]
    assert [kind for kind, _ in stream_kinds(path)] == ["video", "audio"]


def test_pre_roll_of_what_is_shown(
    recordings_of: Callable[..., RecordingManager],
) -> None:
    recordings = recordings_of(live=True, pre_roll="0.2")
    _show(recordings, range(20))
    recordings.toggle(Fraction(0))
    _show(recordings, range(20, 22))
    assert indices(_finish(recordings, "0"), 160, 96) == list(range(14, 22))


def test_messages_are_returned_once(
    recordings_of: Callable[..., RecordingManager],
) -> None:
    recordings = recordings_of()
    recordings.toggle(Fraction("1.5"))
    assert recordings._recorder is not None
    recordings._recorder._start.result()  # type: ignore[union-attr]
    assert recordings.poll() == "recording from 0:01.000, the keyframe before"
    assert recordings.poll() == ""
    assert recordings.toggle(Fraction(2)).startswith("Finishing avio-2")
    recordings._finishing[0]._copy.result()  # type: ignore[union-attr]
    assert recordings.poll().startswith("Recorded avio-2")
    assert recordings.poll() == ""
    recordings.close(Fraction(2))


def test_failures_are_reported_and_leave_no_empty_file(
    recordings_of: Callable[..., RecordingManager], tmp_path: Path
) -> None:
    recordings = recordings_of(changed=True)
    recordings.toggle(Fraction(0))
    recorder = recordings._recorder
    assert recorder is not None
    recordings.add_frame(Frame((draw(1, 160, 96),), "bgr24", 0, 1, BASE))
    recordings.add_frame(Frame((draw(1, 16, 16),), "bgr24", 0, 2, BASE))
    recorder._thread.join(10)  # type: ignore[union-attr]
    recordings.add_frame(Frame((draw(1, 16, 16),), "bgr24", 0, 3, BASE))
    assert recordings.poll().startswith("Not recorded: frame 0 is 16x16")
    assert recordings.trouble.startswith("Recording failed: frame 0 is 16x16")
    assert not recordings.recording
    recordings.close(Fraction(0))
    # The frame before may have been written already.
    assert all((tmp_path / name).stat().st_size for name in left(tmp_path))


def test_an_output_that_cannot_be_written_is_reported(
    recordings_of: Callable[..., RecordingManager], tmp_path: Path
) -> None:
    recordings = recordings_of()
    recordings._folder = tmp_path / "none"
    assert "does not exist" in recordings.toggle(Fraction(0))
    assert not recordings.recording
    with pytest.raises(OutputError, match="does not exist"):
        recordings.start(Fraction(0), tmp_path / "none/a.mp4")


def test_without_media_there_is_nothing_to_record(
    bundled_ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    recordings = RecordingManager(bundled_ffmpeg, tmp_path)
    assert not recordings.can_record
    assert recordings.toggle(Fraction(0)) == "This cannot be recorded"
    assert recordings.poll() == ""
    recordings.close(Fraction(0))
