"""avio from Python: probe, read and write video, run callbacks over a file.

Everything here takes plain values (names, seconds, arrays) and finds ffmpeg itself.
The underlying classes are public as well: `avio_cli.decode.reader.MediaReader`,
`avio_cli.encode.encoder.Encoder` and `avio_cli.jobs.transcode.job.TranscodeJob` have
more options.
"""

import os
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from avio_cli.callbacks.step import DEFAULT_PIXEL_FORMAT, Callback, CallbackStep
from avio_cli.decode.reader import MediaReader
from avio_cli.decode.settings import ReaderSettings
from avio_cli.encode.encoder import Encoder
from avio_cli.encode.settings import (
    AudioOptions,
    EncodeSettings,
    VideoOptions,
)
from avio_cli.encode.writer import VideoWriter
from avio_cli.errors import (
    AvioError,
    CallbackError,
    DamagedInputError,
    FFmpegError,
    InputError,
    InterruptionError,
    OutputError,
    StreamError,
    UsageError,
)
from avio_cli.ffmpeg.locate import locate_ffmpeg
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.url import parse_url
from avio_cli.jobs.transcode import run as transcoding
from avio_cli.jobs.transcode.job import TranscodeJob, TranscodeResult
from avio_cli.media.frame import DROP, PIXEL_FORMATS, AudioBlock, Frame
from avio_cli.media.info import MediaInfo
from avio_cli.mux.streams import StreamSelection
from avio_cli.mux.verify import Verification
from avio_cli.output.target import open_output, parse_output
from avio_cli.presets import Preset, find_preset, preset_for
from avio_cli.progress import Progress

__all__ = [
    "DROP",
    "PIXEL_FORMATS",
    "AudioBlock",
    "AudioOptions",
    "AvioError",
    "CallbackError",
    "DamagedInputError",
    "FFmpegError",
    "Frame",
    "InputError",
    "InterruptionError",
    "MediaInfo",
    "OutputError",
    "Progress",
    "StreamError",
    "TranscodeResult",
    "UsageError",
    "VideoOptions",
    "VideoWriter",
    "create_video",
    "open_video",
    "probe",
    "transcode",
]

Source = str | os.PathLike[str]
"""A file, or a URL."""
Number = int | float | Fraction
"""Seconds, or frames a second; a float is taken as the decimal it is printed as."""


def probe(source: Source) -> MediaInfo:
    """Read the container, streams, chapters and metadata of a source.

    Raises:
        InputError: it cannot be opened, or is not media.
    """
    return _open(source).info


def open_video(
    source: Source,
    *,
    pixel_format: str = DEFAULT_PIXEL_FORMAT,
    start: Number = 0,
    end: Number | None = None,
    video_filter: str = "",
    track: int = 0,
) -> MediaReader:
    """Open a video to read its frames.

    Use the result as a context manager and iterate it, once. Each frame is yours: it
    shares no memory with the next one. A damaged source is read as far as possible;
    ``damage()`` reports after the last frame what is missing.

    Args:
        source: the file or URL.
        pixel_format: a key of `PIXEL_FORMATS`; ``yuv420p`` costs half of ``bgr24``.
        start: seconds after the source's start; the first frame is at or after it.
        end: seconds after the source's start; the last frame is before it.
        video_filter: ffmpeg filters, as after ``-vf``.
        track: which video stream, counted from 0.

    Raises:
        InputError: it cannot be opened, or has no such stream.
        UsageError: an argument is wrong.
    """
    settings = ReaderSettings(
        pixel_format=pixel_format,
        start=_exact(start),
        end=None if end is None else _exact(end),
        video_filter=video_filter,
        video_track=track,
    )
    return MediaReader(_open(source), settings)


def create_video(
    output: Source,
    *,
    rate: Number | None = None,
    source: Source | None = None,
    start: Number = 0,
    end: Number | None = None,
    preset: str = "",
    picture: VideoOptions | None = None,
    verify: Verification = "quick",
    force: bool = False,
) -> VideoWriter:
    """Open a video to write its frames.

    Args:
        output: the file; it appears under this name when it is complete.
        rate: frames a second, exact, for arrays without a time.
        source: a file whose audio, subtitles, chapters and metadata are remuxed;
            its first video stream is replaced by what is written.
        start: where in the source the result starts, as given to `open_video`.
        end: likewise, where it ends.
        preset: one of ``avio presets``; by default from the extension of `output`.
        picture: video size, quality, encoder and filters other than the preset's.
        verify: how the result is verified before it gets its name.
        force: whether an existing file may be replaced.

    Raises:
        InputError: the source cannot be opened.
        OutputError: the file exists, or cannot be written.
        UsageError: there is no such preset, or none for the extension.
    """
    path = Path(output)
    chosen = _preset(preset, path)
    settings = EncodeSettings(
        preset=chosen,
        video=picture or VideoOptions(),
        streams=StreamSelection(audio_copy=chosen.audio_copy),
        start=_exact(start),
        end=None if end is None else _exact(end),
        verify=verify,
    )
    remuxed = None if source is None else _open_with_video(source)
    opened = open_output(path, settings.container, force=force)
    if remuxed is not None:
        opened.refuse_source(remuxed.url)
    encoder = Encoder(locate_ffmpeg(), opened, settings, remuxed)
    return VideoWriter(encoder, None if rate is None else _exact(rate))


