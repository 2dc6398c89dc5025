"""Recordings by stream copy: from a keyframe on, from time 0 on, all streams."""

import re
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from avio_cli.decode.settings import AudioFormat
from avio_cli.demux.keyframes import Keyframe, keyframe_before
from avio_cli.errors import AvioError, OutputError, UsageError
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.probe.probe import probe
from avio_cli.ffmpeg.url import parse_url
from avio_cli.media.frame import AudioBlock
from avio_cli.player.recording.copy_recorder import (
    CopyRecorder,
    recording_extension,
    recording_path,
)
from tests.clips import H264, indices, make_clip
from tests.decode.reading import join, make, read_both
from tests.encode.making import left
from tests.reference import stream_kinds, timeline

# A keyframe each second, and frames that are stored before earlier ones.
KEYFRAMES = (*H264, "-g", "25", "-keyint_min", "25", "-sc_threshold", "0", "-bf", "2")
MONO = AudioFormat(sample_rate=48000, channels=1)
_LEAD = Fraction(1, 10)
"""Audio in Matroska may start that much earlier than the video."""
NOW = datetime(2026, 11, 25, 19, 30, 15)


@pytest.fixture(scope="module", params=[".mp4", ".mkv", ".ts"])
def video(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Six seconds with a tone."""
    path = tmp_path_factory.mktemp("video") / f"video{request.param}"
    make_clip(path, frames=150, video=KEYFRAMES, audios=2)
    return path


def _record(
    ffmpeg: FFmpeg, video: Path, path: Path, start: str, end: str
) -> CopyRecorder:
    source = MediaSource.probe(ffmpeg, parse_url(video))
    recorder = CopyRecorder(source, path, Fraction(start))
    recorder.stop(Fraction(end))
    recorder.close()
    return recorder


@pytest.mark.parametrize("extension", [".mp4", ".mkv"])
@pytest.mark.sampled(3)
def test_it_starts_at_the_keyframe_before_the_start(
    extension: str, video: Path, ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    path = tmp_path / f"a{extension}"
    recorder = _record(ffmpeg, video, path, "2.5", "4.5")
    # Audio may start before the video, and with it the recording: by one packet.
    assert re.fullmatch(r"recording from 0:02\.0[02]\d, .*before", recorder.notice)
    assert recorder.done
    shown = indices(path, 160, 96)
    assert shown[:60] == list(range(50, 110))
    assert len(shown) <= 66  # to the frame that was shown, or a few that it needs
    recorded = timeline(path)
    assert recorded.times[0] <= (_LEAD if extension == ".mkv" else 0)
    assert [kind for kind, _ in stream_kinds(path)] == ["video", "audio", "audio"]
    assert left(tmp_path) == [path.name]


def test_audio_stays_in_sync_with_the_video(
    bundled_ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    video = make_clip(tmp_path / "f.mkv", frames=100, video=KEYFRAMES, audios=1)
    chirp = "aevalsrc='sin(300*t*t)':s=48000:d=4"
    made = make(
        tmp_path / "video.mkv",
        f"-i {video.path} -f lavfi -i {chirp} -map 0:v -map 1:a -c:v copy -c:a flac",
    )
    path = tmp_path / "a.mkv"
    _record(bundled_ffmpeg, made, path, "2.1", "3.5")
    frames, blocks = read_both(bundled_ffmpeg, path, audio=MONO)
    frames_before, audio = read_both(bundled_ffmpeg, made, audio=MONO)
    start = next(f.time for f in frames_before if f.index == 50)
    part = join(blocks)
    # The same sample is as long after the same frame as it is in the source.
    moved = replace(part, pts=0, time_base=Fraction(1, 48000))
    shift = start - frames[0].time + part.time
    moved = replace(moved, pts=round(shift * 48000))
    whole = join(audio)
    first = moved.pts - round(whole.time * 48000)
    errors = [_difference(whole, part, first + d) for d in (-480, 0, 480)]
    assert errors[1] <= 2
    assert min(errors[0], errors[2]) > 1000


def _difference(whole: AudioBlock, part: AudioBlock, first: int) -> int:
    """Maximum difference of samples, within a millisecond around a position."""
    given = part.samples[:40000].astype(int)
    candidates = (whole.samples[first + d :][:40000] for d in range(-48, 49))
    return min(int(np.abs(samples - given).max()) for samples in candidates)


def test_a_start_on_a_keyframe_needs_no_notice(
    video: Path, bundled_ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    start = "3.021" if video.suffix == ".ts" else "3"
    recorder = _record(bundled_ffmpeg, video, tmp_path / "a.mp4", start, "4")
    assert recorder.notice == ""
    assert indices(tmp_path / "a.mp4", 160, 96)[0] == 75


def test_from_the_start_to_after_the_end_is_everything(
    video: Path, bundled_ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    _record(bundled_ffmpeg, video, tmp_path / "a.mp4", "0", "99")
    assert indices(tmp_path / "a.mp4", 160, 96) == list(range(150))


def test_closing_without_a_stop_leaves_no_file(
    video: Path, bundled_ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    source = MediaSource.probe(bundled_ffmpeg, parse_url(video))
    path = tmp_path / "a.mp4"
    recorder = CopyRecorder(source, path, Fraction(1))
    assert not recorder.done
    recorder.close()
    assert left(tmp_path) == []


def test_an_empty_range_is_an_error(
    video: Path, bundled_ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    with pytest.raises(OutputError, match="nothing to record"):
        _record(bundled_ffmpeg, video, tmp_path / "a.mp4", "0", "0")
    assert left(tmp_path) == []


class TestRefusals:
    def test_an_existing_file(
        self, video: Path, bundled_ffmpeg: FFmpeg, tmp_path: Path
    ) -> None:
        (tmp_path / "a.mp4").write_text("mine")
        with pytest.raises(OutputError, match="exists"):
            _record(bundled_ffmpeg, video, tmp_path / "a.mp4", "0", "1")
        assert (tmp_path / "a.mp4").read_text() == "mine"

    @pytest.mark.parametrize("name", ["a.webm", "a.gif", "a.xyz"])
    def test_a_container_that_cannot_contain_the_video(
        self, name: str, video: Path, bundled_ffmpeg: FFmpeg, tmp_path: Path
    ) -> None:
        with pytest.raises(UsageError):
            _record(bundled_ffmpeg, video, tmp_path / name, "0", "1")
        assert left(tmp_path) == []

    def test_a_source_that_has_gone(
        self, video: Path, bundled_ffmpeg: FFmpeg, tmp_path: Path
    ) -> None:
        copy = tmp_path / video.name
        copy.write_bytes(video.read_bytes())
        source = MediaSource.probe(bundled_ffmpeg, parse_url(copy))
        copy.unlink()
        path = tmp_path / "a.mp4"
        recorder = CopyRecorder(source, path, Fraction(1))
        recorder.stop(Fraction(2))
        with pytest.raises(AvioError):
            recorder.close()
        assert left(tmp_path) == []


def test_what_mp4_cannot_contain_goes_into_matroska(
    bundled_ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    plain = make_clip(tmp_path / "a.mp4", frames=5, audios=1).path
    other = make(tmp_path / "b.mkv", f"-i {plain} -c:v ffv1 -c:a pcm_s16le")
    extensions = [
        recording_extension(probe(bundled_ffmpeg, parse_url(path)))
        for path in (plain, other)
    ]
    assert extensions == [".mp4", ".mkv"]


def test_names_have_date_and_time_and_are_new(tmp_path: Path) -> None:
    first = recording_path(tmp_path, NOW)
    assert first == tmp_path / "avio-20261125-193015.mp4"
    first.touch()
    assert recording_path(tmp_path, NOW).name == "avio-20261125-193015-2.mp4"
    assert recording_path(tmp_path, NOW, ".mkv").name == "avio-20261125-193015.mkv"


@pytest.mark.parametrize(
    ("time", "shown"), [("0", 0), ("0.99", 0), ("1", 1), ("3.5", 3), ("99", 5)]
)
def test_keyframes_are_read_by_seeking(
    time: str, shown: int, video: Path, ffmpeg: FFmpeg
) -> None:
    # MPEG-TS starts at 1.48 s, the time of its first frame.
    first = Fraction("1.48") if video.suffix == ".ts" else Fraction(0)
    source = MediaSource.probe(ffmpeg, parse_url(video))
    keyframe = keyframe_before(source, 0, first + Fraction(time))
    assert isinstance(keyframe, Keyframe)
    assert abs(keyframe.pts_seconds - first - shown) <= Fraction(1, 500)
    assert keyframe.dts_seconds <= keyframe.pts_seconds


def test_before_the_first_keyframe_there_is_none(video: Path, ffmpeg: FFmpeg) -> None:
    source = MediaSource.probe(ffmpeg, parse_url(video))
    assert keyframe_before(source, 0, Fraction(-1)) is None
