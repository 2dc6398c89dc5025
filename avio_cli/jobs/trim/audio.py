"""Audio that cannot be copied into a cut: out of sync, skipped, or changing midway."""

from collections.abc import Iterable

from avio_cli.demux.cut_points import CutRange
from avio_cli.encode.audio.changing import lost_audio, lost_change
from avio_cli.encode.audio.gaps import has_gaps, lost_sync
from avio_cli.encode.audio.skipped import lost_start, skipped_audio
from avio_cli.jobs.trim.job import TrimJob
from avio_cli.media.containers import file_container
from avio_cli.media.info import AudioStream, Stream
from avio_cli.mux.streams import StreamPlan, StreamSelection, plan_streams

COPIES = StreamSelection(remux=True, lenient=True)
"""Every stream that the container can hold."""


def audio_of(streams: Iterable[Stream]) -> list[AudioStream]:
    """The audio among some streams."""
    return [stream for stream in streams if isinstance(stream, AudioStream)]


def check_audio(job: TrimJob, plan: StreamPlan, cut: CutRange) -> None:
    """Refuse a copy that would be out of sync, or not be heard in part.

    Raises:
        UsageError: it would be.
    """
    container = file_container(job.preset.container)
    audios = audio_of(mapped.stream for mapped in plan.mapped)
    if not container.audio_times and has_gaps(job.source, audios, cut.start, cut.end):
        raise lost_sync(container, "--exact encodes it: silence fills the gaps")
    changed = lost_change(job.source, container, audios, cut.start, cut.end)
    if changed is not None:
        hint = "--exact encodes it, or choose .ts"
        raise lost_audio(job.source, container, changed, hint)
    if skipped_audio(job.source, container, audios):
        raise lost_start(job.source, container, "--exact encodes it")


def loses_start(job: TrimJob) -> bool:
    """Whether copied audio would not be heard at its start."""
    container = file_container(job.preset.container)
    plan = plan_streams(job.source.info, container, COPIES)
    audios = audio_of(mapped.stream for mapped in plan.mapped)
    return skipped_audio(job.source, container, audios)
