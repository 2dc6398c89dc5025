"""Sample rates and depths: what an encoder takes of a source, and what is lost."""

from collections.abc import Iterator

from avio_cli.encode.settings import AudioOptions
from avio_cli.media.info import AudioStream

_MPEG1 = (32000, 44100, 48000)
_MPEG2 = (16000, 22050, 24000, *_MPEG1)
_RATES = {
    "aac": (7350, 8000, 11025, 12000, *_MPEG2, 64000, 88200, 96000),
    "libmp3lame": (8000, 11025, 12000, *_MPEG2),
    "mp2": _MPEG2,
    "ac3": _MPEG1,
    "eac3": _MPEG1,
    "libopus": (8000, 12000, 16000, 24000, 48000),
}
"""Samples a second that encoders take, ascending (5.1 and 9.0 alike)."""
_INTEGER_BITS = {
    "pcm_s16le": 16,
    "pcm_s16be": 16,
    "pcm_s24le": 24,
    "pcm_s24be": 24,
    "flac": 24,
    "alac": 24,
}
"""The most bits of a sample that lossless encoders take; of the others, any number."""
_FLOATS = ("flt", "dbl")
_LOSSLESS = frozenset("flac alac tta wavpack truehd mlp ape tak shorten".split())
_RESAMPLERS = ("aresample", "asetrate", "sample_rates")
"""Filters by which users choose the rate themselves."""


def rate_for(rate: int, encoder: str) -> int | None:
    """Samples a second to convert to; None: those of the source are taken.

    ffmpeg would choose the nearest rate, and may lose the highest tones for nothing.

    Args:
        rate: of the source; 0: unknown.
        encoder: ffmpeg's name.
    """
    taken = _RATES.get(encoder, ())
    if not rate or not taken or rate in taken:
        return None
    return next((other for other in taken if other > rate), taken[-1])


def resampling(
    stream: AudioStream, encoder: str, choice: AudioOptions
) -> Iterator[str]:
    """The filter that gives the encoder a rate that it takes, if one is needed."""
    rate = rate_for(stream.sample_rate, encoder)
    if rate is not None and not _is_resampled(choice):
        yield f"aresample={rate}"


def sample_warnings(
    stream: AudioStream, encoder: str, choice: AudioOptions
) -> Iterator[str]:
    """Name what is lost of the rate, and by a lossless encoder of the depth."""
    name = f"audio stream #{stream.index}"
    rate = rate_for(stream.sample_rate, encoder)
    if rate is not None and rate < stream.sample_rate and not _is_resampled(choice):
        hertz = f"{stream.sample_rate} Hz becomes {rate} Hz"
        yield f"{name}: {hertz}: {encoder} takes no more"
    most, kind = _INTEGER_BITS.get(encoder), stream.sample_format.removesuffix("p")
    if most is None or choice.encoder.startswith("pcm_") or not is_exact(stream.codec):
        return
    if kind in _FLOATS:
        loud = "what is above 0 dB is cut off"
        yield f"{name}: floating point becomes {most} bits: {loud}"
    elif (bits := stream.sample_bits or (32 if kind == "s32" else 16)) > most:
        yield f"{name}: {bits} bits become {most}: {encoder} takes no more"


def is_exact(codec: str) -> bool:
    """Whether decoded samples are those that were encoded, by ffmpeg's name."""
    return codec.startswith("pcm_") or codec in _LOSSLESS


def _is_resampled(choice: AudioOptions) -> bool:
    return any(name in choice.filters for name in _RESAMPLERS)
