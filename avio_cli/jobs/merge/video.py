"""Decode the video of all parts, scale it to one size, and encode it as one."""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from avio_cli.decode.reader import MediaReader
from avio_cli.decode.settings import ReaderSettings, select_video
from avio_cli.demux.packet_reader import to_ticks
from avio_cli.encode.encoder import Encoder
from avio_cli.encode.settings import EncodeSettings
from avio_cli.errors import InputError
from avio_cli.jobs.merge.inputs import MergeInput
from avio_cli.media.color import is_full_range, is_rgb, yuv_matrix
from avio_cli.media.frame import PIXEL_FORMATS, Frame
from avio_cli.media.info import MediaInfo, VideoStream
from avio_cli.output.file import FileOutput
from avio_cli.presets import Preset


def encode_video(
    parts: Sequence[MergeInput],
    base: Fraction,
    preset: Preset,
    output: FileOutput,
    on_frame: Callable[[Fraction], None],
) -> list[str]:
    """Encode the frames of all parts into one video file, whose first frame is at 0.

    Args:
        parts: in their order; the first one decides size, aspect ratio and colours.
        base: time base of the result.
        preset: how to encode.
        output: where to write.
        on_frame: called with the time of each frame.

    Returns:
        What could not be read of the parts, one clause for each.
    """
    first = select_video(parts[0].source.info, 0)
    damage = []
    video = replace(
        first,
        index=0,
        time_base=base,
        rotation=0,
        coded_width=first.width,
        coded_height=first.height,
        sample_aspect_ratio=first.display_sample_aspect_ratio,
    )
    info = MediaInfo(source=parts[0].source.name, container="", streams=(video,))
    source = replace(parts[0].source, info=info)
    settings = EncodeSettings(preset=preset)
    with Encoder(source.ffmpeg, output, settings, source) as encoder:
        for part in parts:
            reader = MediaReader(part.source, _reading(part, first))
            with reader:
                for frame in _shifted_frames(reader, part, base):
                    encoder.write(frame)
                    on_frame(frame.time)
                damage.append(reader.damage())
        encoder.finish()
    return [clause for clause in damage if clause]


def _reading(part: MergeInput, first: VideoStream) -> ReaderSettings:
    plain = first.pixel_format.replace("yuvj", "yuv")
    wire = plain if plain in PIXEL_FORMATS else "yuv420p"
    video = select_video(part.source.info, 0)
    return ReaderSettings(pixel_format=wire, video_filter=conform_filters(video, first))


def _shifted_frames(
    reader: MediaReader, part: MergeInput, base: Fraction
) -> Iterator[Frame]:
    """Frames with the shifted timestamps of their packets: filters round them."""
    for frame in reader:
        time = nearest(part.times, frame.time)
        frame.time_base, frame.pts = base, to_ticks(time + part.shift, base)
        yield frame


def nearest(times: Sequence[Fraction], time: Fraction) -> Fraction:
    """The time in an ordered sequence that is nearest to another.

    Raises:
        InputError: none is near.
    """
    index = bisect_left(times, time)
    around = times[max(0, index - 1) : index + 1]
    found = min(around, key=lambda other: abs(other - time))
    if abs(found - time) > Fraction(1, 1000):
        raise InputError(f"a frame at {float(time):.6f} s was not expected")
    return found


def conform_filters(video: VideoStream, first: VideoStream) -> str:
    """Filters that convert a video to size, aspect ratio and colours of the first.

    Its aspect ratio is kept by black bars. Empty where nothing has to change.
    """
    alike = (video.width, video.height) == (first.width, first.height)
    alike = (
        alike and video.display_sample_aspect_ratio == first.display_sample_aspect_ratio
    )
    colors = _colors(video, first)
    if alike and not colors:
        return ""
    # RGB is converted here, to the matrix of the result; 4:4:4 loses no colour.
    to_yuv = ",format=yuv444p" if is_rgb(video.pixel_format) else ""
    width, height = inner_size(video, first)
    ratio = first.display_sample_aspect_ratio or Fraction(1)
    across, down = (first.width - width) // 4 * 2, (first.height - height) // 4 * 2
    return (
        f"scale={width}:{height}:flags=bicubic{colors}{to_yuv},"
        f"pad={first.width}:{first.height}:{across}:{down}:color=black,"
        f"setsar={ratio.numerator}/{ratio.denominator}"
    )


def inner_size(video: VideoStream, first: VideoStream) -> tuple[int, int]:
    """Width and height, in pixels of the first video, of another one inside of it."""
    ratio = _display_aspect_ratio(video) / (first.display_sample_aspect_ratio or 1)
    if ratio >= Fraction(first.width, first.height):
        return first.width, min(first.height, _even(first.width / ratio))
    return min(first.width, _even(first.height * ratio)), first.height


def _display_aspect_ratio(video: VideoStream) -> Fraction:
    pixel_ratio = video.display_sample_aspect_ratio or 1
    return Fraction(video.width, video.height) * pixel_ratio


def _even(value: Fraction) -> int:
    return max(2, 2 * round(value / 2))


def _colors(video: VideoStream, first: VideoStream) -> str:
    """Options of the scale filter where the colour spaces of two videos differ."""
    here, there = _color_space(video), _color_space(first)
    if is_rgb(video.pixel_format):
        return f":out_color_matrix={there[0]}:out_range={there[1]}"
    if here == there or video.pixel_format.startswith("gray"):
        return ""
    return (
        f":in_color_matrix={here[0]}:in_range={here[1]}"
        f":out_color_matrix={there[0]}:out_range={there[1]}"
    )


def _color_space(video: VideoStream) -> tuple[str, str]:
    return yuv_matrix(video), "pc" if is_full_range(video) else "tv"
