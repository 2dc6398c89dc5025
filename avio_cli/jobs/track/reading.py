"""How the source of a run is read, and what is said of its damage."""

import logging
from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import dropwhile

from avio_cli.callbacks.step import common_pixel_format
from avio_cli.decode.reader import MediaReader
from avio_cli.decode.settings import (
    BWDIF_INTERLACED,
    DetectorView,
    ReaderSettings,
    select_video,
)
from avio_cli.encode.damage import read_damage
from avio_cli.encode.live.output import refuse_for_live
from avio_cli.encode.live.reading import OneReading
from avio_cli.encode.timing import least_step
from avio_cli.errors import DamagedInputError, UsageError
from avio_cli.jobs.track.crops.files import refuse_crops_there
from avio_cli.jobs.track.job import TrackJob
from avio_cli.jobs.track.result_files import refuse_existing
from avio_cli.jobs.track.resuming.run_files import refuse_hidden_names
from avio_cli.media.frame import Frame
from avio_cli.records.formats import check_records

LOG = logging.getLogger("avio.track")
AHEAD = 8
"""Frames read before a detector asks for them."""
UNSEEN = DetectorView(width=16, height=16)
"""What is read of frames that nobody looks at."""


def reader_settings(
    job: TrackJob,
    view: DetectorView | None,
    hardware: str,
    start: Fraction,
    *,
    full: bool,
) -> ReaderSettings:
    """How the source is read.

    Args:
        job: what to do.
        view: the view that the detector needs; None: it looks at no frame.
        hardware: the hardware decoder; empty: software.
        start: seconds after the source's start.
        full: whether full frames are needed, even where nobody shows them.
    """
    callbacks, encoding = job.callbacks, job.encoding
    if view is None and job.needs_no_frames and not job.tracker.needs_image:
        view = UNSEEN
    video = select_video(job.source.info, 0)
    return ReaderSettings(
        pixel_format=common_pixel_format(callbacks)
        if callbacks
        else job.pixel_format or "yuv420p",
        view=view,
        view_only=view is not None and not (full or job.needs_full_frames),
        start=start,
        end=job.end,
        video_filter=encoding.video.filters if encoding else "",
        deinterlace=BWDIF_INTERLACED if video.is_interlaced else "",
        least_step=least_step(encoding) if encoding else Fraction(0),
        hardware=hardware,
        may_fall_back=job.hwaccel == "auto",
    )


def ahead(job: TrackJob) -> int:
    """How many frames are read before a detector asks for them.

    Where the newest are wanted, those that wait here would grow old.
    """
    return 0 if job.live.latency == "newest" else AHEAD


def numbered(frames: Iterable[Frame], skipped: int) -> Iterator[Frame]:
    """Number frames as if reading had begun so many frames earlier."""
    for frame in frames:
        frame.index += skipped
        yield frame


def from_time(frames: Iterable[Frame], time: Fraction) -> Iterator[Frame]:
    """Leave out all frames before the first one at or after a time of the source."""
    return dropwhile(lambda frame: frame.time < time, frames)


def refuse_impossible(job: TrackJob) -> None:
    """Refuse what the source cannot do, and results that cannot be written.

    Raises:
        AvioError: names it.
    """
    refuse_options_of_live(job)
    refuse_hidden_names(job)
    refuse_crops_there(job)
    check_records(job.planned, force=job.force, resume=job.resume)
    if job.overlay is not None:
        refuse_existing(job.overlay, force=job.force)


def refuse_options_of_live(job: TrackJob) -> None:
    """Refuse options of live sources for another one, and what no live source can do.

    Raises:
        UsageError: one would be ignored.
    """
    source, given = job.source, ", ".join(job.live.given(only_live=True))
    if given and not source.is_live:
        raise UsageError(f"{given} would be ignored: {source.name} is not live")
    if job.live.segment is not None and job.output is None:
        raise UsageError("--segment would be ignored: it needs --output")
    refuse_for_live(source, start=bool(job.start), resume=job.resume)


def refuse_damage(
    reader: MediaReader | OneReading, job: TrackJob, *, warns: bool = True
) -> str:
    """Return what a source that was read to its end failed to deliver.

    Args:
        reader: what has read it.
        job: what it was read for.
        warns: whether it says what may be damage, or not.

    Raises:
        DamagedInputError: anything, unless the job allows it.
    """
    damage = (
        reader.damage()
        if isinstance(reader, OneReading)
        else read_damage(reader, job.source, warns=warns)
    )
    if damage and not job.allow_damaged:
        # The records stay: they contain what was readable.
        raise DamagedInputError(
            damage, hint="--allow-damaged keeps what can be decoded"
        )
    return damage


def complete_reading(reader: MediaReader | OneReading, job: TrackJob) -> str:
    """Say what a source that was read to its end failed to deliver.

    Raises:
        DamagedInputError: anything, unless the job allows it.
    """
    damage = refuse_damage(reader, job)
    if damage:
        LOG.warning("%s", damage)
    return damage
