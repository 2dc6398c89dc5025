"""Plays, transcodes and understands video by driving ffmpeg subprocesses.

The names below are what Python users and callbacks need. Each is imported when it is
first used: ``import avio_cli`` alone loads no numpy, and nothing inside of the package
imports from here.
"""

from typing import TYPE_CHECKING

from avio_cli.optional import lazy_names
from avio_cli.version import __version__

if TYPE_CHECKING:
    from avio_cli import api
    from avio_cli.api import create_video, open_video, probe, transcode
    from avio_cli.decode.reader import MediaReader
    from avio_cli.decode.settings import DetectorView, ReaderSettings
    from avio_cli.detections import Detections, Tracks
    from avio_cli.encode.encoder import Encoder
    from avio_cli.encode.settings import AudioOptions, EncodeSettings, VideoOptions
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
    from avio_cli.events import InputEvent
    from avio_cli.ffmpeg.locate import locate_ffmpeg
    from avio_cli.ffmpeg.media_source import MediaSource
    from avio_cli.ffmpeg.nut.reader import NutReader
    from avio_cli.ffmpeg.nut.writer import NutWriter
    from avio_cli.ffmpeg.url import parse_url
    from avio_cli.jobs.transcode.job import TranscodeResult
    from avio_cli.jobs.transcode.options import TranscodeOptions
    from avio_cli.media.frame import DROP, AudioBlock, Frame
    from avio_cli.media.info import MediaInfo
    from avio_cli.media.pixel_formats import PIXEL_FORMATS
    from avio_cli.player.hud.builtin import BuiltinHud
    from avio_cli.player.state import Action, Hud, PlayerState, Verb
    from avio_cli.progress import Progress
    from avio_cli.records.reader import RecordedTracks, read_tracks
else:
    __getattr__ = lazy_names(
        __name__,
        {
            "": "api",
            "avio_cli.api": "create_video open_video probe transcode",
            "avio_cli.decode.reader": "MediaReader",
            "avio_cli.decode.settings": "DetectorView ReaderSettings",
            "avio_cli.detections": "Detections Tracks",
            "avio_cli.encode.encoder": "Encoder",
            "avio_cli.encode.settings": "AudioOptions EncodeSettings VideoOptions",
            "avio_cli.encode.writer": "VideoWriter",
            "avio_cli.errors": "AvioError CallbackError DamagedInputError FFmpegError"
            " InputError InterruptionError OutputError StreamError UsageError",
            "avio_cli.events": "InputEvent",
            "avio_cli.ffmpeg.locate": "locate_ffmpeg",
            "avio_cli.ffmpeg.media_source": "MediaSource",
            "avio_cli.ffmpeg.nut.reader": "NutReader",
            "avio_cli.ffmpeg.nut.writer": "NutWriter",
            "avio_cli.ffmpeg.url": "parse_url",
            "avio_cli.jobs.transcode.job": "TranscodeResult",
            "avio_cli.jobs.transcode.options": "TranscodeOptions",
            "avio_cli.media.frame": "DROP AudioBlock Frame",
            "avio_cli.media.info": "MediaInfo",
            "avio_cli.media.pixel_formats": "PIXEL_FORMATS",
            "avio_cli.player.hud.builtin": "BuiltinHud",
            "avio_cli.player.state": "Action Hud PlayerState Verb",
            "avio_cli.progress": "Progress",
            "avio_cli.records.reader": "RecordedTracks read_tracks",
        },
    )

__all__ = [
    "DROP",
    "PIXEL_FORMATS",
    "Action",
    "AudioBlock",
    "AudioOptions",
    "AvioError",
    "BuiltinHud",
    "CallbackError",
    "DamagedInputError",
    "Detections",
    "DetectorView",
    "EncodeSettings",
    "Encoder",
    "FFmpegError",
    "Frame",
    "Hud",
    "InputError",
    "InputEvent",
    "InterruptionError",
    "MediaInfo",
    "MediaReader",
    "MediaSource",
    "NutReader",
    "NutWriter",
    "OutputError",
    "PlayerState",
    "Progress",
    "ReaderSettings",
    "RecordedTracks",
    "StreamError",
    "Tracks",
    "TranscodeOptions",
    "TranscodeResult",
    "UsageError",
    "Verb",
    "VideoOptions",
    "VideoWriter",
    "__version__",
    "api",
    "create_video",
    "locate_ffmpeg",
    "open_video",
    "parse_url",
    "probe",
    "read_tracks",
    "transcode",
]


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
