"""The streams that are piped to an encoding ffmpeg."""

from fractions import Fraction

from avio_cli.encode.video_params import VideoParams
from avio_cli.ffmpeg.nut.reader import FOURCCS, NutStream
from avio_cli.media.frame import Frame
from avio_cli.media.info import AudioStream, VideoStream


def nut_video_stream(params: VideoParams) -> NutStream:
    """Raw frames, as the pipe declares them."""
    return NutStream(
        kind="video",
        fourcc=FOURCCS[params.pixel_format],
        time_base=params.time_base,
        width=params.width,
        height=params.height,
        sample_aspect_ratio=params.sample_aspect_ratio,
        frame_rate=params.rate,
    )


def nut_audio_stream(audio: AudioStream) -> NutStream:
    """Blocks of audio, as the pipe declares them."""
    return NutStream(
        kind="audio",
        fourcc=FOURCCS[audio.codec],
        time_base=audio.time_base,
        sample_rate=audio.sample_rate,
        channels=audio.channels,
    )


def raw_video_stream(params: VideoParams) -> VideoStream:
    """Raw frames, as a source that contains nothing else would hold them."""
    return VideoStream(
        index=0,
        codec="rawvideo",
        time_base=params.time_base,
        coded_width=params.width,
        coded_height=params.height,
        pixel_format=params.pixel_format,
        sample_aspect_ratio=Fraction(1),
        dispositions=frozenset({"default"}),
    )


def shift_for(frame: Frame) -> int:
    """Whole seconds, a whole number of ticks, that make the first time positive."""
    if frame.pts >= 0:
        return 0
    step = frame.time_base.numerator
    return -(frame.time // step) * step


def shape_of(frame: Frame) -> str:
    """What all frames of a pipe must have in common, for messages."""
    size = f"{frame.width}x{frame.height} {frame.pixel_format}"
    return f"{size} with ticks of {frame.time_base} s"
