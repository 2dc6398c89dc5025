"""Table of the families of hardware encoders and decoders, and their specifics."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

_DRI = Path("/dev/dri")


@dataclass(frozen=True, slots=True, kw_only=True)
class Accelerator:
    """A way of decoding on hardware; ffmpeg's name after ``-hwaccel``."""

    name: str
    surface: str
    """ffmpeg's pixel format for frames that stay on the device."""
    family: str
    """The encoders of the same device: a key of `FAMILIES`."""
    platforms: tuple[str, ...]
    """Values of ``sys.platform`` where there may be such a device."""
    needs_device: bool = False
    """Whether the device must be opened by name first."""

    def input_options(self, *, keep: bool = False) -> tuple[str, ...]:
        """The options before ``-i``.

        Args:
            keep: leave frames on the device, for filters that run there. Else ffmpeg
                downloads them, and decodes in software what the device refuses.
        """
        device = ("-hwaccel_device", "hw") if self.needs_device else ()
        surface = ("-hwaccel_output_format", self.surface) if keep else ()
        return ("-hwaccel", self.name, *device, *surface)

    def device_options(self) -> tuple[str, ...]:
        """Global options that open the device."""
        return FAMILIES[self.family].device_options() if self.needs_device else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Encoders that share a device, a filter chain and a scale of quality."""

    name: str
    """How the names of its encoders end: ``nvenc`` of ``h264_nvenc``."""
    pixel_format: str
    deep_pixel_format: str
    """For frames of more than 8 bits."""
    upload: bool = False
    """Whether frames must be uploaded to the device by a filter."""
    device: str = ""
    """ffmpeg's name of the device type to open; empty: encoders open their own."""
    quality_options: tuple[str, ...]
    """Encoder options that all take the quality."""
    options: Mapping[str, str] = field(default_factory=dict)
    """What makes the encoder apply them."""
    force_key_frames_options: Mapping[str, str] = field(default_factory=dict)
    """What makes a forced keyframe one that a player can start at."""
    best_and_worst: Mapping[str, tuple[int, int]]
    """Ends of the quality scale, by how encoder names start (``h264``)."""

    def device_options(self) -> tuple[str, ...]:
        """Global options that open the device under the name ``hw``."""
        if not self.device:
            return ()
        node = f":{render_node()}" if self.device == "vaapi" else ""
        opened = f"{self.device}=hw{node}"
        return ("-init_hw_device", opened, "-filter_hw_device", "hw")

    def filters(self, *, deep: bool = False) -> tuple[str, ...]:
        """The end of a filter chain: what the encoder takes."""
        wanted = self.deep_pixel_format if deep else self.pixel_format
        return (f"format={wanted}", *(("hwupload",) if self.upload else ()))

    def arguments(self, quality: int | None) -> dict[str, str]:
        """The encoder's options for a quality on its own scale."""
        scales = {} if quality is None else dict.fromkeys(self.quality_options)
        return {**self.options, **{key: str(quality) for key in scales}}

    def quality(
        self, encoder: str, wanted: int, anchors: tuple[int, int], worst: int
    ) -> int:
        """Convert a quality from a software encoder's scale to this one.

        Args:
            encoder: name of this family's encoder.
            wanted: on the software encoder's scale, whose best is 0.
            anchors: two values that mean the same: software's, and this family's.
            worst: the end of the software encoder's scale.
        """
        best, last = self.best_and_worst[encoder.partition("_")[0]]
        software, here = anchors
        if wanted <= software:
            share = wanted / software if software else 1.0
            return round(best + (here - best) * share)
        return round(here + (last - here) * (wanted - software) / (worst - software))


ACCELERATORS: Mapping[str, Accelerator] = {
    row.name: row
    for row in (
        Accelerator(
            name="cuda", surface="cuda", family="nvenc", platforms=("linux", "win32")
        ),
        Accelerator(
            name="videotoolbox",
            surface="videotoolbox_vld",
            family="videotoolbox",
            platforms=("darwin",),
        ),
        Accelerator(
            name="qsv",
            surface="qsv",
            family="qsv",
            platforms=("linux", "win32"),
            needs_device=True,
        ),
        Accelerator(
            name="vaapi",
            surface="vaapi",
            family="vaapi",
            platforms=("linux",),
            needs_device=True,
        ),
        Accelerator(
            name="d3d11va", surface="d3d11", family="amf", platforms=("win32",)
        ),
    )
}
"""In the order in which ``auto`` tries them."""

_QP = (0, 51)
FAMILIES: Mapping[str, Family] = {
    row.name: row
    for row in (
        Family(
            name="nvenc",
            pixel_format="nv12",
            deep_pixel_format="p010le",
            quality_options=("cq",),
            # Without b=0 the default of 2 Mbit/s would be the limit.
            options={"rc": "vbr", "b": "0"},
            force_key_frames_options={"forced-idr": "1"},
            # 0 would mean automatic.
            best_and_worst={"h264": (1, 51), "hevc": (1, 51), "av1": (1, 51)},
        ),
        Family(
            name="vaapi",
            pixel_format="nv12",
            deep_pixel_format="p010le",
            upload=True,
            device="vaapi",
            quality_options=("global_quality",),
            options={"rc_mode": "CQP"},
            best_and_worst={
                "h264": (1, 51),
                "hevc": (1, 51),
                "vp9": (1, 255),
                "av1": (1, 255),
            },
        ),
        Family(
            name="qsv",
            pixel_format="nv12",
            deep_pixel_format="p010le",
            device="qsv",
            quality_options=("global_quality",),
            force_key_frames_options={"forced_idr": "1"},
            best_and_worst={
                "h264": (1, 51),
                "hevc": (1, 51),
                "vp9": (1, 51),
                "av1": (1, 51),
            },
        ),
        Family(
            name="videotoolbox",
            pixel_format="nv12",
            deep_pixel_format="p010le",
            quality_options=("q",),
            best_and_worst={"h264": (100, 1), "hevc": (100, 1)},
        ),
        Family(
            name="amf",
            pixel_format="nv12",
            deep_pixel_format="p010le",
            quality_options=("qp_i", "qp_p"),
            options={"rc": "cqp"},
            force_key_frames_options={"forced_idr": "1"},
            best_and_worst={"h264": _QP, "hevc": _QP, "av1": (0, 255)},
        ),
    )
}


def family_of(encoder: str) -> Family | None:
    """The family of an encoder's name; None for one that runs in software."""
    return FAMILIES.get(encoder.rpartition("_")[2])


def accelerators_here() -> tuple[Accelerator, ...]:
    """Those that this system may have, in the order in which to try them."""
    return tuple(a for a in ACCELERATORS.values() if sys.platform in a.platforms)


def render_node() -> str:
    """The device that VA-API uses: ``AVIO_RENDER_NODE``, else the first there is."""
    if named := os.environ.get("AVIO_RENDER_NODE"):
        return named
    nodes = sorted(_DRI.glob("renderD*")) if _DRI.is_dir() else []
    return str(nodes[0]) if nodes else str(_DRI / "renderD128")
