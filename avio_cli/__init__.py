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
    from avio_cli.api import (
        DROP,
        PIXEL_FORMATS,
        ArrayDetector,
        AudioBlock,
        AudioOptions,
        AvioError,
        ByteTrack,
        CallbackError,
        DamagedInputError,
        Detections,
        FFmpegError,
        Frame,
        InputError,
        InterruptionError,
        MediaInfo,
        MergeResult,
        NoFrameError,
        OutputError,
        Progress,
        Report,
        Snapshot,
        SteadyTrack,
        StreamError,
        TrackedFrame,
        Tracking,
        TrackOptions,
        Tracks,
        TrackSummary,
        TranscodeOptions,
        TranscodeResult,
        TrimResult,
        UnknownLengthError,
        UsageError,
        Video,
        VideoOptions,
        VideoWriter,
        create_video,
        load_detector,
        merge,
        open_video,
        probe,
        read_audio,
        report,
        snapshot,
        track,
        transcode,
        trim,
    )
    from avio_cli.decode.reader import MediaReader
    from avio_cli.decode.settings import DetectorView, ReaderSettings
    from avio_cli.encode.encoder import Encoder
    from avio_cli.encode.settings import EncodeSettings
    from avio_cli.events import InputEvent
    from avio_cli.ffmpeg.limits import Limits
    from avio_cli.ffmpeg.locate import locate_ffmpeg
    from avio_cli.ffmpeg.media_source import MediaSource
    from avio_cli.ffmpeg.nut.reader import NutReader
    from avio_cli.ffmpeg.nut.writer import NutWriter
    from avio_cli.ffmpeg.process.bounds import Bounds, bound_children
    from avio_cli.ffmpeg.url import parse_url
    from avio_cli.player.hud.builtin import BuiltinHud
    from avio_cli.player.state import Action, Hud, PlayerState, Verb
    from avio_cli.records.reader import RecordedTracks, read_tracks
    from avio_cli.vision.trackers.bytetrack_settings import ByteTrackSettings
    from avio_cli.vision.trackers.steadytrack.settings import SteadyTrackSettings
else:
    __getattr__ = lazy_names(
        __name__,
        {
            "": "api",
            "avio_cli.api": "DROP PIXEL_FORMATS ArrayDetector AudioBlock AudioOptions "
            "AvioError ByteTrack CallbackError DamagedInputError Detections "
            "FFmpegError Frame InputError InterruptionError MediaInfo "
            "MergeResult NoFrameError OutputError Progress Report Snapshot SteadyTrack "
            "StreamError TrackOptions TrackSummary TrackedFrame Tracking Tracks "
            "TranscodeOptions TranscodeResult TrimResult UnknownLengthError "
            "UsageError Video VideoOptions VideoWriter create_video "
            "load_detector merge open_video probe read_audio report snapshot "
            "track transcode trim",
            "avio_cli.decode.reader": "MediaReader",
            "avio_cli.decode.settings": "DetectorView ReaderSettings",
            "avio_cli.encode.encoder": "Encoder",
            "avio_cli.encode.settings": "EncodeSettings",
            "avio_cli.events": "InputEvent",
            "avio_cli.ffmpeg.limits": "Limits",
            "avio_cli.ffmpeg.locate": "locate_ffmpeg",
            "avio_cli.ffmpeg.media_source": "MediaSource",
            "avio_cli.ffmpeg.nut.reader": "NutReader",
            "avio_cli.ffmpeg.nut.writer": "NutWriter",
            "avio_cli.ffmpeg.process.bounds": "Bounds bound_children",
            "avio_cli.ffmpeg.url": "parse_url",
            "avio_cli.player.hud.builtin": "BuiltinHud",
            "avio_cli.player.state": "Action Hud PlayerState Verb",
            "avio_cli.records.reader": "RecordedTracks read_tracks",
            "avio_cli.vision.trackers.bytetrack_settings": "ByteTrackSettings",
            "avio_cli.vision.trackers.steadytrack.settings": "SteadyTrackSettings",
        },
    )

__all__ = [
    "DROP",
    "PIXEL_FORMATS",
    "Action",
    "ArrayDetector",
    "AudioBlock",
    "AudioOptions",
    "AvioError",
    "Bounds",
    "BuiltinHud",
    "ByteTrack",
    "ByteTrackSettings",
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
    "Limits",
    "MediaInfo",
    "MediaReader",
    "MediaSource",
    "MergeResult",
    "NoFrameError",
    "NutReader",
    "NutWriter",
    "OutputError",
    "PlayerState",
    "Progress",
    "ReaderSettings",
    "RecordedTracks",
    "Report",
    "Snapshot",
    "SteadyTrack",
    "SteadyTrackSettings",
    "StreamError",
    "TrackOptions",
    "TrackSummary",
    "TrackedFrame",
    "Tracking",
    "Tracks",
    "TranscodeOptions",
    "TranscodeResult",
    "TrimResult",
    "UnknownLengthError",
    "UsageError",
    "Verb",
    "Video",
    "VideoOptions",
    "VideoWriter",
    "__version__",
    "api",
    "bound_children",
    "create_video",
    "load_detector",
    "locate_ffmpeg",
    "merge",
    "open_video",
    "parse_url",
    "probe",
    "read_audio",
    "read_tracks",
    "report",
    "snapshot",
    "track",
    "transcode",
    "trim",
]


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
