"""Open sources from Python: `probe` and `open_video`."""

from contextlib import ExitStack

from avio_cli.api.hints import in_python
from avio_cli.api.options import Time, time_range, whole_number
from avio_cli.api.sources import Source, opened_source
from avio_cli.api.video import Video
from avio_cli.callbacks.step import DEFAULT_PIXEL_FORMAT
from avio_cli.decode.settings import ReaderSettings
from avio_cli.demux.known_jumps import with_known_jumps
from avio_cli.encode.settings import check_range
from avio_cli.ffmpeg.limits import Limits
from avio_cli.media.filters import check_filtered_range
from avio_cli.media.info import MediaInfo


@in_python()
def probe(source: Source, *, limits: Limits | None = None) -> MediaInfo:
    """Read the container, streams, chapters and metadata of a source.

    Args:
        source: the file, URL, bytes or file object.
        limits: how large it may be; None for the usual ones, ``Limits.safe()`` for
            a source that is not trusted: see `Limits`, and `bound_children`.

    Raises:
        InputError: it cannot be opened, is not media, or is above a limit.
    """
    with opened_source(source, limits) as opened:
        return opened.info


@in_python()
def open_video(
    source: Source,
    *,
    pixel_format: str = DEFAULT_PIXEL_FORMAT,
    start: Time = 0,
    end: Time | None = None,
    video_filter: str = "",
    track: int = 0,
    limits: Limits | None = None,
) -> Video:
    """Open a video to read its frames.

    Use the result as a context manager; iterate it, or ask for frames by number and
    time. Each frame is yours: it shares no memory with the next one. A damaged source
    is read as far as possible; ``damage()`` reports after the last frame what is
    missing.

    Args:
        source: the file, URL, bytes or file object.
        pixel_format: a key of `PIXEL_FORMATS`; ``yuv420p`` costs half of ``bgr24``.
        start: seconds after the source's start; the first frame is at or after it.
        end: seconds after the source's start; the last frame is before it.
        video_filter: ffmpeg filters, as after ``-vf``; beside `start` and `end` none
            that changes times.
        track: which video stream, counted from 0.
        limits: how large the source may be; see `probe`.

    Raises:
        InputError: it cannot be opened, or has no such stream.
        UsageError: an argument is wrong.
    """
    first, last = time_range(start, end)
    check_filtered_range(first, last, video_filter or "")
    settings = ReaderSettings(
        pixel_format=pixel_format,
        start=first,
        end=last,
        video_filter=video_filter or "",
        video_track=whole_number("track", track, least=0),
    )
    with ExitStack() as stack:
        opened = with_known_jumps(stack.enter_context(opened_source(source, limits)))
        check_range(first, last, opened.info)
        return Video(opened, settings, stack.pop_all())
