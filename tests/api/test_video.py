"""Frames by number and by time are those that an iteration gives."""

import gc
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import avio_cli as avio
from avio_cli.ffmpeg.locate import FFmpeg
from tests.clips import VARIABLE, Clip, groups, make_clip, read_index
from tests.conftest import BOTH_FFMPEGS


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    folder = tmp_path_factory.mktemp("numbers")
    coded = groups(10, 2)
    return make_clip(folder / "variable.mp4", ticks=VARIABLE, audios=1, extra=coded)


def numbers(frames: Any) -> list[tuple[int, int]]:
    return [(frame.index, read_index(frame.pixels)) for frame in frames]


@BOTH_FFMPEGS
def test_a_number_is_that_of_the_frame(clip: Clip, ffmpeg: FFmpeg) -> None:
    with avio.open_video(clip.path) as video:
        assert len(video) == clip.count
        for asked, number in ((0, 0), (1, 1), (17, 17), (np.int64(39), 39), (-1, 39)):
            frame = video[asked]
            assert numbers([frame]) == [(number, number)]
            assert frame.time - video.source.origin == clip.times[number]


def test_slices_are_ranges_of_frames(clip: Clip, bundled_ffmpeg: FFmpeg) -> None:
    with avio.open_video(clip.path) as video:
        for part in (slice(5, 30, 10), slice(-3, None), slice(None, 2), slice(30, 20)):
            wanted = range(clip.count)[part]
            assert numbers(video[part]) == [(i, i) for i in wanted]
        with pytest.raises(avio.UsageError, match="forwards"):
            video[10:0:-1]


@pytest.mark.parametrize("part", [slice(1.5, None), slice("0:01"), slice(0, 9, 1.0)])
def test_slices_are_not_of_times(
    part: slice, clip: Clip, bundled_ffmpeg: FFmpeg
) -> None:
    with (
        avio.open_video(clip.path) as video,
        pytest.raises(avio.UsageError, match="is not the number of a frame"),
    ):
        list(video[part])


def test_a_frame_that_is_not_there_is_an_index_error(
    clip: Clip, bundled_ffmpeg: FFmpeg
) -> None:
    with avio.open_video(clip.path) as video:
        for number in (40, -41, 10**9):
            with pytest.raises(IndexError, match=f"no frame number {number}"):
                video[number]
        with pytest.raises(avio.UsageError, match="not the number of a frame"):
            video["3"]  # type: ignore[call-overload]


def test_numbers_count_from_where_the_range_starts(
    clip: Clip, bundled_ffmpeg: FFmpeg
) -> None:
    times = clip.times
    with avio.open_video(clip.path, start=times[10], end=times[20]) as video:
        assert len(video) == 10
        assert numbers([video[0], video[3], video[-1]]) == [(0, 10), (3, 13), (9, 19)]


def test_without_a_list_of_frames_they_are_counted(
    clip: Clip, bundled_ffmpeg: FFmpeg
) -> None:
    with avio.open_video(clip.path, video_filter="hflip,hflip") as video:
        assert numbers([video[7]]) == [(7, 7)]
        assert numbers(video[7:12:2]) == [(7, 7), (9, 9), (11, 11)]
        assert bool(video)
        with pytest.raises(TypeError, match="not known before all are read"):
            len(video)
        with pytest.raises(avio.UsageError, match="not known"):
            video[-1]
        with pytest.raises(IndexError):
            video[40]


@BOTH_FFMPEGS
@pytest.mark.parametrize("shift", [Fraction(0), Fraction(1, 50)])
def test_the_frame_at_a_time_is_the_one_on_screen_for_all_that_ask(
    clip: Clip, ffmpeg: FFmpeg, tmp_path: Path, shift: Fraction
) -> None:
    with avio.open_video(clip.path) as video:
        for number in (0, 12, 39):
            at = clip.times[number] + shift
            frame = video.at(at)
            assert numbers([frame]) == [(number, number)]
            taken = avio.snapshot(clip.path, tmp_path / f"{number}.png", at=at)
            assert taken.time == frame.time - video.source.origin
            # A range has the frames that begin in it: the next one, if not at once.
            with avio.open_video(clip.path, start=at) as part:
                begun = numbers(frame for frame in part)
            assert len(begun) == clip.count - number - (shift > 0)


