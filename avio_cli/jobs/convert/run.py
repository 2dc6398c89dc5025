"""Convert records."""

import logging
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from avio_cli.errors import OutputError, UsageError
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.url import MediaUrl, file_url
from avio_cli.jobs.convert.with_video import video_info, with_video
from avio_cli.output.file import check_writable, open_file_output
from avio_cli.output.special import refuse_same_file
from avio_cli.records.entry import VideoInfo, as_recorded
from avio_cli.records.facts import Fact, lost
from avio_cli.records.files import display_name
from avio_cli.records.formats import FORMATS, RecordTarget, plan_records
from avio_cli.records.reader import read_tracks
from avio_cli.records.recorded import RecordedTracks, with_own_numbers
from avio_cli.records.writer import open_records, write_records

LOG = logging.getLogger("avio.records")


@dataclass(frozen=True, slots=True, kw_only=True)
class ConvertJob:
    """Everything a conversion needs."""

    records: Path
    output: str
    """A path, or ``-`` for standard output."""
    read_as: str = ""
    """Format of the records; empty: its extension says it."""
    write_as: str = ""
    """Format of the output, likewise."""
    source: MediaSource | None = None
    """The video that was tracked: it has the size, the rate and the times."""
    tolerance: float | None = None
    """Pixels by which boxes between key frames may be wrong; None: every box is one."""
    force: bool = False

    @property
    def target(self) -> RecordTarget:
        """Where the output goes, and its format.

        Raises:
            UsageError: there is no such format, or it has no key frames to choose.
        """
        formats = (self.write_as,) if self.write_as else ()
        (target,) = plan_records([self.output], formats)
        if self.tolerance is not None and not target.format.has_key_frames:
            able = ", ".join(f.name for f in FORMATS.values() if f.has_key_frames)
            raise UsageError(
                f"--tolerance would be ignored: {target.format.name} has no key frames",
                hint=f"formats with key frames: {able}",
            )
        return target


def convert(job: ConvertJob) -> RecordedTracks:
    """Convert records from one format into another.

    Returns:
        What was written, as far as the format can keep it.

    Raises:
        AvioError: something is wrong; no output file is left.
    """
    target = job.target
    if target.path is not None:
        check_writable(target.path, force=job.force)
        for url in _inputs(job):
            refuse_same_file(target.path, url)
    size = None
    if job.source is not None:
        video = video_info(job.source)
        size = video.width, video.height
    recorded = read_tracks(job.records, format=job.read_as, whole=True, size=size)
    losses: list[str] = [*lost(recorded, target.format.keeps)]
    if job.tolerance is not None:
        losses.append("scores between key frames")
    if job.source is not None:
        name, kept = display_name(job.records), target.format.keeps
        recorded = with_video(recorded, job.source, name, kept)
    if Fact.NAMES not in target.format.keeps:
        recorded = with_own_numbers(recorded)
    if not any(len(entry.tracks) for entry in recorded.entries):
        LOG.warning("%s has no tracks", display_name(job.records))
    _write(job, target, recorded)
    if losses:
        LOG.warning("%s does not keep: %s", target.format.name, ", ".join(losses))
    return recorded


def _write(job: ConvertJob, target: RecordTarget, recorded: RecordedTracks) -> None:
    video = recorded.video or VideoInfo("", 0, 0)
    if target.path is None:
        known = replace(video, class_names=recorded.class_names)
        formats = [target.format.name]
        with closing(open_records([job.output], formats, video=known)) as sink:
            for entry in recorded.entries:
                sink.put(replace(entry, tracks=as_recorded(entry.tracks)))
        return
    with open_file_output(target.path, force=job.force) as output:
        try:
            with output.temporary.open("wb") as file:
                write_records(target.format, recorded, video, file, job.tolerance)
        except OSError as error:
            raise OutputError(
                f"cannot write {output.display_name}: {error.strerror or error}"
            ) from error
        output.commit()


def _inputs(job: ConvertJob) -> list[MediaUrl]:
    read = [MediaUrl("file", file_url(job.records), str(job.records))]
    return read if job.source is None else [*read, job.source.url]
