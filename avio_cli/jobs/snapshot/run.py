"""Write one frame of a video as an image: the one that is shown at a given time."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from avio_cli.decode.reader import MediaReader
from avio_cli.decode.settings import ReaderSettings, select_video
from avio_cli.demux.known_jumps import with_known_jumps
from avio_cli.demux.packet_list import furthest_end
from avio_cli.errors import (
    DamagedInputError,
    InputError,
    UsageError,
)
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.jobs.snapshot.image import image_coding
from avio_cli.jobs.snapshot.writing import write_image
from avio_cli.media.frame import PIXEL_FORMATS, Frame
from avio_cli.media.info import VideoStream
from avio_cli.media.time_range import MICROSECOND
from avio_cli.output.file import open_file_output

LOG = logging.getLogger("avio.snapshot")

_BACK = (Fraction(1), Fraction(8), Fraction(64))
"""Seconds before the time at which to look for a frame that is still shown then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotJob:
    """Which frame to take, and where to write it."""

    source: MediaSource
    output: Path
    """Its extension decides the format: see `image_coding`."""
    at: Fraction
    """Seconds after the source's start."""
    track: int = 0
    """Which video stream, counted from 0."""
    force: bool = False


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a snapshot wrote."""

    time: Fraction
    """When the frame is shown, in seconds after the source's start."""
    width: int
    height: int
    size: int
    """Bytes."""


def snapshot(job: SnapshotJob) -> Snapshot:
    """Write the frame that is shown at a time.

    Raises:
        UsageError: the time is after the end, or the extension is of no image.
        AvioError: the frame cannot be read or written; no output file is left.
    """
    image_coding(job.output)  # fails now instead of after the search
    job = replace(job, source=with_known_jumps(job.source))
    video = select_video(job.source.info, job.track)
    with open_file_output(job.output, job.source.url, force=job.force) as output:
        frame = find_frame(job, video)
        image = write_image(job.source.ffmpeg, frame, video, output)
        for warning in image.warnings:
            LOG.warning("%s: %s", job.source.name, warning)
        size = output.temporary.stat().st_size
        output.commit()
    time = frame.time - job.source.origin
    return Snapshot(time, image.width, image.height, size)


def find_frame(job: SnapshotJob, video: VideoStream) -> Frame:
    """Read the last frame that starts at or before the time.

    Before the first frame of a video that starts late, it is the first one.
    """
    duration = job.source.info.duration
    if duration is not None and job.at >= duration > 0:
        raise _past_end_error(job, duration)
    time = job.source.origin + job.at + MICROSECOND
    for start in _seek_candidates(job, video):
        with _open(job, video, start) as reader:
            shown, following = _around(iter(reader), time)
            if shown is not None and (shown.time <= time or not start):
                if following is None:
                    _check_end(job, video, shown, _damage(reader, job))
                return shown
    raise InputError(f"{job.source.name}: no frame could be decoded")


def _seek_candidates(job: SnapshotJob, video: VideoStream) -> Iterator[Fraction]:
    rate = video.average_rate
    for back in (2 / rate if rate else _BACK[0], *_BACK):
        if job.at > back:
            yield job.at - back
    yield Fraction(0)


def _open(job: SnapshotJob, video: VideoStream, start: Fraction) -> MediaReader:
    settings = ReaderSettings(
        pixel_format=_wire_format(video), video_track=job.track, start=start
    )
    return MediaReader(job.source, settings)


def _around(
    frames: Iterator[Frame], time: Fraction
) -> tuple[Frame | None, Frame | None]:
    """The frame shown at a time, and the one after it."""
    shown: Frame | None = None
    for frame in frames:
        if frame.time > time:
            return (shown, frame) if shown else (frame, frame)
        shown = frame
    return shown, None


def _damage(reader: MediaReader, job: SnapshotJob) -> str:
    if reader.may_lack_the_end() and job.source.url.can_reopen:
        return reader.damage(furthest_end(job.source))
    return reader.damage()


def _check_end(job: SnapshotJob, video: VideoStream, last: Frame, damage: str) -> None:
    """Fail where even the last frame has ended, or what followed it is lost."""
    origin = job.source.origin
    start = (video.start_pts or 0) * video.time_base
    declared_end = start + video.duration if video.duration else Fraction(0)
    lasts = 1 / video.average_rate if video.average_rate else Fraction(0)
    if damage and job.at >= last.time + lasts - origin:
        raise DamagedInputError(damage)
    end = max(last.time + lasts, declared_end) - origin
    if lasts and job.at >= end:
        raise _past_end_error(job, end, last.time - origin)


def _past_end_error(
    job: SnapshotJob, end: Fraction, last: Fraction | None = None
) -> UsageError:
    hint = f"the last frame starts at {float(last):.3f} s" if last is not None else ""
    return UsageError(
        f"--at ({float(job.at):g} s) is after the end of {job.source.name} "
        f"({float(end):.3f} s)",
        hint=hint,
    )


def _wire_format(video: VideoStream) -> str:
    """The source's own pixel format where the pipe supports it: one conversion less."""
    plain = video.pixel_format.replace("yuvj", "yuv")
    return plain if plain in PIXEL_FORMATS else "bgr24"
