"""Write one frame of a video as an image: the one that is shown at a given time."""

import logging
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from avio_cli.decode.settings import ReaderSettings, select_video
from avio_cli.demux.known_jumps import with_known_jumps
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.jobs.snapshot.frame_at import find_frame
from avio_cli.jobs.snapshot.image import image_coding
from avio_cli.jobs.snapshot.writing import write_image
from avio_cli.media.frame import PIXEL_FORMATS
from avio_cli.media.info import VideoStream
from avio_cli.output.file import open_file_output

LOG = logging.getLogger("avio.snapshot")


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
        reading = ReaderSettings(
            pixel_format=_wire_format(video), video_track=job.track
        )
        frame = find_frame(job.source, video, job.at, reading)
        image = write_image(job.source.ffmpeg, frame, video, output)
        for warning in image.warnings:
            LOG.warning("%s: %s", job.source.name, warning)
        size = output.temporary.stat().st_size
        output.commit()
    time = frame.time - job.source.origin
    return Snapshot(time, image.width, image.height, size)


def _wire_format(video: VideoStream) -> str:
    """The source's own pixel format where the pipe supports it: one conversion less."""
    plain = video.pixel_format.replace("yuvj", "yuv")
    return plain if plain in PIXEL_FORMATS else "bgr24"
