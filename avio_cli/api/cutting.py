"""Cut, join and take stills from Python: `trim`, `merge` and `snapshot`."""

from collections.abc import Sequence
from pathlib import Path

from avio_cli.api.hints import in_python
from avio_cli.api.options import (
    OnProgress,
    Output,
    Time,
    one_of_these,
    time_range,
    whole_number,
)
from avio_cli.api.sources import Source, opened_source, opened_sources, output_path
from avio_cli.errors import UsageError
from avio_cli.ffmpeg.limits import Limits
from avio_cli.jobs.merge import run as merging
from avio_cli.jobs.merge.job import MergeJob, MergeResult
from avio_cli.jobs.snapshot import run as taking
from avio_cli.jobs.snapshot.run import Snapshot, SnapshotJob
from avio_cli.jobs.trim import run as trimming
from avio_cli.jobs.trim.job import TrimJob, TrimResult
from avio_cli.media.time_text import exact_time
from avio_cli.mux.verify import Verification
from avio_cli.presets import Preset, find_preset, preset_for


@in_python()
def trim(
    source: Source,
    output: Output,
    *,
    start: Time = 0,
    end: Time | None = None,
    exact: bool = False,
    preset: str = "",
    verify: Verification = "quick",
    force: bool = False,
    allow_damaged: bool = False,
    limits: Limits | None = None,
    on_progress: OnProgress | None = None,
) -> TrimResult:
    """Cut a time range out of a file, with all its streams, as ``avio trim`` does.

    Args:
        source: the file, URL, bytes or file object.
        output: the file; it appears under this name when it is complete.
        start: seconds after the source's start.
        end: likewise; nothing at or after it is kept.
        exact: whether it starts and ends at the exact frame, encoded where needed;
            else all is copied, from the keyframe before the start on.
        preset: one of ``avio presets``; by default from the extension of `output`.
        verify: how the result is verified before it gets its name.
        force: whether an existing file may be replaced.
        allow_damaged: whether what can be read of a damaged source is kept.
        limits: how large the source may be; see `probe`.
        on_progress: called periodically.

    Raises:
        AvioError: it failed; no partial output is left.
    """
    path, (first, last) = output_path(output), time_range(start, end)
    chosen = _preset(preset, path)
    with opened_source(source, limits) as opened:
        job = TrimJob(
            source=opened,
            output=path,
            preset=chosen,
            start=first,
            end=last,
            exact=exact,
            verify=one_of_these("verify", verify, Verification),
            force=force,
            allow_damaged=allow_damaged,
        )
        return trimming.trim(job, on_progress)


@in_python()
def merge(
    sources: Sequence[Source],
    output: Output,
    *,
    encode: bool = False,
    preset: str = "",
    verify: Verification = "quick",
    force: bool = False,
    allow_damaged: bool = False,
    limits: Limits | None = None,
    on_progress: OnProgress | None = None,
) -> MergeResult:
    """Concatenate files into one, as ``avio merge`` does.

    Args:
        sources: two or more, in their order; each as in `trim`.
        output: the file; it appears under this name when it is complete.
        encode: whether to encode everything, even what could be copied.
        preset: one of ``avio presets``; by default from the extension of `output`.
        verify: how the result is verified before it gets its name.
        force: whether an existing file may be replaced.
        allow_damaged: whether what can be read of a damaged source is kept.
        limits: how large each source may be; see `probe`.
        on_progress: called periodically.

    Raises:
        AvioError: it failed; no partial output is left.
    """
    if isinstance(sources, (str, bytes, Path)):
        raise UsageError("merge takes a list of sources", hint='merge(["a", "b"], "c")')
    path = output_path(output)
    chosen = _preset(preset, path)
    with opened_sources(sources, limits) as opened:
        for source in opened:
            if not source.can_reopen:
                raise UsageError(f"{source.name} cannot be read more than once")
        job = MergeJob(
            sources=opened,
            output=path,
            preset=chosen,
            encode=encode,
            verify=one_of_these("verify", verify, Verification),
            force=force,
            allow_damaged=allow_damaged,
        )
        return merging.merge(job, on_progress)


@in_python()
def snapshot(
    source: Source,
    output: Output,
    *,
    at: Time,
    track: int = 0,
    force: bool = False,
    limits: Limits | None = None,
) -> Snapshot:
    """Save the frame on screen at a time as an image, as ``avio snapshot`` does.

    It is the frame that `Video.at` gives; here upright, with square pixels and the
    colours of the video.

    Args:
        source: as in `trim`.
        output: a .png, .jpg or .webp file.
        at: seconds after the source's start.
        track: which video stream, counted from 0.
        force: whether an existing file may be replaced.
        limits: how large the source may be; see `probe`.

    Raises:
        UsageError: the time is after the end, or the extension is of no image.
        AvioError: it failed; no partial output is left.
    """
    path, wanted = output_path(output), exact_time("at", at)
    with opened_source(source, limits) as opened:
        return taking.snapshot(
            SnapshotJob(
                source=opened,
                output=path,
                at=wanted,
                track=whole_number("track", track, least=0),
                force=force,
            )
        )


def _preset(name: str, output: Path) -> Preset:
    return find_preset(name) if name else preset_for(output)
