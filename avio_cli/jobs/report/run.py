"""Write recorded tracks as a page, as subtitles, or in a copy of the video."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from avio_cli.decode.settings import select_video
from avio_cli.encode.copies.missing_pts import with_pts
from avio_cli.encode.job import EncodeJob
from avio_cli.encode.run import encode
from avio_cli.encode.settings import EncodeSettings
from avio_cli.errors import OutputError
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.url import MediaUrl, file_url
from avio_cli.jobs.report.frames import TimedFrames, read_frames
from avio_cli.jobs.report.job import COPY, PAGE, ReportJob, check_output
from avio_cli.jobs.report.page.write import check_page, write_page
from avio_cli.mux.streams import AddedSubtitles, StreamSelection
from avio_cli.output.file import check_writable, open_file_output
from avio_cli.output.special import refuse_same_file
from avio_cli.presets import preset_for
from avio_cli.progress import Progress
from avio_cli.temporary import TemporaryFolder
from avio_cli.vision.subtitles.formats import SubtitleText, subtitle_text

LOG = logging.getLogger("avio.report")
_TITLE = "Tracks"
OnProgress = Callable[[Progress], None] | None


@dataclass(frozen=True, slots=True)
class Report:
    """What was written."""

    frames: int
    boxes: int
    size: int
    """Bytes."""


def report(job: ReportJob, on_progress: OnProgress = None) -> Report:
    """Make the report.

    Raises:
        AvioError: it cannot be made; no output file is left.
    """
    check_report(job)
    frames = read_frames(job.records, job.source)
    boxes = sum(map(len, frames.tracks))
    if not boxes:
        LOG.warning("%s has no tracks", job.records)
    write = _WRITERS.get(job.extension, _write)
    return Report(len(frames.times), boxes, write(job, frames, on_progress))


def check_report(job: ReportJob) -> None:
    """Fail early where it cannot be made, whatever the records contain.

    Raises:
        UsageError: the extension is unknown, or needs a video.
        OutputError: something cannot be written, or is an input.
    """
    check_output(job.output, has_video=job.source is not None)
    check_writable(job.output, force=job.force)
    for url in _inputs(job):
        refuse_same_file(job.output, url)
    if job.extension == PAGE:
        check_page(job)


def _write(job: ReportJob, frames: TimedFrames, on_progress: OnProgress) -> int:
    with open_file_output(job.output, force=job.force) as output:
        try:
            with output.temporary.open("w", encoding="utf-8", newline="\n") as file:
                file.writelines(_text(job, frames, job.extension))
        except OSError as error:
            raise OutputError(
                f"cannot write {output.display_name}: {error.strerror}"
            ) from error
        size = output.temporary.stat().st_size
        output.commit()
    return size


def _text(job: ReportJob, frames: TimedFrames, extension: str) -> Iterator[str]:
    text = _subtitles(job, frames, extension)
    yield text.header
    for time, tracks in frames:
        yield text.frame(time, tracks)
    yield text.finish(frames.step)


def _subtitles(job: ReportJob, frames: TimedFrames, extension: str) -> SubtitleText:
    size = (0, 0)
    if job.source is not None:
        video = select_video(job.source.info, 0)
        size = video.width, video.height
    return subtitle_text(extension, size, frames.class_names)


def _write_copy(job: ReportJob, frames: TimedFrames, on_progress: OnProgress) -> int:
    with TemporaryFolder() as folder:
        path = folder / "tracks.ass"
        path.write_text("".join(_text(job, frames, ".ass")), encoding="utf-8")
        return _copy(job, path, on_progress)


def _copy(job: ReportJob, path: Path, on_progress: OnProgress) -> int:
    """Copy all streams of the video, and the subtitles behind them."""
    assert job.source is not None, "check_output has seen to it"
    added = (AddedSubtitles(path, _TITLE),)
    settings = EncodeSettings(
        preset=preset_for(job.output),
        streams=StreamSelection(remux=True, lenient=True, added=added),
    )
    _refuse_missing_times(job.source, settings)
    copying = EncodeJob(
        source=job.source, output=job.output, settings=settings, force=job.force
    )
    return encode(copying, on_progress).size


def _refuse_missing_times(source: MediaSource, settings: EncodeSettings) -> None:
    """Refuse to copy what would be shown out of order, with a hint of this command."""
    video = select_video(source.info, 0)
    hint = "make .ass: it lies beside the video"
    with_pts(source, video, settings.container, hint)


def _inputs(job: ReportJob) -> Iterator[MediaUrl]:
    name = str(job.records)
    yield MediaUrl("file", file_url(job.records), name)
    if job.source is not None:
        yield job.source.url


_WRITERS: dict[str, Callable[[ReportJob, TimedFrames, OnProgress], int]] = {
    COPY: _write_copy,
    PAGE: write_page,
}
"""By extension; all others are subtitles. Each returns the bytes that it wrote."""
