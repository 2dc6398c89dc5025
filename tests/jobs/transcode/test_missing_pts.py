"""Copies of video whose frames have no presentation times are never out of order."""

import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import imageio_ffmpeg
import pytest

from avio_cli.cli.main import run
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.process.run import run as run_child
from tests.clips import groups, indices, make_clip

MPEG2 = ("-c:v", "mpeg2video", "-bf", "2", "-q:v", "2", "-pix_fmt", "yuv420p")
MPEG4 = ("-c:v", "mpeg4", "-bf", "2", "-q:v", "2")
OUT_OF_ORDER = {
    "in.avi": groups(25, 2),
    "in.h264": groups(25, 2),
    "in.mpg": groups(25, 2),
    "packed.avi": MPEG4,
}


@pytest.mark.parametrize("name", OUT_OF_ORDER)
@pytest.mark.sampled(4)
def test_a_copy_is_refused_and_encoding_works(
    ffmpeg: FFmpeg, tmp_path: Path, name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    clip = make_clip(tmp_path / name, frames=50, video=OUT_OF_ORDER[name])
    output = tmp_path / "out.mp4"
    words = [str(clip.path), str(output)]
    assert run(["transcode", *words, "--copy"]) == 2
    assert "no presentation times" in capfd.readouterr().err
    assert run(["trim", *words, "--start", "0.2"]) == 2
    assert "--exact" in capfd.readouterr().err
    assert run(["transcode", *words]) == 0
    assert indices(output, clip.width, clip.height) == list(range(50))


@pytest.mark.parametrize("name", ["in.m2v", "in.mpg", "in.vob"])
@pytest.mark.slow
def test_mpeg_2_is_copied_in_order(ffmpeg: FFmpeg, tmp_path: Path, name: str) -> None:
    clip = make_clip(tmp_path / name, frames=50, video=MPEG2)
    for extension in ("mp4", "mkv"):
        output = tmp_path / f"out.{extension}"
        assert run(["transcode", str(clip.path), str(output), "--copy"]) == 0
        assert indices(output, clip.width, clip.height) == list(range(50))
        joined = tmp_path / f"joined.{extension}"
        assert run(["merge", str(joined), str(clip.path), str(clip.path)]) == 0
        assert indices(joined, clip.width, clip.height) == [*range(50), *range(50)]


def telecine(folder: Path) -> Path:
    """A program stream whose frames are shown for two and three fields in turn.

    The encoder cannot do it: its flags are set in the stream. The time of the display
    decides which frames repeat a field: B-frames come after the one they precede.
    """
    raw = folder / "raw.m2v"
    make_clip(raw, frames=48, video=(*MPEG2, "-flags", "+ildct", "-g", "12"))
    data, group, shown = bytearray(raw.read_bytes()), 0, 0
    at = data.find(b"\0\0\1")
    while at >= 0:
        if data[at + 3] == 0xB8:
            group = shown
        if data[at + 3] == 0:
            order = group + (data[at + 4] << 2 | data[at + 5] >> 6)
            shown = max(shown, order + 1)
        if data[at + 3] == 0xB5 and data[at + 4] >> 4 == 8:
            data[at + 7] = data[at + 7] & 0x7D | (order % 4 in (0, 1)) << 7
            data[at + 7] |= (order % 2 == 0) << 1
            data[at + 8] |= 0x80
        at = data.find(b"\0\0\1", at + 3)
    raw.write_bytes(data)
    result = folder / "in.vob"
    argv = [
        imageio_ffmpeg.get_ffmpeg_exe(),
        "-v",
        "error",
        "-f",
        "mpegvideo",
        "-i",
        str(raw),
    ]
    argv += ["-f", "lavfi", "-i", "sine=r=48000:d=2", "-c:v", "copy"]
    # With 46 frames the last reference frame has no time, and two B-frames follow.
    argv += ["-frames:v", "46", str(result)]
    done = run_child(argv)
    assert done.status == 0, done.stderr
    return result


@pytest.mark.parametrize("extension", ["mp4", "mkv"])
@pytest.mark.slow
def test_a_telecine_is_copied_with_the_times_of_its_decoder(
    ffmpeg: FFmpeg, tmp_path: Path, extension: str
) -> None:
    source, output = telecine(tmp_path), tmp_path / f"out.{extension}"
    wanted = shown(ffmpeg, source)
    assert len({round(b - a, 3) for a, b in pairwise(wanted)}) > 1
    assert run(["transcode", str(source), str(output), "--copy"]) == 0
    assert relative(shown(ffmpeg, output)) == pytest.approx(relative(wanted), abs=0.002)
    part = tmp_path / f"part.{extension}"
    assert run(["trim", str(source), str(part), "--start", "1.2"]) == 0
    found = relative(shown(ffmpeg, part))
    assert 10 < len(found) < len(wanted)
    expected = relative(wanted[-len(found) :])
    assert found == pytest.approx(expected, abs=0.002)


def test_a_telecine_is_copied_into_avi_with_a_warning(
    ffmpeg: FFmpeg, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    source, steady = telecine(tmp_path), tmp_path / "steady.vob"
    make_clip(steady, frames=50, video=MPEG2)
    assert run(["transcode", str(steady), str(tmp_path / "a.avi"), "--copy"]) == 0
    assert "warning" not in capfd.readouterr().err
    assert run(["transcode", str(source), str(tmp_path / "b.avi"), "--copy"]) == 0
    assert "avi needs a constant rate" in capfd.readouterr().err


def relative(times: Sequence[float]) -> list[float]:
    return [time - times[0] for time in times]


def shown(ffmpeg: FFmpeg, path: Path) -> list[float]:
    """When ffmpeg shows the frames of a file that it decodes."""
    argv = [ffmpeg.path, "-copyts", "-i", str(path), "-map", "0:v", "-vf", "showinfo"]
    done = run_child([*argv, "-fps_mode", "passthrough", "-f", "null", "-"])
    assert done.status == 0
    return [float(time) for time in re.findall(r"pts_time:(\S+)", done.stderr)]


@pytest.mark.parametrize("name", ["in.mpg", "in.vob"])
@pytest.mark.parametrize("extension", ["mp4", "mkv"])
@pytest.mark.sampled(4)
def test_mpeg_2_is_trimmed_by_copy(
    ffmpeg: FFmpeg, tmp_path: Path, name: str, extension: str
) -> None:
    clip = make_clip(tmp_path / name, frames=50, video=MPEG2)
    output = tmp_path / f"out.{extension}"
    words = [str(clip.path), str(output), "--start", "1", "--end", "1.5"]
    assert run(["trim", *words]) == 0
    found = indices(output, clip.width, clip.height)
    assert found == list(range(found[0], found[0] + len(found)))
    assert found[0] <= 25
    assert found[-1] >= 36


def test_avi_is_copied_into_avi(ffmpeg: FFmpeg, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "in.avi", frames=50, video=MPEG4)
    output = tmp_path / "out.avi"
    assert run(["transcode", str(clip.path), str(output), "--copy"]) == 0
    assert indices(output, clip.width, clip.height) == list(range(50))
