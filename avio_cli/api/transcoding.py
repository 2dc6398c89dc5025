"""Convert files from Python: `transcode`."""

from collections.abc import Mapping, Sequence
from typing import Any

from avio_cli.api.hints import in_python
from avio_cli.api.options import (
    OnProgress,
    Output,
    Time,
    as_steps,
    checked_audio,
    exact_options,
    live_options,
    one_of,
    one_of_these,
    time_range,
)
from avio_cli.api.sources import Source, opened_source, output_text
from avio_cli.callbacks.step import Callback
from avio_cli.encode.settings import AudioOptions, VideoOptions
from avio_cli.ffmpeg.limits import Limits
from avio_cli.jobs.transcode import run as transcoding
from avio_cli.jobs.transcode.job import TranscodeResult, build_job
from avio_cli.jobs.transcode.options import TranscodeOptions
from avio_cli.mux.verify import Verification
from avio_cli.output.target import parse_output

PictureChoice, SoundChoice, Summary = VideoOptions, AudioOptions, TranscodeResult
"""Old names, kept for one release."""


@in_python()
def transcode(
    source: Source,
    output: Output,
    *,
    callback: Callback | Sequence[Callback] = (),
    preset: str = "",
    video_options: VideoOptions | None = None,
    audio_options: AudioOptions | None = None,
    start: Time = 0,
    end: Time | None = None,
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
    live: Mapping[str, Any] | None = None,
    serve: str | int = "",
    on_progress: OnProgress | None = None,
    limits: Limits | None = None,
    picture: VideoOptions | None = None,
    sound: AudioOptions | None = None,
) -> TranscodeResult:
    """Convert to another codec, size or container, as ``avio transcode`` does.

    `callback` is one function, or several in order: see `CallbackStep`; `limits` are
    those of `probe`. `live` has fields of `LiveOptions`; live sources end with Ctrl-C.
    `picture` and `sound` are the old names of two, all others of `TranscodeOptions`.

    Raises:
        AvioError: it failed; no partial output is left.
    """
    first, last = time_range(start, end)
    options = TranscodeOptions(
        output=_parsed(output),
        preset=preset,
        video_options=exact_options(one_of(video_options, picture, "picture")),
        audio_options=checked_audio(one_of(audio_options, sound, "sound")),
        start=first,
        end=last,
        video=video,
        audio=audio,
        subtitles=subtitles,
        audio_track=str(audio_track),
        subtitle_track=str(subtitle_track),
        copy=copy,
        verify=one_of_these("verify", verify, Verification),
        hwaccel=hwaccel,
        force=force,
        allow_damaged=allow_damaged,
        callbacks=as_steps(callback),
        live=live_options(live or {}),
        serve=str(serve),
    )
    with opened_source(source, limits, options.live.timeout) as opened:
        return transcoding.transcode(build_job(options, opened), on_progress)


def _parsed(output: Output) -> str:
    text = output_text(output)
    parse_output(text)
    return text
