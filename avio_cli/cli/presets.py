"""``avio presets``: the presets and the values of each."""

from typing import TYPE_CHECKING, Annotated

import typer

from avio_cli.cli.terminal import print_error
from avio_cli.cli.usage import completion
from avio_cli.cli.usage.help_page import Command, Group

if TYPE_CHECKING:
    from avio_cli.presets import AudioPreset, HardwareVariant, Preset, VideoPreset


EXAMPLES = """\b
Examples:
  avio presets list
  avio presets show mp4-hevc
  avio presets path
"""

app = typer.Typer(
    cls=Group,
    rich_markup_mode=None,
    epilog=EXAMPLES,
    help="List and explain the presets of `avio transcode`.",
)


@app.callback(invoke_without_command=True)
def _default(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        list_presets()


@app.command("list", cls=Command, epilog=EXAMPLES)
def list_presets() -> None:
    """List all presets, one per line."""
    from avio_cli.errors import AvioError
    from avio_cli.ffmpeg.url import printable
    from avio_cli.presets import find_preset, preset_paths

    paths = preset_paths()
    width = max(map(len, paths))
    wrong: list[AvioError] = []
    for name in sorted(paths):
        try:
            description = find_preset(name).description
        except AvioError as error:
            wrong.append(error)
        else:
            typer.echo(printable(f"{name:<{width}}  {description}"))
    for each in wrong[:-1]:
        print_error(each.message, each.hint)
    if wrong:
        raise wrong[-1]


@app.command("show", cls=Command, epilog=EXAMPLES)
def show(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="A preset's name.",
            autocompletion=completion.presets,
        ),
    ],
) -> None:
    """Explain every value of a preset, and show its ffmpeg command."""
    from avio_cli.ffmpeg.url import printable
    from avio_cli.presets import find_preset

    preset = find_preset(name)
    for label, value in explain(preset):
        typer.echo(f"{label:<15} {printable(value)}")
    typer.echo(f"\nThe command for a video of H.264 and PCM:\n\n{command_line(preset)}")


@app.command("path", cls=Command, epilog=EXAMPLES)
def path() -> None:
    """Print the folder of user presets."""
    from avio_cli.presets import user_folder

    typer.echo(user_folder())


def explain(preset: "Preset") -> list[tuple[str, str]]:
    """Each value of a preset in words, as (label, text) rows."""
    rows = [
        ("name", preset.name),
        ("description", preset.description),
        ("container", preset.container),
        (
            "default for",
            ", ".join(preset.extensions) or "no extension: choose it by name",
        ),
        *(_explain_video(preset.video) if preset.video else [("video", "none")]),
        *(_explain_audio(preset.audio) if preset.audio else [("audio", "none")]),
        ("file", str(preset.path)),
    ]
    return [(label, value) for label, value in rows if value]


def _explain_video(video: "VideoPreset") -> list[tuple[str, str]]:
    scale = f"{video.quality_option} {video.quality} (lower is better and larger)"
    rate = f"at most {video.max_rate} frames a second" if video.max_rate else ""
    return [
        ("video encoder", video.encoder),
        ("quality", "no scale" if video.quality_option == "none" else scale),
        *((f"  {key}", value) for key, value in video.options.items()),
        ("pixel formats", ", ".join(video.pixel_formats)),
        ("size", "even" if video.even_size else "as it is"),
        ("frames", rate),
        ("keyframes", _every(video.keyframe_seconds)),
        ("palette", "made for the video" if video.palette else ""),
        ("interlaced", "kept" if video.keeps_interlacing else "deinterlaced"),
        *(
            (f"on {name}", _explain_variant(variant))
            for name, variant in video.hardware.items()
        ),
    ]


def _every(seconds: int | None) -> str:
    return f"every {seconds} s" if seconds else ""


def _explain_variant(variant: "HardwareVariant") -> str:
    options = (f"{key} {value}" for key, value in variant.options.items())
    quality = () if variant.quality is None else (f"quality {variant.quality}",)
    return ", ".join((variant.encoder, *quality, *options))


def _explain_audio(audio: "AudioPreset") -> list[tuple[str, str]]:
    copied = "all that the container can hold" if "any" in audio.copy else None
    rate = audio.bit_rate_per_channel
    most = audio.max_channels
    return [
        ("audio copied", copied or ", ".join(audio.copy) or "none"),
        ("other audio", audio.encoder),
        ("  bit rate", f"{rate // 1000} kbit/s a channel" if rate else "lossless"),
        ("  channels", f"at most {most}, more are mixed down" if most else ""),
    ]


def command_line(preset: "Preset") -> str:
    """The ffmpeg command of a preset for a common video."""
    from fractions import Fraction
    from pathlib import Path

    from avio_cli.encode.command import plan_encode
    from avio_cli.encode.settings import EncodeSettings
    from avio_cli.ffmpeg.url import MediaUrl
    from avio_cli.media.info import AudioStream, MediaInfo, VideoStream
    from avio_cli.mux.streams import StreamSelection
    from avio_cli.output.target import open_output

    rate, usual = Fraction(25), frozenset({"default"})
    video = VideoStream(
        index=0,
        codec="h264",
        time_base=Fraction(1, 12800),
        coded_width=1920,
        coded_height=1080,
        pixel_format="yuv420p",
        average_rate=rate,
        nominal_rate=rate,
        dispositions=usual,
    )
    audio = AudioStream(
        index=1,
        codec="pcm_s16be",
        time_base=Fraction(1, 48000),
        sample_rate=48000,
        channels=2,
        layout="stereo",
        dispositions=usual,
    )
    info = MediaInfo(source="INPUT", container="mov", streams=(video, audio))
    settings = EncodeSettings(
        preset=preset, streams=StreamSelection(audio_copy=preset.audio_copy)
    )
    server = settings.container.form == "stream"
    extension = preset.extensions[0] if preset.extensions else ""
    path = MediaUrl("url", "OUTPUT", "OUTPUT") if server else Path(f"OUTPUT{extension}")
    output = open_output(path, settings.container, dry_run=True)
    job = plan_encode(settings, output, MediaUrl("url", "INPUT", "INPUT"), info)
    return (
        job.command.display()
        .replace(f"file:{Path.cwd()}/", "")
        .replace(f"{Path.cwd()}/", "")
    )
