"""Videos of all codecs that a card may decode, made by the ffmpeg at hand."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.gpu.context import Context

FRAMES = 90
_STEADY = "testsrc2=size=640x360:rate=30"
_NOISE = "noise=alls=6:allf=t:all_seed=1"
_UNEVEN = "setpts=N/30/TB+mod(N*7\\,5)/200/TB"
_TO_TICKS = ("-fps_mode", "passthrough", "-enc_time_base", "1/90000")


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """How a video is made."""

    encoder: tuple[str, ...]
    pixel_format: str = "yuv420p"
    filters: str = _NOISE
    options: tuple[str, ...] = ()
    on_card: bool = True
    """Whether cards decode it; else they leave it to software."""

    @property
    def deep(self) -> bool:
        """Whether its samples have 10 bits."""
        return self.pixel_format.endswith("10le")


_X264 = ("libx264", "-preset", "veryfast", "-bf", "3", "-g", "30")
_X265 = ("libx265", "-preset", "ultrafast", "-x265-params", "log-level=error")
CLIPS: Mapping[str, Clip] = {
    "H.264": Clip(encoder=_X264),
    "H.264 of variable rate": Clip(
        encoder=_X264, filters=f"{_NOISE},{_UNEVEN}", options=_TO_TICKS
    ),
    "HEVC": Clip(encoder=_X265),
    "HEVC of 10 bits": Clip(encoder=_X265, pixel_format="yuv420p10le"),
    "VP9": Clip(encoder=("libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8")),
    "AV1": Clip(encoder=("libsvtav1", "-preset", "10")),
    "H.264 4:4:4": Clip(encoder=_X264, pixel_format="yuv444p", on_card=False),
}


def make(context: Context, name: str) -> Path:
    """Make one of `CLIPS`; the second time it is there.

    Raises:
        NotRunError: this ffmpeg has no such encoder.
    """
    clip = CLIPS[name]
    path = context.folder / f"{name.replace(' ', '-').replace(':', '')}.mkv"
    if not path.is_file():
        source = ("-f", "lavfi", "-i", _STEADY, "-frames:v", FRAMES)
        pixels = ("-vf", clip.filters, "-pix_fmt", clip.pixel_format)
        context.make(*source, *pixels, *clip.options, "-c:v", *clip.encoder, path)
    return path


def speed_clip(
    context: Context, frames: int, size: str = "1920x1080", bits: str = "8M"
) -> Path:
    """Make a video as cameras send it, with a keyframe a second."""
    path = context.folder / f"speed-{size}-{frames}.mp4"
    if not path.is_file():
        source = f"testsrc2=size={size}:rate=30"
        words = ("-f", "lavfi", "-i", source, "-frames:v", frames, "-vf", _NOISE)
        rate = ("-preset", "ultrafast", "-b:v", bits, "-g", "30", "-pix_fmt", "yuv420p")
        context.make(*words, "-c:v", "libx264", *rate, path)
    return path


def damaged(source: Path) -> Path:
    """Copy a video, with other bytes in its middle."""
    data = bytearray(source.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 4000] = bytes(range(250)) * 16
    path = source.with_name(f"damaged-{source.name}")
    path.write_bytes(data)
    return path
