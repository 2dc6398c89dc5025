"""Holes that no demuxer reports are found in a file's own structure."""

import random
from fractions import Fraction
from pathlib import Path

import pytest

from avio_cli.demux.structure.holes import find_hole
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.process.run import run
from avio_cli.ffmpeg.url import parse_url
from tests.fuzzing.media import clip


def found(path: Path, data: bytes, ffmpeg: FFmpeg) -> bool:
    path.write_bytes(data)
    return find_hole(MediaSource.probe(ffmpeg, parse_url(path))) is not None


@pytest.mark.parametrize("kind", ["frag.mp4", "mp4", "avi", "gif", "asf", "h264"])
def test_whole_files_have_none_also_with_a_tail(
    kind: str, tmp_path: Path, bundled_ffmpeg: FFmpeg
) -> None:
    path = tmp_path / f"clip.{kind}"
    assert not found(path, clip(kind), bundled_ffmpeg)
    assert not found(path, clip(kind) + b"\1camera" * 100, bundled_ffmpeg)


@pytest.mark.parametrize("kind", ["frag.mp4", "gif", "asf", "h264", "nut"])
def test_zeros_in_the_middle_are_one(
    kind: str, tmp_path: Path, bundled_ffmpeg: FFmpeg
) -> None:
    whole = clip(kind)
    start, stop = len(whole) * 2 // 5, len(whole) * 3 // 5
    data = whole[:start] + bytes(stop - start) + whole[stop:]
    assert found(tmp_path / f"clip.{kind}", data, bundled_ffmpeg)


@pytest.mark.parametrize("kind", ["frag.mp4", "avi", "asf"])
def test_a_missing_middle_is_one(
    kind: str, tmp_path: Path, bundled_ffmpeg: FFmpeg
) -> None:
    whole = clip(kind)
    data = whole[: len(whole) * 2 // 5] + whole[len(whole) * 3 // 5 :]
    assert found(tmp_path / f"clip.{kind}", data, bundled_ffmpeg)


def test_noise_between_the_packets_of_avi_is_one(
    tmp_path: Path, bundled_ffmpeg: FFmpeg
) -> None:
    whole = clip("avi")
    start, stop = len(whole) * 2 // 5, len(whole) * 3 // 5
    noise = random.Random(1).randbytes(stop - start)
    data = whole[:start] + noise + whole[stop:]
    assert found(tmp_path / "clip.avi", data, bundled_ffmpeg)


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("frag.mp4", "zeros"),
        ("frag.mp4", "noise"),
        ("avi", "zeros"),
        ("avi", "noise"),
        ("gif", "zeros"),
    ],
)
def test_an_end_that_is_no_part_of_it_is_one(
    kind: str, change: str, tmp_path: Path, bundled_ffmpeg: FFmpeg
) -> None:
    whole = clip(kind)
    start = len(whole) * 7 // 10
    size = len(whole) - start
    end = bytes(size) if change == "zeros" else random.Random(1).randbytes(size)
    assert found(tmp_path / f"clip.{kind}", whole[:start] + end, bundled_ffmpeg)


def test_an_avi_that_is_shorter_than_it_says_has_one(
    tmp_path: Path, bundled_ffmpeg: FFmpeg
) -> None:
    data = clip("avi")
    assert found(tmp_path / "clip.avi", data[: len(data) * 3 // 4], bundled_ffmpeg)
    # What writers put there until they know it.
    unknown = data[:4] + b"\xff" * 4 + data[8 : len(data) * 3 // 4]
    assert not found(tmp_path / "live.avi", unknown, bundled_ffmpeg)


def test_raw_video_has_one_wherever_a_range_starts(
    tmp_path: Path, bundled_ffmpeg: FFmpeg
) -> None:
    whole, path = clip("h264"), tmp_path / "clip.h264"
    start, stop = len(whole) // 10, len(whole) * 3 // 10
    path.write_bytes(whole[:start] + bytes(stop - start) + whole[stop:])
    source = MediaSource.probe(bundled_ffmpeg, parse_url(path))
    assert find_hole(source, Fraction(5))  # no time is known of any byte


def test_few_zeros_are_one_where_a_coder_writes_none(
    tmp_path: Path, bundled_ffmpeg: FFmpeg
) -> None:
    whole = clip("h264")
    start = len(whole) // 2
    data = whole[:start] + bytes(160) + whole[start + 160 :]
    assert found(tmp_path / "clip.h264", data, bundled_ffmpeg)


def test_fragments_have_one_wherever_a_range_starts(
    tmp_path: Path, bundled_ffmpeg: FFmpeg
) -> None:
    # Their duration is that of the fragments before the hole.
    whole, path = clip("frag.mp4"), tmp_path / "clip.mp4"
    start, stop = len(whole) * 11 // 100, len(whole) * 19 // 100
    noise = random.Random(1).randbytes(stop - start)
    path.write_bytes(whole[:start] + noise + whole[stop:])
    source = MediaSource.probe(bundled_ffmpeg, parse_url(path))
    assert find_hole(source, Fraction(2, 5)) is not None


def test_a_constant_bit_rate_is_none(tmp_path: Path, bundled_ffmpeg: FFmpeg) -> None:
    path, black = tmp_path / "clip.nut", "color=black:s=320x240:r=25:d=1"
    argv = [bundled_ffmpeg.path, "-v", "error", "-f", "lavfi", "-i", black]
    rate = "-c:v mpeg2video -b:v 4M -minrate 4M -maxrate 4M -bufsize 1M"
    assert run([*argv, *rate.split(), str(path)]).status == 0
    data = path.read_bytes()
    assert bytes(1024) in data
    assert not found(path, data, bundled_ffmpeg)
