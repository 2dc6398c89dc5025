"""ffmpeg's options for an audio stream that is encoded."""

from collections.abc import Iterator

from avio_cli.encode.settings import AudioOptions
from avio_cli.media.containers import Container
from avio_cli.media.info import AudioStream
from avio_cli.presets import AudioPreset

MAX_CHANNELS = 64
_PCM = "pcm_s16le"
"""The encoder of presets for PCM, where nothing deeper is needed."""
_DEEP = {"s32": "pcm_s32le", "flt": "pcm_f32le", "dbl": "pcm_f64le"}
"""By the sample format of a lossless source, planar ones without the p."""
_LOSSLESS = frozenset("flac alac tta wavpack truehd mlp ape tak shorten".split())


def audio_encoder(
    stream: AudioStream,
    container: Container,
    preset: AudioPreset | None,
    choice: AudioOptions,
) -> str:
    """The encoder's name: the user's, else the preset's; empty for none.

    Where that is PCM, it gets the depth of a lossless source.
    """
    encoder = choice.encoder or (preset.encoder if preset else "")
    if encoder != _PCM or choice.encoder:
        return encoder
    deep = _deep_pcm(stream)
    return deep if deep in container.audio else encoder


def _deep_pcm(stream: AudioStream) -> str:
    if not stream.codec.startswith("pcm_") and stream.codec not in _LOSSLESS:
        return _PCM
    wide = _DEEP.get(stream.sample_format.removesuffix("p"), _PCM)
    is_24 = wide == "pcm_s32le" and (stream.sample_bits or 32) <= 24
    return "pcm_s24le" if is_24 else wide


def ends_with_empty_packet(encoder: str) -> bool:
    """Whether an encoder's last packet is empty: FLAC's only updates the header."""
    return encoder == "flac"


def audio_arguments(
    index: int,
    stream: AudioStream,
    encoder: str,
    preset: AudioPreset | None,
    choice: AudioOptions,
) -> Iterator[str]:
    """ffmpeg's options for one output stream.

    Args:
        index: of the output stream.
        stream: the source's: its channels decide the bit rate.
        encoder: from `audio_encoder`.
        preset: how to encode; None where the user names an encoder.
        choice: the user's options that override the preset.
    """
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
