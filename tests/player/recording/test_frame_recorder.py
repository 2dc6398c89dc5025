"""Recordings of what is shown: the given frames and their audio, from 0 on."""

from collections.abc import Iterable
from datetime import datetime
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from avio_cli.decode.settings import AudioFormat
from avio_cli.errors import OutputError
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.probe.probe import probe
from avio_cli.ffmpeg.url import parse_url
from avio_cli.media.frame import AudioBlock, Frame
from avio_cli.media.info import Color, VideoStream
from avio_cli.player.recording import frame_recorder as frame_recording
from avio_cli.player.recording.copy_recorder import recording_path
from avio_cli.player.recording.frame_recorder import FrameRecorder
from avio_cli.player.recording.preroll import PrerollBuffer, pcm_stream
from avio_cli.player.recording.timestamps import TimestampMapper
from tests.clips import draw, indices
from tests.decode.reading import join, read_both, relative
from tests.encode.making import left

RATE = 48000
BASE = Fraction(1, 25)
VIDEO = VideoStream(
    index=0,
    codec="h264",
    time_base=BASE,
    coded_width=64,
    coded_height=32,
    average_rate=Fraction(25),
    sample_aspect_ratio=Fraction(4, 3),
    color=Color(range="tv", matrix="bt709", primaries="bt709", transfer="bt709"),
)


def _frame(tick: int, number: int | None = None) -> Frame:
    index = tick if number is None else number
    return Frame((draw(index, 64, 32),), "bgr24", index, tick, BASE)


def _click(first: int, count: int, *clicks: int) -> AudioBlock:
    """Silence with short bursts that start at the given samples."""
    samples = np.zeros((count, 1), np.int16)
    for click in clicks:
        samples[max(click - first, 0) : max(click - first + 480, 0)] = 20000
    return AudioBlock(samples, RATE, first, Fraction(1, RATE))


def _blocks(first: int, last: int, *clicks: int) -> Iterable[AudioBlock]:
    for start in range(first, last, 1024):
        yield _click(start, min(1024, last - start), *clicks)


def _clicks(ffmpeg: FFmpeg, path: Path) -> list[float]:
    """When the bursts start, in seconds after the first frame."""
    format_ = AudioFormat(sample_rate=RATE, channels=1)
    frames, blocks = read_both(ffmpeg, path, audio=format_)
    audio = join(blocks)
    loud = np.flatnonzero(np.abs(audio.samples[:, 0].astype(int)) > 8000)
    starts = loud[np.diff(loud, prepend=-RATE) > 2000]
    offset = float(audio.time - frames[0].time)
    return [round(offset + start / RATE, 3) for start in starts.tolist()]


