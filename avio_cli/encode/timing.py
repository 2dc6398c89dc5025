"""Times of an output: its range, and what its container can store."""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from avio_cli.encode.settings import EncodeSettings, VideoOptions
from avio_cli.encode.video_params import VideoParams
from avio_cli.media.containers import Container
from avio_cli.media.info import VideoStream

DEFAULT_RATE = Fraction(25)
"""Frame rate for a container that needs one where the source declares none."""
_EARLY = Fraction(1, 1_000_000)
"""Seconds by which an output starts early: rounding never drops the first frame."""


def encoder_origin(settings: EncodeSettings, origin: Fraction) -> Fraction:
    """Seconds inside the command that are 0 to an encoder: where ``-ss`` starts.

    Args:
        settings: which range of the source is wanted.
        origin: when the source starts inside the command.
    """
    ranged = settings.start or settings.end is not None
    return max(origin + settings.start, Fraction(0)) if ranged else Fraction(0)


def output_range(settings: EncodeSettings, origin: Fraction) -> Iterator[str]:
    """Start the output at 0.

    Args:
        settings: which range of the source is wanted.
        origin: when the source starts inside the command; not before 0, where there
            is a range: an output cannot start before that.
    """
    start = origin + settings.start
    if settings.keyframe_preroll:
        yield from _copied_range(settings, start)
    elif settings.start or settings.end is not None:
        early = max(start - _EARLY, Fraction(0))
        if early:
            yield from ("-ss", f"{float(early):.6f}")
        if settings.end is not None:
            yield from ("-t", f"{float(settings.end - settings.start):.6f}")
    elif start:
        yield from ("-output_ts_offset", f"{float(-start):.6f}")


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
