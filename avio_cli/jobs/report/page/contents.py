"""What a page is about, as JSON; ``report.js`` reads it."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from avio_cli.decode.settings import select_video
from avio_cli.ffmpeg.masking import printable
from avio_cli.jobs.report.frames import TimedFrames
from avio_cli.jobs.report.job import ReportJob
from avio_cli.jobs.report.page.counts import Counts
from avio_cli.jobs.report.page.rows import FAR, PARTS, SCORE_PARTS
from avio_cli.jobs.report.page.stills import Stills
from avio_cli.jobs.report.page.video import PageVideo

_LEAST = 16
"""Pixels of a side."""
_DEFAULT_SIZE = (640, 360)
"""Where nothing says how large the frames are."""


def page_data(
    job: ReportJob,
    frames: TimedFrames,
    layout: Sequence[Mapping[str, Any]],
    counts: Counts,
    stills: Stills,
    video: PageVideo | None,
) -> dict[str, Any]:
    """All but the columns.

    Args:
        job: what is shown.
        frames: of the records.
        layout: of the columns.
        counts: crossings and visits.
        stills: images of the video.
        video: what is played; None without a video.
    """
    width, height, aspect = _frame_size(job, frames)
    name = job.records.name if job.source is None else job.source.name
    return {
        "title": printable(name.rpartition("/")[2] or name),
        "records": printable(job.records.name) if job.keeps_records else "",
        "frame": {"width": width, "height": height, "aspect": aspect},
        "video": _video(video),
        "columns": list(layout),
        "parts": PARTS,
        "scoreParts": SCORE_PARTS,
        "classes": list(frames.class_names),
        "step": float(frames.step),
        "shapes": [
            {"name": zone.name, "kind": zone.kind, "points": zone.points}
            for zone in job.zones
        ],
        "events": [_event(item.seconds, item.event) for item in counts.events],
        "visits": [[v.zone, v.id, v.start, v.end] for v in counts.visits],
        "crops": stills.crops,
        "still": stills.still,
    }


def _video(video: PageVideo | None) -> dict[str, str | float] | None:
    if video is None:
        return None
    return {"link": video.link, "kind": video.kind, "offset": video.offset}


def _event(seconds: float, event: Mapping[str, str | int]) -> list[str | int | float]:
    keys = ("name", "kind", "direction", "id", "class")
    return [seconds, *(event.get(key, "") for key in keys)]


def _frame_size(job: ReportJob, frames: TimedFrames) -> tuple[int, int, float]:
    """Width, height, and the width over the height as they are shown."""
    if job.source is not None:
        video = select_video(job.source.info, 0)
        ratio = video.display_sample_aspect_ratio or Fraction(1)
        aspect = Fraction(video.width, video.height) * ratio
        return video.width, video.height, float(aspect)
    corners = [tracks.boxes[:, 2:].max(axis=0) for tracks in frames.tracks if tracks]
    if not corners:
        width, height = _DEFAULT_SIZE
    else:
        most = np.nan_to_num(np.max(corners, axis=0), posinf=FAR, neginf=0)
        width, height = np.ceil(np.clip(most, _LEAST, FAR)).astype(int).tolist()
    return width, height, width / height
