"""avio from Python: probe, read, write, convert, cut, join and track video.

Everything here takes plain values (names, seconds, arrays) and finds ffmpeg itself.
Each name is imported when it is first used. What is behind them is public as well:
`avio_cli.decode.reader.MediaReader`, `avio_cli.encode.encoder.Encoder` and the jobs
have more options.
"""

from typing import TYPE_CHECKING

from avio_cli.optional import lazy_names

if TYPE_CHECKING:
    from avio_cli.api.audio import read_audio
    from avio_cli.api.cutting import merge, snapshot, trim
    from avio_cli.api.detecting import ArrayDetector, load_detector
    from avio_cli.api.reading import open_video, probe
    from avio_cli.api.reporting import report
    from avio_cli.api.track_options import TrackOptions
    from avio_cli.api.tracked import TrackedFrame
    from avio_cli.api.tracking import Tracking, track
    from avio_cli.api.transcoding import PictureChoice as PictureChoice
    from avio_cli.api.transcoding import SoundChoice as SoundChoice
    from avio_cli.api.transcoding import Summary as Summary
    from avio_cli.api.transcoding import transcode
    from avio_cli.api.video import NoFrameError, UnknownLengthError, Video
    from avio_cli.api.writing import VideoWriter, create_video
    from avio_cli.detections import Detections, Tracks
    from avio_cli.encode.settings import AudioOptions, VideoOptions
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
    from avio_cli.jobs.merge.job import MergeResult
    from avio_cli.jobs.report.run import Report
    from avio_cli.jobs.snapshot.run import Snapshot
    from avio_cli.jobs.track.summary import TrackSummary
    from avio_cli.jobs.transcode.job import TranscodeResult
    from avio_cli.jobs.transcode.options import TranscodeOptions
    from avio_cli.jobs.trim.job import TrimResult
    from avio_cli.media.frame import DROP, AudioBlock, Frame
    from avio_cli.media.info import MediaInfo
    from avio_cli.media.pixel_formats import PIXEL_FORMATS
    from avio_cli.progress import Progress
    from avio_cli.vision.trackers.bytetrack import ByteTrack
    from avio_cli.vision.trackers.steadytrack.tracker import SteadyTrack
else:
    __getattr__ = lazy_names(
        __name__,
        {
            "avio_cli.api.audio": "read_audio",
            "avio_cli.api.cutting": "merge snapshot trim",
            "avio_cli.api.detecting": "ArrayDetector load_detector",
            "avio_cli.api.reading": "open_video probe",
            "avio_cli.api.reporting": "report",
            "avio_cli.api.track_options": "TrackOptions",
            "avio_cli.api.tracked": "TrackedFrame",
            "avio_cli.api.tracking": "Tracking track",
            "avio_cli.api.transcoding": "PictureChoice SoundChoice Summary transcode",
            "avio_cli.api.video": "NoFrameError UnknownLengthError Video",
            "avio_cli.api.writing": "VideoWriter create_video",
            "avio_cli.detections": "Detections Tracks",
            "avio_cli.encode.settings": "AudioOptions VideoOptions",
            "avio_cli.errors": "AvioError CallbackError DamagedInputError FFmpegError"
            " InputError InterruptionError OutputError StreamError UsageError",
            "avio_cli.jobs.merge.job": "MergeResult",
            "avio_cli.jobs.report.run": "Report",
            "avio_cli.jobs.snapshot.run": "Snapshot",
            "avio_cli.jobs.track.summary": "TrackSummary",
            "avio_cli.jobs.transcode.job": "TranscodeResult",
            "avio_cli.jobs.transcode.options": "TranscodeOptions",
            "avio_cli.jobs.trim.job": "TrimResult",
            "avio_cli.media.frame": "DROP AudioBlock Frame",
            "avio_cli.media.info": "MediaInfo",
            "avio_cli.media.pixel_formats": "PIXEL_FORMATS",
            "avio_cli.progress": "Progress",
            "avio_cli.vision.trackers.bytetrack": "ByteTrack",
            "avio_cli.vision.trackers.steadytrack.tracker": "SteadyTrack",
        },
    )

__all__ = [
    "DROP",
    "PIXEL_FORMATS",
    "ArrayDetector",
    "AudioBlock",
    "AudioOptions",
    "AvioError",
    "ByteTrack",
    "CallbackError",
    "DamagedInputError",
    "Detections",
    "FFmpegError",
    "Frame",
    "InputError",
    "InterruptionError",
    "MediaInfo",
    "MergeResult",
    "NoFrameError",
    "OutputError",
    "Progress",
    "Report",
    "Snapshot",
    "SteadyTrack",
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
    "Video",
    "VideoOptions",
    "VideoWriter",
    "create_video",
    "load_detector",
    "merge",
    "open_video",
    "probe",
    "read_audio",
    "report",
    "snapshot",
    "track",
    "transcode",
    "trim",
]


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
