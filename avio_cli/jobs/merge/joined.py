"""What a result has of all parts: chapters, subtitles, and tracks.

The first part decides what tracks there are; those that it lacks are added behind.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

from avio_cli.jobs.merge.inputs import MergeInput
from avio_cli.media.info import AudioStream, Chapter, Stream, SubtitleStream
from avio_cli.mux.sidecars import shift_chapters
from avio_cli.mux.subtitles import Cue, read_cues, shift_cues

ADDED = 10_000
"""First index of tracks that the first part lacks."""


def merged_chapters(parts: Sequence[MergeInput]) -> Iterator[Chapter]:
    """The parts' own chapters, shifted with them; a part without is one chapter."""
    for part in parts:
        end = part.start + part.length
        chapters = part.source.info.chapters
        own = list(shift_chapters(chapters, part.start, end, part.offset))
        if own:
            yield from own
        else:
            name = Path(part.source.name).stem
            last = part.offset + part.length
            yield Chapter(start=part.offset, end=last, title=name)


def merged_cues(part: MergeInput, number: int, lead: Fraction) -> Iterator[Cue]:
    """The cues of a part's subtitle track, shifted with the part and by `lead`."""
    if number < len(part.texts):
        cues = read_cues(part.source, part.texts[number])
        end = part.start + part.length
        yield from shift_cues(cues, part.start, end, part.offset + lead)


def tags_of_added(stream: Stream) -> Iterator[str]:
    """Options for the language and title of a track that the first part lacks."""
    if stream.index >= ADDED:
        for key, value in (("language", stream.language), ("title", stream.title)):
            yield from ("-metadata:s:{}", f"{key}={value}") if value else ()


def is_known(stream: Stream) -> bool:
    """Whether a stream can be joined to those of other parts, or is only copied."""
    if isinstance(stream, AudioStream):
        return bool(stream.sample_rate and stream.channels)
    return not isinstance(stream, SubtitleStream) or stream.is_text
