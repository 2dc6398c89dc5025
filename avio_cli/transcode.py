"""One source into one result: by one ffmpeg, or frame by frame through Python."""

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from avio_cli.acceleration import Request, accelerate
from avio_cli.callbacks import CallbackStep, common_pixel_format
from avio_cli.errors import (
    DamagedInputError,
    FFmpegError,
    InputError,
    OutputError,
    UsageError,
)
from avio_cli.ffmpeg.address import Address, printable
from avio_cli.ffmpeg.capabilities import Capabilities
from avio_cli.ffmpeg.command import Command
from avio_cli.ffmpeg.damage import DamageWatch, describe_damage
from avio_cli.ffmpeg.light import PQ, read_light
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.process import Process
from avio_cli.ffmpeg.progress import ProgressParser
from avio_cli.frame import PIXEL_FORMATS, Frame
from avio_cli.media import MediaInfo
from avio_cli.pipeline import run_pipeline
from avio_cli.sinks.accounts import Accounts
from avio_cli.sinks.containers import container_of
from avio_cli.sinks.copy_start import begin_at_keyframe
from avio_cli.sinks.covers import extract_covers
from avio_cli.sinks.encoder import CarriedSource, Encoder, written_packets
from avio_cli.sinks.encoding import EncodeJob, EncodeSettings, check_range, plan_job
from avio_cli.sinks.picture import Picture
from avio_cli.sinks.picture_coding import deinterlacer
from avio_cli.sinks.places import Place, open_place
from avio_cli.sinks.verify import Track, verify_file
from avio_cli.sources.decoding import ReaderSettings
from avio_cli.sources.reader import MediaReader

LOG = logging.getLogger("avio.transcode")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run has come."""

    frames: int
    seconds: float
    """Of the result so far."""
    total_seconds: float | None
    """Of the whole result; None where unknown."""
    bytes_written: int = 0

    @property
    def details(self) -> Mapping[str, int]:
        """Further figures by name, for a bar or a program to show."""
        return {}


@dataclass(frozen=True, slots=True)
class Summary:
    """What a run did."""

    frames: int
    seconds: float
    size: int
    damage: str = ""
    """What the source failed to give, where that was allowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscodeJob:
    """Everything a run needs; frozen before any work begins."""

    ffmpeg: FFmpeg
    address: Address
    info: MediaInfo
    output: Path | Address
    """A file, or a server to send to."""
    settings: EncodeSettings
    force: bool = False
    allow_damaged: bool = False
    callbacks: tuple[CallbackStep, ...] = ()
    hwaccel: str = "none"
    """What may decode and encode: one of `avio_cli.acceleration.CHOICES`."""

    @property
    def name(self) -> str:
        """The result's name, as people may see it."""
        output = self.output
        shown = output.shown if isinstance(output, Address) else output.name
        return printable(shown)

    @property
    def duration(self) -> Fraction | None:
        """Seconds that the result shall have; None where unknown."""
        end = self.settings.end if self.settings.end is not None else self.info.duration
        return None if end is None else max(end - self.settings.start, Fraction(0))


def transcode(
    job: TranscodeJob, on_progress: Callable[[Progress], None] | None = None
) -> Summary:
    """Make the result.

    Raises:
        AvioError: it cannot be made; nothing is then left of it.
    """
    check_range(job.settings.start, job.settings.end, job.info)
    _check_film(job)
    _warn_of_suffix(job)
    job = _with_light(_from_keyframe(job))
    faster = accelerated(job)
    target = open_place(job.output, job.settings.container, force=job.force)
    try:
        target.refuse_source(job.address)
        if job.callbacks:
            summary = _through_python(faster, target, on_progress)
        else:
            summary = _by_ffmpeg_or_again(job, faster, target, on_progress)
        return replace(summary, size=target.size() or summary.size)
    finally:
        target.discard()


def command_lines(job: TranscodeJob) -> tuple[str, ...]:
    """What would be run, as one would type it; callbacks are not loaded into it."""
    target = open_place(job.output, job.settings.container, rehearsal=True)
    job = accelerated(_with_light(_from_keyframe(job)))
    return (plan_job(job.settings, target, job.address, job.info).command.shown(),)


def _from_keyframe(job: TranscodeJob) -> TranscodeJob:
    settings = begin_at_keyframe(job.ffmpeg, job.address, job.info, job.settings)
    return replace(job, settings=settings)


