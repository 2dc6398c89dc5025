"""A playlist without an end, of which little is there, is not waited for."""

from pathlib import Path

import pytest

from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.probe.probe import probe
from avio_cli.ffmpeg.url import parse_url
from tests.clips import make_clip
from tests.servers import serving

LIST = """#EXTM3U
#EXT-X-VERSION:3
#EXT-X-TARGETDURATION:1
#EXT-X-MEDIA-SEQUENCE:0
#EXTINF:0.4,
plain-clip.ts
"""


@pytest.mark.slow  # it is read again twice
def test_what_is_there_is_what_it_contains(ffmpeg: FFmpeg, tmp_path: Path) -> None:
    make_clip(tmp_path / "clip.ts", frames=10)
    make_clip(tmp_path / "plain-clip.ts", frames=10)
    (tmp_path / "list.m3u8").write_text(LIST)
    with serving(tmp_path) as url:
        found = probe(ffmpeg, parse_url(f"{url}/plain-list.m3u8"))
        assert (found.duration, found.videos[0].width) == (None, 160)
    assert probe(ffmpeg, parse_url(tmp_path / "list.m3u8")).videos[0].width == 160
