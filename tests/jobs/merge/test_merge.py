"""avio merge: every frame once, at its time, with its audio."""

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from avio_cli.cli.main import run
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.jobs.merge.conform import conform_filters, inner_size
from avio_cli.jobs.merge.video import nearest
from avio_cli.media.info import VideoStream
from tests.clips import (
    VARIABLE,
    Clip,
    _ffmpeg,
    decode,
    groups,
    indices,
    make_clip,
    read_index,
)
from tests.reference import (
    chapters,
    first_packet_time,
    packets,
    stream_kinds,
    streams,
    timeline,
)

GROUPS = groups(10, 2)
RATE = 48000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("parts")


@pytest.fixture(scope="module")
def alike(folder: Path) -> tuple[Clip, ...]:
    """Three videos of one kind, of 25, 30 and 17 frames."""
    return tuple(
        make_clip(folder / f"part{n}.mp4", frames=count, audios=1, video=GROUPS)
        for n, count in enumerate((25, 30, 17))
    )


def merge(output: Path, *words: str | Path) -> int:
    return run(["merge", str(output), *map(str, words)])


def numbers(*clips: Clip) -> list[int]:
    return [number for clip in clips for number in range(clip.count)]


def steps(path: Path) -> list[Fraction]:
    times = timeline(path).times
    return [late - early for early, late in pairwise(times)]