def _with_light(job: TranscodeJob) -> TranscodeJob:
    """The same job, told what an HDR10 source says of its light."""
    videos, settings = job.info.videos, job.settings
    encodes = settings.streams.video and not settings.streams.remux
    if not (encodes and videos and videos[0].color.transfer == PQ):
        return job
    light = read_light(job.ffmpeg, job.address)
    return replace(job, settings=replace(settings, light=light))


def _check_light(job: TranscodeJob, target: Place) -> None:
    """Say so where a result has lost what its source told of its light."""
    if job.settings.light is None or target.readable is None:
        return
    address = Address("file", target.url, target.shown)
    if read_light(job.ffmpeg, address) is None:
        LOG.warning(
            "mastering display and light level (HDR10) are lost: "
            "this ffmpeg's encoder does not write them"
        )


def accelerated(job: TranscodeJob) -> TranscodeJob:
    """The same job on the devices that work.

    Raises:
        AvioError: what was asked for by name does not work.
    """
    request = Request(
        wanted=job.hwaccel,
        address=job.address,
        info=job.info,
        # A run with callbacks cannot begin anew: its encoder must not fail.
        encodes=not job.callbacks or job.hwaccel != "auto",
    )
    settings = accelerate(Capabilities(job.ffmpeg), request, job.settings)
    return replace(job, settings=settings)


def _check_film(job: TranscodeJob) -> None:
    if job.callbacks and job.settings.preset.video is None:
        raise UsageError(
            f"{job.settings.preset.name} holds no picture: a callback has nothing to do"
        )


def _warn_of_suffix(job: TranscodeJob) -> None:
    """Say so where a name promises another container than the preset makes."""
    if isinstance(job.output, Address):
        return
    container = job.settings.container
    promised = container_of(job.output.suffix)
    if promised and promised.title != container.title and job.output.suffix:
        LOG.warning("%s will hold %s, as the preset says", job.name, container.title)


def _by_ffmpeg_or_again(
    job: TranscodeJob,
    faster: TranscodeJob,
    target: Place,
    on_progress: Callable[[Progress], None] | None,
) -> Summary:
    """On devices; where they fail and may be replaced, from the start in software."""
    if faster == job or job.hwaccel != "auto":
        return _by_ffmpeg_alone(faster, target, on_progress)
    try:
        return _by_ffmpeg_alone(faster, target, on_progress)
    except (OutputError, InputError) as error:
        LOG.warning("hardware failed, software begins anew: %s", error.message)
        return _by_ffmpeg_alone(job, target, on_progress)


def _by_ffmpeg_alone(
    job: TranscodeJob,
    target: Place,
    on_progress: Callable[[Progress], None] | None,
) -> Summary:
    plan = plan_job(job.settings, target, job.address, job.info)
    _tell(plan.notes)
    extract_covers(job.ffmpeg, job.address, plan.covers)
    watch, accounts = DamageWatch(), Accounts()

    def listen(line: str) -> None:
        watch.feed(line)
        accounts.feed(line)

    progress = _run(job, plan, listen, on_progress)
    written = written_packets(accounts, plan)
    frames = _frames_decoded(job, accounts)
    decodes = plan.films and not job.settings.streams.remux
    if decodes and frames == 0 and not job.settings.start:
        raise InputError(f"{job.info.source}: no frame could be decoded")
    if not any(written):
        raise OutputError(f"nothing of {job.info.source} lies in the given time")
    tracks: tuple[Track, ...] = ()
    if (finished := target.readable) is not None:
        tracks = verify_file(job.ffmpeg, finished, written, job.settings.verify)
    damage = _damage(job, watch, frames, tracks[0].end if tracks else None)
    _check_light(job, target)
    target.commit()
    return Summary(progress.frames, progress.seconds, progress.bytes_written, damage)


def _run(
    job: TranscodeJob,
    plan: EncodeJob,
    listen: Callable[[str], None],
    on_progress: Callable[[Progress], None] | None,
) -> Progress:
    parser = ProgressParser()
    argv = _with_progress(plan.command).argv(job.ffmpeg.path)
    stdin = "inherit" if job.address.kind == "stdin" else "null"
    total = None if job.duration is None else float(job.duration)
    progress = Progress(0, 0.0, total)
    with Process(argv, stdin=stdin, stdout=True, watch=listen) as process:  # type: ignore[arg-type]
        for chunk in iter(lambda: process.stdout.read(4096), b""):
            for step in parser.feed(chunk):
                progress = Progress(step.frames, step.seconds, total, step.size)
                if on_progress is not None:
                    on_progress(progress)
        try:
            process.finish()
        except FFmpegError as error:
            raise _blame(job, error) from error
    return progress


