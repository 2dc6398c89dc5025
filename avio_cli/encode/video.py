"""Plan a video encode: size, pixel format, colour, and the ffmpeg arguments."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from avio_cli.decode.settings import BWDIF_INTERLACED
from avio_cli.encode.color_signal import (
    conversion,
    filtered_params,
    from_filters,
    input_levels,
    matrix_change,
    output_color,
    signals_matrix,
    signals_range,
)
from avio_cli.encode.limits import BIT_RATE, size_warnings
from avio_cli.encode.pixel_format import (
    _quality_warnings,
    even_filters,
    output_format,
)
from avio_cli.encode.settings import VideoOptions
from avio_cli.encode.timing import (
    COARSE_BASE,
    ENCODER_TIMESCALES,
    constant_rate,
    rate_filters,
)
from avio_cli.encode.video_params import VideoParams, color_arguments
from avio_cli.ffmpeg.hardware.accelerators import Family, family_of
from avio_cli.ffmpeg.probe.filtered import Filtered
from avio_cli.media.info import Color, Ending
from avio_cli.media.pixel_names import bits_of, is_rgb
from avio_cli.presets import Preset, VideoPreset

_PALETTE = (
    "split[a][b];[a]palettegen=stats_mode=diff[p];"
    "[b][p]paletteuse=dither=sierra2_4a:diff_mode=rectangle"
)
"""One palette for the whole video, generated and used in one run."""
_BY_CRF = ("libx264", "libx265", "libsvtav1", "libaom-av1", "libvpx-vp9")


@dataclass(frozen=True, slots=True)
class VideoEncoding:
    """How a video stream is encoded, and the warnings to report."""

    width: int
    height: int
    pixel_format: str
    """Empty where frames are in device memory."""
    filters: tuple[str, ...]
    time_base: Fraction
    color: Color
    warnings: tuple[str, ...]
    rate: Fraction | None = None
    """The constant rate that frames are given; None: they keep their times."""

    def arguments(
        self, index: int, preset: VideoPreset, choice: VideoOptions
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
            # Not n_forced*N: with times that start late all frames would be forced.
            often = f"gte(t,prev_forced_t+{preset.keyframe_seconds})"
            yield f"-force_key_frames:{index}"
            yield f"expr:if(isnan(prev_forced_t),1,{often})"
            family = family_of(encoder)
            for key, value in family.force_key_frames_options.items() if family else ():
                yield from (f"-{key}:{index}", value)
        yield from color_arguments(self.color, f":{index}")


def encoder_options(preset: VideoPreset, choice: VideoOptions) -> dict[str, str]:
    """Options of the encoder: the preset's, unless another encoder was chosen."""
    own = not choice.encoder or choice.encoder == preset.encoder
    options = dict(preset.options) if own else {}
    options |= light_encoder_options(preset.encoder) if own and choice.light else {}
    # Beside the quality of a preset, x264, x265 and others ignore a bit rate.
    by_preset = own and choice.quality is None and BIT_RATE not in choice.options
    quality = preset.quality if by_preset else choice.quality
    if family := family_of(choice.encoder or preset.encoder):
        options |= family.arguments(quality)
    elif quality is not None:
        scale = preset.quality_option if own else _quality_option(choice.encoder)
        options |= {scale: str(quality)} if scale != "none" else {}
    return options | dict(choice.options)


def plan_video(
    params: VideoParams,
    preset: VideoPreset,
    choice: VideoOptions,
    tick: Fraction | None = None,
    muxer: str = "matroska",
    ending: Ending | None = None,
    after: Filtered | None = None,
) -> VideoEncoding:
    """Decide size, pixel format, filters and colour tags of one video stream.

    Args:
        params: the encoder's input.
        preset: what to encode it to.
        choice: the user's options that override the preset.
        tick: the container's own time base, where it has a coarse one.
        muxer: of the container: which colour tags it carries.
        ending: the last frame, on the source's clock: a constant rate repeats it.
        after: what leaves the user's filters; None: as the input.
    """
    before, params = params, filtered_params(params, after)
    warnings = [*size_warnings(params, choice)]
    encoder = choice.encoder or preset.encoder
    family, full_range = family_of(encoder), signals_range(encoder, muxer)
    width, height = output_size(params, choice)
    wanted = output_format(params, preset, encoder, muxer)
    target = "pal8" if preset.palette else wanted
    to_rgb = is_rgb(target)
    filters = input_levels(before, target)
    filters += [*deinterlacer(params, preset, choice), *_early_filters(params, choice)]
    filters += from_filters(before, after, wanted)
    filters += rate_filters(params, preset, choice, ending, warnings)
    signalled = to_rgb or signals_matrix(encoder, muxer)
    color = output_color(params, full_range, signalled, target)
    matrix = matrix_change(params, (width, height), signalled=signalled)
    filters += _scaling(params, (width, height), matrix)
    color = replace(color, matrix="" if matrix else color.matrix)
    filters += conversion(params, wanted, color, width, height)
    even = width + width % 2, height + height % 2
    if preset.even_size and even != (width, height) and "444" not in wanted:
        filters += even_filters(wanted, (width, height), even)
        warnings.append(_growth((width, height), even, preset.encoder))
        width, height = even
    warnings += _quality_warnings(params, wanted)
    if family:
        full = params.is_full_range and color.range == "pc"
        filters += _upload_filters(family, wanted, full_range=full)
        wanted = "" if family.upload else filters[-1].rpartition("=")[2]
    filters += [_PALETTE] if preset.palette else []
    return VideoEncoding(
        width,
        height,
        wanted,
        tuple(filters),
        tick or _time_base(params, preset, choice),
        color,
        tuple(warnings),
        constant_rate(params, preset, choice),
    )


