"""Playlists open what lies beside them, and nothing else."""

from pathlib import Path

import imageio_ffmpeg
import pytest

from avio_cli.cli.main import run as avio
from avio_cli.errors import InputError
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.playlists import check_hls, is_hls, listed_files
from avio_cli.ffmpeg.process.run import run
from avio_cli.ffmpeg.url import parse_url
from tests.reference import timeline

HLS = "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n"


@pytest.fixture
def hls(tmp_path: Path) -> Path:
    """Three parts of one second, 25 frames each."""
    path = tmp_path / "a.m3u8"
    words = "-v error -f lavfi -i testsrc=s=64x48:r=25:d=3 -c:v libx264 -g 25 -f hls"
    argv = [imageio_ffmpeg.get_ffmpeg_exe(), *words.split(), "-hls_time", "1"]
    done = run([*argv, "-hls_playlist_type", "vod", str(path)])
    assert done.status == 0, done.stderr
    return path


def test_a_local_hls_video_is_read_to_its_end(hls: Path, ffmpeg: FFmpeg) -> None:
    assert is_hls(hls)
    assert MediaSource.probe(ffmpeg, parse_url(hls)).info.duration == 3
    result = hls.with_name("o.mp4")
    assert avio(["transcode", str(hls), str(result)]) == 0
    assert len(timeline(result).times) == 75


def test_a_damaged_part_is_no_success(hls: Path, ffmpeg: FFmpeg) -> None:
    part = hls.with_name("a1.ts")
    data = bytearray(part.read_bytes())
    data[len(data) // 4 : len(data) * 3 // 4] = bytes(len(data) // 2)
    part.write_bytes(data)
    assert avio(["transcode", str(hls), str(hls.with_name("o.mp4"))]) == 1


@pytest.mark.parametrize(
    "name",
    [
        *("../b.ts", "/etc/hostname", "http://h/b.ts", "file:b.ts", "link.ts"),
        *("b.ts?x=1", "b\0.ts"),
    ],
)
@pytest.mark.parametrize("line", ["{}", '#EXT-X-KEY:METHOD=AES-128,URI="{}"'])
def test_hls_that_names_another_file_is_refused(
    name: str, line: str, tmp_path: Path
) -> None:
    folder = tmp_path / "list"
    folder.mkdir()
    (tmp_path / "b.ts").touch()
    (folder / "b.ts").touch()
    (folder / "link.ts").symlink_to(tmp_path / "b.ts")
    path = folder / "a.m3u8"
    path.write_text(f"{HLS}{line.format(name)}\n")
    with pytest.raises(InputError, match="not in its folder"):
        parse_url(path)


def test_a_missing_part_and_lists_in_lists_in_lists_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.m3u8"
    path.write_text(f"{HLS}a0.ts\n")
    with pytest.raises(InputError, match=r"a0\.ts, which is not there"):
        check_hls(path)
    path.write_text(f"{HLS}a.m3u8\n")
    with pytest.raises(InputError, match="playlists that name playlists"):
        check_hls(path)


def test_lists_give_their_files_in_order(tmp_path: Path) -> None:
    (tmp_path / "w.m3u").write_bytes("vé.mp4\n".encode("cp1252"))
    (tmp_path / "u.m3u").write_text("vé.mp4\n", "utf-16")
    for name in ("w.m3u", "u.m3u"):
        assert listed_files(tmp_path / name) == [tmp_path / "vé.mp4"]
    texts = {
        "a.m3u": "\ufeff#EXTM3U\n#EXTINF:3,Title\nb.mp3\n\nsub/c.mp3\n",
        "a.pls": "[playlist]\nFile1=b.mp3\nTitle1=Title\nFile2=sub/c.mp3\n",
    }
    for name, text in texts.items():
        path = tmp_path / name
        path.write_text(text)
        assert not is_hls(path)
        assert listed_files(path) == [tmp_path / "b.mp3", tmp_path / "sub" / "c.mp3"]
    path.write_text("[playlist]\n")
    with pytest.raises(InputError, match="is empty"):
        listed_files(path)
