"""What is kept where: the table in the docs is what these runs produce.

AVIO_WRITE_DOCS=1 writes the table again.
"""

import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from avio_cli.cli.main import run
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.probe.probe import probe
from avio_cli.ffmpeg.url import parse_url
from avio_cli.media.info import MediaInfo, Stream, VideoStream
from tests.conftest import BOTH_FFMPEGS

PAGE = Path(__file__).parent.parent / "docs" / "formats.md"
BEGIN, END = "<!-- kept: begin -->", "<!-- kept: end -->"
FILES = (
    *("nasa_13013.mp4", "multi-track.mp4", "mov_text.mp4", "sample_with_srt.mkv"),
    *("testsrc_with_attachment.mkv", "h264-png.mp4", "h265_10bits.mp4"),
    *("hdr10-av1.mp4", "interlaced.mp4", "video_90.mov"),
)
FAST = {
    "mp4": "preset=ultrafast",
    "mkv": "preset=ultrafast",
    "webm": "deadline=realtime",
}
KEPT = {"default", "forced", "comment", "attached_pic"}


def in_words(info: MediaInfo) -> str:
    """What a file contains, in a few words; the same for both ffmpegs."""
    words = [_video(video) for video in info.videos]
    words += [_track(audio) for audio in info.audios]
    words += [_track(text) for text in info.subtitles]
    words += [f"cover ({cover.codec})" for cover in info.covers]
    words += [f"attachment ({a.filename or 'file'})" for a in info.attachments]
    words += ["data" for _ in info.data]
    words += [f"{len(info.chapters)} chapters"] if info.chapters else []
    counted = Counter(words)
    return ", ".join(f"{n} {word}" if n > 1 else word for word, n in counted.items())


def _video(video: VideoStream) -> str:
    marks = [f"{video.bit_depth} bit"] if video.bit_depth > 8 else []
    marks += ["HDR"] if video.color.transfer == "smpte2084" else []
    marks += ["interlaced"] if video.is_interlaced else []
    marks += [f"rotated {video.rotation}°"] if video.rotation else []
    return " ".join((video.codec, *marks))


def _track(stream: Stream) -> str:
    return f"{stream.codec} {stream.language}".strip()


def flags(streams: Iterable[Stream]) -> list[tuple[str, set[str]]]:
    return [(s.language, set(s.dispositions) & KEPT) for s in streams]


def rows() -> dict[str, list[str]]:
    """The table as the page has it, by file."""
    text = PAGE.read_text(encoding="utf-8")
    table = text[text.index(BEGIN) + len(BEGIN) : text.index(END)]
    cells = [line.strip("| ").split(" | ") for line in table.strip().splitlines()[2:]]
    return {row[0].strip("`"): row[1:] for row in cells}


def write_row(name: str, cells: list[str]) -> None:
    text = PAGE.read_text(encoding="utf-8")
    there = rows() | {name: cells}
    lines = ["| file | contains | .mp4 | .mkv | .webm |", "|---|---|---|---|---|"]
    for file in FILES:
        if file in there:
            lines.append(f"| `{file}` | {' | '.join(there[file])} |")
    table = "\n".join(lines)
    before, after = text.partition(BEGIN)[0], text.partition(END)[2]
    PAGE.write_text(f"{before}{BEGIN}\n{table}\n{END}{after}", encoding="utf-8")


@BOTH_FFMPEGS
@pytest.mark.parametrize("name", FILES)
@pytest.mark.sampled(4)
def test_what_the_page_says_is_kept_is_kept(
    name: str, ffmpeg: FFmpeg, tmp_path: Path, shared: Path
) -> None:
    source = shared / "media" / "edge" / name
    before = probe(ffmpeg, parse_url(source))
    cells = [in_words(before)]
    for extension, fast in FAST.items():
        output = tmp_path / f"out.{extension}"
        small = ("--width", "128", "--end", "0.5", "--encoder-option", fast)
        assert run(["transcode", str(source), str(output), *small]) == 0
        after = probe(ffmpeg, parse_url(output))
        cells.append(in_words(after))
        check_flags(before, after)
    if os.environ.get("AVIO_WRITE_DOCS") == "1":
        write_row(name, cells)
    assert rows()[name] == cells


def check_flags(before: MediaInfo, after: MediaInfo) -> None:
    """Languages and dispositions are those of the source, videos are upright."""
    assert flags(after.videos) == flags(before.videos)
    assert flags(after.audios) == flags(before.audios)
    if after.subtitles:
        assert flags(after.subtitles) == flags(before.subtitles)
    video, source = after.videos[0], before.videos[0]
    assert video.rotation == 0
    assert (video.width > video.height) == (source.width > source.height)
    assert video.color.transfer == source.color.transfer
