"""``avio play``."""

import os
import sys
import time
from contextlib import closing
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from avio_cli.cli.options import common as options
from avio_cli.cli.options import detection as detecting
from avio_cli.cli.options import live
from avio_cli.cli.options import play as play_options
from avio_cli.cli.options import play_tracks as track_options
from avio_cli.cli.options import track_results as results
from avio_cli.cli.options.common import parse_size
from avio_cli.cli.options.play_tracking import tracking_choice
from avio_cli.cli.terminal import set_up_messages
from avio_cli.cli.transcode import load_callbacks
from avio_cli.cli.usage import completion
from avio_cli.errors import OutputError, UsageError
from avio_cli.optional import many_imports

if TYPE_CHECKING:
    from avio_cli.decode.background_probe import BackgroundProbe
    from avio_cli.ffmpeg.locate import FFmpeg
    from avio_cli.ffmpeg.url import MediaUrl
    from avio_cli.player.job import PlayJob
    from avio_cli.player.start.first_decoder import FirstDecoder
    from avio_cli.player.state import Hud


EXAMPLES = """\b
Examples:
  avio play video.mkv
  avio play *.mp4 --loop --volume 60
  avio play video.mp4 --start 1:30 --speed 1.5 --fullscreen
  avio play street.mp4 --tracks tracks.jsonl
  avio play video.mp4 --callback grayscale.py:grayscale
"""


