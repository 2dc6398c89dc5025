"""How a picture is encoded: size, pixel format, colour, and ffmpeg's words for it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Literal

from avio_cli.ffmpeg.hardware import Family, family_of
from avio_cli.media import Color, VideoStream
from avio_cli.presets import Preset, VideoPreset
from avio_cli.sinks.picture import Picture, color_arguments

MATRICES = {
    "bt709": "bt709",
    "smpte170m": "smpte170m",
    "bt470bg": "bt601",
    "fcc": "fcc",
    "smpte240m": "smpte240m",
    "bt2020nc": "bt2020",
    "bt2020c": "bt2020",
}
"""ffprobe's name of a matrix to the scale filter's."""

_DEEP = re.compile(r"(?:9|10|12|14|16|48|64|f32)(?:le|be)$")
"""Ends the names of pixel formats with more than 8 bits a sample."""
_WITH_ALPHA = ("yuva", "rgba", "bgra", "argb", "abgr", "gbrap", "ya8", "ya16")
_SHORT_CLOCK = {"mpeg4": 65535, "libxvid": 65535}
"""Encoders that refuse more ticks a second: their format has 16 bits for it."""
_PALETTE = (
    "split[a][b];[a]palettegen=stats_mode=diff[p];"
    "[b][p]paletteuse=dither=sierra2_4a:diff_mode=rectangle"
)
"""One palette for the whole film, made and used in one run."""
_BY_CRF = ("libx264", "libx265", "libsvtav1", "libaom-av1", "libvpx-vp9", "librav1e")
WHOLE_PICTURES = "bwdif=mode=send_frame:deint=interlaced"
"""Makes one picture of two fields, where pictures say they are interlaced."""
Deinterlacing = Literal["auto", "on", "off"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureChoice:
    """What a user wants otherwise than the preset says."""

    encoder: str = ""
    quality: int | None = None
    width: int | None = None
    height: int | None = None
    upscale: bool = False
    rate: Fraction | None = None
    filters: str = ""
    deinterlace: Deinterlacing = "auto"
    """``auto``: pictures that say they are interlaced; ``on``: all."""
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PictureCoding:
    """The decisions: what comes out, how, and what the user should know of it."""

    width: int
    height: int
    pixel_format: str
    """Empty where pictures lie on a device."""
    filters: tuple[str, ...]
    time_base: Fraction
    color: Color
    notes: tuple[str, ...]

    def arguments(
        self, index: int, preset: VideoPreset, choice: PictureChoice
    ) -> Iterator[str]:
        """ffmpeg's options for output stream `index`."""
        encoder = choice.encoder or preset.encoder
        yield from (f"-c:{index}", encoder)
        if self.pixel_format:
            yield from (f"-pix_fmt:{index}", self.pixel_format)
        if self.filters:
            yield from (f"-filter:{index}", ",".join(self.filters))
        yield from (f"-fps_mode:{index}", "passthrough")
        base = self.time_base
        yield from (
            f"-enc_time_base:{index}",
            f"{base.numerator}/{base.denominator}",
        )
        for key, value in encoder_options(preset, choice).items():
            yield from (f"-{key}:{index}", value)
        if preset.keyframe_seconds:
            # Not n_forced*N: with times that begin late all frames would be forced.
            often = f"gte(t,prev_forced_t+{preset.keyframe_seconds})"
            yield f"-force_key_frames:{index}"
            yield f"expr:if(isnan(prev_forced_t),1,{often})"
            family = family_of(encoder)
            for key, value in family.forced.items() if family else ():
                yield from (f"-{key}:{index}", value)
        yield from color_arguments(self.color, f":{index}")


def scale_matrix(video: VideoStream) -> str:
    """The scale filter's name for a film's matrix; guessed where it is untagged.

    Players take large films for HD television, and small ones for SD.
    """
    told = MATRICES.get(video.color.matrix)
    if told:
        return told
    large = video.stored_width >= 1280 or video.stored_height > 576
    return "bt709" if large else "bt601"


def encoder_options(preset: VideoPreset, choice: PictureChoice) -> dict[str, str]:
    """Options of the encoder: the preset's, unless another encoder was chosen."""
    own = not choice.encoder or choice.encoder == preset.encoder
    options = dict(preset.options) if own else {}
    quality = preset.quality if own and choice.quality is None else choice.quality
    if family := family_of(choice.encoder or preset.encoder):
        options |= family.arguments(quality)
    elif quality is not None:
        scale = preset.quality_option if own else _quality_option(choice.encoder)
        options |= {scale: str(quality)} if scale != "none" else {}
    return options | dict(choice.options)