def loudness(path: Path, track: int = 0) -> NDArray[np.float64]:
    """How loud a file is in each hundredth of a second."""
    words = ["-i", str(path), "-map", f"0:a:{track}", "-ac", "1", "-ar", "48000"]
    samples = np.frombuffer(_ffmpeg([*words, "-f", "s16le", "-"]), np.int16)
    blocks = samples[: len(samples) // 480 * 480].reshape(-1, 480).astype(float)
    return np.sqrt((blocks**2).mean(axis=1))


@pytest.mark.parametrize("extension", [".mp4", ".mkv"])
@pytest.mark.slow
def test_what_is_alike_is_copied_and_every_frame_is_there_once(
    alike: tuple[Clip, ...],
    extension: str,
    ffmpeg: FFmpeg,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    output = tmp_path / f"whole{extension}"
    assert merge(output, *(clip.path for clip in alike)) == 0

    messages = capsys.readouterr().err
    assert "3 files, 72 frames, 2.880 s" in messages
    assert "video copied" in messages
    assert "audio copied" in messages
    assert indices(output, 160, 96) == numbers(*alike)
    assert all(
        abs(step - Fraction(1, 25)) <= Fraction(1, 1000) for step in steps(output)
    )
    times = [float(packet.pts) for packet in packets(output, "a:0")]
    packet = 1024 / RATE
    assert max(np.diff(times)) < 2 * packet
    assert min(np.diff(times)) > packet / 2
    assert [path.name for path in tmp_path.iterdir()] == [output.name]


def test_frames_are_copied_bit_by_bit(
    alike: tuple[Clip, ...], bundled_ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    output = tmp_path / "twice.mp4"
    merge(output, alike[0].path, alike[0].path)
    before = decode(alike[0].path, 160, 96)
    assert np.array_equal(decode(output, 160, 96), [*before, *before])


def test_each_file_is_a_chapter_or_brings_its_own(
    alike: tuple[Clip, ...], bundled_ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    own = tmp_path / "own.txt"
    own.write_text(
        ";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=400\ntitle=a\n"
        "[CHAPTER]\nTIMEBASE=1/1000\nSTART=400\nEND=1200\ntitle=b\n"
    )
    second = tmp_path / "second.mp4"
    words = ["-i", str(alike[1].path), "-i", str(own), "-map_metadata", "1"]
    _ffmpeg([*words, "-map", "0", "-c", "copy", str(second)])
    output = tmp_path / "whole.mp4"
    merge(output, alike[0].path, second, alike[2].path)

    assert [(c.title, float(c.start)) for c in chapters(output)] == [
        ("part0", 0.0),
        ("a", 1.0),
        ("b", 1.4),
        ("part2", 2.2),
    ]


def test_what_differs_is_encoded_like_the_first(
    alike: tuple[Clip, ...],
    ffmpeg: FFmpeg,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    small = make_clip(tmp_path / "small.avi", frames=20, width=64, height=64, audios=1)
    odd = make_clip(tmp_path / "odd.mov", frames=10, rotation=90, rate=Fraction(30))
    output = tmp_path / "whole.mp4"
    assert merge(output, alike[0].path, small.path, odd.path) == 0

    assert "not 160x96" in capsys.readouterr().err
    frames = decode(output, 160, 96)
    assert len(frames) == 55
    # A square frame is in the middle, between black bars.
    assert frames[30][:, :30].max() < 40
    assert frames[30][:, -30:].max() < 40
    assert [read_index(frame) for frame in frames[-10:]] == list(range(10))
    expected = [Fraction(1, 25)] * 45 + [Fraction(1, 30)] * 9
    tick = timeline(output).tick
    for step, wanted in zip(steps(output), expected, strict=True):
        assert abs(step - wanted) <= tick


def test_rotated_videos_stay_upright(
    bundled_ffmpeg: FFmpeg, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clip = make_clip(tmp_path / "rotated.mp4", frames=8, rotation=90, video=GROUPS)
    output = tmp_path / "whole.mp4"
    assert merge(output, clip.path, clip.path) == 0
    assert "is rotated by a tag" in capsys.readouterr().err
    assert indices(output, 160, 96) == numbers(clip, clip)


@pytest.mark.parametrize("coding", ["libvpx-vp9", "libx265", "mpeg4", "mjpeg"])
@pytest.mark.sampled(4)
def test_videos_of_other_codecs_are_joined(
    coding: str, ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    words = ("-c:v", coding, "-q:v", "3", "-pix_fmt", "yuv420p")
    words = ("-c:v", coding, "-b:v", "1M") if coding == "libvpx-vp9" else words
    clip = make_clip(tmp_path / "part.mkv", frames=8, video=words)
    output = tmp_path / "whole.mkv"
    assert merge(output, clip.path, clip.path) == 0
    assert indices(output, 160, 96) == numbers(clip, clip)


def test_a_variable_rate_is_joined_to_the_tick(ffmpeg: FFmpeg, tmp_path: Path) -> None:
    clips = [
        make_clip(tmp_path / f"{n}.mp4", ticks=VARIABLE, video=GROUPS) for n in range(2)
    ]
    for name, words in (("copied.mp4", ()), ("encoded.mp4", ("--encode",))):
        output = tmp_path / name
        assert merge(output, *(clip.path for clip in clips), *words) == 0
        assert indices(output, 160, 96) == numbers(*clips)
        within = list(np.diff(clips[0].times))
        found = steps(output)
        assert found[: len(within)] == within
        assert found[-len(within) :] == within
        assert 0 < found[len(within)] <= Fraction(1, 5)


@pytest.mark.parametrize("seconds", [0.5, 1.7])
def test_audio_shorter_or_longer_than_its_video_moves_nothing(
    seconds: float,
    alike: tuple[Clip, ...],
    bundled_ffmpeg: FFmpeg,
    tmp_path: Path,
) -> None:
    """What is missing is silence; the second tone starts with its video."""
    first = tmp_path / "first.mp4"
    words = ["-i", str(alike[0].path), "-f", "lavfi", "-t", str(seconds), "-i"]
    words += ["sine=frequency=440:sample_rate=48000", "-map", "0:v", "-map", "1:a"]
    _ffmpeg([*words, "-c:v", "copy", "-c:a", "aac", str(first)])
    output = tmp_path / "whole.mp4"
    assert merge(output, first, alike[1].path) == 0

    assert indices(output, 160, 96) == numbers(*alike[:2])
    assert set(steps(output)) == {Fraction(1, 25)}
    loud = loudness(output) > 500
    if seconds < 1:
        assert not loud[55:95].any()
        assert loud[105:215].all()
    else:
        assert loud[2:215].all()
    assert len(loud) <= 225


def test_a_part_without_audio_is_silent(
    alike: tuple[Clip, ...], bundled_ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    mute = make_clip(tmp_path / "mute.mp4", frames=25, video=GROUPS)
    output = tmp_path / "whole.mp4"
    assert merge(output, mute.path, alike[1].path) == 0

    loud = loudness(output) > 500
    assert not loud[:97].any()
    assert loud[105:215].all()
    # mp4 keeps the names of chapters as a track of data.
    assert [kind for kind, _ in stream_kinds(output)] == ["video", "audio", "data"]


def test_subtitles_of_all_parts_follow_their_video(
    alike: tuple[Clip, ...], bundled_ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    parts = []
    for number in range(2):
        text = tmp_path / f"{number}.srt"
        text.write_text(f"1\n00:00:00,200 --> 00:00:00,600\nline {number}\n")
        part = tmp_path / f"with{number}.mkv"
        words = ["-i", str(alike[number].path), "-i", str(text), "-map", "0:v"]
        _ffmpeg([*words, "-map", "1", "-c", "copy", str(part)])
        parts.append(part)
    output = tmp_path / "whole.mp4"
    assert merge(output, *parts) == 0

    lines = _ffmpeg(["-i", str(output), "-f", "srt", "-"]).decode().split("\n")
    assert lines[1:3] == ["00:00:00,200 --> 00:00:00,600", "line 0"]
    assert lines[5:7] == ["00:00:01,200 --> 00:00:01,600", "line 1"]


@pytest.mark.parametrize("extension", [".mp4", ".mkv"])
def test_tracks_that_the_first_part_lacks_are_joined_too(
    alike: tuple[Clip, ...], extension: str, ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    (tmp_path / "s.srt").write_text("1\n00:00:00,200 --> 00:00:00,600\nlate\n")
    mute = make_clip(tmp_path / "mute.mp4", frames=25, video=GROUPS)
    rich = tmp_path / "rich.mkv"
    words = ["-i", str(alike[1].path), "-i", str(tmp_path / "s.srt"), "-map", "0"]
    words += ["-map", "1", "-map", "1", "-c", "copy", "-metadata:s:a", "language=fra"]
    words += ["-metadata:s:s:0", "language=deu", "-metadata:s:s:1", "title=Signs"]
    _ffmpeg([*words, str(rich)])
    output = tmp_path / f"whole{extension}"
    assert merge(output, mute.path, rich) == 0

    # Matroska may start the video later, by the priming of the audio.
    first = timeline(output).times[0]
    for track in ("0:s:0", "0:s:1"):
        words = ["-i", str(output), "-map", track, "-f", "srt", "-"]
        _, time, text, *_ = _ffmpeg(words).decode().split("\n")
        begins = Fraction(time[6:12].replace(",", "."))
        assert abs(begins - first - Fraction(12, 10)) <= Fraction(1, 1000)
        assert text == "late"
    found = streams(output)
    tags = {stream.kind: stream.tags for stream in reversed(found)}
    assert tags["audio"]["language"] == "fra"
    assert tags["subtitle"]["language"] == "deu"
    assert extension == ".mp4" or found[3].tags["title"] == "Signs"


@pytest.mark.parametrize("first", [True, False])
def test_bitmap_subtitles_are_not_lost_in_silence(
    alike: tuple[Clip, ...],
    first: bool,
    ffmpeg: FFmpeg,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """One screen without an object: what a Blu-ray clears the video with."""
    screen = bytes.fromhex("0780 0438 10 0000 80 00 00 00")
    pgs = b"".join(
        b"PG" + bytes(8) + bytes([kind, 0, len(data)]) + data
        for kind, data in ((0x16, screen), (0x80, b""))
    )
    (tmp_path / "s.sup").write_bytes(pgs)
    bitmap = tmp_path / "bitmap.mkv"
    words = ["-i", str(alike[0].path), "-i", str(tmp_path / "s.sup"), "-map", "0"]
    _ffmpeg([*words, "-map", "1", "-c", "copy", str(bitmap)])
    parts = [bitmap, alike[1].path] if first else [alike[1].path, bitmap]
    assert merge(tmp_path / "whole.mkv", *parts) == 0
    assert f"{bitmap}: bitmap subtitles are dropped" in capsys.readouterr().err


def test_in_mpeg_ts_audio_and_video_start_together(
    alike: tuple[Clip, ...], ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    output = tmp_path / "whole.ts"
    assert merge(output, alike[0].path, alike[1].path, "--encode") == 0
    video, audio = (first_packet_time(output, stream) for stream in ("v:0", "a:0"))
    assert video is not None
    assert audio is not None
    assert abs(video - audio) < Fraction(1, 20)


def test_flac_is_joined(
    alike: tuple[Clip, ...], ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    output = tmp_path / "whole.mkv"
    words = ("--encode", "--preset", "mkv-ffv1")
    assert merge(output, alike[0].path, alike[1].path, *words) == 0
    assert ("audio", "flac") in stream_kinds(output)


def test_audio_without_video_is_joined(bundled_ffmpeg: FFmpeg, tmp_path: Path) -> None:
    for name in ("a", "b"):
        tone = ["-f", "lavfi", "-t", "1", "-i", "sine=frequency=440"]
        _ffmpeg([*tone, str(tmp_path / f"{name}.m4a")])
    output = tmp_path / "whole.mp4"
    assert merge(output, tmp_path / "a.m4a", tmp_path / "b.m4a") == 0
    assert 200 <= len(loudness(output)) <= 203


@pytest.mark.slow
def test_real_files_of_all_kinds_are_joined(
    ffmpeg: FFmpeg, shared: Path, tmp_path: Path
) -> None:
    edge = shared / "media/edge"
    files = ["sample_h264.ts", "SAR-2by3.mp4", "video_90.mov", "sample.avi"]
    files += ["sample_with_srt.mkv", "bear-vp9-odd-dimensions.webm"]
    output = tmp_path / "whole.mkv"
    assert merge(output, *(edge / name for name in files)) == 0
    counts = [len(timeline(edge / name).times) for name in files]
    assert len(timeline(output).times) == sum(counts)
    longest = max(max(steps(edge / name)) for name in files)
    assert max(steps(output)) <= longest + Fraction(1, 1000)


def test_a_damaged_part_fails_the_whole(
    alike: tuple[Clip, ...], bundled_ffmpeg: FFmpeg, shared: Path, tmp_path: Path
) -> None:
    output = tmp_path / "whole.mp4"
    assert merge(output, alike[0].path, shared / "media/edge/truncated.mp4") == 1
    assert list(tmp_path.iterdir()) == []


def test_an_input_is_not_overwritten(
    alike: tuple[Clip, ...], bundled_ffmpeg: FFmpeg
) -> None:
    before = alike[1].path.read_bytes()
    words = [alike[0].path, alike[1].path, "-y"]
    assert merge(alike[1].path, *words) == 1
    assert merge(alike[1].path, alike[0].path, alike[2].path) == 1
    assert alike[1].path.read_bytes() == before
    assert merge(alike[1].path, alike[0].path) == 2


def video(width: int, height: int, ratio: Fraction = Fraction(1)) -> VideoStream:
    return VideoStream(
        index=0,
        codec="h264",
        time_base=Fraction(1, 25),
        coded_width=width,
        coded_height=height,
        sample_aspect_ratio=ratio,
        pixel_format="yuv420p",
    )


@pytest.mark.parametrize(
    ("other", "size"),
    [
        (video(640, 360), (1920, 1080)),
        (video(480, 640), (810, 1080)),
        (video(720, 576, Fraction(64, 45)), (1920, 1080)),
        (video(2000, 1000), (1920, 960)),
    ],
)
def test_a_video_keeps_its_aspect_ratio_in_the_first_one(
    other: VideoStream, size: tuple[int, int]
) -> None:
    assert inner_size(other, video(1920, 1080)) == size


def test_a_video_that_is_like_the_first_is_not_touched() -> None:
    assert conform_filters(video(640, 360), video(640, 360)) == ""


def test_times_are_taken_from_the_nearest_packet() -> None:
    times = [Fraction(n, 24) for n in range(10)]
    assert nearest(times, Fraction(208333, 5_000_000)) == (Fraction(1, 24), True)
    assert nearest(times, Fraction(9, 24)) == (Fraction(9, 24), True)
    assert nearest(times, Fraction(10, 24)) == (Fraction(10, 24), False)
