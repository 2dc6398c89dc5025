"""A user's Python on every frame: load ``file.py:NAME`` and make it a step."""

import functools
import inspect
import json
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from avio_cli.callbacks.loading import (
    UserCodeKind,
    code_file,
    describe,
    load_object,
    report,
)
from avio_cli.errors import CallbackError, UsageError
from avio_cli.media.frame import DROP, PIXEL_FORMATS, Frame

Callback = Callable[[Frame], Any]
DEFAULT_PIXEL_FORMAT = "bgr24"
_CALLBACK = UserCodeKind("--callback", "callback", "draw.py:Watermark")
_KINDS: dict[str, type] = {
    kind.__name__: kind for kind in (str, int, float, bool, Path)
}
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


@dataclass(frozen=True, slots=True)
class CallbackStep:
    """A loaded callback; a `Step`."""

    name: str
    """As the user named it: ``file.py:NAME``."""
    function: Callback
    pixel_format: str
    """What it wants its frames in."""
    file: Path | None = None
    """Where its code is; None: in Python."""

    def __call__(self, frame: Frame) -> Frame | None:
        """Run the callback on a frame.

        Raises:
            CallbackError: it raised, or returned something that is not a frame.
        """
        try:
            result = self.function(frame)
        except (Exception, SystemExit) as error:
            raise _failure(self.name, frame, error) from error
        return self._to_frame(frame, result)

    def close(self) -> None:
        """Call an instance's ``close``, if it has one, after the last frame.

        Raises:
            CallbackError: it raised.
        """
        close = getattr(self.function, "close", None)
        if not callable(close):
            return
        try:
            close()
        except (Exception, SystemExit) as error:
            raise CallbackError(
                f"callback {self.name} failed after the last frame: {describe(error)}",
                report=report(error),
            ) from error

    def _to_frame(self, frame: Frame, result: Any) -> Frame | None:
        if result is DROP:
            return None
        try:
            changed = frame if result is None else _frame_of(frame, result)
            changed.__post_init__()  # it may have put other things into the frame
            changed.pts = operator.index(changed.pts)
            if not (changed.width and changed.height):
                raise ValueError(f"{changed.width}x{changed.height} has no pixel")
            return changed
        except (ValueError, TypeError, AttributeError, IndexError) as error:
            raise CallbackError(
                f"callback {self.name} returned something that is not an image for "
                f"frame {frame.index}: {error}",
                hint="return nothing, an array, a Frame, or DROP",
            ) from error


def load_callback(text: str, arguments: Sequence[str] = ()) -> CallbackStep:
    """Load a callback as the command line names it.

    Args:
        text: ``FILE.py:NAME``, a function or a class.
        arguments: ``key=value`` each; keyword arguments of the function or class.

    Raises:
        UsageError: the text or an argument is not of that form.
        CallbackError: the file cannot be loaded, or has no such callable.
    """
    target = load_object(text, _CALLBACK)
    keywords = parse_arguments(target, arguments)
    function = _instantiate(target, keywords, text)
    pixel_format = getattr(function, "pixel_format", None) or getattr(
        target, "pixel_format", DEFAULT_PIXEL_FORMAT
    )
    if not isinstance(pixel_format, str) or pixel_format not in PIXEL_FORMATS:
        raise CallbackError(
            f"callback {text} wants pixel format {pixel_format!r}",
            hint=f"known: {', '.join(PIXEL_FORMATS)}",
        )
    return CallbackStep(text, function, pixel_format, code_file(text))


def common_pixel_format(steps: Sequence[CallbackStep]) -> str:
    """The pixel format of a pipeline with these callbacks.

    Raises:
        UsageError: they want different ones.
    """
    wanted = {step.pixel_format: step.name for step in steps}
    if len(wanted) > 1:
        named = " and ".join(f"{form} ({name})" for form, name in wanted.items())
        raise UsageError(f"the callbacks want different pixel formats: {named}")
    return next(iter(wanted), DEFAULT_PIXEL_FORMAT)


