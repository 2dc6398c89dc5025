"""The last frame is shown as long as in the source, whatever makes the result."""

from fractions import Fraction
from pathlib import Path

import pytest

import avio_cli
from avio_cli.cli.main import run
from avio_cli.encode.ending import special_ending
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.url import parse_url
from avio_cli.media.info import Ending
from tests.clips import H264, make_clip
from tests.reference import duration

FAST = ("--encoder-option", "preset=ultrafast")
HELD = "setts=pts=PTS:dts=DTS:duration='if(gte(PTS*TB,0.35),3/TB,DURATION)'"


def held(path: Path, *video: str, audios: int = 0) -> Path:
    """Ten frames, 25 a second; the last one is shown for 3 s."""
    words = [*H264, *(video or ("-bf", "0"))]
    clip = make_clip(
        path, frames=10, audios=audios, video=words, extra=("-bsf:v", HELD)
    )
    return clip.path


def seconds(path: Path) -> float:
    return float(duration(path))


def last_frame(ffmpeg: FFmpeg, path: Path) -> Ending | None:
    source = MediaSource.probe(ffmpeg, parse_url(path))
    return special_ending(source, source.info.videos[0])


def transcode(source: Path, output: Path, *options: str) -> None:
    assert run(["transcode", str(source), str(output), *options]) == 0


@pytest.fixture
def callback(tmp_path: Path) -> tuple[str, str]:
    file = tmp_path / "keep.py"
    file.write_text("def keep(frame):\n    pass\n")
    return "--callback", f"{file}:keep"


@pytest.mark.parametrize("name", ["out.mp4", "out.mov", "out.mkv", "out.gif"])
@pytest.mark.parametrize("how", ["ffmpeg", "callback"])
@pytest.mark.sampled(4)
def test_it_is_kept(
    ffmpeg: FFmpeg, tmp_path: Path, name: str, how: str, callback: tuple[str, str]
) -> None:
    source, output = held(tmp_path / "in.mp4"), tmp_path / name
    transcode(source, output, *(callback if how == "callback" else ()))
    assert seconds(output) == pytest.approx(3.36, abs=0.011)


def test_its_packet_says_so_in_mp4(ffmpeg: FFmpeg, tmp_path: Path) -> None:
    source, output = held(tmp_path / "in.mp4", audios=1), tmp_path / "out.mp4"
    transcode(source, output)
    assert last_frame(ffmpeg, output) == Ending(
        Fraction(36, 100), Fraction(3), Fraction(1, 25)
    )
    transcode(output, tmp_path / "copy.mp4", "--copy")
    assert last_frame(ffmpeg, tmp_path / "copy.mp4") == last_frame(ffmpeg, output)


def test_a_copy_is_not_taken_for_cut_off(ffmpeg: FFmpeg, tmp_path: Path) -> None:
    output = tmp_path / "out.mkv"
    transcode(held(tmp_path / "in.mp4"), output, "--copy")
    assert seconds(output) == pytest.approx(3.36, abs=0.002)


def test_a_range_may_end_while_it_is_shown(
    ffmpeg: FFmpeg, tmp_path: Path, callback: tuple[str, str]
) -> None:
    source = held(tmp_path / "in.mp4")
    for number, options in enumerate(
        (("--start", "0.2"), ("--start", "0.2", *callback))
    ):
        output = tmp_path / f"{number}.mp4"
        transcode(source, output, "--end", "2", *options)
        assert seconds(output) == pytest.approx(1.8, abs=0.001)


def test_a_constant_rate_repeats_it(ffmpeg: FFmpeg, tmp_path: Path) -> None:
    output = tmp_path / "out.avi"
    transcode(held(tmp_path / "in.mp4"), output)
    assert seconds(output) == pytest.approx(3.36, abs=0.001)


@pytest.mark.parametrize("name", ["out.mp4", "out.gif", "out.avi"])
@pytest.mark.parametrize("how", ["ffmpeg", "callback"])
@pytest.mark.sampled(3)
def test_a_rate_repeats_all_frames_until_they_have_been_shown(
    ffmpeg: FFmpeg, tmp_path: Path, name: str, how: str, callback: tuple[str, str]
) -> None:
    ticks = [*range(0, 90_000, 9000), 95_000, 180_000, 184_000, 250_000]
    plain = (*H264, "-bf", "0")
    source = make_clip(tmp_path / "in.mp4", ticks=ticks, video=plain).path
    output, shown = tmp_path / name, seconds(source)
    transcode(source, output, "--fps", "10", *(callback if how == "callback" else ()))
    assert seconds(output) == pytest.approx(shown, abs=0.1)
    transcode(
        held(tmp_path / "held.mp4"),
        output,
        *("--fps", "10", "-y"),
        *(callback if how == "callback" else ()),
    )
    assert seconds(output) == pytest.approx(3.4, abs=0.06)


@pytest.mark.parametrize("how", ["ffmpeg", "callback"])
def test_segments_last_as_long_as_the_frames_in_them(
    ffmpeg: FFmpeg, tmp_path: Path, how: str, callback: tuple[str, str]
) -> None:
    ticks = [*range(0, 90_000, 9000), *range(180_000, 900_000, 18_000)]
    source = make_clip(tmp_path / "in.mp4", ticks=ticks).path
    output = tmp_path / "out.m3u8"
    transcode(source, output, *(callback if how == "callback" else ()))
    lines = output.read_text().splitlines()
    lengths = [float(line[8:-1]) for line in lines if line.startswith("#EXTINF:")]
    assert sum(lengths) == pytest.approx(10, abs=0.2)
    assert max(lengths) < 8


def test_where_it_is_not_stored_a_warning_says_so(
    ffmpeg: FFmpeg, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "out.mkv"
    transcode(held(tmp_path / "in.mp4"), output)
    stored = last_frame(ffmpeg, output) is not None
    assert stored != ("shown for 3.00 s" in capfd.readouterr().err)


def test_trim_and_merge_keep_it(ffmpeg: FFmpeg, tmp_path: Path) -> None:
    source = held(tmp_path / "in.mp4", "-bf", "0", "-g", "4")
    output = tmp_path / "out.mp4"
    assert run(["trim", str(source), str(output), "--start", "0.1", "--exact"]) == 0
    assert seconds(output) == pytest.approx(3.24, abs=0.001)
    assert run(["merge", str(output), str(source), str(source), "-y"]) == 0
    assert seconds(output) == pytest.approx(6.72, abs=0.001)


def test_frames_from_python_have_it(ffmpeg: FFmpeg, tmp_path: Path) -> None:
    source = held(tmp_path / "in.mp4")
    with avio_cli.open_video(source) as frames:
        durations = [frame.duration for frame in frames]
        assert durations == [None] * 9 + [3]
        assert frames.damage() == ""
