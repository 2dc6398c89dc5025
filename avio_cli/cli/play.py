"""``avio play``."""

import os
import sys
import time
from contextlib import closing
from enum import Enum
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from avio_cli.cli import detection_options as detecting
from avio_cli.cli import options
from avio_cli.cli.options import parse_rate, parse_size
from avio_cli.cli.terminal import set_up_messages
from avio_cli.cli.transcode import load_callbacks
from avio_cli.errors import OutputError, UsageError

if TYPE_CHECKING:
    from avio_cli.decode.background_probe import BackgroundProbe
    from avio_cli.ffmpeg.locate import FFmpeg
    from avio_cli.ffmpeg.url import MediaUrl
    from avio_cli.player.job import PlayJob
    from avio_cli.player.state import Hud


EXAMPLES = """\b
Examples:
  avio play video.mkv
  avio play *.mp4 --loop --volume 60
  avio play video.mp4 --start 1:30 --speed 1.5 --fullscreen
  avio play street.mp4 --tracks tracks.jsonl
  avio play video.mp4 --callback grayscale.py:grayscale
"""


class HudChoice(str, Enum):
    """Whether controls are drawn over the video."""

    AUTO = "auto"
    PINNED = "pinned"
    OFF = "off"


def play_command(
    context: typer.Context,
    inputs: Annotated[
        list[str],
        typer.Argument(metavar="INPUT...", help="Files, folders, URLs, - for stdin."),
    ],
    start: options.Start = None,
    end: options.End = None,
    no_audio: Annotated[bool, typer.Option("--no-audio")] = False,
    no_video: Annotated[
        bool, typer.Option("--no-video", help="Play the audio only.")
    ] = False,
    vf: Annotated[str, typer.Option(help="ffmpeg filters for the video.")] = "",
    af: Annotated[str, typer.Option(help="ffmpeg filters for the audio.")] = "",
    hwaccel: options.Hwaccel = options.HwaccelMode.NONE,
    fullscreen: Annotated[bool, typer.Option("--fullscreen")] = False,
    size: Annotated[
        str, typer.Option(metavar="WxH", help="Size of the window, e.g. 1280x720.")
    ] = "",
    speed: Annotated[
        Fraction | None,
        typer.Option(parser=parse_rate, metavar="X", help="0.25 to 4; pitch is kept."),
    ] = None,
    volume: Annotated[float, typer.Option(min=0, max=130, help="Percent.")] = 100.0,
    loop: Annotated[bool, typer.Option("--loop", help="Restart at the end.")] = False,
    mute: Annotated[bool, typer.Option("--mute")] = False,
    hud: Annotated[
        HudChoice, typer.Option(help="Controls over the video; auto: with the mouse.")
    ] = HudChoice.AUTO,
    hud_class: Annotated[
        str, typer.Option(metavar="FILE.py:NAME", help="A custom HUD.")
    ] = "",
    record: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Record from the start.")
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
        str, typer.Option(help="Track while playing: a name, path, auto or motion.")
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
    stride: detecting.Stride = 1,
    draw: detecting.Draw = detecting.DRAW_PARTS,
    low_latency: Annotated[
        bool, typer.Option("--low-latency", help="For cameras: show the newest frame.")
    ] = False,
    ignore_pts: Annotated[
        bool,
        typer.Option("--ignore-pts", help="For cameras with wrong timestamps."),
    ] = False,
    exit_at_end: Annotated[
        bool,
        typer.Option("--exit-at-end/--keep-open", help="What happens at the end."),
    ] = True,
    stats: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write statistics as JSON.")
    ] = None,
    script: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Key and mouse input from a file; see the docs."
        ),
    ] = None,
    force: options.Force = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Play video and audio in a window.

    Keys: q quits, SPACE pauses, arrows seek, s and a step by one frame, f toggles
    full screen, ? lists all others.
    """
    process_start = _process_start()
    from avio_cli.player.job import PlayJob, Tracking

    set_up_messages(quiet=quiet, verbose=verbose)
    options.check_stats(stats, force=force)
    _check_record(record, record_dir, force=force)
    _check_combination(no_audio and no_video, tracks, model or trt)
    ffmpeg, urls, probing = _first_probe(inputs, low_latency, context.obj)
    tracking = None
    if model or trt:
        detector = detecting.detector_choice(
            model or "auto",
            trt=trt,
            runtime=runtime,
            device=device,
            fp16=fp16,
            input_size=input_size,
            workers=workers,
            classes=classes,
            conf=conf,
            nms=nms,
        )
        followed = detecting.tracker_choice(tracker, tracker_option)
        tracking = Tracking(detector=detector, tracker=followed, stride=stride)
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
        loop=loop,
        exit_at_end=exit_at_end,
        hud_mode=hud.value,
        hud=_hud(hud_class),
        record=record,
        record_folder=record_dir,
        pre_roll=pre_roll,
        callbacks=load_callbacks(callback or [], callback_arg or []),
        tracks=tracks,
        tracking=tracking,
        draw=detecting.split_names(draw),
        low_latency=low_latency,
        ignore_times=ignore_pts,
        stats=stats,
        script=script,
        process_start=process_start,
    )
    _play(job)


def _check_combination(nothing: bool, tracks: Path | None, model: str) -> None:
    if nothing:
        raise UsageError("--no-audio and --no-video leave nothing to play")
    if tracks is not None and model:
        raise UsageError(
            "--tracks draws recorded tracks: not together with --model or --trt"
        )


def _first_probe(
    inputs: list[str], low_latency: bool, early_probe: object
) -> "tuple[FFmpeg, tuple[MediaUrl, ...], BackgroundProbe]":
    """Start to probe the first of all inputs."""
    from avio_cli.decode.background_probe import background_probe
    from avio_cli.ffmpeg.locate import locate_ffmpeg
    from avio_cli.player.inputs import expand_inputs
    from avio_cli.player.playback.open_settings import live_options

    ffmpeg, urls = locate_ffmpeg(), expand_inputs(inputs)
    live = live_options(urls[0], low_latency=low_latency)
    probing = background_probe(ffmpeg, urls[0], early_probe, live)
    return ffmpeg, urls, probing


def _play(job: "PlayJob") -> None:
    from avio_cli.player.first_decoder import FirstDecoder

    with closing(FirstDecoder(job)) as decoder:
        from avio_cli.player.start import play  # numpy: ffmpeg starts meanwhile

        play(job, decoder)


def _hud(text: str) -> "Hud | None":
    if not text:
        return None
    from avio_cli.player.hud.custom import load_hud

    return load_hud(text)


def _check_record(record: Path | None, folder: Path, *, force: bool) -> None:
    if not folder.is_dir():
        raise OutputError(f"the folder {folder} does not exist")
    if record is None:
        return
    from avio_cli.ffmpeg.output_place import followed, place_kind
    from avio_cli.output.file import check_writable

    check_writable(record, force=force)
    place = followed(record)
    if place_kind(place) == "file":  # no FIFO, no device: these are written into
        place.unlink()


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
