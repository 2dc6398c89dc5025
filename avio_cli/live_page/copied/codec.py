"""What browsers call the codec of a stream: the parameter of its media type.

RFC 6381 and the bindings of each codec to MP4 say how it is made of the header.
"""

from collections.abc import Callable

from avio_cli.live_page.copied.fragments import find

_ENTRY = 8 + 78
"""Bytes of a sample entry before its boxes: its own head, and fields of video."""
_STSD = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd")


def codec_string(header: bytes) -> str:
    """The codec of the only track, such as ``avc1.640028``; empty: not known.

    Args:
        header: ``ftyp`` and ``moov``.
    """
    described = find(header, *_STSD)
    if described is None or len(described) < 8 + _ENTRY:
        return ""
    name = bytes(described[12:16]).decode("latin-1")
    if name not in _CODECS:
        return ""
    kind, least, made = _CODECS[name]
    content = find(bytes(described[8 + _ENTRY :]), kind)
    if content is None or len(content) < least:
        return ""
    return f"{name}.{made(bytes(content))}"


def _avc(content: bytes) -> str:
    return content[1:4].hex()


def _hevc(content: bytes) -> str:
    """Profile space and profile, compatibility in reversed bits, tier and level."""
    space, tier = content[1] >> 6, content[1] >> 5 & 1
    bits = int.from_bytes(content[2:6], "big")
    compatible = int(f"{bits:032b}"[::-1], 2)
    constraints = content[6:12].rstrip(b"\0")
    parts = [
        f"{'ABC'[space - 1] if space else ''}{content[1] & 31}",
        f"{compatible:X}",
        f"{'H' if tier else 'L'}{content[12]}",
        *(f"{byte:X}" for byte in constraints),
    ]
    return ".".join(parts)


def _vp9(content: bytes) -> str:
    """Profile, level and bits of a sample, after the version and flags."""
    return f"{content[4]:02d}.{content[5] or 10:02d}.{content[6] >> 4:02d}"


def _av1(content: bytes) -> str:
    profile, level = content[1] >> 5, content[1] & 31
    tier = "H" if content[2] >> 7 else "M"
    deep, twelve = content[2] >> 6 & 1, content[2] >> 5 & 1
    bits = (12 if twelve else 10) if deep else 8
    return f"{profile}.{level:02d}{tier}.{bits:02d}"


_CODECS: dict[str, tuple[bytes, int, Callable[[bytes], str]]] = {
    "avc1": (b"avcC", 4, _avc),
    "hvc1": (b"hvcC", 13, _hevc),
    "vp09": (b"vpcC", 7, _vp9),
    "av01": (b"av1C", 3, _av1),
}
"""By the name of the sample entry: the box that configures the decoder, and the bytes
that are read of it."""