@pytest.mark.parametrize("extension", [".mp4", ".mkv"])
def test_video_and_audio_start_at_0_and_stay_in_sync(
    extension: str, ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    path = recording_path(tmp_path, datetime(2026, 11, 25), extension)
    audio = pcm_stream(RATE, 1)
    with_frames = (_frame(tick, tick - 1000) for tick in range(1000, 1050))
    # Audio starts half a second earlier, and ends half a second later.
    blocks_given = _blocks(
        RATE * 79 // 2, RATE * 85 // 2, RATE * 81 // 2, RATE * 83 // 2
    )
    recorder = FrameRecorder(ffmpeg, path, video=VIDEO, audio=audio)
    for block in blocks_given:
        recorder.write_audio(block)
    for frame in with_frames:
        recorder.write(frame)
    recorder.close()
    assert indices(path, 64, 32) == list(range(50))
    frames, blocks = read_both(ffmpeg, path, audio=AudioFormat(channels=1))
    tick = Fraction(1, 1000) if extension == ".mkv" else Fraction(0)
    for index, time in enumerate(relative(frames)):
        assert abs(time - index * BASE) <= tick
    assert frames[0].time <= (Fraction(1, 40) if extension == ".mkv" else 0)
    assert _clicks(ffmpeg, path) == pytest.approx([0.5, 1.5], abs=0.003)
    assert float(join(blocks).duration) == pytest.approx(2, abs=0.03)
    assert left(tmp_path) == [path.name]


def test_colours_and_sample_aspect_ratio_are_those_of_the_source(
    ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    path = tmp_path / "a.mp4"
    recorder = FrameRecorder(ffmpeg, path, video=VIDEO)
    for tick in range(5):
        recorder.write(_frame(tick))
    recorder.close()
    (video,) = probe(ffmpeg, parse_url(path)).videos
    assert video.color.matrix == "bt709"
    assert video.sample_aspect_ratio == Fraction(4, 3)


def test_a_gap_in_the_audio_becomes_silence(ffmpeg: FFmpeg, tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    recorder = FrameRecorder(ffmpeg, path, video=VIDEO, audio=pcm_stream(RATE, 1))
    for tick in range(75):
        recorder.write(_frame(tick))
    for block in (*_blocks(0, RATE), *_blocks(2 * RATE, 3 * RATE, RATE * 5 // 2)):
        recorder.write_audio(block)
    recorder.close()
    assert _clicks(ffmpeg, path) == pytest.approx([2.5], abs=0.003)


@pytest.mark.parametrize("marked", ["before the audio", "after the audio", "never"])
@pytest.mark.parametrize("seconds", [(100, 20), (20, 100)])
@pytest.mark.sampled(3)
def test_frames_after_a_jump_follow_and_keep_their_audio(
    seconds: tuple[int, int], marked: str, bundled_ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    if marked == "never" and seconds[0] < seconds[1]:
        return  # an unmarked gap stays a gap
    path = tmp_path / "a.mp4"
    audio = pcm_stream(RATE, 1)
    recorder = FrameRecorder(bundled_ffmpeg, path, video=VIDEO, audio=audio)
    for number, second in enumerate(seconds):
        if number and marked == "before the audio":
            recorder.mark_discontinuity()
        start = second * RATE
        for block in _blocks(start, start + RATE, start + RATE // 2):
            recorder.write_audio(block)
        if number and marked == "after the audio":
            recorder.mark_discontinuity()
        for tick in range(25):
            recorder.write(_frame(second * 25 + tick, tick))
    recorder.close()
    assert indices(path, 64, 32) == [*range(25), *range(25)]
    frames, _ = read_both(bundled_ffmpeg, path, audio=AudioFormat(channels=1))
    assert relative(frames) == [index * BASE for index in range(50)]
    assert _clicks(bundled_ffmpeg, path) == pytest.approx([0.5, 1.5], abs=0.003)


def test_frames_that_go_back_in_time_are_dropped(
    bundled_ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    path = tmp_path / "a.mp4"
    recorder = FrameRecorder(bundled_ffmpeg, path)
    for tick in (5, 6, 6, 3, 7):
        recorder.write(_frame(tick))
    recorder.close()
    assert indices(path, 64, 32) == [5, 6, 7]


def test_the_recording_starts_with_the_pre_roll(ffmpeg: FFmpeg, tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    kept = PrerollBuffer(Fraction(1))
    for second in range(3):
        for block in _blocks(second * RATE, (second + 1) * RATE, RATE * 5 // 2):
            kept.add(block)
        for tick in range(second * 25, second * 25 + 25):
            kept.add(_frame(tick))
    audio = pcm_stream(RATE, 1)
    items = kept.items()
    recorder = FrameRecorder(ffmpeg, path, video=VIDEO, audio=audio, pre_roll=items)
    for tick in range(75, 100):
        recorder.write(_frame(tick))
    recorder.close()
    shown = indices(path, 64, 32)
    assert shown[0] in (48, 49)
    assert shown == list(range(shown[0], 100))
    start = shown[0] / 25
    assert _clicks(ffmpeg, path) == pytest.approx([2.5 - start], abs=0.003)


def test_closing_at_any_time_leaves_a_whole_file(
    bundled_ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    path = tmp_path / "a.mp4"
    recorder = FrameRecorder(bundled_ffmpeg, path, video=VIDEO)
    recorder.write(_frame(0))
    assert not recorder.done
    recorder.stop()
    recorder.close()
    recorder.close()
    assert recorder.done
    recorder.write(_frame(1))
    assert indices(path, 64, 32) == [0]


class TestFailures:
    def test_no_frame_at_all(self, bundled_ffmpeg: FFmpeg, tmp_path: Path) -> None:
        recorder = FrameRecorder(
            bundled_ffmpeg, tmp_path / "a.mp4", audio=pcm_stream(RATE, 1)
        )
        recorder.write_audio(_click(0, 1024))
        with pytest.raises(OutputError, match="no frame to write"):
            recorder.close()
        assert left(tmp_path) == []

    def test_a_frame_of_another_size_ends_it_and_raises_once(
        self, bundled_ffmpeg: FFmpeg, tmp_path: Path
    ) -> None:
        recorder = FrameRecorder(bundled_ffmpeg, tmp_path / "a.mp4")
        recorder.write(_frame(0))
        recorder.write(Frame((draw(1, 32, 16),), "bgr24", 1, 1, BASE))
        recorder._thread.join(10)
        with pytest.raises(OutputError, match="32x16"):
            recorder.write(_frame(2))
        with pytest.raises(OutputError, match="32x16"):
            recorder.close()
        recorder.close()
        # The frame before may have been written already.
        assert all((tmp_path / name).stat().st_size for name in left(tmp_path))

    def test_an_existing_file_is_kept(
        self, bundled_ffmpeg: FFmpeg, tmp_path: Path
    ) -> None:
        (tmp_path / "a.mp4").write_text("mine")
        with pytest.raises(OutputError, match="exists"):
            FrameRecorder(bundled_ffmpeg, tmp_path / "a.mp4")
        assert (tmp_path / "a.mp4").read_text() == "mine"

    def test_an_encoder_that_is_too_slow_costs_frames_not_time(
        self, bundled_ffmpeg: FFmpeg, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(frame_recording, "QUEUED_BYTES", 0)
        recorder = FrameRecorder(bundled_ffmpeg, tmp_path / "a.mp4")
        for tick in range(100):
            recorder.write(_frame(tick))
        recorder.close()
        shown = indices(tmp_path / "a.mp4", 64, 32)
        assert len(shown) == 100 - recorder.frames_dropped
        assert shown == sorted(shown)


class TestPreRoll:
    def test_it_keeps_the_last_seconds(self) -> None:
        kept = PrerollBuffer(Fraction(1))
        for tick in range(100):
            kept.add(_frame(tick))
        ticks = [item.pts for item in kept.items()]
        assert ticks == list(range(74, 100))

    def test_it_keeps_no_more_bytes_than_allowed(self) -> None:
        size = 64 * 32 * 3
        kept = PrerollBuffer(Fraction(10), limit=3 * size)
        for tick in range(10):
            kept.add(_frame(tick))
        assert [item.pts for item in kept.items()] == [7, 8, 9]

    def test_audio_before_the_first_frame_is_dropped(self) -> None:
        kept = PrerollBuffer(Fraction(5))
        for block in _blocks(0, RATE):
            kept.add(block)
        assert kept.items() == ()
        kept.add(_frame(12))
        items = kept.items()
        assert items[0].time == Fraction(12, 25)
        assert len(items) > 20
        assert all(
            item.time + Fraction(1024, RATE) > Fraction(12, 25) for item in items
        )

    def test_no_seconds_keep_nothing(self) -> None:
        kept = PrerollBuffer(Fraction(0))
        kept.add(_frame(0))
        assert kept.items() == ()

    def test_it_can_be_emptied(self) -> None:
        kept = PrerollBuffer(Fraction(5))
        kept.add(_frame(0))
        kept.clear()
        assert kept.items() == ()


class TestTimestampMapper:
    def test_frames_start_at_0_whatever_their_time(self) -> None:
        mapper = TimestampMapper(VIDEO)
        mapped = [mapper.map_frame(_frame(tick)) for tick in (-7, -6, -2)]
        assert [frame.pts for frame in mapped if frame] == [0, 1, 5]
        assert mapper.end == Fraction(6, 25)

    def test_a_camera_that_counts_from_0_again_continues(self) -> None:
        mapper = TimestampMapper(VIDEO)
        ticks = (100, 150, 149)
        mapped = [mapper.map_frame(_frame(tick)) for tick in ticks]
        assert [frame.pts for frame in mapped if frame] == [0, 50]
        assert not mapper.goes_far_back(_frame(149))
        assert mapper.goes_far_back(_frame(0))

    def test_audio_is_cut_to_the_sample(self) -> None:
        mapper = TimestampMapper(VIDEO)
        mapper.map_frame(_frame(25))
        block = mapper.map_audio(_click(RATE - 100, 300))
        assert (block.pts, len(block.samples)) == (0, 200)
        block = mapper.map_audio(_click(RATE + 150, 100))  # half of it is there
        assert (block.pts, len(block.samples)) == (200, 50)
        block = mapper.map_audio(_click(RATE, 100))
        assert len(block.samples) == 0

    def test_audio_after_the_last_frame_is_cut_and_fills_nothing(self) -> None:
        mapper = TimestampMapper(VIDEO)
        mapper.map_frame(_frame(0))
        block = mapper.map_audio(_click(0, 5000), last=True)
        assert len(block.samples) == RATE // 25
        block = mapper.map_audio(_click(60 * RATE, 1000), last=True)
        assert len(block.samples) == 0
        mapper.mark_discontinuity()
        mapper.map_frame(_frame(900))
        block = mapper.map_audio(_click(36 * RATE, 1000))
        assert (block.pts, len(block.samples)) == (RATE // 25, 1000)
