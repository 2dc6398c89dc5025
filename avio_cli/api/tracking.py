"""Track objects from Python: `track`."""

import inspect
import os
import weakref
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import fields
from typing import Any, Literal, TypedDict, Unpack, overload

from avio_cli.api.detecting import InputSize, Model
from avio_cli.api.hints import in_python
from avio_cli.api.options import OnProgress, Output, Time, live_options
from avio_cli.api.sources import Source, opened_source
from avio_cli.api.track_jobs import file_job, track_job
from avio_cli.api.track_options import Outputs, TrackOptions
from avio_cli.api.track_parts import Shapes
from avio_cli.api.tracked import TrackedFrame
from avio_cli.callbacks.step import Callback
from avio_cli.closing import ClosedOnExit
from avio_cli.errors import UsageError
from avio_cli.ffmpeg.limits import Limits
from avio_cli.jobs.report.tracked import track_and_report
from avio_cli.jobs.track import run as tracking
from avio_cli.jobs.track.from_detections import track_detection_file
from avio_cli.jobs.track.job import TrackJob
from avio_cli.jobs.track.summary import TrackSummary
from avio_cli.progress import DownloadProgress, no_download_progress


class TrackKeywords(TypedDict, total=False):
    """The keywords of `track`, without those that decide what it returns."""

    model: Model
    classes: Sequence[str]
    conf: float | None
    nms: float
    runtime: str
    device: str
    fp16: bool
    input_size: InputSize
    trt: str
    workers: int
    detections: Output | None
    tracker: str
    tracker_options: Mapping[str, Any]
    camera_motion: str
    lag: int
    refine: str
    class_vote: bool
    min_length: int
    compact_ids: bool
    reid: Output | None
    reid_gap: float
    stride: int
    shards: int
    ray: str
    ray_options: Mapping[str, Any]
    cpus: float
    gpus: float
    start: Time
    end: Time | None
    hwaccel: str
    allow_damaged: bool
    limits: Limits | None
    pixel_format: str
    preset: str
    draw: Sequence[str]
    records_format: str
    lines: Shapes
    zones: Shapes
    callback: Callback | Sequence[Callback]
    force: bool
    live: Mapping[str, Any]


@overload  # the first one that fits counts
def track(  # type: ignore[overload-overlap]
    source: Source,
    *,
    output: None = None,
    records: tuple[()] = (),
    save_detections: None = None,
    crops: None = None,
    overlay: None = None,
    report: None = None,
    display: Literal[False] = False,
    serve: Literal[""] = "",
    resume: Literal[False] = False,
    on_download: DownloadProgress = no_download_progress,
    **keywords: Unpack[TrackKeywords],
) -> "Tracking": ...
@overload
def track(
    source: Source | None = None,
    *,
    output: Output | None = None,
    records: Outputs = (),
    save_detections: Output | None = None,
    crops: Output | None = None,
    overlay: Output | None = None,
    report: Output | None = None,
    display: bool = False,
    serve: str | int = "",
    resume: bool = False,
    on_progress: OnProgress | None = None,
    on_download: DownloadProgress = no_download_progress,
    **keywords: Unpack[TrackKeywords],
) -> TrackSummary: ...
@in_python()
def track(
    source: Source | None = None,
    *,
    on_progress: OnProgress | None = None,
    on_download: DownloadProgress = no_download_progress,
    **keywords: Any,
) -> "Tracking | TrackSummary":
    """Detect and track objects, as ``avio track`` does.

    Without a file to write, the result is to be iterated: it gives a `TrackedFrame` for
    each frame, as soon as it is tracked. With ``output``, ``records``,
    ``save_detections``, ``crops``, ``overlay``, ``report``, ``display`` or ``serve`` it
    all happens in this call.

    Args:
        source: the file, URL, bytes or file object; None to track a file of
            ``detections`` alone, into ``records``.
        on_progress: called periodically, where the call does it all.
        on_download: called with the progress of the model's download.
        **keywords: the fields of `TrackOptions`.

    Raises:
        AvioError: it failed. Records are kept as far as they were written; an
            incomplete video is not.
    """
    options = TrackOptions.of(keywords)
    if source is None:
        return track_detection_file(file_job(options), on_progress)
    with ExitStack() as stack:
        timeout = live_options(options.live).timeout
        opening = opened_source(source, options.limits, timeout)
        opened = stack.enter_context(opening)
        job = track_job(options, opened)
        if not options.is_run:
            return Tracking(job, on_download, stack.pop_all())
        return track_and_report(job, on_progress, on_download)


class Tracking(ClosedOnExit):
    """Tracked frames of a source, made by `track`: iterate it.

    Each iteration starts again. What it starts (ffmpeg, sessions of the model) ends
    with it: at its end, where a loop is left, and with `close`.
    """

    def __init__(
        self, job: TrackJob, on_download: DownloadProgress, held: ExitStack
    ) -> None:
        self.job, self.info = job, job.source.info
        self._on_download, self._held = on_download, held
        self._running: weakref.WeakSet[Generator[TrackedFrame, None, None]]
        self._running, self._closed = weakref.WeakSet(), False
        self._owner = os.getpid()
        weakref.finalize(self, _release, held, self._owner)

    def __iter__(self) -> Generator[TrackedFrame, None, None]:
        """Yield every frame, in presentation order.

        Raises:
            DamagedInputError: after the last frame, where the source declares more.
            AvioError: the source cannot be read, or the model cannot be run.
        """
        frames = self._frames()
        self._running.add(frames)
        return frames

    def _frames(self) -> Generator[TrackedFrame, None, None]:
        with in_python():
            if self._closed:
                raise UsageError(f"{self.info.source} is closed")
            tracked = tracking.tracked_frames(self.job, self._on_download)
            with closing(tracked):
                for frame, detections, names in tracked:
                    yield TrackedFrame(frame, detections, names)

    def close(self) -> None:
        """End all iterations and release everything; safe to call twice."""
        self._closed = True
        for frames in list(self._running):
            frames.close()
        _release(self._held, self._owner)


def _release(held: ExitStack, owner: int) -> None:
    if os.getpid() == owner:  # not in a fork
        held.close()


def _signature() -> inspect.Signature:
    """All keywords, for `help` and notebooks."""
    given = inspect.signature(track)
    own = [p for p in given.parameters.values() if p.kind is not p.VAR_KEYWORD]
    made = [
        inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=inspect.signature(TrackOptions).parameters[field.name].default,
            annotation=field.type,
        )
        for field in fields(TrackOptions)
    ]
    return given.replace(parameters=[own[0], *made, *own[1:]])


track.__signature__ = _signature()  # type: ignore[attr-defined]