def transcode(
    source: Source,
    output: Source,
    *,
    callback: Callback | Sequence[Callback] = (),
    preset: str = "",
    picture: VideoOptions | None = None,
    sound: AudioOptions | None = None,
    start: Number = 0,
    end: Number | None = None,
    audio: bool = True,
    subtitles: bool = True,
    copy: bool = False,
    verify: Verification = "quick",
    hwaccel: str = "none",
    force: bool = False,
    allow_damaged: bool = False,
    on_progress: Callable[[Progress], None] | None = None,
) -> TranscodeResult:
    """Convert to another codec, size or container, as ``avio transcode`` does.

    Args:
        source: the file or URL.
        output: the file; it appears under this name when it is complete.
        callback: one function, or several in order: called with each `Frame`, may
            change it in place, or return an array, a Frame or `DROP`. An attribute
            ``pixel_format`` names its input format; default bgr24.
        preset: one of ``avio presets``; by default from the extension of `output`.
        picture: video size, quality, encoder and filters other than the preset's.
        sound: audio encoder and filters other than the preset's; all audio is then
            encoded.
        start: seconds after the source's start.
        end: likewise; nothing at or after it is kept.
        audio: whether audio is kept.
        subtitles: whether subtitles are kept.
        copy: change the container only.
        verify: how the result is verified before it gets its name.
        hwaccel: ``auto``: devices that work; ``none``; or the name of one, such as
            ``cuda``, which then must work.
        force: whether an existing file may be replaced.
        allow_damaged: whether the result of a damaged source is kept.
        on_progress: called periodically, in this thread.

    Raises:
        AvioError: it failed; no partial output is left.
    """
    parsed = parse_output(os.fspath(output))
    chosen = find_preset(preset) if preset else preset_for(os.fspath(output))
    if copy and callback:
        raise UsageError(
            "copy changes no frames: it cannot be combined with a callback"
        )
    settings = EncodeSettings(
        preset=chosen,
        video=picture or VideoOptions(),
        audio=sound or AudioOptions(),
        streams=StreamSelection(
            audio=audio,
            subtitles=subtitles,
            audio_copy=() if sound else chosen.audio_copy,
            remux=copy,
        ),
        start=_exact(start),
        end=None if end is None else _exact(end),
        verify=verify,
    )
    job = TranscodeJob(
        source=_open(source),
        output=parsed,
        hwaccel=hwaccel,
        settings=settings,
        force=force,
        allow_damaged=allow_damaged,
        callbacks=_steps(callback),
    )
    return transcoding.transcode(job, on_progress)


def _exact(number: Number) -> Fraction:
    return Fraction(str(number)) if isinstance(number, float) else Fraction(number)


def _open(source: Source) -> MediaSource:
    url = parse_url(source)
    if url.kind == "stdin":
        raise UsageError("only the command line reads standard input")
    return MediaSource.probe(locate_ffmpeg(), url)


def _open_with_video(source: Source) -> MediaSource:
    opened = _open(source)
    if not opened.info.videos:
        raise InputError(f"{opened.name} has no video stream to replace")
    return opened


def _preset(name: str, output: Path) -> Preset:
    return find_preset(name) if name else preset_for(output)


def _steps(callback: Callback | Sequence[Callback]) -> tuple[CallbackStep, ...]:
    callbacks = (callback,) if callable(callback) else callback
    return tuple(_step(function) for function in callbacks)


def _step(function: Any) -> CallbackStep:
    if isinstance(function, CallbackStep):
        return function
    name = getattr(function, "__qualname__", type(function).__qualname__)
    pixel_format = getattr(function, "pixel_format", DEFAULT_PIXEL_FORMAT)
    return CallbackStep(name, function, pixel_format)