def _with_progress(command: Command) -> Command:
    options = (*command.options, "-progress", "pipe:1", "-stats_period", "0.5")
    return replace(command, options=options)


def _through_python(
    job: TranscodeJob,
    target: Place,
    on_progress: Callable[[Progress], None] | None,
) -> Summary:
    settings = job.settings
    reading = ReaderSettings(
        pixel_format=common_pixel_format(job.callbacks),
        start=settings.start,
        end=settings.end,
        video_filter=settings.picture.filters,
        deinterlace=_deinterlacer(job),
        hardware=settings.decoder,
        may_fall_back=job.hwaccel == "auto",
    )
    # The user's filters belong before the callback: they are the decoder's now.
    picture = replace(settings.picture, filters="", deinterlace="off")
    encoding = replace(settings, picture=picture)
    source = _carried(job)
    _warn_of_depth(job, reading.pixel_format)
    with ExitStack() as stack:
        for step in job.callbacks:
            stack.callback(step.close)
        reader = stack.enter_context(
            MediaReader(job.ffmpeg, job.address, job.info, reading)
        )
        encoder = stack.enter_context(Encoder(job.ffmpeg, target, encoding, source))
        report = _Reporter(job, on_progress)
        run_pipeline(reader, job.callbacks, [encoder], on_frame=report)
        damage = _complete(job, reader.damage())
        if reader.reordered:
            LOG.warning(
                "%d frames had a time not after the one before; moved behind it",
                reader.reordered,
            )
        encoder.finish()
        return Summary(encoder.frames_written, report.seconds, 0, damage)


def _deinterlacer(job: TranscodeJob) -> str:
    preset, choice = job.settings.preset.video, job.settings.picture
    if preset is None or not job.info.videos:
        return ""
    return ",".join(deinterlacer(Picture.of_stream(job.info.videos[0]), preset, choice))


def _carried(job: TranscodeJob) -> CarriedSource:
    if not job.address.can_reopen:
        raise InputError(
            f"{job.info.source} cannot be read twice, as a callback needs it",
            hint="record it first: avio transcode without --callback",
        )
    return CarriedSource(address=job.address, info=job.info)


def _warn_of_depth(job: TranscodeJob, pixel_format: str) -> None:
    video = job.info.videos[0] if job.info.videos else None
    if video and video.bit_depth > PIXEL_FORMATS[pixel_format].bits:
        LOG.warning(
            "%s: the picture has %d bits, the callback gets 8 (%s)",
            job.info.source,
            video.bit_depth,
            pixel_format,
        )


class _Reporter:
    """Counts frames as they are read, and passes on how far they are."""

    def __init__(
        self, job: TranscodeJob, on_progress: Callable[[Progress], None] | None
    ) -> None:
        self._total = None if job.duration is None else float(job.duration)
        self._origin = (job.info.start or Fraction(0)) + job.settings.start
        self._on_progress = on_progress
        self._frames = 0
        self.seconds = 0.0

    def __call__(self, frame: Frame) -> None:
        self._frames += 1
        self.seconds = float(frame.time - self._origin)
        if self._on_progress is not None:
            self._on_progress(Progress(self._frames, self.seconds, self._total))


def _frames_decoded(job: TranscodeJob, accounts: Accounts) -> int:
    videos = job.info.videos
    return accounts.decoded.get((0, videos[0].index), 0) if videos else 0


def _damage(
    job: TranscodeJob, watch: DamageWatch, frames: int, end: Fraction | None
) -> str:
    settings = job.settings
    whole = not settings.start and settings.end is None and settings.streams.video
    last: Fraction | None = None
    if end is not None and whole and job.info.videos:
        last = (job.info.start or Fraction(0)) + end
    return _complete(job, describe_damage(watch, job.info, last, frames))


def _complete(job: TranscodeJob, damage: str) -> str:
    """Fail on damage unless it is allowed; returns it to be told."""
    if damage and not job.allow_damaged:
        raise DamagedInputError(
            damage, hint="--allow-damaged keeps what can be decoded"
        )
    if damage:
        LOG.warning("%s", damage)
    return damage


def _tell(notes: Sequence[str]) -> None:
    for note in notes:
        LOG.warning("%s", note)


def _blame(job: TranscodeJob, error: FFmpegError) -> InputError | OutputError:
    """Decide whether the source or the result was at fault."""
    return OutputError(
        f"cannot make {job.name} from {job.info.source}: {error.message}",
        hint=error.hint,
    )