def parse_arguments(target: Any, arguments: Sequence[str]) -> dict[str, Any]:
    """Turn ``key=value`` texts into keyword arguments.

    A value is taken as the parameter's annotation says (str, int, float, bool, Path);
    without one, as JSON where it is valid (``5``, ``0.5``, ``true``, ``[1, 2]``), else
    as text.

    Raises:
        UsageError: no ``=``, or the value is not of the annotated type.
    """
    parameters = _parameters(target)
    keywords: dict[str, Any] = {}
    for argument in arguments:
        key, equals, value = argument.partition("=")
        if not equals or not key.isidentifier():
            raise UsageError(f"--callback-arg {argument!r} is not key=value")
        keywords[key] = _convert(key, value, parameters.get(key))
    return keywords


def _instantiate(target: Any, keywords: dict[str, Any], text: str) -> Callback:
    if not inspect.isclass(target):
        _check_keywords(target, keywords, text)
        step: Callback = functools.partial(target, **keywords) if keywords else target
        return step
    _check_keywords(target, keywords, text)
    try:
        instance = target(**keywords)
    except (Exception, SystemExit) as error:
        raise CallbackError(
            f"callback {text} cannot be made: {describe(error)}",
            report=report(error),
        ) from error
    if not callable(instance):
        raise CallbackError(
            f"callback {text}: the class has no __call__",
            hint="give it def __call__(self, frame)",
        )
    return instance


def _check_keywords(target: Any, keywords: dict[str, Any], text: str) -> None:
    parameters = _parameters(target)
    takes_all = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    # The first one of a function is the frame.
    known = list(parameters)[0 if inspect.isclass(target) else 1 :]
    unknown = [key for key in keywords if key not in known and not takes_all]
    if unknown:
        raise UsageError(
            f"callback {text} takes no argument {unknown[0]!r}",
            hint=f"it takes {', '.join(known)}" if known else "it takes none",
        )


def _parameters(target: Any) -> Mapping[str, inspect.Parameter]:
    try:
        return inspect.signature(target).parameters
    except (TypeError, ValueError):
        return {}


def _convert(key: str, value: str, parameter: inspect.Parameter | None) -> Any:
    kind: Any = parameter.annotation if parameter else None
    # A file may start with ``from __future__ import annotations``.
    kind = _KINDS.get(kind, kind) if isinstance(kind, str) else kind
    if kind in _KINDS.values():
        try:
            return _boolean(value) if kind is bool else kind(value)
        except ValueError:
            raise UsageError(
                f"--callback-arg {key}={value}: {kind.__name__} expected"
            ) from None
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def _boolean(text: str) -> bool:
    if text.lower() not in _BOOLEANS:
        raise ValueError
    return _BOOLEANS[text.lower()]


def _frame_of(frame: Frame, result: Any) -> Frame:
    if isinstance(result, Frame):
        return result
    planes = tuple(result) if isinstance(result, (tuple, list)) else (result,)
    if not planes or not all(isinstance(plane, np.ndarray) for plane in planes):
        raise TypeError(f"it is of type {type(result).__name__}")
    pixel_format = frame.pixel_format
    grey = len(planes) == 1 and planes[0].ndim == 2
    if grey and PIXEL_FORMATS[pixel_format].channels == 3:
        pixel_format = "gray"
    changed = Frame(planes, pixel_format, frame.index, frame.pts, frame.time_base)
    changed.duration = frame.duration
    changed.view, changed.tracks = frame.view, frame.tracks
    changed.events, changed.record = frame.events, frame.record
    return changed


def _failure(name: str, frame: Frame, error: BaseException) -> CallbackError:
    return CallbackError(
        f"callback {name} failed at frame {frame.index} ({frame.seconds:.3f} s): "
        f"{describe(error)}",
        report=report(error),
    )
