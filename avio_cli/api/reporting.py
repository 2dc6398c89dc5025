"""Pages and subtitles of recorded tracks from Python: `report`."""

import os
from contextlib import ExitStack
from pathlib import Path

from avio_cli.api.hints import in_python
from avio_cli.api.options import OnProgress, Output
from avio_cli.api.sources import Source, opened_source, output_path
from avio_cli.api.track_parts import Shapes, lines_and_zones
from avio_cli.ffmpeg.limits import Limits
from avio_cli.jobs.report import run as reporting
from avio_cli.jobs.report.job import ReportJob, check_output, check_page_options
from avio_cli.jobs.report.run import Report


@in_python()
def report(
    records: str | os.PathLike[str],
    output: Output,
    *,
    video: Source | None = None,
    embed: bool = False,
    lines: Shapes | None = None,
    zones: Shapes | None = None,
    force: bool = False,
    limits: Limits | None = None,
    on_progress: OnProgress | None = None,
) -> Report:
    """Show recorded tracks as a page or as subtitles, as ``avio report`` does.

    Args:
        records: a file of records in any format that `read_tracks` reads.
        output: the file; its extension decides what it is: .html, .ass, .vtt or .mkv.
        video: what was tracked; .ass and .mkv need it.
        embed: whether a page has the video in it.
        lines: by their names, x1 y1 x2 y2 each; a page counts what crosses them.
        zones: likewise, the corners of each.
        force: whether an existing file may be replaced.
        limits: how large the video may be; see `probe`.
        on_progress: called periodically.

    Raises:
        AvioError: it failed; no partial output is left.
    """
    path, has_video = output_path(output), video is not None
    shapes = lines_and_zones(lines or {}, zones or {})
    check_output(path, has_video=has_video)
    check_page_options(path, has_video=has_video, embed=embed, counts=bool(shapes))
    with ExitStack() as stack:
        source = None
        if video is not None:
            source = stack.enter_context(opened_source(video, limits))
        job = ReportJob(
            records=Path(records),
            source=source,
            output=path,
            embed=embed,
            zones=shapes,
            force=force,
        )
        return reporting.report(job, on_progress)
