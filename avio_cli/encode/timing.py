"""Times of an output: its range, and what its container can store."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from math import floor

from avio_cli.encode.expected import readable_timeline, window_of
from avio_cli.encode.settings import Cadence, EncodeSettings, VideoOptions
from avio_cli.encode.video_params import VideoParams, nominal_rate
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.media.container import Container
from avio_cli.media.info import Ending, Stream, VideoStream
from avio_cli.presets import VideoPreset

DEFAULT_RATE = Fraction(25)
"""Frame rate for a container that needs one where the source declares none."""
ENCODER_TIMESCALES = {"mpeg4": 65535, "libxvid": 65535}
"""Encoders that refuse a finer time base: their format has 16 bits for it."""
COARSE_BASE = Fraction(1, 30000)
"""What they get instead."""
PREROLL = Fraction(1)
"""Seconds before a source's start: a copy must not drop what is decoded there."""
_EARLY = Fraction(1, 1_000_000)
"""Seconds by which an output starts early: rounding never drops the first frame."""
_MOST_TICKS = 2**31 - 1
"""A second: ffmpeg's limit."""
_NOTICEABLE = Fraction(1, 10)
"""Seconds by which a first frame may be shown early without a warning."""
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
    start, early = origin + settings.start, _searched(settings, origin)
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


def _searched(settings: EncodeSettings, origin: Fraction) -> Fraction:
    """Seconds inside the command after ``-ss``, which are 0 for the encoder."""
    return max(output_origin(settings, origin) - _EARLY, Fraction(0))


def _preroll(settings: EncodeSettings, origin: Fraction) -> Fraction:
    """Seconds before the start of a copy at which its first keyframe is decoded."""
    preroll = settings.keyframe_preroll
    if settings.streams.remux and settings.end is not None and not settings.start:
        preroll = preroll or (PREROLL if origin else Fraction(0))
    return preroll


def with_cadences(settings: EncodeSettings, source: MediaSource) -> EncodeSettings:
    """The same settings with how videos fit a container like AVI or GIF.

    Raises:
        InputError: a signal ended the ffmpeg that lists the packets.
    """
    videos, container = source.info.videos, settings.container
    kept = settings.streams.video and settings.preset.video is not None
    if container.late_video or not (kept and videos):
        return settings
    listed, found = readable_timeline(source, videos), {}
    window = window_of(settings, source)
    for video in videos:
        line = listed.of(video) if listed else None
        times = [time for time in line.shown() if window.holds(time)] if line else []
        if times:
            rate = settings.video.rate or nominal_rate(video) or DEFAULT_RATE
            steady = all(early < late for early, late in pairwise(_ticks(times, rate)))
            late = times[0] - window.start
            found[video.index] = Cadence(late=late, steady=steady)
    return replace(settings, cadences=found)


def _ticks(times: Sequence[Fraction], rate: Fraction) -> Iterator[int]:
    """The tick of a rate that is nearest to each time; the first one is at 0."""
    return (floor((time - times[0]) * rate + Fraction(1, 2)) for time in times)


def late_start(settings: EncodeSettings, index: int) -> Iterator[str]:
    """A warning where a container shows the first frame of a stream before its time."""
    cadence = settings.cadences.get(index)
    late = cadence.late if cadence else Fraction(0)
    if late <= _NOTICEABLE:
        return
    title, seconds = settings.container.title, f"{float(late):.3f} s"
    if settings.container.constant_rate:
        what = f"the first frame is shown {seconds} early, from 0 on"
    else:
        what = f"the {seconds} before the first frame are lost"
    yield f"{what}: {title} has no start time"


def tick_filters(
    rate: Fraction, settings: EncodeSettings, origin: Fraction
) -> tuple[str, ...]:
    """Filters that move frames to the ticks of their rate, which frames never share.

    Times half a tick off, rounded by Matroska, would go to one of two ticks: here each
    is as many ticks after the first frame as it should be.

    Args:
        rate: of the frames.
        settings: which range is wanted; what is before it must not count as first.
        origin: as in `output_range`.
    """
    start = _searched(settings, origin)
    # So fine that the start is exact: ffmpeg cuts by these ticks.
    parts = max(_MOST_TICKS // rate.numerator, 1)
    base, zero = floor(start * rate * parts + Fraction(1, 2)), f"{float(start):.6f}"
    late = f"(STARTT-{zero})*{rate}"
    if not settings.start and settings.end is None:
        return tuple(_on_ticks(rate, parts, f"{base}+{parts}*(round({late})"))
    cut = f"trim=start={zero}"
    if settings.end is not None:
        cut += f":end={float(start + settings.end - settings.start):.6f}"
    # No frame may move up to the end: there it would be cut off.
    return (cut, *_on_ticks(rate, parts, f"{base}+{parts}*(floor(0.001+{late})"))


def _on_ticks(rate: Fraction, parts: int, first: str) -> Iterator[str]:
    yield f"settb={1 / (rate * parts)}"
    yield f"setpts={first}+round((T-STARTT)*{rate}))"


def frame_timing(
    settings: EncodeSettings, params: VideoParams, video: VideoStream
) -> tuple[VideoOptions, Fraction | None, tuple[str, ...]]:
    """Fit a video's timestamps to what a container can store.

    Args:
        settings: the container, and the user's options.
        params: the encoder's input.
        video: the source's stream.

    Returns:
        The options with the rate that the container needs, its own time base where it
        has a coarse one, and warnings.
    """
    container, choice = settings.container, settings.video
    early = tuple(late_start(settings, video.index))
    if not container.constant_rate:
        return choice, container.tick, early
    rate = choice.rate or params.rate or DEFAULT_RATE
    cadence = settings.cadences.get(video.index)
    steady = _is_steady(video) and (cadence is None or cadence.steady)
    if choice.rate or (steady and params.rate):
        return choice, 1 / rate, early
    warning = (
        f"{container.title} needs a constant rate: frames are repeated or "
        f"dropped ({float(rate):.4g} a second)"
    )
    return replace(choice, rate=rate), 1 / rate, (*early, warning)


def least_step(settings: EncodeSettings) -> Fraction:
    """Seconds between two frames to be kept apart by encoder and container; 0: a tick.

    The time base of the source is not taken into account.
    """
    preset, container = settings.preset.video, settings.container
    encoder = settings.video.encoder or (preset.encoder if preset else "")
    coarse = COARSE_BASE if encoder in ENCODER_TIMESCALES else Fraction(0)
    steps = (container.tick, container.least_step, coarse)
    return max(step or Fraction(0) for step in steps)


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
