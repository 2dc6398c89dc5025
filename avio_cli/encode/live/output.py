"""Where the result of a source that is read once is written."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

from avio_cli.decode.live.options import LiveOptions
from avio_cli.demux.timeline import StreamTimeline
from avio_cli.errors import AvioError, DamagedInputError, UsageError
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.url import MediaUrl
from avio_cli.media.container import Container
from avio_cli.media.info import VideoStream
from avio_cli.media.pixel_formats import PIXEL_FORMATS
from avio_cli.mux.command import PlannedStream
from avio_cli.output.growing import GrowingFile, open_recording, with_kept
from avio_cli.output.parts.parts import Parts
from avio_cli.output.special import refuse_unstreamable
from avio_cli.output.target import OutputTarget, open_output, refuse_source

_NOTICEABLE = Fraction(1, 10)
"""Seconds by which audio may begin before the video without a warning."""


def open_result(
    output: Path | MediaUrl,
    source: MediaSource,
    container: Container,
    options: LiveOptions,
    *,
    force: bool = False,
) -> OutputTarget | Parts:
    """Open the output of a result, which may be in parts.

    What is sent once cannot be had again: its file has its name from the first
    frame on, and can be played whatever ends the run.

    Raises:
        OutputError: it cannot be written, or is the source itself.
        UsageError: the container does not fit the output.
    """
    refuse_source(output, source.url)
    if options.segment is not None:
        return Parts(source.ffmpeg, output, container, keep=options.keep)
    grows = is_sent_once(source) and container.form == "file"
    if isinstance(output, MediaUrl) or not grows:
        return open_output(output, container, force=force)
    refuse_unstreamable(output, container)
    return open_recording(output, source.ffmpeg, container, force=force)


def is_sent_once(source: MediaSource) -> bool:
    """Whether nobody can read again what it has sent: a camera, a pipe."""
    return source.is_live or source.url.kind == "stdin"


@contextmanager
def keeping(output: OutputTarget | Parts) -> Iterator[None]:
    """Say in an error what a live source left; of a damaged one nothing is left.

    Damaged is only said of one that has an end: the body of an answer may be a file.
    """
    try:
        yield
    except DamagedInputError:
        if isinstance(output, GrowingFile):
            output.remove()
        raise
    except AvioError as error:
        if isinstance(output, Parts):
            raise
        raise with_kept(error, output) from error.__cause__


def refuse_for_live(source: MediaSource, *, start: bool, resume: bool = False) -> None:
    """Refuse what a live source cannot give.

    Raises:
        UsageError: it would be ignored.
    """
    if not source.is_live:
        return
    if start:
        raise UsageError(
            f"--start: {source.name} is live, it begins with what comes now",
            hint="omit it; --end says how long",
        )
    if resume:
        raise UsageError(
            f"--resume: {source.name} is live, what was missed does not come again",
            hint="choose new names, or -y",
        )


def kept_format(video: VideoStream) -> str:
    """The pixel format of frames that no callback sees: as much of theirs as can be."""
    if video.pixel_format in PIXEL_FORMATS:
        return video.pixel_format
    return "yuv420p10le" if video.bit_depth > 8 else "yuv420p"


def late_video(
    streams: Sequence[PlannedStream], tracks: Sequence[StreamTimeline]
) -> str:
    """A warning where a copy of a live source begins without a frame.

    A stream that is joined between two keyframes has no frame that can be decoded
    until the next one, but audio at once.

    Args:
        streams: what was copied.
        tracks: what the file contains, in the same order; empty where it was not read.
    """
    starts: dict[bool, list[Fraction]] = {True: [], False: []}
    for made, track in zip(streams, tracks, strict=False):
        if (first := track.first()) is not None:
            starts[isinstance(made.stream, VideoStream)].append(first)
    if not starts[True] or not starts[False]:
        return ""
    late = min(starts[True]) - min(starts[False])
    if late <= _NOTICEABLE:
        return ""
    return (
        f"audio begins {float(late):.1f} s before the first frame: a copy begins with "
        "the next keyframe, without --copy both begin together"
    )
