"""What is left out of a file is missed by counters, frame numbers and lengths."""

import functools
import tempfile
from pathlib import Path

import imageio_ffmpeg
import pytest

from avio_cli.cli.main import run
from avio_cli.demux.structure import frame_numbers, mpegps, mpegts, pages
from avio_cli.ffmpeg.damage_signs import Hole
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.process.run import run as run_child
from tests.demux.structure.test_walks import walked
from tests.fuzzing.media import clip

PACKET, PACK = 188, 2048


@functools.cache
def made(name: str, options: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        argv = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-f", "lavfi", "-i"]
        argv += ["testsrc2=d=2:s=128x96:r=25", *options.split(), str(path)]
        assert run_child(argv).status == 0
        return path.read_bytes()


def without(data: bytes, size: int, every: int, lost: int) -> bytes:
    """The data without some parts after each row of others; its end is whole."""
    kept = range(0, len(data) - 40 * size, (every + lost) * size)
    ends = [min(at + every * size, len(data)) for at in kept]
    pieces = [data[at:end] for at, end in zip(kept, ends, strict=True)]
    return b"".join(pieces) + data[-20 * size :]


def test_many_small_holes_of_ts_are_counted() -> None:
    hole = walked(mpegts.find_hole, without(clip("ts"), PACKET, 130, 25))
    assert hole is not None
    assert hole.start % (130 * PACKET) == 0
    assert not hole.counter


def test_one_small_hole_of_ts_is_counted() -> None:
    whole = clip("ts")
    middle = len(whole) // 2 // PACKET * PACKET
    hole = walked(mpegts.find_hole, whole[:middle] + whole[middle + 40 * PACKET :])
    assert hole is not None
    assert (hole.counter, hole.doubt) == (False, "")


def test_a_packet_of_ts_that_is_repeated_is_none() -> None:
    whole = clip("ts")
    middle = len(whole) // 2 // PACKET * PACKET
    data = whole[: middle + PACKET] + whole[middle:]
    assert walked(mpegts.find_hole, data) is None


def test_recordings_of_ts_that_are_joined_have_none() -> None:
    whole = clip("ts")
    stopped = whole[: len(whole) // 2 // PACKET * PACKET]
    assert walked(mpegts.find_hole, stopped + whole) is None


def test_small_holes_of_mpg_leave_out_frames() -> None:
    whole = clip("mpg")
    middle = len(whole) // 2 // PACK * PACK
    hole = walked(mpegps.find_hole, whole[:middle] + whole[middle + 9 * PACK :])
    assert hole is not None
    assert not hole.counter
    joined = walked(mpegps.find_hole, whole[:middle] + whole)
    assert joined is None or joined.counter


class TestRawMpegVideo:
    RATE = "-b:v 4M -minrate 4M -maxrate 4M -bufsize 1M -c:v {}"

    @pytest.mark.parametrize("kind", ["mpeg1video", "mpeg2video"])
    def test_whole_streams_of_constant_rate_have_no_hole(self, kind: str) -> None:
        name = "a.m1v" if kind == "mpeg1video" else "a.m2v"
        data = made(name, self.RATE.format(kind))
        hole = walked(frame_numbers.find_hole, data)
        assert hole is None or hole.doubt

    @pytest.mark.parametrize("filling", [b"", b"\0"])
    def test_a_piece_that_is_gone_or_zeroed_is_one(self, filling: bytes) -> None:
        whole = made("a.m2v", "-c:v mpeg2video -q:v 3 -bf 2")
        start, stop = len(whole) * 4 // 10, len(whole) * 55 // 100
        data = whole[:start] + filling * (stop - start) + whole[stop:]
        hole = walked(frame_numbers.find_hole, data)
        assert hole is not None
        assert not hole.doubt


class TestIvf:
    @staticmethod
    def whole() -> bytes:
        return made("a.ivf", "-c:v libvpx -deadline realtime -cpu-used 8")

    def test_a_whole_file_has_no_hole(self) -> None:
        assert walked(pages.ivf_hole, self.whole()) is None

    def test_an_end_within_the_last_frame_is_one(self) -> None:
        hole = walked(pages.ivf_hole, self.whole()[:-20])
        assert hole is not None
        assert hole.stop == len(self.whole()) - 20

    def test_fewer_frames_than_declared_are_one(self) -> None:
        whole, at = self.whole(), 32
        for _ in range(30):
            at += 12 + int.from_bytes(whole[at : at + 4], "little")
        assert walked(pages.ivf_hole, whole[:at]) == Hole(at, at)


def test_a_range_of_ts_with_small_holes_is_refused(tmp_path: Path) -> None:
    source, result = tmp_path / "a.ts", tmp_path / "a.mkv"
    source.write_bytes(without(clip("ts"), PACKET, 130, 25))
    words = ["--start", "1", "--end", "5"]
    assert run(["trim", str(source), str(result), *words]) == 1
    assert not result.exists()


def test_an_empty_last_packet_of_flac_is_no_loss(
    tmp_path: Path, ffmpeg: FFmpeg
) -> None:
    source, result = tmp_path / "a.nut", tmp_path / "a.mkv"
    argv = [ffmpeg.path, "-v", "error", "-f", "lavfi", "-i", "testsrc2=d=1:s=64x48"]
    argv += ["-f", "lavfi", "-i", "sine=d=1", "-c:v", "ffv1", "-c:a", "flac"]
    assert run_child([*argv, str(source)]).status == 0
    assert run(["transcode", "--copy", str(source), str(result)]) == 0
    assert result.exists()
