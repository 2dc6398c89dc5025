"""Times of an output: its range, and what its container can store."""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from avio_cli.encode.settings import EncodeSettings, VideoOptions
from avio_cli.encode.video_params import VideoParams
from avio_cli.media.containers import Container
from avio_cli.media.info import Ending, MediaInfo, VideoStream
from avio_cli.presets import VideoPreset

DEFAULT_RATE = Fraction(25)
"""Frame rate for a container that needs one where the source declares none."""
_EARLY = Fraction(1, 1_000_000)
"""Seconds by which an output starts early: rounding never drops the first frame."""


def encoder_origin(settings: EncodeSettings, info: MediaInfo) -> Fraction:
    """Seconds on the source's clock that are 0 to an encoder: where ``-ss`` starts."""
    ranged = settings.start or settings.end is not None
    return max(info.origin + settings.start, Fraction(0)) if ranged else Fraction(0)


_SHORT = 0.0005
"""Seconds by which repeating ends early: rounding never adds a frame."""


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


def constant_rate(
    params: VideoParams, preset: VideoPreset, choice: VideoOptions
) -> Fraction | None:
    """The rate that the user or the encoder wants; None: frames keep their times."""
    if choice.rate:
        return choice.rate
    most = preset.max_rate
    # Unknown rates are limited, too: frames would get the same timestamp.
    if most is None or (params.rate is not None and params.rate <= most):
        return None
    return Fraction(most)


def rate_filters(
    params: VideoParams,
    preset: VideoPreset,
    choice: VideoOptions,
    ending: Ending | None,
    warnings: list[str],
) -> Iterator[str]:
    """The filters that give frames a constant rate; none where they keep their times.

    Args:
        params: the encoder's input.
        preset: what to encode it to.
        choice: the user's options that override the preset.
        ending: the last frame, on the source's clock: it is repeated.
        warnings: gets what is lost.
    """
    rate = constant_rate(params, preset, choice)
    if rate is None:
        return
    if not choice.rate and params.rate is not None:
        warnings.append(f"frames are dropped: {preset.encoder} shows {rate} a second")
    yield f"fps={rate.numerator}/{rate.denominator}" if choice.rate else f"fps={rate}"
    if ending is not None:
        yield repeat_filter(ending)


def repeat_filter(ending: Ending) -> str:
    """The filter that repeats frames of a constant rate until the last one has ended.

    ffmpeg 5.1 takes it for as long as the average one, and NUT has no durations.
    """
    # One second more: the last frame that fps makes may be late by its rounding.
    more = float(ending.duration) + 1
    end = float(ending.end) - _SHORT
    return f"tpad=stop_mode=clone:stop_duration={more:.6f},trim=end={end:.6f}"