def _growth(size: tuple[int, int], even: tuple[int, int], encoder: str) -> str:
    return (
        f"the video grows from {size[0]}x{size[1]} to {even[0]}x{even[1]}: "
        f"{encoder} needs even sizes (the edge is repeated)"
    )


def _scaling(params: VideoParams, size: tuple[int, int], matrix: str) -> list[str]:
    """Scale to a size; `matrix` are options that change the matrix, or empty."""
    if not matrix and size == (params.width, params.height):
        return []
    scale = f"scale={size[0]}:{size[1]}:flags=bicubic"
    # scale tags its output; players assume the same without a tag.
    untagged = ["setparams=colorspace=unknown"]
    return [f"{scale}:{matrix}", *untagged] if matrix else [scale]


def deinterlacer(
    params: VideoParams, preset: VideoPreset, choice: VideoOptions
) -> tuple[str, ...]:
    """The deinterlacing filter; none where it is not wanted."""
    if choice.deinterlace == "on":
        return ("bwdif=mode=send_frame:deint=all",)
    wanted = choice.deinterlace == "auto" and not preset.keeps_interlacing
    if wanted and params.interlaced:
        return (BWDIF_INTERLACED,)
    return ()


def _early_filters(params: VideoParams, choice: VideoOptions) -> Iterator[str]:
    return filter(None, (params.steady, choice.filters))


def _upload_filters(family: Family, wanted: str, *, full_range: bool) -> list[str]:
    """Convert from a software format to one that a hardware encoder takes."""
    chain = list(family.filters(deep=bits_of(wanted) > 8))
    if full_range:  # the range of yuv420p must be declared again
        chain.insert(0, "scale=in_range=pc:out_range=pc")
    return chain


def output_size(params: VideoParams, choice: VideoOptions) -> tuple[int, int]:
    """Width and height after scaling: keeps the aspect ratio where one is not given.

    Never larger than the source unless ``upscale`` is set.
    """
    width, height = choice.width, choice.height
    if not choice.upscale:
        # Equal sizes count as not given: rounding would scale for nothing.
        one_given = width is None or height is None
        width = _at_most(width, params.width, one_given)
        height = _at_most(height, params.height, one_given)
    if width is None and height is not None:
        width = _even(Fraction(params.width * height, params.height))
    if height is None and width is not None:
        height = _even(Fraction(params.height * width, params.width))
    return width or params.width, height or params.height


def _at_most(wanted: int | None, there: int, alone: bool) -> int | None:
    if wanted is None or wanted < there:
        return wanted
    return None if alone else there


def _time_base(
    params: VideoParams, preset: VideoPreset, choice: VideoOptions
) -> Fraction:
    base = 1 / choice.rate if choice.rate else params.time_base
    encoder = choice.encoder or preset.encoder
    if encoder in ENCODER_TIMESCALES and base.denominator > ENCODER_TIMESCALES[encoder]:
        return COARSE_BASE
    return base


def _even(value: Fraction) -> int:
    return max(2, 2 * round(value / 2))


def _quality_option(encoder: str) -> str:
    if encoder == "librav1e":  # it ignores both others
        return "qp"
    return "crf" if encoder in _BY_CRF else "q"


def fast_encoder_options(preset: Preset) -> dict[str, str]:
    """Encoder options for frames that arrive one by one in real time.

    x264's veryfast takes a third of the time of medium, for files somewhat larger.
    """
    encoder = preset.video.encoder if preset.video else ""
    return {"preset": "veryfast"} if encoder == "libx264" else {}


def light_encoder_options(encoder: str) -> dict[str, str]:
    """Encoder options for frames that much else is computed for at the same time.

    What superfast leaves out of veryfast, without mbtree, which takes little time and
    saves most: two thirds of veryfast's time, for the same size at equal SSIM.
    """
    return dict(_LIGHT) if encoder == "libx264" else {}


_LIGHT = {"preset": "superfast", "mbtree": "1", "rc-lookahead": "20", "aq-mode": "2"}
_LOOKAHEAD = {"veryfast": 10, "faster": 20, "fast": 30, "medium": 40, "slow": 50}
"""Frames that x264 looks ahead by its presets."""


def prompt_encoder_options(
    encoder: str, rate: Fraction, given: Mapping[str, str]
) -> dict[str, str]:
    """Encoder options for a recording of which little is lost where it is killed.

    Half a second is looked ahead, where that is less than by default: x264 holds up to
    40 frames back, 4 s of a camera that sends ten a second, and x265 20.

    Args:
        encoder: ffmpeg's name.
        rate: frames a second.
        given: options that the encoder gets besides.
    """
    ahead, preset = max(1, round(rate / 2)), given.get("preset", "medium")
    own_ahead = given.get("rc-lookahead", "")
    most = int(own_ahead) if own_ahead.isdigit() else _LOOKAHEAD.get(preset, 0)
    if encoder == "libx264" and ahead < most:
        return {"rc-lookahead": str(ahead)}
    # x265 must look further than it has B-frames in a row.
    own = given.keys() & {"bf", "x265-params"}
    if encoder == "libx265" and ahead < 20 and not own:
        return {"x265-params": f"rc-lookahead={ahead}"}
    return {}
