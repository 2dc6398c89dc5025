"""A copy ends where it was asked to, without a hole and without a frame after it."""

import itertools
from pathlib import Path

import pytest

from avio_cli.cli.main import run as avio
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.process.run import run

CODED = ["-c:v", "libx264", "-bf", "3", "-b_strategy", "0", "-g", "50"]


@pytest.fixture
def source(ffmpeg: FFmpeg, tmp_path: Path) -> Path:
    """Every fourth frame is coded before the three that are shown before it."""
    path = tmp_path / "in.mkv"
    made = ["-f", "lavfi", "-i", "testsrc2=s=64x48:r=25:d=6"]
    made += ["-f", "lavfi", "-i", "sine=d=6", "-pix_fmt", "yuv420p"]
    argv = [ffmpeg.path, "-v", "error", *made, *CODED, "-c:a", "ac3", str(path)]
    assert not run(argv).status
    return path


def shown(ffmpeg: FFmpeg, path: Path, stream: str) -> list[float]:
    """When packets are shown, in order; of audio, then the end of the last one."""
    words = [
        "-i",
        str(path),
        "-map",
        f"0:{stream}",
        "-c",
        "copy",
        "-f",
        "framecrc",
        "-",
    ]
    lines = run([ffmpeg.path, "-v", "error", *words]).stdout.decode().splitlines()
    base = next(line for line in lines if line.startswith("#tb 0:")).split()[-1]
    number, divisor = map(int, base.split("/"))
    rows = [[int(n) for n in x.split(",")[1:4]] for x in lines if not x.startswith("#")]
    times = sorted(pts * number / divisor for _, pts, _ in rows)
    return [*times, max(sum(row[1:]) for row in rows) * number / divisor]


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.ts"])
@pytest.mark.parametrize(
    ("end", "last"), [("3.12", 3.12), ("3.16", 3.12), ("3.04", 3.12), ("3.2", 3.28)]
)
def test_there_is_no_hole_before_the_end(
    end: str,
    last: float,
    name: str,
    source: Path,
    ffmpeg: FFmpeg,
    capfd: pytest.CaptureFixture[str],
) -> None:
    result = source.with_name(name)
    assert avio(["transcode", str(source), str(result), "--copy", "--end", end]) == 0
    times = shown(ffmpeg, result, "v")[:-1]
    gaps = [after - before for before, after in itertools.pairwise(times)]
    assert max(gaps) == pytest.approx(0.04, abs=0.002)
    assert times[-1] - times[0] == pytest.approx(last, abs=0.002)
    later = last + 0.04 - float(end) if last >= float(end) else 0
    said = "a copy ends 0." in capfd.readouterr().err
    assert said == (later > 0.001)
    first, *_, ends = shown(ffmpeg, result, "a")
    assert ends - first == pytest.approx(max(last + 0.04, float(end)), abs=0.05)


def test_a_range_within_begins_and_ends_so(source: Path, ffmpeg: FFmpeg) -> None:
    result = source.with_name("a.mkv")
    words = ["transcode", str(source), str(result), "--copy"]
    assert avio([*words, "--start", "2.1", "--end", "3.12"]) == 0
    times = shown(ffmpeg, result, "v")[:-1]
    assert len(times) == 29
    assert times[-1] - times[0] == pytest.approx(1.12, abs=0.002)


def test_a_copy_to_the_end_keeps_every_frame(source: Path, ffmpeg: FFmpeg) -> None:
    result = source.with_name("a.mp4")
    assert avio(["transcode", str(source), str(result), "--copy", "--end", "5.99"]) == 0
    assert len(shown(ffmpeg, result, "v")) - 1 == 150
