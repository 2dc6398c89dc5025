"""avio merge: videos that differ in levels, HDR, fields, orientation, times."""

import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from avio_cli.cli.main import run
from avio_cli.errors import InputError, OutputError
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.url import parse_url
from avio_cli.jobs.merge.gamut import require_filters
from avio_cli.mux.verify import check_video_metadata
from tests.clips import H264, Clip, _ffmpeg, decode, groups, make_clip
from tests.reference import Video, streams, timeline

LIMITED = (16, 235)
FULL = (0, 255)
BT709, SMPTE2084 = 1, 16
"""As H.273 counts primaries, transfers and matrices."""


def merge(output: Path, *words: str | Path) -> int:
    return run(["merge", str(output), *map(str, words)])


def flat(path: Path, filters: str, options: Sequence[str]) -> Path:
    """Ten frames of 64x48 without a time base of their own."""
    words = ["-f", "lavfi", "-i", f"{filters}", "-frames:v", "10", *options]
    _ffmpeg([*words, str(path)])
    return path


def ramp(path: Path, levels: tuple[int, int]) -> Path:
    """Luma from black to white, tagged as what it is."""
    low, high = levels
    full = "pc" if levels == FULL else "tv"
    luma = f"{low}+({high}-{low})*X/63"
    filters = f"color=gray:s=64x48:r=10,format=yuv420p,geq=lum={luma}:cb=128:cr=128"
    tags = f"setparams=range={full}:colorspace=bt470bg"
    pixels = "yuvj420p" if levels == FULL else "yuv420p"
    coding = ["-c:v", "libx264", "-crf", "4", "-pix_fmt", pixels, "-vf", tags]
    return flat(path, filters, [*coding, "-color_range", full])


def luma(path: Path) -> NDArray[Any]:
    """Luma as it is stored, whatever its range."""
    words = ["-i", str(path), "-vf", "extractplanes=y", "-fps_mode", "passthrough"]
    data = _ffmpeg([*words, "-f", "rawvideo", "-"])
    return np.frombuffer(data, np.uint8).reshape(-1, 48, 64).astype(float)


def video_of(path: Path) -> Video:
    found = streams(path)[0].video
    assert found is not None
    return found


