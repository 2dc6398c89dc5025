"""Arguments that several functions take, and what is made of them."""

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, replace
from fractions import Fraction
from typing import Any, SupportsFloat, TypeVar, get_args

import numpy as np

from avio_cli.callbacks.step import DEFAULT_PIXEL_FORMAT, CallbackStep
from avio_cli.decode.live.options import LiveOptions, parse_latency
from avio_cli.encode.settings import AudioOptions, Deinterlacing, VideoOptions
from avio_cli.errors import UsageError, did_you_mean
from avio_cli.media.time_text import exact_rate, exact_time, parse_duration
from avio_cli.progress import Progress

Output = str | os.PathLike[str]
"""A file to be written."""
Time = SupportsFloat | str
"""Seconds, exact; a float is taken as the decimal it is printed as. Or a text such as
``"1:02.5"``."""
Rate = SupportsFloat | str
"""Frames a second, likewise, such as ``"30000/1001"``."""
OnProgress = Callable[[Progress], None]
"""Called periodically, in the thread of the caller."""
_DURATIONS = frozenset({"timeout", "segment", "keep"})
Options = TypeVar("Options", VideoOptions, AudioOptions)


def time_range(start: Time, end: Time | None) -> tuple[Fraction, Fraction | None]:
    """Exact seconds of a range.

    Raises:
        UsageError: one of them is no time.
    """
    first = exact_time("start", start)
    return first, None if end is None else exact_time("end", end)


def live_options(given: Mapping[str, Any]) -> LiveOptions:
    """What is said of a live source.

    Args:
        given: fields of `LiveOptions`; times may also be texts such as ``"10m"``.

    Raises:
        UsageError: there is no such field, or a value is not valid.
    """
    known = {entry.name: entry for entry in fields(LiveOptions)}
    values = dict(given)
    for name, value in given.items():
        if name not in known:
            hint = did_you_mean(str(name), known)
            raise UsageError(f"live has no {name!r}", hint=hint)
        if name in _DURATIONS and value is not None:
            texts = isinstance(value, str)
            values[name] = parse_duration(value) if texts else exact_time(name, value)
    if isinstance(values.get("on_event"), str):
        values["on_event"] = (values["on_event"],)
    if "latency" in values:
        values["latency"] = parse_latency(values["latency"])
    return LiveOptions(**values)


def one_of_these(name: str, value: Any, literal: Any) -> Any:
    """A value that must be one of the texts of a ``Literal``.

    Raises:
        UsageError: it is another.
    """
    known = get_args(literal)
    if value not in known:
        raise UsageError(f"{name} must be {' or '.join(known)}, not {value!r}")
    return value


def one_of(new: Options | None, old: Options | None, old_name: str) -> Options | None:
    """The value of a keyword that may still be given by its old name.

    Raises:
        UsageError: both are given.
    """
    if new is not None and old is not None:
        raise UsageError(f"{old_name} is an old name: give only the new one")
    return old if new is None else new


def exact_options(options: VideoOptions | None) -> VideoOptions:
    """Video options with an exact rate, and sizes that are plain integers.

    Raises:
        UsageError: a value is not of its kind.
    """
    if options is None:
        return VideoOptions()
    _refuse_others(VideoOptions, options)
    if not isinstance(options.options, Mapping):
        raise UsageError(f"VideoOptions.options must be a dict: {options.options!r}")
    rate = options.rate
    one_of_these("VideoOptions.deinterlace", options.deinterlace, Deinterlacing)
    return replace(
        options,
        quality=_whole_if_given("quality", options.quality),
        width=_whole_if_given("width", options.width),
        height=_whole_if_given("height", options.height),
        rate=None if rate is None else exact_rate("VideoOptions.rate", rate),
        options={str(key): str(value) for key, value in options.options.items()},
    )


def checked_audio(options: AudioOptions | None) -> AudioOptions:
    """Audio options, the default ones for None.

    Raises:
        UsageError: a value is not of its kind.
    """
    if options is None:
        return AudioOptions()
    _refuse_others(AudioOptions, options)
    return options


