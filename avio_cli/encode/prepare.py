"""What is decided and checked before an encode starts."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from avio_cli.decode.acceleration import AccelerationRequest
from avio_cli.demux.keyframes import keyframe_before
from avio_cli.demux.known_jumps import with_known_jumps
from avio_cli.encode.acceleration import accelerate
from avio_cli.encode.aspect import warn_of_changed_aspect
from avio_cli.encode.audio.changing import with_whole_audio
from avio_cli.encode.audio.skipped import with_audio_lead
from avio_cli.encode.copies.edit_list import starts_hidden, with_hidden_parts
from avio_cli.encode.copies.missing_pts import with_generated_pts
from avio_cli.encode.copies.range import with_copied_end
from avio_cli.encode.ending import with_ending
from avio_cli.encode.hdr import with_hdr_metadata
from avio_cli.encode.job import LOG, EncodeJob
from avio_cli.encode.live.output import keeping
from avio_cli.encode.settings import EncodeSettings, check_range
from avio_cli.encode.timing import with_cadences
from avio_cli.encode.video import deinterlacer
from avio_cli.encode.video_params import VideoParams
from avio_cli.errors import FFmpegError
from avio_cli.ffmpeg.hardware.capabilities import Capabilities
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.probe.filtered import filtered
from avio_cli.ffmpeg.url import MediaUrl
from avio_cli.media.container import Container
from avio_cli.media.containers import CONTAINERS
from avio_cli.media.info import VideoStream
from avio_cli.mux.cut_subtitles import (
    CutSubtitles,
    SubtitleRange,
    cut_subtitles,
    warn_of_overlaps,
)
from avio_cli.mux.streams import plan_streams
from avio_cli.output.growing import open_recording
from avio_cli.output.parts.parts import Parts
from avio_cli.output.special import refuse_unstreamable
from avio_cli.output.target import OutputTarget, open_output, refuse_source

_EXTENSIONS = {
    ".mkv": "matroska",
    ".webm": "webm",
    ".avi": "avi",
    ".gif": "gif",
    ".m3u8": "hls",
    ".mp3": "mp3",
    ".opus": "opus",
    ".flac": "flac",
    ".ts": "mpegts",
    ".m2ts": "mpegts",
    ".mts": "mpegts",
    ".wav": "wav",
}
"""By file name extension; .mp4, .mov and .m4a are close enough to each other."""
_NOTICEABLE = Fraction(1, 20)
"""Seconds by which a copy may start earlier without a warning."""

DEINTERLACED = (
    "interlaced frames are deinterlaced: `avio transcode --deinterlace off` leaves "
    "them as they are"
)
"""The warning where that was not asked for."""


def prepared(job: EncodeJob) -> EncodeJob:
    """The same job with what its source decides: start of a copy, end, HDR metadata.

    Raises:
        UsageError: its time range is not in the source, or a copy would be out of sync.
    """
    job = checked(replace(job, source=with_known_jumps(job.source)))
    if job.settings.preset.video and not job.settings.streams.remux:
        warn_of_changed_aspect(job.source, job.settings.start, job.settings.end)
    job = with_hidden_parts(snap_start_to_keyframe(job))
    settings = with_copied_end(job.settings, job.source)
    settings = with_generated_pts(settings, job.source)
    settings = with_audio_lead(with_whole_audio(settings, job.source), job.source)
    settings = with_cadences(settings, job.source)
    job = replace(job, settings=with_ending(settings, job.source))
    return with_hdr_metadata(_with_filtered(job))


def checked(job: EncodeJob) -> EncodeJob:
    """The same job, once what needs no reading of its source is checked.

    Raises:
        UsageError: its time range is not in the source.
    """
    check_range(job.settings.start, job.settings.end, job.source.info)
    _warn_of_extension(job)
    _warn_of_deinterlacing(job)
    return job


def snap_start_to_keyframe(job: EncodeJob) -> EncodeJob:
    """Move the start of a copy to the last keyframe at or before it.

    ffmpeg itself drops a keyframe that is decoded before the start, and starts one
    GOP late where frames are stored out of order (5.1 and 9.0). A job that encodes
    is returned unchanged.
    """
    settings, source = job.settings, job.source
    copies = settings.streams.remux and settings.streams.video
    known = settings.keyframe_preroll or not settings.start or not source.info.videos
    if not copies or known or not job.source.can_reopen:
        return job
    wanted = source.origin + settings.start
    keyframe = keyframe_before(source, source.info.videos[0].index, wanted)
    if keyframe is None and starts_hidden(source):
        _warn_of_early_start(settings.start)
        return replace(job, settings=replace(settings, start=Fraction(0)))
    if keyframe is None:
        return replace(job, settings=_before_first_keyframe(job, wanted))
    start = max(keyframe.pts_seconds - source.origin, Fraction(0))
    _warn_of_early_start(settings.start - start)
    preroll = keyframe.pts_seconds - keyframe.dts_seconds
    moved = replace(settings, start=start, keyframe_preroll=preroll)
    return replace(job, settings=moved)


def _with_filtered(job: EncodeJob) -> EncodeJob:
    """The same job, with what the user's filters make of the colours."""
    videos, chain = job.source.info.videos, job.settings.video.filters
    if not (videos and chain and job.settings.streams.video):
        return job
    after = filtered(job.source.ffmpeg, videos[0], chain)
    return replace(job, settings=replace(job.settings, filtered=after))


