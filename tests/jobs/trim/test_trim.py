"""avio trim: what is copied begins at a keyframe, what is exact at the very frame."""

import re
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import imageio_ffmpeg
import pytest

from avio_cli.cli.main import run
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.process.run import run as run_program
from tests.clips import H264, VARIABLE, Clip, groups, indices, make_clip
from tests.reference import (
    chapters,
    first_packet_time,
    frame_hashes,
    packets_hash,
    stream_kinds,
    streams,
    tags,
    timeline,
)

GROUPS = groups(25, 3)
TEXT = """1
00:00:00,500 --> 00:00:01,300
before and in

2
00:00:02,000 --> 00:00:02,400
all in it

3
00:00:03,500 --> 00:00:03,900
after it
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("videos")


@pytest.fixture(scope="module")
def video(folder: Path) -> Clip:
    """Four seconds, a keyframe each second, two audio tracks."""
    return make_clip(folder / "video.mp4", frames=100, audios=2, video=GROUPS)


@pytest.fixture(scope="module")
def rich(folder: Path, video: Clip) -> Path:
    """The same video with subtitles, chapters, metadata and an attachment."""
    (folder / "text.srt").write_text(TEXT)
    (folder / "font.ttf").write_text("no font")
    (folder / "chapters.txt").write_text(
        ";FFMETADATA1\ntitle=A video\n"
        "[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=1500\ntitle=one; =1\n"
        "[CHAPTER]\nTIMEBASE=1/1000\nSTART=1500\nEND=3000\ntitle=two\n"
        "[CHAPTER]\nTIMEBASE=1/1000\nSTART=3000\nEND=4000\ntitle=three\n"
    )
    path = folder / "rich.mkv"
    argv = [
        imageio_ffmpeg.get_ffmpeg_exe(),
        "-v",
        "error",
        "-i",
        video.path,
        "-i",
        folder / "text.srt",
    ]
    argv += ["-i", folder / "chapters.txt", "-map", "0", "-map", "1", "-c", "copy"]
    argv += ["-map_metadata", "2", "-map_chapters", "2"]
    argv += ["-metadata:s:s", "language=deu"]
    argv += ["-attach", folder / "font.ttf", "-metadata:s:t", "mimetype=font/ttf", path]
    assert run_program(argv).status == 0
    return path


def trim(*words: str | Path) -> int:
    return run(["trim", *map(str, words)])


@pytest.mark.parametrize("extension", [".mp4", ".mkv"])
def test_a_copy_begins_at_the_keyframe_and_says_so(
    video: Clip,
    extension: str,
    ffmpeg: FFmpeg,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    output = tmp_path / f"part{extension}"

    assert trim(video.path, output, "--start", "1.5", "--end", "2.6") == 0

    assert "1.000 s to 2." in (messages := capsys.readouterr().err)
    assert "starts 0.500 s early, at a keyframe" in messages
    shown = indices(output, video.width, video.height)
    assert shown[0] == 25
    assert shown == list(range(25, 25 + len(shown)))
    assert 65 <= len(shown) + 25 <= 68
    assert (
        frame_hashes(output, "yuv420p")
        == frame_hashes(video.path, "yuv420p")[25:][: len(shown)]
    )


def test_a_copy_keeps_audio_in_sync_with_the_video(
    video: Clip, ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    output = tmp_path / "part.mp4"
    trim(video.path, output, "--start", "2", "--end", "3")

    for track in ("a:0", "a:1"):
        begins = first_packet_time(output, track)
        assert begins is not None
        assert 0 <= begins < Fraction(1024, 48000)
        # Packets begin at multiples of 1024 samples, as they did before the cut.
        assert (begins + 2) * 48000 % 1024 == 0
    assert timeline(output).times[0] == 0


def test_a_part_of_a_copy_holds_the_very_packets(
    video: Clip, bundled_ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    output = tmp_path / "part.mp4"
    trim(video.path, output, "--end", "90")
    for stream in ("V:0", "a:0", "a:1"):
        assert packets_hash(output, stream) == packets_hash(video.path, stream)


def test_all_streams_are_cut_and_shifted(
    rich: Path, ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    output = tmp_path / "part.mkv"
    assert trim(rich, output, "--start", "1.1", "--end", "2.9") == 0

    kinds = [kind for kind, _ in stream_kinds(output)]
    assert kinds == ["video", "audio", "audio", "subtitle", "attachment"]
    assert tags(output)["title"] == "A video"
    one, two = chapters(output)
    assert [one.title, two.title] == ["one; =1", "two"]
    assert (one.start, one.end) == (0, Fraction(1, 2))
    assert two.start == one.end
    languages = [stream.tags.get("language") for stream in streams(output)]
    assert languages[1:4] == ["eng", "deu", "deu"]
    # The first cue is on screen where the cut starts.
    assert first_packet_time(output, "s:0") == 0


def test_subtitles_that_are_converted_are_cut_and_shifted(
    rich: Path,
    bundled_ffmpeg: FFmpeg,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    output = tmp_path / "part.mp4"
    assert trim(rich, output, "--start", "1.1", "--end", "2.9") == 0

    assert "attachment stream #4" in capsys.readouterr().err
    argv = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", output]
    done = run_program([*argv, "-f", "srt", "-"])
    lines = done.stdout.decode().splitlines()
    assert lines[1:3] == ["00:00:00,000 --> 00:00:00,300", "before and in"]
    assert lines[5:7] == ["00:00:01,000 --> 00:00:01,400", "all in it"]
    assert "after it" not in lines


@pytest.mark.parametrize("extension", [".mp4", ".mkv"])
def test_exact_begins_and_ends_with_the_frames_asked_for(
    video: Clip,
    extension: str,
    ffmpeg: FFmpeg,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    output = tmp_path / f"part{extension}"
    assert trim(video.path, output, "--start", "0.6", "--end", "3.28", "--exact") == 0

    # The last GOP may end early: its first packets may be just the frames wanted.
    match = re.search(r"(\d+) frames copied, (\d+) encoded", capsys.readouterr().err)
    assert match is not None
    assert int(match[1]) + int(match[2]) == 67
    assert int(match[1]) >= 50
    assert indices(output, video.width, video.height) == list(range(15, 82))
    before, here = (frame_hashes(path, "yuv420p") for path in (video.path, output))
    assert here[10:60] == before[25:75]
    after = timeline(output)
    assert after.relative == tuple(Fraction(i, 25) for i in range(67))
    for track in ("a:0", "a:1"):
        begins = first_packet_time(output, track)
        assert begins is not None
        offset = begins - after.times[0] + Fraction(6, 10)
        rounded = round(offset * 48000 / 1024) * 1024
        assert abs(offset - Fraction(rounded, 48000)) <= max(
            after.tick, Fraction(1, 48000)
        )


@pytest.mark.parametrize("extension", [".mp4", ".mkv"])
def test_video_without_audio_is_cut_exactly(
    extension: str,
    ffmpeg: FFmpeg,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    video = make_clip(tmp_path / "silent.mp4", frames=100, video=GROUPS)
    output = tmp_path / f"part{extension}"
    assert trim(video.path, output, "--start", "0.6", "--end", "3.28", "--exact") == 0

    assert "frames copied" in capsys.readouterr().err
    assert stream_kinds(output) == [("video", "h264")]
    assert indices(output, video.width, video.height) == list(range(15, 82))
    assert timeline(output).relative == tuple(Fraction(i, 25) for i in range(67))


@pytest.mark.parametrize(
    ("begin", "end", "copied"), [("1", "3", 50), ("0.96", "3", 50), ("1", "3.04", 51)]
)
def test_nothing_more_is_encoded_than_what_must_be(
    video: Clip,
    begin: str,
    end: str,
    copied: int,
    bundled_ffmpeg: FFmpeg,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    output = tmp_path / "part.mp4"
    assert trim(video.path, output, "--start", begin, "--end", end, "--exact") == 0
    expected = list(range(round(float(begin) * 25), round(float(end) * 25)))
    assert indices(output, video.width, video.height) == expected
    assert f"{copied} frames copied" in capsys.readouterr().err


@pytest.mark.parametrize("words", [("-vf", "setsar=1", "-c:v", "mpeg4"), ()])
def test_what_cannot_be_cut_in_pieces_is_encoded_whole(
    words: Sequence[str],
    bundled_ffmpeg: FFmpeg,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    clip = make_clip(tmp_path / "video.mp4", frames=60, video=words or H264)
    output = tmp_path / "part.mp4"
    assert trim(clip.path, output, "--start", "0.5", "--end", "2", "--exact") == 0
    assert indices(output, clip.width, clip.height) == list(range(13, 50))
    reason = "not h264" if words else "no closed GOP"
    messages = capsys.readouterr().err
    assert "all 37 frames encoded: " in messages
    assert reason in messages
    assert timeline(output).times[0] == 0


@pytest.mark.slow
@pytest.mark.parametrize("extension", [".mp4", ".mkv"])
@pytest.mark.parametrize("name", ["car_with_audio.mp4", "edge/nasa_13013.mp4"])
def test_real_videos_are_cut_exactly(
    name: str, extension: str, ffmpeg: FFmpeg, shared: Path, tmp_path: Path
) -> None:
    source = shared / "media" / name
    truth = timeline(source)
    first, last = len(truth.times) // 3, len(truth.times) * 2 // 3
    begin, end = (float(truth.relative[i]) for i in (first, last + 1))
    output = tmp_path / f"part{extension}"
    words = ["--start", f"{begin:.6f}", "--end", f"{end:.6f}", "--exact"]
    assert trim(source, output, *words) == 0
    found = timeline(output)
    assert len(found.times) == last + 1 - first
    for time, wanted in zip(found.relative, truth.relative[first:], strict=False):
        assert abs(time - wanted + truth.relative[first]) <= found.tick


def test_exact_is_exact_with_a_variable_rate(ffmpeg: FFmpeg, tmp_path: Path) -> None:
    video = make_clip(tmp_path / "video.mp4", ticks=VARIABLE, video=GROUPS)
    start, end = float(video.times[7]), float(video.times[31])
    output = tmp_path / "part.mp4"
    words = ["--start", f"{start:.6f}", "--end", f"{end:.6f}"]
    assert trim(video.path, output, *words, "--exact") == 0

    assert indices(output, video.width, video.height) == list(range(7, 31))
    expected = tuple(time - video.times[7] for time in video.times[7:31])
    assert timeline(output).relative == expected


def test_nothing_is_overwritten_and_nothing_is_left(
    video: Clip, bundled_ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    output = tmp_path / "part.mp4"
    output.write_text("mine")
    assert trim(video.path, output, "--start", "1") == 1
    assert output.read_text() == "mine"
    assert trim(video.path, output, "--start", "1", "-y") == 0
    assert trim(output, output, "--start", "1", "-y") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["part.mp4"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "nothing to cut off"),
        (("--start", "9"), "after the end"),
        (("--start", "2", "--end", "1"), "not after"),
    ],
)
def test_a_range_that_is_not_there_is_refused(
    video: Clip,
    words: Sequence[str],
    message: str,
    bundled_ffmpeg: FFmpeg,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert trim(video.path, tmp_path / "part.mp4", *words) == 2
    assert message in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("audios", [0, 1])
@pytest.mark.parametrize("command", [("trim",), ("trim", "--exact"), ("transcode",)])
def test_a_range_between_two_frames_is_no_contradiction_of_the_user(
    command: Sequence[str],
    audios: int,
    ffmpeg: FFmpeg,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A recording that stands still from 0.8 s to 2.048 s."""
    ticks = [i * 3600 for i in range(20)] + [184_320 + i * 3600 for i in range(20)]
    video = make_clip(tmp_path / "v.mp4", ticks=ticks, audios=audios, video=GROUPS)
    output = tmp_path / "part.mp4"
    name, *words = command
    words += ["--start", "1", "--end", "1.5"]
    assert run([name, str(video.path), str(output), *words]) == 1

    errors = [line for line in capsys.readouterr().err.splitlines() if "error" in line]
    none = "no frame of" if audios or name == "trim" else "nothing of"
    assert errors == [f"avio: error: {none} {video.path} is in the given time range"]
    assert [path.name for path in tmp_path.iterdir()] == ["v.mp4"]


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("extension", [".mp4", ".mkv", ".ts", ".nut", ".png", ".gif"])
@pytest.mark.sampled(4)
def test_a_file_with_one_frame_keeps_it(
    extension: str, exact: bool, ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    codec = () if extension in (".png", ".gif") else H264
    still = ("-update", "1") if extension == ".png" else ()
    clip = make_clip(tmp_path / f"one{extension}", frames=1, video=codec, extra=still)
    output = tmp_path / "part.mkv"
    words = ["--exact"] if exact else []
    assert trim(clip.path, output, "--end", "0.9", *words) == 0
    assert indices(output, clip.width, clip.height) == [0]
    assert timeline(output).times == (0,)
