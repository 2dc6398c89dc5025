"""Times of an output: its range, and what its container can store."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from avio_cli.encode.settings import EncodeSettings, VideoOptions
from avio_cli.encode.video_params import VideoParams
from avio_cli.media.containers import Container
from avio_cli.media.info import Ending, Stream, VideoStream
from avio_cli.presets import VideoPreset

DEFAULT_RATE = Fraction(25)
"""Frame rate for a container that needs one where the source declares none."""
PREROLL = Fraction(1)
"""Seconds before a source's start: a copy must not drop what is decoded there."""
_EARLY = Fraction(1, 1_000_000)
"""Seconds by which an output starts early: rounding never drops the first frame."""
_SHORT = 0.0005
"""Seconds by which repeating ends early: rounding never adds a frame."""


def output_origin(settings: EncodeSettings, origin: Fraction) -> Fraction:
    """Seconds inside the command that are 0 in the output: where ``-ss`` starts.

    Args:
        settings: which range of the source is wanted.
        origin: when the source starts inside the command; not before 0, where there
            is a range: an output cannot start before that.
    """
    if not settings.start and settings.end is None and not settings.keyframe_preroll:
        return Fraction(0)
    start = origin + settings.start - _preroll(settings, origin)
    return max(start, Fraction(0))


def output_range(settings: EncodeSettings, origin: Fraction) -> Iterator[str]:
    """Options for the range, and for a start of the output at 0.

    Args:
        settings: which range of the source is wanted.
        origin: as in `output_origin`.
    """
    start, skipped = origin + settings.start, output_origin(settings, origin)
    early = max(skipped - _EARLY, Fraction(0))
    if early:
        yield from ("-ss", f"{float(early):.6f}")
    length = None if settings.end is None else settings.end - settings.start
    if _preroll(settings, origin):
        yield from ("-output_ts_offset", f"{float(early - start):.6f}")
        length = None if length is None else length + start - early
    elif start and not settings.start and length is None:
        yield from ("-output_ts_offset", f"{float(-start):.6f}")
    if length is not None:
        yield from ("-t", f"{float(length):.6f}")


def _preroll(settings: EncodeSettings, origin: Fraction) -> Fraction:
    """Seconds before the start of a copy at which its first keyframe is decoded."""
    preroll = settings.keyframe_preroll
    if settings.streams.remux and settings.end is not None and not settings.start:
        preroll = preroll or (PREROLL if origin else Fraction(0))
    return preroll


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
    if choice.rate or (_is_steady(video) and params.rate):
        return choice, 1 / rate, ()
    warning = (
        f"{container.title} needs a constant rate: frames are repeated or "
        f"dropped ({float(rate):.4g} a second)"
    )
    return replace(choice, rate=rate), 1 / rate, (warning,)


def copied_timing(container: Container, streams: Sequence[Stream]) -> Iterator[str]:
    """Warnings that copied frames lose their times in a container with one rate.

    AVI stores at which tick a frame is decoded, never when it is shown: after a
    telecine, frames were up to 0.017 s (9.0) or 0.033 s (5.1) elsewhere.

    Args:
        container: of the output.
        streams: what is copied.
    """
    videos = (stream for stream in streams if isinstance(stream, VideoStream))
    if container.constant_rate and any(not _is_steady(v) for v in videos):
        yield (
            f"{container.title} needs a constant rate: copied frames may be shown one "
            "frame earlier or later"
        )


def _is_steady(video: VideoStream) -> bool:
    """Whether all frames of a video last equally long, as far as its header says."""
    average = video.average_rate
    return video.is_cover_art or average is None or average == video.nominal_rate


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
        ending: the last frame, on the clock of the command: it is repeated.
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