def _refuse_others(kind: type[VideoOptions] | type[AudioOptions], value: Any) -> None:
    name = kind.__name__
    if not isinstance(value, kind):
        raise UsageError(
            f"{value!r} is not of {name}", hint=f"give avio_cli.{name}(encoder=…)"
        )
    for field in ("encoder", "filters"):
        text = getattr(value, field)
        if not isinstance(text, str):
            raise UsageError(
                f"{name}.{field} must be a text, not {text!r}",
                hint="several filters are separated by commas in one text",
            )


def _whole_if_given(name: str, value: Any) -> int | None:
    return None if value is None else whole_number(f"VideoOptions.{name}", value)


def whole_number(
    name: str, value: Any, *, least: int | None = None, most: int | None = None
) -> int:
    """A plain integer.

    Raises:
        UsageError: it is none, too small or too large.
    """
    try:
        number = None if isinstance(value, bool) else int(value)
    except (TypeError, ValueError, OverflowError):
        number = None
    if number is None or number != value:
        raise UsageError(f"{name} must be a whole number, not {value!r}")
    if least is not None and number < least:
        raise UsageError(f"{name} must be at least {least}, not {number}")
    if most is not None and number > most:
        raise UsageError(f"{name} must be at most {most}, not {number}")
    return number


def yes_or_no(name: str, value: Any) -> bool:
    """A plain boolean; 1 and 0 are such, too.

    Raises:
        UsageError: it is something else, such as a text, which would count as True.
    """
    if not isinstance(value, (int, np.bool_)) or value not in (0, 1):
        raise UsageError(f"{name} must be True or False, not {value!r}")
    return bool(value)


def share(name: str, value: Any) -> float:
    """A plain number from 0 to 1.

    Raises:
        UsageError: it is none.
    """
    number = _number(value)
    if not 0 <= number <= 1:
        raise UsageError(f"{name} must be from 0 to 1, not {value!r}")
    return number


def span(name: str, value: Any) -> float:
    """A plain number of seconds, 0 or more.

    Raises:
        UsageError: it is none.
    """
    number = _number(value)
    if not 0 <= number < float("inf"):
        raise UsageError(f"{name} must be seconds, 0 or more, not {value!r}")
    return number


def _number(value: Any) -> float:
    """A plain number; below 0 where it is none."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return -1.0


def names(argument: str, value: Any) -> tuple[str, ...]:
    """Names in a list, or in a text with commas as on the command line.

    Raises:
        UsageError: it is something else, or what is given names nothing.
    """
    given = value.split(",") if isinstance(value, str) and value else value
    listed = tuple(given) if isinstance(given, Iterable) else (given,)
    if not all(isinstance(name, str) for name in listed):
        hint = f'such as {argument}=["person"]; numbers are texts, too: ["2"]'
        raise UsageError(f"{argument} must be names, not {value!r}", hint=hint)
    found = tuple(name.strip() for name in listed if name.strip())
    if listed and not found:
        raise UsageError(f"{argument} {value!r} names nothing", hint="omit it")
    return found


def as_steps(callback: Any) -> tuple[CallbackStep, ...]:
    """Steps of one callback, of several in order, or of None.

    Raises:
        UsageError: one cannot be called.
    """
    if callback is None:
        return ()
    if callable(callback) or isinstance(callback, str):
        return (_step(callback),)
    if not isinstance(callback, Iterable):
        callback = (callback,)
    return tuple(_step(function) for function in callback)


def _step(function: Any) -> CallbackStep:
    if isinstance(function, CallbackStep):
        return function
    if not callable(function):
        raise UsageError(
            f"the callback {function!r} cannot be called",
            hint="give a function of one frame, or several in a list",
        )
    name = getattr(function, "__qualname__", type(function).__qualname__)
    pixel_format = getattr(function, "pixel_format", DEFAULT_PIXEL_FORMAT)
    return CallbackStep(name, function, pixel_format)
