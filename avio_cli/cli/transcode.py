"""``avio transcode``."""

import re
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated

import typer

from avio_cli.cli.options import common as options
from avio_cli.cli.options import live
from avio_cli.cli.options.common import ProgressMode, parse_rate
from avio_cli.cli.terminal import report_progress, set_up_messages
from avio_cli.cli.usage import completion
from avio_cli.errors import UsageError
from avio_cli.optional import many_imports

if TYPE_CHECKING:
    from avio_cli.callbacks.step import CallbackStep
    from avio_cli.ffmpeg.limits import Limits
    from avio_cli.jobs.transcode.job import TranscodeJob, TranscodeResult
    from avio_cli.jobs.transcode.options import TranscodeOptions


EXAMPLES = """\b
Examples:
  avio transcode video.avi video.mp4
  avio transcode video.mkv small.webm --width 640 --quality 36
  avio transcode video.mp4 part.mkv --preset mkv-ffv1 --start 1:30 --end 2:00
  avio transcode video.mp4 grey.mp4 --callback grayscale.py:grayscale
"""


class VerifyMode(StrEnum):
    """How a result is verified before it gets its name."""

    QUICK = "quick"
    DECODE = "decode"
    NONE = "none"


class DeinterlaceMode(StrEnum):
    """Which frames are deinterlaced."""

    AUTO = "auto"
    ON = "on"
    OFF = "off"


