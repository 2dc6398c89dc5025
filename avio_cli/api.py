"""avio from Python: probe, read and write video, run callbacks over a file.

Everything here takes plain values (names, seconds, arrays) and finds ffmpeg itself.
The underlying classes are public as well: `avio_cli.decode.reader.MediaReader`,
`avio_cli.encode.encoder.Encoder` and `avio_cli.jobs.transcode.job.TranscodeJob` have
more options.
"""

import os
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, TypeVar

from avio_cli.callbacks.step import DEFAULT_PIXEL_FORMAT, Callback, CallbackStep
from avio_cli.decode.reader import MediaReader
from avio_cli.decode.settings import ReaderSettings, select_video
from avio_cli.demux.known_jumps import with_known_jumps
from avio_cli.encode.audio.gaps import with_gaps_filled
from avio_cli.encode.edit_list import with_hidden_audio
from avio_cli.encode.encoder import Encoder
from avio_cli.encode.ending import special_ending, with_ending
from avio_cli.encode.settings import AudioOptions, VideoOptions
from avio_cli.encode.timing import with_cadences
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
from avio_cli.jobs.transcode.job import TranscodeResult, build_job
from avio_cli.jobs.transcode.options import TranscodeOptions
from avio_cli.media.frame import DROP, PIXEL_FORMATS, AudioBlock, Frame
from avio_cli.media.info import MediaInfo
from avio_cli.mux.verify import Verification
from avio_cli.output.target import open_output, parse_output
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
    "TranscodeOptions",
    "TranscodeResult",
    "UsageError",
    "VideoOptions",
    "VideoWriter",
    "create_video",
    "open_video",
    "probe",
    "transcode",
]

PictureChoice, SoundChoice, Summary = VideoOptions, AudioOptions, TranscodeResult
"""Old names, kept for one release."""
Options = TypeVar("Options", VideoOptions, AudioOptions)
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
    opened = with_known_jumps(_open(source))
    video = select_video(opened.info, track)
    ending = special_ending(opened, video, settings.end)
    return MediaReader(opened, settings, ending=ending)


def create_video(
    output: Source,
    *,
    rate: Number | None = None,
    source: Source | None = None,
    start: Number = 0,
    end: Number | None = None,
    preset: str = "",
    video_options: VideoOptions | None = None,
    verify: Verification = "quick",
    force: bool = False,
    picture: VideoOptions | None = None,
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
        video_options: size, quality, encoder and filters other than the preset's.
        verify: how the result is verified before it gets its name.
        force: whether an existing file may be replaced.
        picture: the old name of `video_options`.

    Raises:
        InputError: the source cannot be opened.
        OutputError: the file exists, or cannot be written.
        UsageError: there is no such preset, or none for the extension.
    """
    path = parse_output(os.fspath(output))
    settings = TranscodeOptions(
        output=os.fspath(output),
        preset=preset,
        video_options=_one_of(video_options, picture, "picture") or VideoOptions(),
        start=_exact(start),
        end=None if end is None else _exact(end),
        verify=verify,
    ).settings
    exact_rate = None if rate is None else _exact(rate)
    remuxed = None if source is None else _open_with_video(source)
    ffmpeg = locate_ffmpeg()
    opened = open_output(path, settings.container, force=force)
    try:
        if remuxed is not None:
            opened.refuse_source(remuxed.url)
            settings = with_hidden_audio(settings, remuxed)
            settings = with_gaps_filled(settings, remuxed)
            settings = with_cadences(with_ending(settings, remuxed), remuxed)
        return VideoWriter(Encoder(ffmpeg, opened, settings, remuxed), exact_rate)
    except BaseException:
        opened.discard()
        raise


def transcode(
    source: Source,
    output: Source,
    *,
    callback: Callback | Sequence[Callback] = (),
    preset: str = "",
    video_options: VideoOptions | None = None,
    audio_options: AudioOptions | None = None,
    start: Number = 0,
    end: Number | None = None,
    video: bool = True,
    audio: bool = True,
    subtitles: bool = True,
    audio_track: str = "",
    subtitle_track: str = "",
    copy: bool = False,
    verify: Verification = "quick",
    hwaccel: str = "none",
    force: bool = False,
    allow_damaged: bool = False,
    on_progress: Callable[[Progress], None] | None = None,
    picture: VideoOptions | None = None,
    sound: AudioOptions | None = None,
) -> TranscodeResult:
    """Convert to another codec, size or container, as ``avio transcode`` does.

    `callback` is one function, or several in order: see `CallbackStep`. `on_progress`
    is called periodically, in this thread. `picture` and `sound` are the old names of
    `video_options` and `audio_options`. All others are fields of `TranscodeOptions`.

    Raises:
        AvioError: it failed; no partial output is left.
    """
    parse_output(os.fspath(output))
    options = TranscodeOptions(
        output=os.fspath(output),
        preset=preset,
        video_options=_one_of(video_options, picture, "picture") or VideoOptions(),
        audio_options=_one_of(audio_options, sound, "sound") or AudioOptions(),
        start=_exact(start),
        end=None if end is None else _exact(end),
        video=video,
        audio=audio,
        subtitles=subtitles,
        audio_track=audio_track,
        subtitle_track=subtitle_track,
        copy=copy,
        verify=verify,
        hwaccel=hwaccel,
        force=force,
        allow_damaged=allow_damaged,
        callbacks=_steps(callback),
    )
    job = build_job(options, _open(source))
    return transcoding.transcode(job, on_progress)


def _one_of(new: Options | None, old: Options | None, old_name: str) -> Options | None:
    """The value of a keyword that may still be given by its old name."""
    if new is not None and old is not None:
        raise UsageError(f"{old_name} is an old name: give only the new one")
    return old if new is None else new


def _exact(number: Number) -> Fraction:
    return Fraction(str(number)) if isinstance(number, float) else Fraction(number)


def _open(source: Source) -> MediaSource:
    url = parse_url(source)
    if url.kind == "stdin":
        raise UsageError("only the command line reads standard input")
    return MediaSource.probe(locate_ffmpeg(), url)


def _open_with_video(source: Source) -> MediaSource:
    opened = with_known_jumps(_open(source))
    if not opened.info.videos:
        raise InputError(f"{opened.name} has no video stream to replace")
    return opened


def _steps(callback: Callback | Sequence[Callback]) -> tuple[CallbackStep, ...]:
    callbacks = (callback,) if callable(callback) else callback
    return tuple(_step(function) for function in callbacks)


def _step(function: Any) -> CallbackStep:
    if isinstance(function, CallbackStep):
        return function
    name = getattr(function, "__qualname__", type(function).__qualname__)
    pixel_format = getattr(function, "pixel_format", DEFAULT_PIXEL_FORMAT)
    return CallbackStep(name, function, pixel_format)
