"""Compare all of a finished result with what its source demands."""

from collections.abc import Sequence
from pathlib import Path

from avio_cli.demux.timeline import StreamTimeline, Timeline
from avio_cli.errors import OutputError
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.media.container import Container
from avio_cli.media.info import VideoStream
from avio_cli.mux.command import EncodePlan
from avio_cli.mux.expected_result import SourceTimes, expected_result
from avio_cli.mux.verify import compare_file, compare_header, compare_order


def compare_result(
    source: MediaSource,
    path: Path,
    plan: EncodePlan,
    container: Container,
    times: SourceTimes,
    found: Sequence[StreamTimeline],
    *,
    encoding: str = "",
) -> None:
    """Compare all streams of a result with what they must hold.

    Args:
        source: what it was made from.
        path: of the finished file.
        plan: what it was made by.
        container: of the file.
        times: of the source.
        found: what was read back; empty: nothing is compared.
        encoding: for a copy: how to encode instead.

    Raises:
        OutputError: they differ.
    """
    if not found:
        return
    expected = expected_result(plan, container, times)
    try:
        compare_file(source.ffmpeg, path, expected, found)
    except OutputError as error:
        if not (encoding and may_go_back(plan, times.timeline)):
            raise
        reason = error.message.partition(": ")[2]
        message = f"{source.name} has times that go back or repeat, of which a copy"
        hint = f"{encoding}: encoding moves each frame behind the one before"
        message = f"{message} fails in {container.title}: {reason}"
        raise OutputError(message, hint=hint) from error
    compare_order(source.ffmpeg, path, expected, found)


def compare_written(
    ffmpeg: FFmpeg,
    path: Path,
    plan: EncodePlan,
    container: Container,
    times: SourceTimes,
    found: Sequence[StreamTimeline],
) -> None:
    """Compare a result of frames from Python with them, and with its source.

    Raises:
        OutputError: they differ, or players would read a stream wrongly.
    """
    compare_file(ffmpeg, path, expected_result(plan, container, times), found)
    compare_header(ffmpeg, path, plan)


def may_go_back(plan: EncodePlan, timeline: Timeline | None) -> bool:
    """Whether the times of a video may go back: where they are not listed, they may."""
    if timeline is None:
        return True
    streams = (planned.stream for planned in plan.streams)
    lines = (timeline.of(s) for s in streams if isinstance(s, VideoStream))
    return any(line is not None and line.may_go_back for line in lines)
