"""``avio presets``: what can be made, and what each preset means."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from avio_cli.presets import Preset

app = typer.Typer(
    rich_markup_mode=None, help="Show what `avio transcode --preset` knows."
)


@app.callback(invoke_without_command=True)
def _default(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        list_presets()


@app.command("list")
def list_presets() -> None:
    """List all presets, one a line."""
    from avio_cli.presets import find_preset, preset_paths

    presets = [find_preset(name) for name in sorted(preset_paths())]
    width = max(len(preset.name) for preset in presets)
    for preset in presets:
        typer.echo(f"{preset.name:<{width}}  {preset.description}")


@app.command("show")
def show(name: Annotated[str, typer.Argument(help="A preset's name.")]) -> None:
    """Explain every value of a preset."""
    from avio_cli.presets import find_preset

    for label, value in explain(find_preset(name)):
        typer.echo(f"{label:<15} {value}")


@app.command("path")
def path() -> None:
    """Print the folder for presets of your own."""
    from avio_cli.presets import user_folder

    typer.echo(user_folder())


def explain(preset: "Preset") -> list[tuple[str, str]]:
    """Each value of a preset in words, as (label, text) rows."""
    video, audio = preset.video, preset.audio
    quality = f"{video.quality_option} {video.quality} (lower is better and larger)"
    copied = "all that the container can hold" if "any" in audio.copy else None
    rate = audio.bit_rate_per_channel
    rows = [
        ("name", preset.name),
        ("description", preset.description),
        ("container", preset.container),
        ("default for", ", ".join(preset.suffixes) or "no suffix: choose it by name"),
        ("video encoder", video.encoder),
        ("quality", "lossless" if video.quality_option == "none" else quality),
        *((f"  {key}", value) for key, value in video.options.items()),
        ("pixel formats", ", ".join(video.pixel_formats)),
        ("sound copied", copied or ", ".join(audio.copy) or "none"),
        ("other sound", audio.encoder),
        ("  bit rate", f"{rate // 1000} kbit/s a channel" if rate else "lossless"),
        ("file", str(preset.path)),
    ]
    return [(label, value) for label, value in rows if value]
