"""Times of an output: its range, and what its container can store."""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from avio_cli.encode.settings import EncodeSettings, VideoOptions
from avio_cli.encode.video_params import VideoParams
from avio_cli.media.containers import Container
from avio_cli.media.info import MediaInfo, VideoStream

DEFAULT_RATE = Fraction(25)
"""Frame rate for a container that needs one where the source declares none."""
_EARLY = Fraction(1, 1_000_000)
"""Seconds by which an output starts early: rounding never drops the first frame."""


def encoder_origin(settings: EncodeSettings, info: MediaInfo) -> Fraction:
    """Seconds on the source's clock that are 0 to an encoder: where ``-ss`` starts."""
    ranged = settings.start or settings.end is not None
    return max(info.origin + settings.start, Fraction(0)) if ranged else Fraction(0)


def output_range(settings: EncodeSettings, info: MediaInfo) -> Iterator[str]:
    """Start the output at 0: with ``-copyts`` all times are still the source's."""
    origin = info.origin + settings.start
    if settings.keyframe_preroll:
        yield from _copied_range(settings, origin)
    elif settings.start or settings.end is not None:
        start = max(origin - _EARLY, Fraction(0))
        if start:
            yield from ("-ss", f"{float(start):.6f}")
        if settings.end is not None:
            yield from ("-t", f"{float(settings.end - settings.start):.6f}")
    elif origin:
        yield from ("-output_ts_offset", f"{float(-origin):.6f}")


def _copied_range(settings: EncodeSettings, origin: Fraction) -> Iterator[str]:
    start = max(origin - settings.keyframe_preroll - _EARLY, Fraction(0))
    if start:
        yield from ("-ss", f"{float(start):.6f}")
    yield from ("-output_ts_offset", f"{float(start - origin):.6f}")
    if settings.end is not None:
        length = settings.end - settings.start + origin - start
        yield from ("-t", f"{float(length):.6f}")


def frame_timing(
    container: Container, params: VideoParams, video: VideoStream, choice: VideoOptions
) -> tuple[VideoOptions, Fraction | None, tuple[str, ...]]:
    """Fit a video's timestamps to what a container can store.

    Args:
        container: of the output.
        params: the encoder's input.
        video: the source's stream.
        choice: the user's options.

    Returns:
        The options with the rate that the container needs, its own time base where it
        has a coarse one, and warnings.
    """
    if not container.constant_rate:
        return choice, container.tick, ()
    rate = choice.rate or params.rate or DEFAULT_RATE
    steady = video.average_rate is None or video.average_rate == video.nominal_rate
    if choice.rate or (steady and params.rate):
        return choice, 1 / rate, ()
    warning = (
        f"{container.title} needs a constant rate: frames are repeated or "
        f"dropped ({float(rate):.4g} a second)"
    )
    return replace(choice, rate=rate), 1 / rate, (warning,)
