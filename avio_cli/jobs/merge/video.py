"""The films of all parts, decoded, brought to one size, and encoded as one."""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from avio_cli.decode.reader import MediaReader
from avio_cli.decode.settings import ReaderSettings, is_full_range_yuv, select_video
from avio_cli.demux.packet_reader import to_ticks
from avio_cli.encode.encoder import Encoder
from avio_cli.encode.settings import EncodeSettings, RemuxSource
from avio_cli.errors import InputError
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.jobs.merge.inputs import MergeInput
from avio_cli.media.color import yuv_matrix
from avio_cli.media.frame import PIXEL_FORMATS, Frame
from avio_cli.media.info import MediaInfo, VideoStream
from avio_cli.output.file import FileOutput
from avio_cli.presets import Preset


def encode_video(
    ffmpeg: FFmpeg,
    parts: Sequence[MergeInput],
    base: Fraction,
    preset: Preset,
    target: FileOutput,
    on_frame: Callable[[Fraction], None],
) -> list[str]:
    """Encode all pictures into a film of its own, whose time 0 is the first one.

    Args:
        ffmpeg: the binary to run.
        parts: in their order; the first one decides size, shape and colours.
        base: ticks of the result.
        preset: how to encode.
        target: where to.
        on_frame: told the time of each picture.

    Returns:
        What parts failed to give, one clause for each.
    """
    first = select_video(parts[0].info, 0)
    damage = []
    film = replace(
        first,
        index=0,
        time_base=base,
        rotation=0,
        coded_width=first.width,
        coded_height=first.height,
        sample_aspect_ratio=first.display_sample_aspect_ratio,
    )
    info = MediaInfo(source=parts[0].info.source, container="", streams=(film,))
    source = RemuxSource(address=parts[0].address, info=info)
    settings = EncodeSettings(preset=preset)
    with Encoder(ffmpeg, target, settings, source) as encoder:
        for part in parts:
            reader = MediaReader(ffmpeg, part.address, part.info, _reading(part, first))
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
    film = select_video(part.info, 0)
    return ReaderSettings(pixel_format=wire, video_filter=conform_filters(film, first))


def _shifted_frames(
    reader: MediaReader, part: MergeInput, base: Fraction
) -> Iterator[Frame]:
    """Frames at their new times, taken from the packets: filters round them."""
    for frame in reader:
        time = nearest(part.times, frame.time)
        frame.time_base, frame.pts = base, to_ticks(time + part.shift, base)
        yield frame


def nearest(times: Sequence[Fraction], time: Fraction) -> Fraction:
    """The one of some ordered times that is nearest to another.

    Raises:
        InputError: none is near.
    """
    place = bisect_left(times, time)
    around = times[max(0, place - 1) : place + 1]
    found = min(around, key=lambda other: abs(other - time))
    if abs(found - time) > Fraction(1, 1000):
        raise InputError(f"a picture at {float(time):.6f} s was not expected")
    return found


def conform_filters(film: VideoStream, first: VideoStream) -> str:
    """Filters that bring a film to the size, shape and colours of the first one.

    Its picture keeps its shape, with black beside it. Empty where it is so already.
    """
    alike = (film.width, film.height) == (first.width, first.height)
    alike = (
        alike and film.display_sample_aspect_ratio == first.display_sample_aspect_ratio
    )
    colors = _colors(film, first)
    if alike and not colors:
        return ""
    width, height = inner_size(film, first)
    ratio = first.display_sample_aspect_ratio or Fraction(1)
    across, down = (first.width - width) // 4 * 2, (first.height - height) // 4 * 2
    return (
        f"scale={width}:{height}:flags=bicubic{colors},"
        f"pad={first.width}:{first.height}:{across}:{down}:color=black,"
        f"setsar={ratio.numerator}/{ratio.denominator}"
    )


def inner_size(film: VideoStream, first: VideoStream) -> tuple[int, int]:
    """Width and height, in pixels of the first film, that another one fills in it."""
    shape = _shape(film) / (first.display_sample_aspect_ratio or 1)
    if shape >= Fraction(first.width, first.height):
        return first.width, min(first.height, _even(first.width / shape))
    return min(first.width, _even(first.height * shape)), first.height


def _shape(film: VideoStream) -> Fraction:
    return Fraction(film.width, film.height) * (film.display_sample_aspect_ratio or 1)


def _even(value: Fraction) -> int:
    return max(2, 2 * round(value / 2))


def _colors(film: VideoStream, first: VideoStream) -> str:
    """Options of the scale filter where the numbers of two films mean other colours."""
    here, there = _color_space(film), _color_space(first)
    if here == there or film.pixel_format.startswith(("rgb", "bgr", "gbr", "gray")):
        return ""
    return (
        f":in_color_matrix={here[0]}:in_range={here[1]}"
        f":out_color_matrix={there[0]}:out_range={there[1]}"
    )


def _color_space(film: VideoStream) -> tuple[str, str]:
    return yuv_matrix(film), "pc" if is_full_range_yuv(film) else "tv"
