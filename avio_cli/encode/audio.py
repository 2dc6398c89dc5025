"""ffmpeg's options for an audio stream that is encoded."""

from collections.abc import Iterator

from avio_cli.encode.settings import AudioOptions
from avio_cli.media.info import AudioStream
from avio_cli.presets import AudioPreset

MAX_CHANNELS = 64


def audio_encoder(preset: AudioPreset | None, choice: AudioOptions) -> str:
    """The encoder's name: the user's, else the preset's; empty for none."""
    return choice.encoder or (preset.encoder if preset else "")


def ends_with_empty_packet(encoder: str) -> bool:
    """Whether an encoder's last packet is empty: FLAC's only updates the header."""
    return encoder == "flac"


def audio_arguments(
    index: int, stream: AudioStream, preset: AudioPreset | None, choice: AudioOptions
) -> Iterator[str]:
    """ffmpeg's options for one output stream.

    Args:
        index: of the output stream.
        stream: the source's: its channels decide the bit rate.
        preset: how to encode; None where the user names an encoder.
        choice: the user's options that override the preset.
    """
    encoder = audio_encoder(preset, choice)
    yield from (f"-c:{index}", encoder)
    most = preset.max_channels if preset else None
    if most and stream.channels > most:
        yield from (f"-ac:{index}", str(most))
    if preset and encoder == preset.encoder and preset.bit_rate_per_channel:
        channels = min(stream.channels or 1, most or MAX_CHANNELS)
        yield from (f"-b:{index}", str(preset.bit_rate_per_channel * channels))
    if filters := ",".join(_filters(stream, encoder, choice)):
        yield from (f"-filter:{index}", filters)


def _filters(stream: AudioStream, encoder: str, choice: AudioOptions) -> Iterator[str]:
    if choice.filters:
        yield choice.filters
    if encoder == "libopus" and "(side)" in stream.layout:
        # libopus refuses 5.1(side), the layout of most DVD and Blu-ray audio.
        yield f"aformat=channel_layouts={stream.layout.removesuffix('(side)')}"
