"""A playlist on a full disk, and the names of its segments."""

import os
from pathlib import Path
from urllib.parse import quote

import pytest

from avio_cli.api import transcode
from avio_cli.errors import OutputError
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.output.hls import HlsOutput
from tests.clips import make_clip


def test_empty_parts_are_an_error_and_removed(tmp_path: Path) -> None:
    output = HlsOutput(tmp_path / "a.m3u8", force=False, dry_run=False)
    (tmp_path / "a_00000.ts").write_bytes(b"x")
    (tmp_path / "a_00001.ts").touch()
    (tmp_path / "a.m3u8").touch()
    with pytest.raises(OutputError, match="no space left on device"):
        output.commit()
    output.discard()
    assert [path.name for path in tmp_path.iterdir()] == ["a_00000.ts"]


def test_an_empty_playlist_that_is_replaced_is_no_full_disk(tmp_path: Path) -> None:
    (tmp_path / "a.m3u8").touch()
    output = HlsOutput(tmp_path / "a.m3u8", force=True, dry_run=False)
    output.commit()
    output.discard()
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(os.name == "nt", reason="names of POSIX")
@pytest.mark.parametrize("name", ["a:b", "a#b", "a?b", "a%d", "#a", "a\nb", "\udcff"])
def test_segments_have_names_that_are_urls(
    name: str, ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    clip = make_clip(tmp_path / "clip.mkv", frames=30)
    playlist = tmp_path / f"{name}.m3u8"
    assert transcode(clip.path, playlist).frames == 30
    lines = playlist.read_bytes().decode().splitlines()
    segments = [line for line in lines if line[:1] != "#"]
    assert segments
    for segment in segments:
        assert segment == quote(segment)
        assert (tmp_path / segment).is_file()


@pytest.mark.skipif(os.name == "nt", reason="names of POSIX")
def test_a_replaced_playlist_leaves_those_of_names_like_it(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mkv", frames=5)
    transcode(clip.path, tmp_path / "a_b.m3u8")
    before = (tmp_path / "a_b_00000.ts").stat()
    for name in ("a:b.m3u8", "a%b.m3u8"):
        transcode(clip.path, tmp_path / name, force=True)
    assert (tmp_path / "a_b_00000.ts").stat() == before
    assert len(list(tmp_path.glob("*.ts"))) == 3


@pytest.mark.parametrize("length", [246, 250, 255])
def test_names_that_leave_no_room_for_segments_are_refused(
    length: int, tmp_path: Path
) -> None:
    name = f"{'a' * (length - 5)}.m3u8"
    with pytest.raises(OutputError, match=r"segments .* File name too long"):
        HlsOutput(tmp_path / name, force=False, dry_run=False)
    assert not list(tmp_path.iterdir())


def test_a_name_with_room_for_segments_makes_them(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mkv", frames=5)
    transcode(clip.path, tmp_path / f"{'a' * 240}.m3u8")
    assert [path.name for path in tmp_path.glob("*.ts")] == [f"{'a' * 240}_00000.ts"]
    assert not list(tmp_path.glob(".*"))
