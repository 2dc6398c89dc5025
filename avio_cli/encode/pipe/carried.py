"""What the pipe carries of frames that Python has as bgr24 or rgb24."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from avio_cli.encode.color_signal import output_color, signals_matrix, signals_range
from avio_cli.encode.pipe.bgr_to_yuv import BgrToYuv
from avio_cli.encode.pixel_format import output_format
from avio_cli.encode.settings import EncodeSettings
from avio_cli.encode.video import deinterlacer
from avio_cli.encode.video_params import VideoParams
from avio_cli.media.color import is_full_range, yuv_matrix
from avio_cli.media.frame import Frame, Samples
from avio_cli.media.info import VideoStream
from avio_cli.media.pixel_formats import PIXEL_FORMATS


@dataclass(frozen=True, slots=True)
class CarriedFrames:
    """Frames on their way into the pipe."""

    params: VideoParams
    """Of what the pipe carries."""
    planes: Callable[[Frame], Sequence[Samples]]
    """What is written of a frame; to be used before the next call."""

    @classmethod
    def of(
        cls, frame: Frame, video: VideoStream | None, settings: EncodeSettings
    ) -> "CarriedFrames":
        """Decide by the first frame.

        Args:
            frame: all others have its size and pixel format.
            video: what it was decoded from, if anything.
            settings: of the encode.
        """
        given = VideoParams.of_frame(frame, video)
        params = _converted(given, settings)
        if params is given:
            return cls(given, _own_planes)
        convert = BgrToYuv(
            (given.width, given.height),
            yuv_matrix(params),
            full_range=is_full_range(params),
            red_first=PIXEL_FORMATS[given.pixel_format].red_first,
        )
        return cls(params, lambda frame: convert(frame.pixels))


def _own_planes(frame: Frame) -> Sequence[Samples]:
    return frame.planes


def _converted(params: VideoParams, settings: EncodeSettings) -> VideoParams:
    """The same in yuv420p, where that is what the encoder gets in the end.

    With accurate_rnd and full_chroma_int, without which it truncates, ffmpeg takes
    four times as long, and the pipe has twice the bytes.
    """
    preset, choice = settings.preset.video, settings.video
    if preset is None or PIXEL_FORMATS[params.pixel_format].channels != 3:
        return params
    encoder, muxer = choice.encoder or preset.encoder, settings.container.muxer
    # Filters of the user get the frames as they are.
    filtered = choice.filters or deinterlacer(params, preset, choice)
    wanted = output_format(params, preset, encoder, muxer)
    if filtered or preset.palette or wanted != "yuv420p":
        return params
    full_range, matrix = signals_range(encoder, muxer), signals_matrix(encoder, muxer)
    color = output_color(params, full_range, matrix)
    color = replace(color, range=color.range or "tv")
    return replace(params, pixel_format=wanted, color=color)
