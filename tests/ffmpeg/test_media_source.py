"""A source: where it starts, and that a seek goes to a time after that."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from avio_cli.errors import InputError
from avio_cli.ffmpeg.command import Command, Output
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.process.run import run
from avio_cli.ffmpeg.url import parse_url
from tests.clips import groups, make_clip


def clip(folder: Path, name: str, *, start: int = 0) -> Path:
    """Four seconds, a keyframe each second."""
    late = ("-output_ts_offset", str(start))
    video = groups(25, 0)
    return make_clip(folder / name, frames=100, video=video, extra=late).path


def first_time(source: MediaSource, seeking: tuple[str, ...]) -> Fraction:
    """Seconds, on the source's clock, of the first packet that ffmpeg reads."""
    command = Command(
        (source.input((*seeking, "-copyts")),),
        (Output("pipe:1", ("-map", "0:v", "-c", "copy", "-f", "framecrc")),),
    )
    lines = run(command.argv(source.ffmpeg.path)).stdout.decode().splitlines()
    base = next(line.split(": ")[1] for line in lines if line.startswith("#tb"))
    packet = next(line for line in lines if not line.startswith("#"))
    return int(packet.split(",")[2]) * Fraction(base)


def test_a_seek_is_to_a_time_after_the_start_of_a_source_that_starts_late(
    ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    path = clip(tmp_path, "late.mkv", start=5)
    source = MediaSource.probe(ffmpeg, parse_url(path))
    assert source.origin == 5
    assert first_time(source, source.seek(Fraction("2.5"))) == 7
    assert first_time(source, source.seek(Fraction(0))) == 5


def test_without_a_position_nothing_is_sought(
    bundled_ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    source = MediaSource.probe(bundled_ffmpeg, parse_url(clip(tmp_path, "a.mp4")))
    assert source.seek(Fraction(0)) == source.seek(Fraction(-1)) == ()
    assert source.seek(Fraction(1, 3)) == ("-ss", "0.333333")


def test_a_demuxer_that_may_land_late_has_a_margin(
    bundled_ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    paths = [clip(tmp_path, name) for name in ("a.mp4", "a.mkv", "a.ts")]
    sources = [MediaSource.probe(bundled_ffmpeg, parse_url(path)) for path in paths]
    assert [source.seek_margin for source in sources] == [0, 0, 10]


def test_its_name_masks_credentials_and_what_is_no_media_has_none(
    bundled_ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    path = clip(tmp_path, "a.mp4")
    source = MediaSource.probe(bundled_ffmpeg, parse_url(path))
    assert source.name == source.url.display_name == str(path)
    text = tmp_path / "text.mp4"
    text.write_text("no media")
    with pytest.raises(InputError, match=r"text\.mp4"):
        MediaSource.probe(bundled_ffmpeg, parse_url(text))


def test_a_source_whose_start_is_unknown_starts_at_zero(
    bundled_ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    path = clip(tmp_path, "a.h264")
    source = MediaSource.probe(bundled_ffmpeg, parse_url(path))
    assert source.info.start is None
    assert source.origin == 0


def test_what_is_live_over_http_is_never_read_by_a_second_child(
    bundled_ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    file = MediaSource.probe(bundled_ffmpeg, parse_url(clip(tmp_path, "a.mkv")))
    served = replace(file, url=parse_url("http://127.0.0.1:1/list.m3u8"))
    assert file.can_reopen
    assert served.can_reopen
    assert not replace(served, info=replace(file.info, duration=None)).can_reopen