def with_video_lead(job: EncodeJob) -> EncodeJob:
    """The same job, with how much earlier its encoded video must be read.

    A job that copies, or starts where its source does, is returned unchanged.
    """
    settings, source = job.settings, job.source
    encodes = settings.preset.video and settings.streams.video
    encodes = encodes and not settings.streams.remux
    if not (encodes and settings.start and source.can_reopen):
        return job
    wanted = source.origin + settings.start
    leads = [_lead(source, video, wanted) for video in source.info.videos]
    lead = min(max(leads, default=Fraction(0)), settings.start)
    return replace(job, settings=replace(settings, video_lead=lead))


def _lead(source: MediaSource, video: VideoStream, wanted: Fraction) -> Fraction:
    """Seconds from the decoding of the keyframe before a time to that time."""
    try:
        keyframe = keyframe_before(source, video.index, wanted)
    except FFmpegError:  # decoding will fail, too, and say why
        return Fraction(0)
    if keyframe is None:  # before the first one
        return wanted - source.origin
    return max(wanted - min(keyframe.dts_seconds, keyframe.pts_seconds), Fraction(0))


def _before_first_keyframe(job: EncodeJob, wanted: Fraction) -> EncodeSettings:
    """The settings of a copy that starts before the video does: all of it is kept.

    Args:
        job: what is copied.
        wanted: seconds on the source's clock at which the copy starts.
    """
    video = job.source.info.videos[0]
    start = (video.start_pts or 0) * video.time_base
    first = keyframe_before(job.source, video.index, start)
    if first is None or first.dts_seconds >= wanted:
        return job.settings
    return replace(job.settings, keyframe_preroll=wanted - first.dts_seconds)


def _warn_of_early_start(early: Fraction) -> None:
    if early > _NOTICEABLE:
        LOG.warning("the copy starts %.3f s early, at a keyframe", float(early))


def _warn_of_extension(job: EncodeJob) -> None:
    """Warn where the file extension is not that of the preset's container."""
    if isinstance(job.output, MediaUrl):
        return
    container = job.settings.container
    expected = _container_of(job.output.suffix)
    if expected and expected.title != container.title and job.output.suffix:
        LOG.warning("%s will hold %s, as the preset says", job.name, container.title)


def _warn_of_deinterlacing(job: EncodeJob) -> None:
    """Warn where frames are deinterlaced that nobody asked to be."""
    preset, choice = job.settings.preset.video, job.settings.video
    streams, videos = job.settings.streams, job.source.info.videos
    if preset is None or streams.remux or not streams.video:
        return
    if choice.deinterlace == "on" or not videos:
        return
    params = map(VideoParams.of_stream, videos)
    if any(deinterlacer(video, preset, choice) for video in params):
        LOG.warning("%s", DEINTERLACED)


def _container_of(extension: str) -> Container | None:
    """The container of a file name extension; None where that is not certain."""
    return CONTAINERS.get(_EXTENSIONS.get(extension.lower(), ""))


def accelerated(job: EncodeJob, *, can_restart: bool = True) -> EncodeJob:
    """The same job on the hardware that works.

    Args:
        job: what to run.
        can_restart: whether it can start again in software: if not, ``auto`` uses no
            hardware encoder, which may fail.

    Raises:
        AvioError: the hardware that was asked for by name does not work.
    """
    request = AccelerationRequest(
        wanted=job.hwaccel,
        source=job.source,
        encodes=can_restart or job.hwaccel != "auto",
    )
    settings = accelerate(Capabilities(job.source.ffmpeg), request, job.settings)
    return replace(job, settings=settings)


@contextmanager
def opened_output(job: EncodeJob) -> Iterator[OutputTarget]:
    """The output of a job; what was not committed is removed at the end.

    Raises:
        OutputError: it cannot be written, or is the source itself.
        UsageError: the container does not fit the output.
    """
    refuse_source(job.output, job.source.url)
    container, ffmpeg = job.settings.container, job.source.ffmpeg
    grows = job.source.is_live and container.form == "file"
    output: OutputTarget
    if grows and isinstance(job.output, Path):
        refuse_unstreamable(job.output, container)
        output = open_recording(job.output, ffmpeg, container, force=job.force)
    else:
        output = open_output(job.output, container, force=job.force)
    with closing_output(job, output):
        yield output


@contextmanager
def closing_output(job: EncodeJob, output: OutputTarget | Parts) -> Iterator[None]:
    """Remove what was not committed at the end."""
    try:
        if output.readback_path is None and job.settings.verify == "decode":
            LOG.warning("%s cannot be read back: not verified", output.display_name)
        with keeping(output):
            yield
    finally:
        output.discard()


def range_subtitles(
    settings: EncodeSettings, source: MediaSource, output: OutputTarget
) -> CutSubtitles:
    """The tracks that have to be cut before the encode runs, in files.

    Where nothing is cut off, only cues that overlap are looked for.

    Raises:
        AvioError: a track cannot be read, or a stream does not fit the container.
    """
    streams = replace(settings.streams, video=settings.preset.video is not None)
    if not source.info.subtitles or not source.can_reopen:
        return CutSubtitles()
    plan = plan_streams(source.info, settings.container, streams)
    start, end = settings.start, settings.end
    if not start and end is None:
        warn_of_overlaps(source, plan.mapped)
        return CutSubtitles()
    last = None if end is None else source.origin + end
    part = SubtitleRange(source, source.origin + start, last)
    return cut_subtitles(part, plan.mapped, output, by_seeking=True)
