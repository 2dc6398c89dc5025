"""Values that an encoder or the source's size would change without a word."""

from collections.abc import Iterator

from avio_cli.encode.settings import EncodeSettings, VideoOptions
from avio_cli.encode.video_params import VideoParams
from avio_cli.errors import UsageError
from avio_cli.ffmpeg.hardware.accelerators import family_of
from avio_cli.ffmpeg.ignored_options import IgnoredOptions
from avio_cli.media.info import AudioStream, VideoStream
from avio_cli.mux.streams import StreamPlan
from avio_cli.presets import Preset

BIT_RATE = "b"
"""The encoder option that names a bit rate instead of a quality."""
_QSCALE = (1, 31)
_QUALITIES = {
    **dict.fromkeys(("libx264", "libx264rgb", "libx265"), (0, 51)),
    **dict.fromkeys(("libsvtav1", "libaom-av1", "libvpx-vp9"), (0, 63)),
    "libvpx": (4, 63),
    "librav1e": (0, 255),
    "mjpeg": (2, 31),
    **dict.fromkeys(("mpeg1video", "mpeg2video", "mpeg4", "libxvid"), _QSCALE),
    **dict.fromkeys(("flv", "h263", "h263p", "wmv1", "wmv2"), _QSCALE),
}
"""Best and worst quality, of ffmpeg 5.1 and 9.0 alike.

x264 takes 52 for 51, and MPEG encoders 0 for 1; their quantiser ends at 31. The others
refuse what is beyond, by messages of their own.
"""
_WITHOUT_QUALITY = frozenset(
    "gif ffv1 png apng huffyuv ffvhuff utvideo rawvideo v210 qtrle magicyuv".split()
)

_BY_BOTH = frozenset(("libvpx", "libvpx-vp9", "libaom-av1"))
"""Encoders for which a bit rate limits what a quality asks for."""


def check_quality(preset: Preset, choice: VideoOptions) -> None:
    """Refuse a quality that the encoder would limit or ignore.

    Raises:
        UsageError: it is not on the encoder's scale, or there is no scale.
    """
    video, quality = preset.video, choice.quality
    if video is None or quality is None:
        return
    encoder = choice.encoder or video.encoder
    own = encoder == video.encoder
    if encoder in _WITHOUT_QUALITY:
        raise UsageError(f"--quality has no effect: {encoder} has no such scale")
    if own and video.quality_option == "none":
        raise UsageError(f"--quality has no effect: {preset.name} has no such option")
    lowest, highest = _qualities(encoder) or (quality, quality)
    if not lowest <= quality <= highest:
        usual = f"; {preset.name} uses {video.quality}" if own else ""
        raise UsageError(
            f"--quality {quality} is not on the scale of {encoder}: "
            f"{lowest} to {highest}",
            hint=f"lower is better and larger{usual}",
        )
    if BIT_RATE in choice.options and encoder not in _BY_BOTH:
        raise UsageError(
            f"--quality and the bit rate of --encoder-option {BIT_RATE} exclude each "
            f"other with {encoder}",
            hint="omit one of them",
        )


def check_rate(preset: Preset, choice: VideoOptions) -> None:
    """Refuse a rate at which frames would get lost.

    Raises:
        UsageError: the format cannot show so many frames a second.
    """
    most = preset.video.max_rate if preset.video and not choice.encoder else None
    if most is not None and choice.rate is not None and choice.rate > most:
        raise UsageError(
            f"--fps {float(choice.rate):g} is too much: {preset.name} shows {most} "
            "frames a second"
        )


def size_warnings(params: VideoParams, choice: VideoOptions) -> Iterator[str]:
    """Name a width or height that is not reached, as it would upscale."""
    if choice.upscale:
        return
    for name, wanted, there in (
        ("width", choice.width, params.width),
        ("height", choice.height, params.height),
    ):
        if wanted is not None and wanted > there:
            yield (
                f"--{name} {wanted} is not reached: the video has {there} and is not "
                "upscaled without --upscale"
            )


def unused_warnings(settings: EncodeSettings, plan: StreamPlan) -> Iterator[str]:
    """Name options for video or audio that the source does not have."""
    encoded = [m.stream for m in plan.mapped if m.action == "encode"]
    for kind, name, choice in (
        (VideoStream, "video", settings.video),
        (AudioStream, "audio", settings.audio),
    ):
        if not any(isinstance(stream, kind) for stream in encoded):
            for option in choice.given():
                yield f"{option} changes nothing: no {name} is encoded"


def check_options_used(settings: EncodeSettings, ignored: IgnoredOptions) -> None:
    """Fail where ffmpeg reports that it did not use a video option of the user.

    Raises:
        UsageError: it did not.
    """
    preset, choice = settings.preset.video, settings.video
    if preset is None or settings.streams.remux:
        return
    names = set(choice.options)
    if choice.quality is not None:
        names |= {"crf", "qp"}
    ignored.check(choice.encoder or preset.encoder, names)


def _qualities(encoder: str) -> tuple[int, int] | None:
    if family := family_of(encoder):
        ends = family.best_and_worst.get(encoder.partition("_")[0])
        return (min(ends), max(ends)) if ends else None
    return _QUALITIES.get(encoder)
