"""A range of a video starts and ends at exactly the frames in it."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from avio_cli.decode import reader as reader_module
from avio_cli.decode.settings import AudioFormat, ReaderSettings
from avio_cli.errors import UsageError
from avio_cli.ffmpeg.locate import FFmpeg
from tests.clips import VARIABLE, make_clip, read_index
from tests.decode.reading import (
    assert_part_of,
    join,
    make,
    open_reader,
    read,
    read_both,
    times,
)

H264 = ("-c:v", "libx264", "-preset", "veryfast", "-g", "12", "-crf", "16")
MPEG4 = ("-c:v", "mpeg4", "-q:v", "3", "-g", "12")
NAMES = ["video.mp4", "video.mkv", "video.ts", "video.avi"]


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("range")
    kinds: dict[str, dict[str, Any]] = {
        "video.mp4": {"video": H264, "ticks": VARIABLE},
        "video.mkv": {"video": H264, "audio": ("-c:a", "flac")},
        "video.ts": {"video": H264},
        "video.avi": {"video": MPEG4, "audio": ("-c:a", "mp3")},
    }
    for name, options in kinds.items():
        make_clip(folder / name, frames=50, width=64, height=32, audios=1, **options)
    return {name: folder / name for name in kinds}


def ranges(whole: list[Fraction]) -> Iterator[tuple[Fraction, Fraction]]:
    """In seconds from the first frame."""
    moments = [time - whole[0] for time in whole]
    yield moments[1], moments[4]  # exactly on frames
    yield moments[-3] - Fraction(1, 1000), moments[-1] + 5  # just before one
    yield moments[20] + Fraction(1, 200), moments[24] + Fraction(1, 200)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.sampled(4)
def test_a_range_holds_exactly_its_frames(
    name: str, clips: dict[str, Path], ffmpeg: FFmpeg
) -> None:
    path = clips[name]
    whole = read(ffmpeg, path, pixel_format="gray")
    first = open_reader(ffmpeg, path).info.origin
    for start, end in ranges(times(whole)):
        start, end = start + whole[0].time - first, end + whole[0].time - first
        part = read(ffmpeg, path, pixel_format="gray", start=start, end=end)
        # Containers declare their start to a microsecond only.
        slack = Fraction(1, 1_000_000)
        expected = [
            frame
            for frame in whole
            if first + start - slack <= frame.time < first + end - slack
        ]
        assert times(part) == times(expected), (float(start), float(end))
        assert [read_index(f.planes[0]) for f in part] == [
            read_index(f.planes[0]) for f in expected
        ]
        assert [f.index for f in part] == list(range(len(part)))


@pytest.mark.parametrize("name", NAMES)
def test_audio_is_cut_to_the_sample_with_the_same_frames(
    name: str, clips: dict[str, Path], ffmpeg: FFmpeg
) -> None:
    start, end = Fraction(3, 5), Fraction(6, 5)
    first = open_reader(ffmpeg, clips[name]).info.origin
    whole = read_both(ffmpeg, clips[name], audio=AudioFormat())
    frames, audio = read_both(
        ffmpeg, clips[name], audio=AudioFormat(), start=start, end=end
    )
    moments = [time - first for time in times(whole[0])]
    assert len(frames) == sum(start <= moment < end for moment in moments)
    played, sample = join(audio), Fraction(1, 48000)
    assert abs(played.time - (first + start)) <= sample
    if name != "video.mkv":  # whose times are rounded to a millisecond
        assert abs(played.duration - (end - start)) <= sample
        assert_part_of(played, join(whole[1]), settling=2400)


def test_no_frame_is_lost_where_a_seek_lands_late(
    ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    """A transport stream with one keyframe: audio comes at once, a frame never."""
    video = (*H264[:4], "-g", "250")
    path = make_clip(tmp_path / "a.ts", frames=60, audios=1, video=video).path
    start = Fraction(2)
    alone = read(ffmpeg, path, start=start)
    frames, audio = read_both(ffmpeg, path, start=start, audio=AudioFormat())
    assert [read_index(frame.planes[0]) for frame in frames] == list(range(50, 60))
    assert times(frames) == times(alone)
    assert abs(audio[0].time - frames[0].time) < Fraction(1, 10)


def test_a_video_that_ends_before_its_audio_gives_only_audio(
    bundled_ffmpeg: FFmpeg, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make(
        tmp_path / "a.mkv",
        "-f lavfi -i testsrc2=s=64x48:r=25:d=0.4 -f lavfi -i sine=d=3 -c:a flac",
    )
    monkeypatch.setattr(reader_module, "QUEUED_BYTES", 100_000)
    frames, audio = read_both(
        bundled_ffmpeg, path, start=Fraction(1), audio=AudioFormat()
    )
    assert frames == []
    assert abs(audio[0].time - Fraction(1)) < Fraction(1, 10)


def test_a_start_beyond_the_end_gives_nothing(
    clips: dict[str, Path], ffmpeg: FFmpeg
) -> None:
    with open_reader(ffmpeg, clips["video.mp4"], start=Fraction(100)) as reader:
        assert list(reader) == []
        assert reader.damage() == ""


def test_an_end_before_the_first_frame_gives_nothing(
    clips: dict[str, Path], ffmpeg: FFmpeg
) -> None:
    path = clips["video.mkv"]
    between = {"start": Fraction(41, 1000), "end": Fraction(79, 1000)}
    with open_reader(ffmpeg, path, **between) as reader:
        assert list(reader) == []


def test_an_end_before_the_start_is_refused() -> None:
    with pytest.raises(UsageError, match=r"the end \(1 s\) is not after the start"):
        ReaderSettings(start=Fraction(1), end=Fraction(1))
