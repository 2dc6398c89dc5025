"""Audio alongside the video: every sample, at its exact time, in bounded memory."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from avio_cli.decode.settings import AudioFormat, DetectorView
from avio_cli.errors import InputError
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.media.frame import Frame
from tests.decode.reading import (
    assert_part_of,
    join,
    make,
    open_reader,
    plain_audio,
    read,
    read_both,
    relative,
    times,
)

VIDEO = "-f lavfi -i testsrc2=s=64x48:r=25:d=3"
CODING = "-c:v libx264 -preset ultrafast -c:a aac"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("audio")


@pytest.fixture(scope="module")
def video(folder: Path) -> Path:
    tone = "-f lavfi -i aevalsrc=sin(880*t)|sin(440*t):s=48000:d=3"
    return make(folder / "video.mp4", f"{VIDEO} {tone} {CODING}")


def test_samples_and_times_are_ffmpegs_own(video: Path, ffmpeg: FFmpeg) -> None:
    frames, audio = read_both(ffmpeg, video, audio=AudioFormat())
    assert times(frames) == times(read(ffmpeg, video))
    played = join(audio)
    assert played.time == 0
    assert played.time_base == Fraction(1, 48000)
    assert played.samples.dtype == np.int16
    expected = plain_audio(ffmpeg, video, 48000, 2)
    np.testing.assert_array_equal(played.samples, expected)


def test_audio_is_resampled_and_mixed_as_asked(video: Path, ffmpeg: FFmpeg) -> None:
    wanted = AudioFormat(sample_rate=16000, channels=1)
    _, audio = read_both(ffmpeg, video, audio=wanted)
    played = join(audio)
    assert (played.sample_rate, played.samples.shape[1]) == (16000, 1)
    assert abs(played.duration - 3) < Fraction(1, 20)
    np.testing.assert_array_equal(played.samples, plain_audio(ffmpeg, video, 16000, 1))


def test_one_of_several_tracks_is_chosen(folder: Path, ffmpeg: FFmpeg) -> None:
    tones = " ".join(
        f"-f lavfi -i aevalsrc={level}:s=48000:d=1" for level in (0.1, 0.5)
    )
    maps = "-map 0 -map 1 -map 2 -c:v mpeg4 -c:a pcm_s16le"
    path = make(folder / "two.mkv", f"{VIDEO} {tones} {maps}")
    _, audio = read_both(ffmpeg, path, audio=AudioFormat(channels=1, track=1))
    assert abs(int(join(audio).samples.mean()) - 16384) < 4
    with pytest.raises(InputError, match="no audio track number 2"):
        open_reader(ffmpeg, path, audio=AudioFormat(track=2))


def test_audio_that_is_missing_is_refused(folder: Path, bundled_ffmpeg: FFmpeg) -> None:
    path = make(folder / "silent.mp4", f"{VIDEO} {CODING}")
    with pytest.raises(InputError, match=r"silent\.mp4 has no audio"):
        open_reader(bundled_ffmpeg, path, audio=AudioFormat())


@pytest.mark.parametrize("delay", [1, 20])
def test_audio_that_starts_late_keeps_its_time(
    delay: int, folder: Path, ffmpeg: FFmpeg
) -> None:
    source = f"-f lavfi -i testsrc2=s=64x48:r=5:d={delay + 1}"
    tone = f"-itsoffset {delay} -f lavfi -i sine=r=48000:d=1"
    path = make(folder / f"late{delay}.mkv", f"{source} {tone} -c:v mpeg4 -c:a flac")
    frames, audio = read_both(ffmpeg, path, audio=AudioFormat())
    assert len(frames) == (delay + 1) * 5
    assert frames[0].time == 0
    played = join(audio)
    assert abs(played.time - delay) <= Fraction(1, 1000)
    assert played.duration == 1


def test_audio_that_ends_early_leaves_the_video_whole(
    folder: Path, ffmpeg: FFmpeg
) -> None:
    tone = "-f lavfi -i sine=r=48000:d=0.5"
    path = make(folder / "short.mkv", f"{VIDEO} {tone} -c:v mpeg4 -c:a flac")
    frames, audio = read_both(ffmpeg, path, audio=AudioFormat())
    assert len(frames) == 75
    assert join(audio).duration == Fraction(1, 2)
    # And a range after its end has video only.
    bounds = {"start": Fraction(1), "end": Fraction(2)}
    frames, audio = read_both(ffmpeg, path, audio=AudioFormat(), **bounds)
    assert (len(frames), audio) == (25, [])


def test_audio_that_starts_before_the_video_has_negative_times(
    folder: Path, ffmpeg: FFmpeg
) -> None:
    """Matroska declares the encoder's delay, so audio starts before zero."""
    path = make(
        folder / "opus.mkv",
        f"{VIDEO} -f lavfi -i sine=r=48000:d=3 -c:v libx264 -c:a libopus",
    )
    frames, audio = read_both(ffmpeg, path, audio=AudioFormat())
    alone = read(ffmpeg, path)
    assert times(frames) == times(alone)
    assert frames[0].time == 0
    assert abs(join(audio).time) < Fraction(1, 10)


def test_a_receiver_of_frames_alone_is_not_held_up(video: Path, ffmpeg: FFmpeg) -> None:
    with open_reader(ffmpeg, video, audio=AudioFormat()) as reader:
        assert len(list(reader)) == 75


def test_frame_view_and_audio_together(video: Path, ffmpeg: FFmpeg) -> None:
    view = DetectorView(width=32, height=32)
    frames, audio = read_both(ffmpeg, video, audio=AudioFormat(), view=view)
    assert [frame.view.shape for frame in frames] == [(32, 32, 3)] * 75
    assert_part_of(join(audio), join(read_both(ffmpeg, video, audio=AudioFormat())[1]))


def test_a_failure_is_reported_with_audio_too(video: Path, ffmpeg: FFmpeg) -> None:
    reader = open_reader(ffmpeg, video, audio=AudioFormat(), video_filter="nosuch=1")
    with reader, pytest.raises(InputError, match="nosuch"):
        list(reader.items())


def test_leaving_early_ends_child_and_threads(video: Path, ffmpeg: FFmpeg) -> None:
    with open_reader(ffmpeg, video, audio=AudioFormat()) as reader:
        for item in reader.items():
            if isinstance(item, Frame):
                break
    reader.close()


def test_frames_far_apart_keep_step_with_their_views(
    folder: Path, ffmpeg: FFmpeg
) -> None:
    """Over gaps of more than ten seconds ffmpeg gives up sorting what it writes."""
    path = make(
        folder / "slides.mkv",
        "-f lavfi -i testsrc2=s=64x48:r=1/15:d=300 -c:v mpeg4 -g 1",
    )
    frames = read(ffmpeg, path, view=DetectorView(width=32, height=32))
    assert relative(frames) == [Fraction(15 * i) for i in range(20)]