def test_an_exact_trim_starts_with_the_frame_that_a_range_starts_with(
    clip: Clip, bundled_ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    at, out = clip.times[12] + Fraction(1, 50), tmp_path / "part.mp4"
    result = avio.trim(clip.path, out, start=at, exact=True)
    assert result.start == clip.times[13]
    with avio.open_video(out) as part:
        assert numbers([part[0]]) == [(0, 13)]


def test_times_are_numbers_or_texts(clip: Clip, bundled_ffmpeg: FFmpeg) -> None:
    with avio.open_video(clip.path) as video:
        same = [video.at(t).index for t in ("0:00.5", 0.5, np.float32(0.5))]
        assert same == [video.at(Fraction(1, 2)).index] * 3
        for wrong in ("later", float("nan"), None, [1]):
            with pytest.raises(avio.UsageError, match="is not a time"):
                video.at(wrong)  # type: ignore[arg-type]
        with pytest.raises(avio.UsageError, match="must not be negative"):
            video.at(-1)
        with pytest.raises(avio.UsageError, match=r"^at \(9 s\) is after the end"):
            video.at(9)


def test_each_iteration_starts_again(clip: Clip, bundled_ffmpeg: FFmpeg) -> None:
    with avio.open_video(clip.path) as video:
        first = numbers(video)
        assert numbers(video) == first == [(i, i) for i in range(clip.count)]
        assert video.frames_read == clip.count


def test_what_is_left_early_says_nothing_of_damage(
    clip: Clip, bundled_ffmpeg: FFmpeg
) -> None:
    with avio.open_video(clip.path) as video:
        for frame in video:
            if frame.index == 3:
                break
        assert (video.frames_read, video.damage()) == (4, "")
        video[30]
        assert video.frames_read == 4


def test_no_child_outlives_its_loop(clip: Clip, bundled_ffmpeg: FFmpeg) -> None:
    """The fixture `no_child_left_behind` looks for them after each test."""
    video = avio.open_video(clip.path)
    for _ in video:
        break
    left = iter(video)
    next(left)
    del left
    gc.collect()


def test_close_ends_iterations(clip: Clip, bundled_ffmpeg: FFmpeg) -> None:
    video = avio.open_video(clip.path)
    frames = iter(video)
    next(frames)
    video.close()
    assert list(frames) == []
    with pytest.raises(avio.UsageError, match="is closed"):
        next(iter(video))


@pytest.mark.parametrize("pixel_format", ["rgb24", "gray"])
def test_batches_are_arrays(
    clip: Clip, bundled_ffmpeg: FFmpeg, pixel_format: str
) -> None:
    with avio.open_video(clip.path, pixel_format=pixel_format) as video:
        batches = list(video.batches(16))
        assert [len(batch) for batch in batches] == [16, 16, 8]
        assert [read_index(image) for image in batches[1]] == list(range(16, 32))


def test_batches_of_planes_are_refused(clip: Clip, bundled_ffmpeg: FFmpeg) -> None:
    with avio.open_video(clip.path, pixel_format="yuv420p") as video:
        with pytest.raises(avio.UsageError, match="no single arrays"):
            next(video.batches(4))
        with pytest.raises(avio.UsageError, match="size must be at least 1"):
            next(video.batches(0))


@BOTH_FFMPEGS
def test_rgb_is_bgr_the_other_way_round(clip: Clip, ffmpeg: FFmpeg) -> None:
    images = []
    for pixel_format in ("bgr24", "rgb24"):
        with avio.open_video(clip.path, pixel_format=pixel_format) as video:
            images.append(video[3].pixels)
    assert np.ptp(images[0], axis=2).max() > 100
    assert np.array_equal(images[0], images[1][..., ::-1])


@pytest.mark.parametrize("pixel_format", ["bgr24", "rgb24"])
def test_arrays_are_written_in_either_order(
    bundled_ffmpeg: FFmpeg, tmp_path: Path, pixel_format: str
) -> None:
    red = np.zeros((96, 160, 3), np.uint8)
    red[..., 2 if pixel_format == "bgr24" else 0] = 255
    out = tmp_path / "red.mkv"
    with avio.create_video(out, rate="25", pixel_format=pixel_format) as writer:
        for _ in range(3):
            writer.write(red)
    with avio.open_video(out, pixel_format="rgb24") as video:
        middle = video[1].pixels[48, 80].astype(int)
    assert np.abs(middle - (255, 0, 0)).max() < 8
    with pytest.raises(avio.UsageError, match="cannot be written as 'gray'"):
        avio.create_video(out, rate=25, pixel_format="gray")


def test_a_range_of_the_source_is_refused_beside_filters_that_change_times(
    clip: Clip,
) -> None:
    for options in ({"start": 0.1}, {"end": 0.5}):
        with pytest.raises(avio.UsageError, match="the filter setpts changes times"):
            avio.open_video(clip.path, video_filter="setpts=0.5*PTS", **options)  # type: ignore[arg-type]


@BOTH_FFMPEGS
@pytest.mark.parametrize(
    ("filters", "shown"),
    [
        ("setpts=PTS-STARTPTS", lambda time: time),
        ("setpts=0.5*PTS", lambda time: 2 * time),
        ("setpts=2*PTS", lambda time: time / 2),
    ],
)
def test_a_time_is_that_of_the_filtered_frame(
    filters: str, shown: Any, clip: Clip, ffmpeg: FFmpeg
) -> None:
    at = clip.times[18]
    wanted = sum(time <= shown(at) for time in clip.times) - 1
    with avio.open_video(clip.path, video_filter=filters) as video:
        assert read_index(video.at(at).pixels) == wanted