def play_command(
    context: typer.Context,
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="INPUT...", help="Files, folders, URLs, camera:0, screen:, -."
        ),
    ],
    start: options.Start = None,
    end: options.End = None,
    no_audio: play_options.NoAudio = False,
    no_video: play_options.NoVideo = False,
    vf: play_options.VideoFilters = "",
    af: play_options.AudioFilters = "",
    audio_track: track_options.AudioTrack = "",
    audio_lang: track_options.AudioLanguages = "",
    sub_track: track_options.SubtitleTrack = "",
    sub_lang: track_options.SubtitleLanguages = "",
    sub_file: track_options.SubtitleFiles = None,
    hwaccel: options.Hwaccel = options.HwaccelMode.NONE,
    fullscreen: play_options.FullScreen = False,
    size: play_options.WindowSize = "",
    speed: play_options.Speed = None,
    volume: play_options.Volume = 100.0,
    loop: play_options.Loop = False,
    deinterlace: play_options.Deinterlace = play_options.DeinterlaceChoice.AUTO,
    tone_map: play_options.ToneMap = play_options.ToneMapChoice.AUTO,
    image_duration: play_options.ImageDuration = None,
    mute: play_options.Mute = False,
    hud: play_options.Hud = play_options.HudChoice.AUTO,
    hud_class: play_options.HudClass = "",
    record: Annotated[
        Path | None,
        typer.Option(
            parser=options.parse_output, metavar="FILE", help="Record from the start."
        ),
    ] = None,
    record_dir: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder of recordings and screenshots.")
    ] = Path(),
    pre_roll: Annotated[
        float,
        typer.Option(
            metavar="SECONDS", min=0, max=60, help="Start recordings this much earlier."
        ),
    ] = 0.0,
    callback: options.CallbackOption = None,
    callback_arg: options.CallbackArgument = None,
    tracks: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Draw recorded tracks (.jsonl, .csv, …)."),
    ] = None,
    model: Annotated[
        str,
        typer.Option(
            metavar="MODEL",
            help="Track while playing: a name, path, auto or motion.",
            autocompletion=completion.models,
        ),
    ] = "",
    trt: detecting.Trt = "",
    runtime: detecting.Runtime = "auto",
    device: detecting.Device = "auto",
    fp16: detecting.Fp16 = False,
    input_size: detecting.InputSize = "",
    workers: detecting.Workers = 0,
    classes: detecting.Classes = "",
    conf: detecting.Confidence = detecting.CONFIDENCE,
    nms: detecting.Overlap = detecting.NMS_IOU,
    tracker: detecting.Tracker = "bytetrack",
    tracker_option: detecting.TrackerOption = None,
    camera_motion: detecting.CameraMotion = "auto",
    lag: detecting.Lag = 0,
    reid: detecting.Reid = "",
    reid_gap: detecting.ReidGap = 0.0,
    class_vote: results.ClassVote = False,
    min_length: results.MinLength = 0,
    compact_ids: results.CompactIds = False,
    stride: detecting.Stride = 1,
    draw: detecting.Draw = detecting.DRAW_PARTS,
    low_latency: Annotated[
        bool, typer.Option("--low-latency", help="For cameras: show the newest frame.")
    ] = False,
    timeout: live.Timeout = None,
    latency: live.PlayLatency = "",
    serve: live.Serve = "",
    ignore_pts: Annotated[
        bool,
        typer.Option("--ignore-pts", help="For cameras with wrong timestamps."),
    ] = False,
    exit_at_end: Annotated[
        bool,
        typer.Option("--exit-at-end/--keep-open", help="What happens at the end."),
    ] = True,
    stats: options.Statistics = None,
    script: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Key and mouse input from a file; see the docs."
        ),
    ] = None,
    max_pixels: options.MaxPixels = None,
    safe: options.Safe = False,
    force: options.Force = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Play video and audio in a window.

    Keys: q quits, SPACE pauses, arrows seek, s and a step by one frame, f toggles
    full screen, ? lists all others.
    """
    process_start = _process_start()
    from avio_cli.callbacks.loading import code_file
    from avio_cli.decode.opening import playable_stdin
    from avio_cli.player.job import PlayJob
    from avio_cli.player.playlist.inputs import expand_inputs
    from avio_cli.player.start.first_decoder import FirstDecoder

    decoder = context.obj if isinstance(context.obj, FirstDecoder) else None
    set_up_messages(quiet=quiet, verbose=verbose)
    _check_folder(record_dir)
    if no_audio and no_video:
        raise UsageError("--no-audio and --no-video leave nothing to play")
    if no_video:
        play_options.refuse_without_video(context)
    tracking = tracking_choice(context)
    limits = options.input_limits(max_pixels, safe=safe, hwaccel=hwaccel.value)
    expanded = expand_inputs(inputs, limits.awaiting(timeout))
    urls, piped = context.with_resource(playable_stdin(expanded))
    late = live.latency_of_play(latency, timeout, urls)
    choice = track_options.track_choice(context, urls, limits)
    code = [*(callback or ()), *filter(None, [hud_class])]
    files = (tracks, script, *(sub_file or ()), *map(code_file, code))
    read = [file for file in files if file is not None]
    options.check_file(record, urls, read, force=force)
    written = [record] if record is not None else []
    options.check_file(stats, urls, read + written, force=force)
    early = decoder.job.probing if decoder is not None else context.obj
    early = piped if urls[0].kind == "stdin" else early
    ffmpeg, probing = _first_probe(
        urls[0], early, low_latency=low_latency, ignore_times=ignore_pts
    )
    job = PlayJob(
        ffmpeg=ffmpeg,
        urls=urls,
        probing=probing,
        start=start or Fraction(0),
        end=end,
        video=not no_video,
        audio=not no_audio,
        video_filter=vf,
        audio_filter=af,
        hardware=hwaccel.value,
        full_screen=fullscreen,
        size=parse_size("--size", size),
        speed=_speed(speed),
        volume=volume,
        muted=mute,
        deinterlace=play_options.DEINTERLACE.get(deinterlace),
        tone_map=tone_map is play_options.ToneMapChoice.AUTO,
        image_duration=image_duration,
        loop=loop,
        exit_at_end=exit_at_end,
        hud_mode=hud.value,
        hud=_hud(hud_class),
        record=record,
        replace_record=force,
        record_folder=record_dir,
        pre_roll=pre_roll,
        callbacks=load_callbacks(callback or [], callback_arg or []),
        tracks=tracks,
        tracking=tracking,
        draw=detecting.split_names("--draw", draw),
        choice=choice,
        low_latency=low_latency,
        timeout=timeout,
        latency=late,
        ignore_times=ignore_pts,
        serve=serve,
        quiet=quiet,
        stats=stats,
        script=script,
        process_start=process_start,
    )
    is_right = decoder is not None and decoder.job.probing is probing
    _play(job, decoder if is_right else None)


def _first_probe(
    url: "MediaUrl", early: object, *, low_latency: bool, ignore_times: bool
) -> "tuple[FFmpeg, BackgroundProbe]":
    """Start to probe the first of all inputs.

    Args:
        url: the input.
        early: a probe that runs already, or the data of stdin; None for neither.
        low_latency: whether the newest frame is wanted.
        ignore_times: whether times of arrival are.
    """
    from avio_cli.decode.background_probe import background_probe
    from avio_cli.ffmpeg.locate import locate_ffmpeg
    from avio_cli.player.playback.open_settings import probe_options

    ffmpeg = locate_ffmpeg()
    live = probe_options(url, low_latency=low_latency, ignore_times=ignore_times)
    return ffmpeg, background_probe(ffmpeg, url, early, live)


def _play(job: "PlayJob", early: "FirstDecoder | None") -> None:
    from avio_cli.player.start.first_decoder import FirstDecoder

    with closing(early or FirstDecoder(job)) as decoder:
        from avio_cli.player.start.first_frame import show_first_frame

        shown = show_first_frame(job, decoder)
        with many_imports():
            from avio_cli.player.start.play import play  # imports numpy
        play(job, decoder, shown)


def _hud(text: str) -> "Hud | None":
    if not text:
        return None
    from avio_cli.player.hud.custom import load_hud

    return load_hud(text)


def _check_folder(folder: Path) -> None:
    if not folder.is_dir():
        raise OutputError(f"the folder {folder} does not exist", hint="make it first")


def _speed(speed: Fraction | None) -> Fraction:
    value = Fraction(1) if speed is None else speed
    if not Fraction(1, 4) <= value <= 4:
        raise UsageError(f"--speed {float(value):g} is not between 0.25 and 4")
    return value


def _process_start() -> float:
    """Start of this process on the monotonic clock; now where it is unknown."""
    now = time.monotonic()
    if not sys.platform.startswith("linux"):
        return now
    # The 22nd field counts clock ticks after the system's start.
    fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    start = int(fields[19]) / os.sysconf("SC_CLK_TCK")
    return now - (time.clock_gettime(time.CLOCK_BOOTTIME) - start)