@pytest.mark.parametrize("order", [(LIMITED, FULL), (FULL, LIMITED)])
@pytest.mark.slow
def test_levels_become_those_of_the_first(
    order: tuple[tuple[int, int], ...], ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    parts = [ramp(tmp_path / f"{levels[1]}.mp4", levels) for levels in order]
    output = tmp_path / "whole.mp4"
    assert merge(output, *parts) == 0
    assert video_of(output).full_range is (order[0] == FULL)
    frames, wanted = luma(output), luma(parts[0]).mean()
    assert len(frames) == 20
    assert all(abs(frame.mean() - wanted) <= 1 for frame in frames)
    assert all(abs(frame.max() - order[0][1]) <= 2 for frame in frames)
    assert all(abs(frame.min() - order[0][0]) <= 2 for frame in frames)


PQ = "range=tv:color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc"
HLG = PQ.replace("smpte2084", "arib-std-b67")
SDR = "range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709"


def hdr(path: Path, tags: str = PQ) -> Path:
    """Grey of 203 cd/m², which is white on paper: PQ's 58 %."""
    grey = "color=gray:s=64x48:r=10,format=yuv420p10le,geq=lum=573:cb=512:cr=512"
    x265 = ["-c:v", "libx265", "-x265-params", "log-level=error"]
    return flat(path, f"{grey},setparams={tags}", x265)


def sdr(path: Path, tags: str = SDR, value: int = 100) -> Path:
    grey = f"color=gray:s=64x48:r=10,format=yuv420p,geq=lum={value}:cb=128:cr=128"
    return flat(path, f"{grey},setparams={tags}", ["-c:v", "libx264"])


@pytest.mark.parametrize("first", ["hdr", "sdr"])
@pytest.mark.slow
def test_hdr_is_tone_mapped_where_another_file_is_sdr(
    first: str, ffmpeg: FFmpeg, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parts = [hdr(tmp_path / "hdr.mp4"), sdr(tmp_path / "sdr.mp4")]
    output = tmp_path / "whole.mp4"
    assert merge(output, *parts[:: 1 if first == "hdr" else -1]) == 0
    said = capsys.readouterr().err
    assert said.count("warning:") == 1
    assert "hdr.mp4: HDR is tone-mapped to SDR, as another file is SDR" in said
    found = video_of(output)
    assert (found.primaries, found.transfer, found.matrix) == (BT709, BT709, BT709)
    assert found.pixel_format == "yuv420p"
    means = [frame.mean() for frame in luma(output)]
    bright, dark = (means[:10], means[10:])[:: 1 if first == "hdr" else -1]
    assert np.allclose(bright, 200, atol=12)
    assert np.allclose(dark, 100, atol=1)


def test_saturated_hdr_is_the_same_with_all_ffmpegs(
    ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    """What is outside of BT.709 is clipped, and does not become black."""
    bars = "testsrc2=s=64x48:r=10,scale=out_color_matrix=bt2020,format=yuv420p10le"
    x265 = ["-c:v", "libx265", "-x265-params", "log-level=error"]
    wide = flat(tmp_path / "wide.mp4", f"{bars},setparams={PQ}", x265)
    output = tmp_path / "whole.mp4"
    assert merge(output, sdr(tmp_path / "sdr.mp4"), wide) == 0
    frames = luma(output)[10:]
    assert frames.min() >= 10
    assert 62 <= frames.mean() <= 66


def test_hdr_of_one_kind_is_kept_and_of_two_refused(
    ffmpeg: FFmpeg, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pq, hlg = hdr(tmp_path / "pq.mp4"), hdr(tmp_path / "hlg.mp4", HLG)
    output = tmp_path / "whole.mp4"
    assert merge(output, pq, pq, "--encode", "--preset", "mp4-hevc") == 0
    assert video_of(output).transfer == SMPTE2084
    assert "warning" not in capsys.readouterr().err
    assert merge(tmp_path / "two.mp4", pq, hlg) == 1
    said = capsys.readouterr().err
    assert "are HDR of different kinds: smpte2084 and arib-std-b67" in said
    assert not (tmp_path / "two.mp4").exists()


def test_primaries_are_converted(ffmpeg: FFmpeg, tmp_path: Path) -> None:
    """The red of BT.709, as BT.2020 says it, comes back as the red of BT.709."""
    wide = "range=tv:color_primaries=bt2020:color_trc=bt709:colorspace=bt2020nc"
    red = "color=red:s=64x48:r=10,format=gbrp,setparams=color_primaries=bt709"
    red += ":color_trc=bt709,zscale=p=bt2020:m=bt2020nc:r=tv:t=bt709,format=yuv420p10le"
    x265 = ["-c:v", "libx265", "-x265-params", "log-level=error", "-crf", "4"]
    part = flat(tmp_path / "wide.mp4", f"{red},setparams={wide}", x265)
    output = tmp_path / "whole.mp4"
    assert merge(output, sdr(tmp_path / "sdr.mp4"), part) == 0
    words = ["-i", str(output), "-pix_fmt", "yuv420p", "-f", "rawvideo", "-"]
    size = 64 * 48 * 3 // 2
    last = np.frombuffer(_ffmpeg(words), np.uint8)[-size:]
    planes = last[: 64 * 48], last[64 * 48 : -64 * 12], last[-64 * 12 :]
    means = [plane.mean() for plane in planes]
    assert np.allclose(means, (63, 102, 240), atol=4)


def test_a_missing_filter_is_named(bundled_ffmpeg: FFmpeg) -> None:
    require_filters(bundled_ffmpeg, ["zscale", "tonemap"], "it")
    with pytest.raises(InputError, match="it needs ffmpeg's filter nosuch"):
        require_filters(bundled_ffmpeg, ["nosuch"], "it")


def interlaced(path: Path) -> Path:
    fields = "testsrc2=s=64x48:r=20,interlace=scan=tff"
    return flat(path, fields, ["-c:v", "libx264", "-flags", "+ilme+ildct"])


@pytest.mark.parametrize("first", ["fields", "frames"])
@pytest.mark.slow
def test_interlaced_video_is_deinterlaced_with_a_warning(
    first: str, ffmpeg: FFmpeg, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fields = interlaced(tmp_path / "fields.mp4")
    frames = flat(tmp_path / "frames.mp4", "testsrc2=s=64x48:r=10", H264)
    parts = [fields, frames][:: 1 if first == "fields" else -1]
    output = tmp_path / "whole.mp4"
    assert merge(output, *parts) == 0
    said = capsys.readouterr().err
    assert "fields.mp4: interlaced video is deinterlaced" in said
    assert "has the field order" in said
    assert video_of(output).field_order == "progressive"
    assert len(timeline(output).times) == 20
    assert merge(output, fields, fields, "-y") == 0
    assert "video copied" in capsys.readouterr().err
    assert video_of(output).field_order == "tt"


def mirrored(clip: Clip, path: Path, how: str) -> Path:
    words = [f"-display_{how}", "-i", str(clip.path), "-c", "copy", str(path)]
    _ffmpeg(words)
    return path


@pytest.mark.parametrize("how", ["hflip", "vflip"])
@pytest.mark.slow
def test_mirrored_video_stays_mirrored(
    how: str, ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    clip = make_clip(tmp_path / "plain.mp4", frames=8, video=groups(8, 0))
    odd = mirrored(clip, tmp_path / "mirrored.mp4", how)
    before = np.array(decode(clip.path, 160, 96)).astype(int)
    turned = before[:, ::-1] if how == "vflip" else before[:, :, ::-1]
    for parts in ((odd, clip.path), (clip.path, odd), (odd, odd)):
        output = tmp_path / "whole.mp4"
        assert merge(output, *parts, "-y") == 0
        halves = np.split(np.array(decode(output, 160, 96)).astype(int), 2)
        for half, part in zip(halves, parts, strict=True):
            wanted = turned if part == odd else before
            assert np.abs(half - wanted).mean() < 3


def test_a_lost_mirror_is_found(ffmpeg: FFmpeg, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "plain.mp4", frames=8)
    odd = mirrored(clip, tmp_path / "mirrored.mp4", "vflip")
    source = MediaSource.probe(ffmpeg, parse_url(odd))
    check_video_metadata(source, odd, source.info.videos[0])
    with pytest.raises(OutputError, match="mirror"):
        check_video_metadata(source, clip.path, source.info.videos[0])


def back_in_time(path: Path) -> Path:
    """An mp4 whose twelfth frame is shown before the eleventh was: no B-frames."""
    clip = make_clip(path, frames=20, video=(*H264, "-bf", "2", "-g", "20"))
    data = bytearray(clip.path.read_bytes())
    table = data.index(b"ctts") + 12
    for entry in range(8, 14):
        struct.pack_into(">I", data, table + 8 * entry + 4, 0)
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.slow
def test_times_that_go_back_are_warned_of(
    first: bool, ffmpeg: FFmpeg, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    odd = back_in_time(tmp_path / "odd.mp4")
    plain = make_clip(tmp_path / "plain.mp4", frames=8, width=64, height=48)
    parts = [odd, plain.path][:: 1 if first else -1]
    output = tmp_path / "whole.mp4"
    assert merge(output, *parts) == 0
    said = capsys.readouterr().err
    assert "odd.mp4" in said
    assert "frames have no time of their own after the frame before" in said
    assert len(timeline(output).times) == 28
    assert merge(output, odd, odd, "-y") == 0
    assert len(timeline(output).times) == 40


def test_a_video_of_odd_size_gets_others_whole(ffmpeg: FFmpeg, tmp_path: Path) -> None:
    coding = ["-c:v", "ffv1", "-pix_fmt", "yuv420p"]
    first = flat(tmp_path / "a.mkv", "color=black:s=101x81:r=10", coding)
    other = flat(tmp_path / "b.mkv", "color=white:s=81x101:r=10", coding)
    joined = tmp_path / "out.mkv"
    assert merge(joined, first, other, "--preset", "mkv-ffv1", "-q") == 0
    words = ["-i", str(joined), "-vf", "extractplanes=y", "-f", "rawvideo", "-"]
    last = np.frombuffer(_ffmpeg(words), np.uint8).reshape(-1, 81, 101)[-1]
    rows, columns = np.nonzero(last > 200)
    assert (rows.min(), rows.max()) == (0, 80)
    assert (columns.min(), columns.max()) == (18, 81)


@pytest.mark.parametrize("levels", [LIMITED, FULL], ids=["limited", "full"])
def test_grey_of_another_range_gets_the_levels_of_the_first(
    levels: tuple[int, int], ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    first = ramp(tmp_path / "a.mkv", levels)
    (low, high), full = (LIMITED, "tv") if levels == FULL else (FULL, "pc")
    filters = f"color=gray:s=64x48:r=10,format=gray,geq=lum={low}+({high}-{low})*X/63"
    coding = ["-vf", f"setparams=range={full}", "-c:v", "ffv1"]
    grey = flat(tmp_path / "b.mkv", filters, coding)
    joined = tmp_path / "out.mkv"
    assert merge(joined, first, grey, "--preset", "mkv-ffv1", "-q") == 0
    assert np.abs(luma(joined)[-1] - luma(first)[-1]).max() <= 2