def plan_picture(
    picture: Picture,
    preset: VideoPreset,
    choice: PictureChoice,
    tick: Fraction | None = None,
) -> PictureCoding:
    """Decide size, pixel format, filters and colour tags for one film.

    Args:
        picture: what arrives.
        preset: what it shall become.
        choice: what a user wants otherwise.
        tick: the container's own unit of time, where it has a coarse one.
    """
    notes: list[str] = []
    family = family_of(choice.encoder or preset.encoder)
    width, height = target_size(picture, choice)
    filters = [*deinterlacer(picture, preset, choice), *_user_filters(choice)]
    filters += _rate_filter(picture, preset, choice, notes)
    if (width, height) != (picture.width, picture.height):
        filters.append(f"scale={width}:{height}:flags=bicubic")
    allowed = preset.pixel_formats
    if family:  # yuvj420p and nv12 know nothing of each other's range
        allowed = tuple(f for f in allowed if not f.startswith("yuvj"))
    wanted = _nearest_format(picture, allowed)
    color = _output_color(picture)
    filters += _conversion(picture, wanted, color)
    if preset.even_size and (width % 2 or height % 2) and "444" not in wanted:
        even = width + width % 2, height + height % 2
        filters.append(_even_filters(width, height, *even))
        notes.append(
            f"the picture grows from {width}x{height} to {even[0]}x{even[1]}: "
            f"{preset.encoder} needs even sizes (the edge is repeated)"
        )
        width, height = even
    notes += _losses(picture, wanted)
    if family:
        filters += _to_device(family, picture, wanted)
        wanted = "" if family.upload else filters[-1].rpartition("=")[2]
    if preset.palette:
        filters.append(_PALETTE)
    return PictureCoding(
        width,
        height,
        wanted,
        tuple(filters),
        tick or _time_base(picture, preset, choice),
        color,
        tuple(notes),
    )


def is_deep(picture: Picture, preset: VideoPreset) -> bool:
    """Whether the result will have more than 8 bits a sample."""
    return bool(_DEEP.search(_nearest_format(picture, preset.pixel_formats)))


def deinterlacer(
    picture: Picture, preset: VideoPreset, choice: PictureChoice
) -> tuple[str, ...]:
    """The filter that makes whole pictures of halves; none where it is not wanted."""
    if choice.deinterlace == "on":
        return ("bwdif=mode=send_frame:deint=all",)
    wanted = choice.deinterlace == "auto" and not preset.keeps_interlacing
    if wanted and picture.interlaced:
        return (WHOLE_PICTURES,)
    return ()


def _user_filters(choice: PictureChoice) -> tuple[str, ...]:
    return (choice.filters,) if choice.filters else ()


def _rate_filter(
    picture: Picture, preset: VideoPreset, choice: PictureChoice, notes: list[str]
) -> tuple[str, ...]:
    if choice.rate:
        return (f"fps={choice.rate.numerator}/{choice.rate.denominator}",)
    most = preset.max_rate
    # Untold rates are limited, too: frames would fall onto one tick.
    if most is None or (picture.rate is not None and picture.rate <= most):
        return ()
    if picture.rate is not None:
        notes.append(f"frames are left out: {preset.encoder} shows {most} a second")
    return (f"fps={most}",)


def _to_device(family: Family, picture: Picture, wanted: str) -> list[str]:
    """From a software format to what an encoder on a device takes."""
    chain = list(family.filters(deep=bool(_DEEP.search(wanted))))
    if picture.is_full_range:  # the range that yuv420p has got must be said again
        chain.insert(0, "scale=in_range=pc:out_range=pc")
    return chain


def target_size(picture: Picture, choice: PictureChoice) -> tuple[int, int]:
    """Width and height after scaling: the shape is kept where one is not given.

    Never larger than the source unless ``upscale`` is set.
    """
    width, height = choice.width, choice.height
    if not choice.upscale:
        # Equal sizes count as untold: else the rounding below would scale for nothing.
        one_given = width is None or height is None
        width = _at_most(width, picture.width, one_given)
        height = _at_most(height, picture.height, one_given)
    if width is None and height is not None:
        width = _even(Fraction(picture.width * height, picture.height))
    if height is None and width is not None:
        height = _even(Fraction(picture.height * width, picture.width))
    return width or picture.width, height or picture.height


