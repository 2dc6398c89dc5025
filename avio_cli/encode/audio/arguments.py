"""ffmpeg's options for an audio stream that is encoded."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from avio_cli.encode.audio.layout import ChannelPlan, plan_channels
from avio_cli.encode.audio.losses import is_exact, resampling, sample_warnings
from avio_cli.encode.settings import AudioOptions
from avio_cli.media.container import Container
from avio_cli.media.info import AudioStream
from avio_cli.presets import AudioPreset

_PCM = "pcm_s16le"
"""The encoder of presets for PCM, where nothing deeper is needed."""
_DEEP = {"s32": "pcm_s32le", "flt": "pcm_f32le", "dbl": "pcm_f64le"}
"""By the sample format of a lossless source, planar ones without the p."""
_PRIMING = {"libmp3lame": 1105, "mp2": 481, "ac3": 256}
"""Samples that encoders put before the first one (5.1 and 9.0 alike)."""
_MIXERS = ("pan=", "channel", "amerge", "stereo", "aformat")
"""Words of the filters by which users choose channels themselves."""
_TOLERANCE = 0.01
"""Seconds: times that were rounded are off by a millisecond, audio frames last 20."""


@dataclass(frozen=True, slots=True)
class Fill:
    """Silence where a source has no audio."""

    start: Fraction
    """Seconds on the source's clock from which it is needed."""
    changes: bool = False
    """Whether the rate or channels of the audio change midway."""


def silence_filter(rate: int, start: Fraction) -> str:
    """The filter that fills gaps with silence, also before the first sample.

    By default, aresample lets audio be 100 ms off before it fills anything.

    Args:
        rate: samples a second, before and after.
        start: seconds at which the result starts, on the clock of the audio.
    """
    first = round(start * rate)
    return f"aresample={rate}:async=1:min_hard_comp={_TOLERANCE}:first_pts={first}"


def restartable_filter(rate: int, start: Fraction) -> str:
    """The same for audio whose rate or channels change.

    ffmpeg then starts the filters again, each time with the silence before the first
    sample. Here is none: audio that starts late is not moved to its place.
    """
    return (
        f"atrim=start={float(start):.6f},"
        f"aresample={rate}:async=1:min_hard_comp={_TOLERANCE}"
    )


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
    if not is_exact(stream.codec):
        return _PCM
    wide = _DEEP.get(stream.sample_format.removesuffix("p"), _PCM)
    is_24 = wide == "pcm_s32le" and (stream.sample_bits or 32) <= 24
    return "pcm_s24le" if is_24 else wide


def ends_with_empty_packet(encoder: str) -> bool:
    """Whether an encoder's last packet is empty: FLAC's only updates the header."""
    return encoder == "flac"


def audio_arguments(
    index: int | str,
    stream: AudioStream,
    encoder: str,
    preset: AudioPreset | None,
    choice: AudioOptions,
    container: Container,
    fill: Fill | None = None,
) -> Iterator[str]:
    """ffmpeg's options for one output stream.

    Args:
        index: of the output stream.
        stream: the source's: its channels decide the bit rate.
        encoder: from `audio_encoder`.
        preset: how to encode; None where the user names an encoder.
        choice: the user's options that override the preset.
        container: says for how many bits a sample there is room, and if players know of
            an encoder's delay: where not, as much is cut off, so that all is in sync.
        fill: the silence that fills what there is no audio for, where the container has
            no times.
    """
    plan = _channel_plan(stream, encoder, preset)
    yield from (f"-c:{index}", encoder)
    if preset and encoder == preset.encoder and preset.bit_rate_per_channel:
        channels = max(min(stream.channels or 1, plan.channels), 1)
        bits = preset.bit_rate_per_channel * channels
        most = container.bits_per_sample
        if most is not None and stream.sample_rate:
            bits = min(bits, most * stream.sample_rate)
        yield from (f"-b:{index}", str(bits))
    primed = 0 if container.skips_priming else _PRIMING.get(encoder, 0)
    placed = None if container.audio_times else fill
    filling, cut = _placing(stream.sample_rate, placed, primed)
    rate = resampling(stream, encoder, choice)
    if filters := ",".join(
        filter(None, (filling, *_filters(plan, choice), *rate, cut))
    ):
        yield from (f"-filter:{index}", filters)


def _placing(rate: int, fill: Fill | None, primed: int) -> tuple[str, str]:
    """The filters that fill gaps, and that cut off what the encoder puts before."""
    cut = f"atrim=start_sample={primed}" if primed else ""
    if fill is None or not rate:
        return "", cut
    if fill.changes:  # samples would be cut off at each change
        return restartable_filter(rate, fill.start + Fraction(primed, rate)), ""
    return silence_filter(rate, fill.start), cut


def _channel_plan(
    stream: AudioStream, encoder: str, preset: AudioPreset | None
) -> ChannelPlan:
    """Which channels the encoder gets; filters of the user may change them before."""
    most = preset.max_channels if preset else None
    return plan_channels(stream.channels, stream.layout, encoder, most)


def audio_warnings(
    stream: AudioStream,
    encoder: str,
    preset: AudioPreset | None,
    choice: AudioOptions,
) -> Iterator[str]:
    """Name what is lost of channels, rate and depth, unless by filters of the user."""
    plan = _channel_plan(stream, encoder, preset)
    if plan.mixed and not any(name in choice.filters for name in _MIXERS):
        yield f"audio stream #{stream.index}: {plan.mixed}"
    yield from sample_warnings(stream, encoder, choice)


def _filters(plan: ChannelPlan, choice: AudioOptions) -> Iterator[str]:
    if plan.naming:
        yield plan.naming
    if choice.filters:
        yield choice.filters
    if plan.fitting:
        # After filters of the user the channels may be others: ffmpeg has to look.
        yield plan.any_fitting if choice.filters else plan.fitting
