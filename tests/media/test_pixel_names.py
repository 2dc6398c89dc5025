"""Names of pixel formats say what ffmpeg's own table of them says."""

import re

import pytest

from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.process.run import run
from avio_cli.media.pixel_names import bits_of, has_alpha, is_coarser, kind_of

_ROW = re.compile(r"[I.][O.][H.][P.][B.] (\w+) +([1-4]) +(\d+) +([\d-]+)")
_UNUSUAL = ("bayer", "xyz", "pal8", "mono")


def test_depth_and_alpha_of_every_format_are_those_of_ffmpeg(
    bundled_ffmpeg: FFmpeg,
) -> None:
    table = run([bundled_ffmpeg.path, "-hide_banner", "-pix_fmts"]).stdout.decode()
    rows = [row for row in _ROW.findall(table) if not row[0].startswith(_UNUSUAL)]
    assert len(rows) > 200
    for name, components, _, depths in rows:
        assert has_alpha(name) == (components in "24"), name
        assert bits_of(name) == max(8, *map(int, depths.split("-"))), name


def test_chroma_of_every_format_is_what_its_bits_a_pixel_leave(
    bundled_ffmpeg: FFmpeg,
) -> None:
    table = run([bundled_ffmpeg.path, "-hide_banner", "-pix_fmts"]).stdout.decode()
    shares = {"444": 3, "422": 2, "440": 2, "420": 1.5, "411": 1.5, "410": 1.125}
    seen = set()
    for name, components, bits, depths in _ROW.findall(table):
        kind, deep = kind_of(name), int(depths.split("-")[0])
        if kind not in shares or name.startswith(_UNUSUAL):
            continue
        alpha = deep if components == "4" else 0
        assert (int(bits) - alpha) // deep == int(shares[kind]), name
        seen.add(kind)
    assert seen == set(shares)


@pytest.mark.parametrize(
    ("wanted", "source", "coarser"),
    [
        ("yuv420p", "nv16", True),
        ("yuv420p", "p410le", True),
        ("yuv422p10le", "yuv411p", False),
        ("yuv420p", "yuv411p", True),
        ("yuv420p", "yuv410p", False),
        ("yuv422p10le", "vuya", True),
        ("yuv422p", "yuv440p", True),
        ("gray", "yuv420p", True),
        ("yuv420p", "ya16le", False),
        ("bgr0", "yuv444p", False),
    ],
)
def test_chroma_is_compared_in_both_directions(
    wanted: str, source: str, coarser: bool
) -> None:
    assert is_coarser(wanted, source) is coarser
