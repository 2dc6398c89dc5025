"""The table of encoding beside detection compares sizes at equal quality."""

from pathlib import Path

import pytest

from avio_cli.ffmpeg.locate import FFmpeg
from benchmarks import encoding
from benchmarks.encoding import OPTIONS, Point, more
from benchmarks.plan import quick_plan
from tests.clips import make_clip

REFERENCE = [Point(1, size, ssim) for size, ssim in ((400, 0.98), (200, 0.97))]


@pytest.mark.parametrize(
    ("sizes", "shown"),
    [((400, 200), "+0%"), ((440, 220), "+10%"), ((300, 150), "-25%")],
)
def test_sizes_at_the_same_crf_and_ssim_are_compared(
    sizes: tuple[int, int], shown: str
) -> None:
    curve = [Point(1, sizes[0], 0.98), Point(1, sizes[1], 0.97)]
    assert more(curve, REFERENCE, (18, 20)) == shown


def test_a_size_is_interpolated_between_crfs() -> None:
    curve = [Point(1, 400, 0.99), Point(1, 100, 0.95)]
    assert more(curve, REFERENCE, (18, 20)) == "+0%"


def test_each_row_is_measured_on_a_clip(
    bundled_ffmpeg: FFmpeg, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "media").mkdir()
    make_clip(tmp_path / "media" / "vtest.avi", frames=10)
    monkeypatch.setattr(encoding, "SHARED", tmp_path)
    (table,) = encoding.tables(quick_plan(tmp_path))
    assert table.columns[2:] == ("vtest",)
    assert [row[0] for row in table.rows] == list(OPTIONS)
    assert all(float(row[1]) > 0 for row in table.rows)
