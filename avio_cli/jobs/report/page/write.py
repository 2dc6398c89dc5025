"""Put a page together, with the video that it plays."""

import logging
from contextlib import ExitStack

from avio_cli.ffmpeg.masking import printable
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.jobs.report.frames import TimedFrames
from avio_cli.jobs.report.job import ReportJob
from avio_cli.jobs.report.page.contents import page_data
from avio_cli.jobs.report.page.counts import Counts, count
from avio_cli.jobs.report.page.rows import packed_rows, shown_times
from avio_cli.jobs.report.page.stills import Stills, take_stills
from avio_cli.jobs.report.page.video import (
    OnProgress,
    PageVideo,
    Part,
    embedded,
    encode_proxy,
    linked,
    needs_proxy,
    proxy_path,
)
from avio_cli.output.file import (
    FileOutput,
    check_writable,
    fill_with_text,
    open_file_output,
)
from avio_cli.pages.assembly import assemble

LOG = logging.getLogger("avio.report")
_STYLES = ("uplot.min.css", "report.css")
_MODULES = (
    *("colors.js", "overlay.js", "columns.js", "tracks.js", "elements.js"),
    *("clock.js", "player.js", "timeline.js", "charts.js", "map.js", "tables.js"),
    *("filters.js", "report.js"),
)
"""Those that others import come first."""


def write_page(job: ReportJob, frames: TimedFrames, on_progress: OnProgress) -> int:
    """Write the page, and where browsers do not play the video, a proxy beside it.

    Returns:
        Bytes of the page.

    Raises:
        AvioError: one cannot be made; neither is left.
    """
    frames = frames if job.source is not None else frames.from_zero()
    # Refuses lines and zones before anything is encoded.
    counts = count(frames, job.zones, lenient=job.of_run)
    with ExitStack() as stack:
        proxy, video = None, None
        if job.source is not None and (why := _why_proxy(job)):
            path = proxy_path(job.output)
            proxy = stack.enter_context(open_file_output(path, force=job.force))
            video = encode_proxy(
                job.source, _part(frames), proxy, job.output, on_progress
            )
            LOG.warning("%s: the page plays %s", why, printable(str(path)))
        elif job.source is not None:
            video = _video(job, job.source, _part(frames), on_progress)
        text = _page(job, frames, counts, video, on_progress)
        page = stack.enter_context(open_file_output(job.output, force=job.force))
        fill_with_text(page, text)
        _commit(page, proxy)
    return job.output.stat().st_size


def _commit(page: FileOutput, proxy: FileOutput | None) -> None:
    """Put both in their places, or neither."""
    if proxy is None:
        page.commit()
        return
    with proxy.restored_on_failure():
        proxy.commit()
        page.commit()


def check_page(job: ReportJob) -> None:
    """Fail early where a proxy would be needed, and cannot be written.

    Raises:
        OutputError: it exists already.
    """
    if job.source is not None and _why_proxy(job):
        check_writable(proxy_path(job.output), force=job.force)


def _why_proxy(job: ReportJob) -> str:
    assert job.source is not None
    return needs_proxy(job.source, embed=job.embed)


def _page(
    job: ReportJob,
    frames: TimedFrames,
    counts: Counts,
    video: PageVideo | None,
    on_progress: OnProgress,
) -> str:
    stills = Stills({}, "")
    if job.source is not None:
        stills = take_stills(job.source, frames, on_progress)
    rows = packed_rows(frames, shown_times(frames))
    blobs = {"rows": rows.text}
    if video is not None and video.embedded:
        blobs["video-data"] = video.embedded
    return assemble(
        "report.html",
        styles=_STYLES,
        library="uplot.min.js",
        modules=_MODULES,
        data=page_data(job, frames, rows.layout, counts, stills, video),
        blobs=blobs,
    )


def _part(frames: TimedFrames) -> Part:
    return Part(frames.video_times[0], frames.video_end, frames.video_start)


def _video(
    job: ReportJob, source: MediaSource, part: Part, on_progress: OnProgress
) -> PageVideo:
    if not job.embed:
        return linked(source, part, job.output)
    video = embedded(source, part, on_progress)
    if video.note:
        LOG.warning("%s: %s", source.name, video.note)
    return video