def transcode_command(
    source: Annotated[
        str, typer.Argument(metavar="INPUT", help="File, URL, camera:0, screen: or -.")
    ],
    output: Annotated[
        str, typer.Argument(metavar="OUTPUT", help="Output file, or rtmp:// URL.")
    ],
    preset: options.PresetOption = None,
    hwaccel: options.Hwaccel = options.HwaccelMode.NONE,
    video_codec: Annotated[
        str,
        typer.Option(
            metavar="ENCODER",
            help="Another ffmpeg video encoder.",
            autocompletion=completion.video_encoders,
        ),
    ] = "",
    audio_codec: Annotated[
        str,
        typer.Option(
            metavar="ENCODER",
            help="Encode all audio with it; copy: never encode.",
            autocompletion=completion.audio_encoders,
        ),
    ] = "",
    quality: Annotated[
        int | None,
        typer.Option(min=0, max=255, help="Encoder's own scale; lower is better."),
    ] = None,
    width: Annotated[
        int | None, typer.Option(min=2, max=16384, help="In pixels; never upscales.")
    ] = None,
    height: Annotated[
        int | None, typer.Option(min=2, max=16384, help="In pixels; never upscales.")
    ] = None,
    upscale: Annotated[
        bool, typer.Option("--upscale", help="Let --width and --height upscale.")
    ] = False,
    fps: Annotated[
        Fraction | None,
        typer.Option(
            parser=parse_rate, metavar="RATE", help="Constant rate: 25, 30000/1001."
        ),
    ] = None,
    encoder_option: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY=VALUE", help="For the video encoder; repeatable."),
    ] = None,
    vf: Annotated[
        str, typer.Option(metavar="FILTERS", help="ffmpeg filters for the video.")
    ] = "",
    deinterlace: Annotated[
        DeinterlaceMode,
        typer.Option(help="auto: frames flagged as interlaced; on: all."),
    ] = DeinterlaceMode.AUTO,
    af: Annotated[
        str, typer.Option(metavar="FILTERS", help="ffmpeg filters for the audio.")
    ] = "",
    start: options.Start = None,
    end: options.End = None,
    duration: live.Duration = None,
    timeout: live.Timeout = None,
    latency: live.Latency = "complete",
    segment: live.Segment = None,
    keep: live.Keep = None,
    clock_aligned: live.ClockAligned = False,
    metrics: live.Metrics = "",
    serve: live.Serve = "",
    no_video: Annotated[
        bool, typer.Option("--no-video", help="Drop the video.")
    ] = False,
    no_audio: Annotated[
        bool, typer.Option("--no-audio", help="Drop the audio.")
    ] = False,
    no_subtitles: Annotated[
        bool, typer.Option("--no-subtitles", help="Drop the subtitles.")
    ] = False,
    audio_track: Annotated[
        str, typer.Option(metavar="N|LANG", help="Keep only this audio track.")
    ] = "",
    subtitle_track: Annotated[
        str, typer.Option(metavar="N|LANG", help="Keep only this subtitle track.")
    ] = "",
    copy: Annotated[
        bool, typer.Option("--copy", help="Change the container only.")
    ] = False,
    callback: options.CallbackOption = None,
    callback_arg: options.CallbackArgument = None,
    verify: Annotated[
        VerifyMode, typer.Option(help="How the output is verified.")
    ] = VerifyMode.QUICK,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the ffmpeg command and stop.")
    ] = False,
    allow_damaged: options.AllowDamaged = False,
    max_pixels: options.MaxPixels = None,
    safe: options.Safe = False,
    force: options.Force = False,
    progress: options.ProgressOption = ProgressMode.AUTO,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Convert to another codec, size or container.

    Timestamps stay exact. Audio, subtitles, chapters, attachments, cover art and
    metadata are kept where the container supports them; a warning names what is
    dropped.
    """
    # numpy and its users are imported here: `avio --help` must not wait for them.
    from avio_cli.encode.settings import AudioOptions, VideoOptions
    from avio_cli.jobs.transcode.options import TranscodeOptions

    set_up_messages(quiet=quiet, verbose=verbose)
    wanted = TranscodeOptions(
        output=output,
        preset=preset or "",
        video_options=VideoOptions(
            encoder=video_codec,
            quality=quality,
            width=width,
            height=height,
            upscale=upscale,
            rate=fps,
            filters=vf,
            deinterlace=deinterlace.value,
            options=parse_encoder_options(encoder_option or []),
        ),
        audio_options=AudioOptions(encoder=audio_codec, filters=af),
        video=not no_video,
        audio=not no_audio,
        subtitles=not no_subtitles,
        audio_track=audio_track,
        subtitle_track=subtitle_track,
        copy=copy,
        start=start or Fraction(0),
        end=live.end_of(start, end, duration),
        verify=verify.value,
        hwaccel=hwaccel.value,
        force=force,
        allow_damaged=allow_damaged,
        callbacks=load_callbacks(callback or [], callback_arg or []),
        live=live.live_choice(
            timeout=timeout,
            latency=latency,
            segment=segment,
            keep=keep,
            clock_aligned=clock_aligned,
            metrics=metrics,
        ),
        serve=serve,
    )
    limits = options.input_limits(max_pixels, safe=safe, hwaccel=hwaccel.value)
    limits = limits.awaiting(timeout)
    _transcode(source, limits, wanted, progress, dry_run=dry_run, quiet=quiet)


def _transcode(
    source: str,
    limits: "Limits",
    wanted: "TranscodeOptions",
    progress: ProgressMode,
    *,
    dry_run: bool,
    quiet: bool,
) -> None:
    with many_imports():
        from avio_cli.decode.opening import opened_input
        from avio_cli.ffmpeg.locate import locate_ffmpeg
        from avio_cli.ffmpeg.url import parse_url
        from avio_cli.jobs.transcode.job import build_job
        from avio_cli.jobs.transcode.run import command_lines, transcode
    url, reread = parse_url(source, limits), wanted.reread
    with opened_input(locate_ffmpeg(), url, reread=reread) as probed:
        job = build_job(wanted, probed())
        if dry_run:
            typer.echo("\n".join(command_lines(job)))
            return
        with report_progress(progress, quiet=quiet) as report:
            summary = transcode(job, report)
    if not quiet:
        typer.echo(_summary_line(job, summary), err=True)


def load_callbacks(
    names: list[str], arguments: list[str]
) -> "tuple[CallbackStep, ...]":
    """Load all callbacks of a command line; the arguments go to each of them."""
    if arguments and not names:
        raise UsageError("--callback-arg needs --callback")
    if not names:
        return ()  # numpy would delay the first frame of a player
    from avio_cli.callbacks.step import load_callback

    return tuple(load_callback(name, arguments) for name in names)


def parse_encoder_options(texts: list[str]) -> dict[str, str]:
    """Parse ``key=value`` texts.

    Raises:
        UsageError: one is not of that form.
    """
    parsed = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", key):
            raise UsageError(
                f"--encoder-option {text!r} is not key=value",
                hint="for example --encoder-option tune=grain",
            )
        parsed[key] = value
    return parsed


def _summary_line(job: "TranscodeJob", summary: "TranscodeResult") -> str:
    from avio_cli.ffmpeg.url import MediaUrl, printable

    output = job.output
    shown = output.display_name if isinstance(output, MediaUrl) else str(output)
    size = f"{summary.size / 1e6:.2f} MB"
    frames = f"{summary.frames} frames, " if summary.frames else ""
    parts = " in parts" if job.live.segment else ""
    return f"{printable(shown)}: {frames}{size}{parts} ({_how(job)})"


def _how(job: "TranscodeJob") -> str:
    """The preset and the user's encoders; of a copy, the container."""
    settings = job.settings
    if settings.streams.remux:
        return f"copied into {settings.container.title}"
    preset, video, audio = settings.preset, settings.video, settings.audio
    chosen = [
        choice.encoder
        for own, choice in ((preset.video, video), (preset.audio, audio))
        if choice.encoder and (own is None or choice.encoder != own.encoder)
    ]
    return " with ".join(filter(None, (preset.name, " and ".join(chosen))))
