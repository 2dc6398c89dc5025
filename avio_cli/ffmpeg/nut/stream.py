"""NutStream: one stream of a NUT container."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from avio_cli.media.pixel_formats import PIXEL_FORMATS

Kind = Literal["video", "audio", "subtitle", "data"]
KINDS: tuple[Kind, ...] = ("video", "audio", "subtitle", "data")
"""In the order of NUT's numbers for them."""

FOURCCS = {
    "bgr24": b"BGR\x18",
    "rgb24": b"RGB\x18",
    "gray": b"Y800",
    "yuv420p": b"I420",
    "yuv422p": b"Y42B",
    "yuv444p": b"444P",
    "gray10le": b"Y1\x00\x0a",
    "yuv420p10le": b"Y3\x0b\x0a",
    "yuv422p10le": b"Y3\x0a\x0a",
    "yuv444p10le": b"Y3\x00\x0a",
    "pcm_s16le": b"PSD\x10",
    "pcm_f32le": b"PFD\x20",
}
"""The fourccs of raw video and audio in ffmpeg (5.1 and 9.0), by its format names."""

_SAMPLE_BYTES = {"pcm_s16le": 2, "pcm_f32le": 4}
_NAMES = {fourcc: name for name, fourcc in FOURCCS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class NutStream:
    """One stream of a NUT container."""

    kind: Kind
    fourcc: bytes
    """Two or four bytes: what a packet holds; `FOURCCS` for raw media."""
    time_base: Fraction
    """Seconds in one tick of the packets' pts."""
    width: int = 0
    """Pixels in a row; 0 where it is no video."""
    height: int = 0
    sample_aspect_ratio: Fraction = Fraction(0)
    """Width to height of one pixel; 0 where unspecified."""
    sample_rate: int = 0
    """Samples a second of one channel; 0 where it is no audio."""
    channels: int = 0
    frame_rate: Fraction | None = None
    """Nominal frames a second; None where unspecified."""
    codec_data: bytes = b""
    """What a decoder needs before the first packet (ffmpeg: extradata)."""
    decode_delay: int = 0
    """Packets that a decoder holds back, as they are not coded in display order."""

    @property
    def format(self) -> str:
        """ffmpeg's name for raw pixels or samples: a key of `FOURCCS`; else empty."""
        return _NAMES.get(self.fourcc, "")

    @property
    def packet_size(self) -> int | None:
        """Bytes of every packet, where the headers determine it: raw video."""
        layout = PIXEL_FORMATS.get(self.format)
        if layout is None or self.kind != "video":
            return None
        return layout.size(self.width, self.height)

    @property
    def block_size(self) -> int:
        """Bytes that raw audio cannot be cut within: one sample of all channels."""
        return _SAMPLE_BYTES.get(self.format, 0) * self.channels or 1


@dataclass(frozen=True, slots=True)
class PacketSize:
    """The sizes that a stream's packets can have; checked for every packet."""

    exact: int | None
    multiple: int

    @classmethod
    def of_stream(cls, stream: NutStream) -> "PacketSize":
        """Compute it once."""
        return cls(stream.packet_size, stream.block_size)

    def allows(self, size: int) -> bool:
        """Whether a packet can have this many bytes."""
        if self.exact is not None:
            return size == self.exact
        return size % self.multiple == 0
