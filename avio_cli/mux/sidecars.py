"""Chapters and cover art as files that the muxing ffmpeg reads besides the source."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from avio_cli.errors import OutputError
from avio_cli.ffmpeg.command import QUIET, Command, Input, Output
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.process.process import Process
from avio_cli.ffmpeg.url import file_url
from avio_cli.media.container import Container
from avio_cli.media.info import Chapter, MediaInfo, VideoStream

_TICKS = 1_000_000


def lost_chapters(info: MediaInfo, container: Container) -> Iterator[str]:
    """Say that chapters are lost, where a container has no place for them."""
    if info.chapters and not container.chapters:
        yield f"chapters are dropped: {container.title} cannot hold them"


def shift_chapters(
    chapters: Iterable[Chapter], start: Fraction, end: Fraction | None, to: Fraction
) -> Iterator[Chapter]:
    """Cut chapters to a range, and shift them with it.

    Args:
        chapters: with timestamps of their source.
        start: start of the range in the source.
        end: its end in the source; None: open.
        to: start of the range in the output.
    """
    for chapter in chapters:
        first = max(chapter.start, start)
        last = chapter.end if end is None else min(chapter.end, end)
        if first < last:
            yield replace(chapter, start=first - start + to, end=last - start + to)


def write_chapters(path: Path, chapters: Sequence[Chapter]) -> Input:
    """Write chapters into a file; returns it as an input for ``-map_chapters``."""
    text = ";FFMETADATA1\n" + "".join(map(_section, chapters))
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    return Input(file_url(path), ("-f", "ffmetadata"))


def _section(chapter: Chapter) -> str:
    tags = dict(chapter.metadata)
    if chapter.title:
        tags = {"title": chapter.title} | tags
    lines = [
        "[CHAPTER]",
        f"TIMEBASE=1/{_TICKS}",
        f"START={round(chapter.start * _TICKS)}",
        f"END={round(chapter.end * _TICKS)}",
        *(f"{_escaped(key)}={_escaped(value)}" for key, value in tags.items()),
    ]
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    for character in "\\=;#\n":
        text = text.replace(character, f"\\{character}")
    return text


def extract_cover_art(
    source: MediaSource, covers: Sequence[tuple[VideoStream, Path]]
) -> None:
    """Copy each cover art image, without decoding, into its file.

    Raises:
        FFmpegError: an image cannot be read.
        OutputError: an image is empty.
    """
    if not covers:
        return
    outputs = tuple(
        Output(
            file_url(path),
            (
                *("-map", f"0:{cover.index}", "-c", "copy", "-frames:v", "1"),
                *("-f", "image2pipe"),
            ),
        )
        for cover, path in covers
    )
    command = Command((source.input(),), outputs, (*QUIET, "-y"))
    with Process(command.argv(source.ffmpeg.path)) as process:
        process.finish()
    for cover, path in covers:
        if not path.is_file() or path.stat().st_size == 0:
            raise OutputError(f"the cover art in stream #{cover.index} is empty")
