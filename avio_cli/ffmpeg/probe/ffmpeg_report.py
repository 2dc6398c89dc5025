"""Parse ffmpeg's own report, printed before it starts to work, into MediaInfo.

It is the only source where there is no ffprobe. At the debug level its stream lines
have the exact time bases, in ffmpeg 5.1 as in 9.0.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from avio_cli.ffmpeg.probe.report_stream import stream_from_line
from avio_cli.ffmpeg.probe.terms import believable, clock_seconds, other_tags, own_tag
from avio_cli.media.info import Chapter, MediaInfo, Stream

REPORT_OPTIONS = (
    *("-hide_banner", "-nostdin", "-nostats"),
    *("-loglevel", "repeat+level+debug"),
)

_LEVEL = re.compile(r"\[(?:info|verbose)\] ")
_HEADINGS = {
    "input": re.compile(r"Input #0, (\S+), from '"),
    "length": re.compile(
        r"  Duration: (?P<duration>[\d:.]+|N/A)(?:, start: (?P<start>-?[\d.]+))?"
        r", bitrate: (?:(?P<kilobits>\d+) kb/s|N/A)"
    ),
    "chapter": re.compile(r"    Chapter #0[:.]\d+: start (-?[\d.]+), end (-?[\d.]+)"),
    "program": re.compile(r"  Program \d"),
    "group": re.compile(r"  Stream group #0[:.]\d+"),
    "stream": re.compile(r"  Stream #0:\d+(.*)"),
}
# A name is padded to 16 bytes, not letters; it may hold a colon of its own.
_TAG = re.compile(rb" {4,}([^ ].{15,}?): ?(.*)")
_CONTINUED = re.compile(r" +: ?(.*)")
# A stream of a group is indented more, and logged as verbose or (9.0's "Track
# Reference") as info. Elsewhere such a line is a tag of that name.
_MEMBER = re.compile(r"    Stream #0:\d+")


@dataclass(slots=True)
class _Section:
    """A heading of the report with the lists under it."""

    kind: str
    heading: re.Match[str]
    tags: dict[str, str] = field(default_factory=dict)
    side_data: list[str] = field(default_factory=list)
    _list: str = ""

    def read(self, line: str, *, continued: bool) -> None:
        """Take a line under the heading; a continued one had no level of its own."""
        if line.strip() in ("Metadata:", "Side data:"):
            self._list = line.strip()
        elif self._list == "Side data:" and not continued:
            self.side_data.append(line.strip())
        elif self._list == "Metadata:":
            self._read_tag(line, continued=continued)

    def _read_tag(self, line: str, *, continued: bool) -> None:
        if not continued and (tag := _TAG.fullmatch(line.encode())):
            self.tags[tag[1].decode().rstrip()] = tag[2].decode()
        elif continued and self.tags and (more := _CONTINUED.fullmatch(line)):
            last = next(reversed(self.tags))
            self.tags[last] += "\n" + more[1]


def media_from_report(log: str, source: str, size: int | None) -> MediaInfo | None:
    """Parse what ffmpeg logged with `REPORT_OPTIONS` and no output.

    Args:
        log: ffmpeg's standard error.
        source: the input's name as shown to people.
        size: bytes of the file, where it is one.

    Returns:
        None where the input was not opened.
    """
    sections = tuple(_sections(log))
    inputs = [section for section in sections if section.kind == "input"]
    if not inputs:
        return None
    streams = _streams(sections)
    duration, start, bit_rate = _length(sections)
    kept = believable(duration, streams)
    return MediaInfo(
        source=source,
        container=inputs[0].heading[1],
        streams=streams,
        start=start,
        duration=kept,
        size=size,
        bit_rate=bit_rate if kept == duration else None,
        chapters=tuple(_chapter(s) for s in sections if s.kind == "chapter"),
        metadata=other_tags(inputs[0].tags),
    )


def _sections(log: str) -> Iterator[_Section]:
    section: _Section | None = None
    for line, has_level in _lines(log):
        if has_level and (found := _heading(line)):
            if section is not None:
                yield section
            section = found
        elif section is not None:
            section.read(line, continued=not has_level)
    if section is not None:
        yield section


def _lines(log: str) -> Iterator[tuple[str, bool]]:
    """Each line without its level, and whether it had one."""
    grouped = False
    for line in log.replace("\r\n", "\n").split("\n"):
        level = _LEVEL.match(line)
        text = line[level.end() :] if level else line
        if level and not text.startswith("   "):
            grouped = bool(_HEADINGS["group"].match(text))
        if grouped and _MEMBER.match(text):
            text = text[2:]  # as the streams that are in no group
        yield text, level is not None


def _heading(line: str) -> _Section | None:
    for kind, pattern in _HEADINGS.items():
        if match := pattern.match(line):
            return _Section(kind, match)
    return None


def _length(
    sections: tuple[_Section, ...],
) -> tuple[Fraction | None, Fraction | None, int | None]:
    """Seconds, first time in seconds, bits a second."""
    found = next((s.heading for s in sections if s.kind == "length"), None)
    if found is None:
        return None, None, None
    start, kilobits = found["start"], int(found["kilobits"] or 0)
    return (
        clock_seconds(found["duration"]),
        Fraction(start) if start else None,
        kilobits * 1000 or None,
    )


def _streams(sections: tuple[_Section, ...]) -> tuple[Stream, ...]:
    # A stream is listed under each program it belongs to.
    found = {
        stream.index: stream
        for stream in (
            stream_from_line(s.heading[0].strip(), s.tags, s.side_data)
            for s in sections
            if s.kind == "stream"
        )
    }
    return tuple(found[index] for index in sorted(found))


def _chapter(section: _Section) -> Chapter:
    return Chapter(
        start=Fraction(section.heading[1]),
        end=Fraction(section.heading[2]),
        title=own_tag(section.tags, "title"),
        metadata=other_tags(section.tags, "title"),
    )