def _at_most(wanted: int | None, there: int, alone: bool) -> int | None:
    if wanted is None or wanted < there:
        return wanted
    return None if alone else there


def _time_base(
    picture: Picture, preset: VideoPreset, choice: PictureChoice
) -> Fraction:
    base = 1 / choice.rate if choice.rate else picture.time_base
    encoder = choice.encoder or preset.encoder
    if encoder in _SHORT_CLOCK and base.denominator > _SHORT_CLOCK[encoder]:
        return Fraction(1, 30000)
    return base


def _even(value: Fraction) -> int:
    return max(2, 2 * round(value / 2))


def _quality_option(encoder: str) -> str:
    return "crf" if encoder in _BY_CRF else "q"


def _nearest_format(picture: Picture, allowed: tuple[str, ...]) -> str:
    name = picture.pixel_format
    if picture.is_full_range and not name.startswith("yuvj"):
        full = name.replace("yuv", "yuvj")
        if full in allowed:
            return full
    plain = name.replace("yuvj", "yuv")
    for candidate in (name, plain):
        if candidate in allowed:
            return candidate
    if _DEEP.search(name) and "yuv420p10le" in allowed:
        return "yuv420p10le"
    if "yuv420p" in allowed and not picture.is_rgb:
        return "yuv420p"
    if picture.is_full_range and "yuvj420p" in allowed:
        return "yuvj420p"
    return allowed[0]


def _output_color(picture: Picture) -> Color:
    if not picture.is_rgb:
        range_ = "pc" if picture.is_full_range else picture.color.range
        return replace(picture.color, range=range_)
    if picture.color.matrix in MATRICES:
        return replace(picture.color, range=picture.color.range or "tv")
    if picture.color.matrix or picture.pixel_format != "bgr24":
        # Pictures born as RGB: say what they become.
        return Color(range="tv", matrix="bt709", primaries="bt709", transfer="bt709")
    # An untagged film passed through bgr24: ffmpeg decoded it as BT.601, so this is
    # the way back; the tags stay as they were, absent.
    return Color(range=picture.color.range)


def _conversion(picture: Picture, wanted: str, color: Color) -> list[str]:
    if picture.is_rgb and not wanted.startswith(("bgr", "rgb", "gbr")):
        matrix = MATRICES.get(color.matrix, "bt601")
        # scale tags what it makes as BT.601; of an untagged film that was only a guess.
        untagged = [] if color.matrix else ["setparams=colorspace=unknown"]
        return [
            f"scale=out_color_matrix={matrix}:out_range={color.range or 'tv'}"
            ":flags=bicubic+accurate_rnd+full_chroma_int",
            f"format={wanted}",
            *untagged,
        ]
    if picture.is_full_range and not wanted.startswith("yuvj"):
        return ["scale=in_range=pc:out_range=pc", f"format={wanted}"]
    return []


def _even_filters(width: int, height: int, even_width: int, even_height: int) -> str:
    return (
        f"pad={even_width}:{even_height}:0:0,"
        f"fillborders=right={even_width - width}:bottom={even_height - height}"
        ":mode=smear"
    )


def _losses(picture: Picture, wanted: str) -> Iterator[str]:
    name = picture.pixel_format
    if _DEEP.search(name) and not _DEEP.search(wanted):
        hdr = picture.color.transfer in ("smpte2084", "arib-std-b67")
        kind = "HDR" if hdr else "more than 8-bit"
        yield f"{kind} picture ({name}) becomes 8-bit ({wanted})"
    elif wanted == "pal8":
        return  # 256 colours are what was asked for
    elif any(s in name and s not in wanted for s in ("444", "422")):
        yield f"colour resolution is reduced: {name} becomes {wanted}"
    if name.startswith(_WITH_ALPHA) and not wanted.startswith(_WITH_ALPHA):
        yield f"transparency is lost: {name} becomes {wanted}"


def quick_options(preset: Preset) -> dict[str, str]:
    """Encoder options for pictures that come one by one, with little time for each.

    x264's veryfast takes a third of the time of medium, for files somewhat larger.
    """
    encoder = preset.video.encoder if preset.video else ""
    return {"preset": "veryfast"} if encoder == "libx264" else {}
