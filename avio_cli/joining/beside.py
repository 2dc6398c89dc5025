"""What goes beside pictures and sound: chapters and texts of all parts."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.joining.parts import Part
from avio_cli.media import Chapter
from avio_cli.sinks.chapters import shifted
from avio_cli.sinks.subtitles import Cue, moved, read_cues


def chapters_of(parts: Sequence[Part]) -> Iterator[Chapter]:
    """The parts' own chapters, moved with them; a part without is one chapter."""
    for part in parts:
        end = part.begin + part.length
        own = list(shifted(part.info.chapters, part.begin, end, part.offset))
        if own:
            yield from own
        else:
            name = Path(part.info.source).stem
            last = part.offset + part.length
            yield Chapter(start=part.offset, end=last, title=name)


def cues_of(ffmpeg: FFmpeg, part: Part, number: int, lead: Fraction) -> Iterator[Cue]:
    """The texts of one of a part's subtitle tracks, moved with it; later by `lead`."""
    texts = [stream for stream in part.info.subtitles if stream.is_text]
    if number < len(texts):
        cues = read_cues(ffmpeg, part.address, texts[number])
        end = part.begin + part.length
        yield from moved(cues, part.begin, end, part.offset + lead)
