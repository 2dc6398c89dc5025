"""Damage that a demuxer passes over is seen by the walk of its container."""

import io
import os
import struct
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from avio_cli.demux.structure import avi, gif, matroska, mp4, mpegps, mpegts, pages, raw
from avio_cli.demux.structure.file_bytes import FileBytes
from avio_cli.ffmpeg.damage_signs import Hole
from tests.fuzzing.media import clip

Walk = Callable[[FileBytes], Hole | None]


def walked(walk: Walk, data: bytes) -> Hole | None:
    with tempfile.TemporaryFile(buffering=0) as file:
        file.write(data)
        assert isinstance(file, io.FileIO)
        return walk(FileBytes(file))


def with_flipped_bit(data: bytes, name: bytes, number: int = 0) -> tuple[bytes, int]:
    """The data with one bit of the n-th place of a name flipped, and that place."""
    at = -1
    for _ in range(number + 1):
        at = data.index(name, at + 1)
    return data[: at + 1] + bytes([data[at + 1] ^ 1]) + data[at + 2 :], at


WALKS: dict[str, Walk] = {
    "mkv": matroska.find_hole,
    "webm": matroska.find_hole,
    "mp4": mp4.find_hole,
    "frag.mp4": mp4.find_hole,
    "mov": mp4.find_hole,
    "avi": avi.find_hole,
    "ts": mpegts.find_hole,
    "mpg": mpegps.find_hole,
    "flv": pages.flv_hole,
    "ogv": pages.ogg_hole,
    "gif": gif.find_hole,
    "h264": raw.h264_hole,
}


@pytest.mark.parametrize("kind", WALKS)
def test_a_whole_file_has_no_hole(kind: str) -> None:
    hole = walked(WALKS[kind], clip(kind))
    assert hole is None or hole.counter  # the clock of mpg steps at its start


@pytest.mark.parametrize("kind", ["mkv", "webm", "ts", "mpg", "flv", "ogv", "gif"])
@pytest.mark.parametrize("size", [400, 3000])
def test_a_small_piece_that_is_missing_is_one(kind: str, size: int) -> None:
    whole = clip(kind)
    start = len(whole) // 2 + 77
    if kind == "gif":
        size = 400
    hole = walked(WALKS[kind], whole[:start] + whole[start + size :])
    assert hole is not None
    assert not hole.doubt
    assert start - 7000 < hole.start < start + 2100


@pytest.mark.parametrize("name", [b"moof", b"traf", b"trun", b"mfhd", b"tfhd"])
def test_a_flipped_bit_in_the_name_of_a_box_is_one(name: bytes) -> None:
    data, at = with_flipped_bit(clip("frag.mp4"), name, 5)
    hole = walked(mp4.find_hole, data)
    assert hole is not None
    assert hole.start <= at + 1000


@pytest.mark.parametrize("name", [b"trak", b"ctts", b"elst", b"stss"])
def test_likewise_in_the_header_of_other_files(name: bytes) -> None:
    data, at = with_flipped_bit(clip("mp4"), name)
    assert walked(mp4.find_hole, data) == Hole(at - 4, at - 4)


def test_a_fragment_that_is_left_out_is_missed() -> None:
    whole = clip("frag.mp4")
    third = [at - 4 for at in range(len(whole)) if whole.startswith(b"moof", at)][3:5]
    hole = walked(mp4.find_hole, whole[: third[0]] + whole[third[1] :])
    assert hole == Hole(third[0], third[0])


def test_a_fragment_that_looks_like_a_header_is_missed() -> None:
    whole = clip("frag.mp4")  # moov and moof differ by a bit
    at = whole.index(b"moof", len(whole) // 2)
    assert walked(mp4.find_hole, whole[:at] + b"moov" + whole[at + 4 :])


def test_a_cluster_of_another_name_is_one() -> None:
    cluster = bytes.fromhex("1f43b675")
    whole = clip("webm")
    at = whole.index(cluster, len(whole) // 3)
    data = whole[:at] + b"\x1f\x43\xb6\x74" + whole[at + 4 :]
    assert walked(matroska.find_hole, data) == Hole(at, at)


def test_a_flipped_bit_in_a_packet_is_found_by_its_clusters_checksum() -> None:
    whole = bytearray(clip("mkv"))
    whole[len(whole) // 2] ^= 4
    hole = walked(matroska.find_hole, bytes(whole))
    assert hole is not None
    assert hole.start < len(whole) // 2 < hole.stop


def test_a_packet_of_avi_that_the_index_calls_otherwise_is_one() -> None:
    whole = clip("avi")
    at = whole.index(b"00dc", len(whole) // 2)
    data = whole[:at] + b"01dc" + whole[at + 4 :]
    assert walked(avi.find_hole, data) == Hole(at, at)


def test_avi_whose_packets_are_not_padded_is_whole() -> None:
    packets = [struct.pack("<4sI", b"00dc", n) + b"\1" * n for n in (3, 4, 5)]
    listed = b"LIST" + struct.pack("<I", 4 + sum(map(len, packets))) + b"movi"
    data = b"AVI " + listed + b"".join(packets)
    whole = b"RIFF" + struct.pack("<I", len(data)) + data
    assert walked(avi.find_hole, whole) is None


@pytest.mark.parametrize("filling", [b"\0", b"\xa5"])
def test_an_end_of_ts_that_is_no_part_of_it_is_one(filling: bytes) -> None:
    whole = clip("ts")
    start = len(whole) * 94 // 100 // 188 * 188
    hole = walked(mpegts.find_hole, whole[:start] + filling * (len(whole) - start))
    assert hole is not None
    assert (hole.start, hole.doubt) == (start, "")


def test_a_ts_that_ends_within_a_packet_is_cut_off() -> None:
    whole = clip("ts")
    hole = walked(mpegts.find_hole, whole[:-100])
    assert hole is not None
    assert not hole.doubt


def test_a_ts_that_ends_within_a_frame_is_doubtful() -> None:
    whole = clip("ts")
    starts = [
        at
        for at in range(0, len(whole), 188)
        if whole[at + 1] & 0x40 and whole[at + 4] == 7 and whole[at + 3] & 0x20
    ]
    hole = walked(mpegts.find_hole, whole[: starts[len(starts) // 2] + 188])
    assert hole is not None
    assert hole.doubt == "the last packet of a stream is not whole"


@pytest.mark.parametrize("size", [192, 204])
def test_ts_of_discs_and_receivers_is_walked_too(size: int) -> None:
    whole = clip("ts")
    before = b"\1\2\3\4" if size == 192 else b""
    after = bytes(range(16)) if size == 204 else b""
    packets = [whole[at : at + 188] for at in range(0, len(whole), 188)]
    data = b"".join(before + packet + after for packet in packets)
    assert walked(mpegts.find_hole, data) is None
    middle = len(packets) // 2 * size
    assert walked(mpegts.find_hole, data[:middle] + bytes(size) + data[middle + size :])


def test_pages_of_ogg_that_are_left_out_are_missed() -> None:
    whole = clip("ogv")
    places = [at for at in range(len(whole)) if whole.startswith(b"OggS\0", at)]
    first, next_ = places[len(places) // 2 : len(places) // 2 + 2]
    assert walked(pages.ogg_hole, whole[:first] + whole[next_:]) is not None
    hole = walked(pages.ogg_hole, whole[: places[-3]])
    assert hole is not None
    assert hole.doubt == "a stream has no last page"


def test_packs_that_are_left_out_step_numbers_of_frames_near_the_place() -> None:
    whole = clip("mpg")
    start, stop = (len(whole) * part // 5 // 2048 * 2048 for part in (2, 3))
    steps = walked(mpegps.find_hole, whole[start:stop])
    assert steps is None
    hole = walked(mpegps.find_hole, whole[start - 40960 : start] + whole[stop:])
    assert hole is not None
    assert not hole.counter
    assert 40960 <= hole.start < 50000


def test_frames_of_raw_h264_that_are_left_out_are_missed() -> None:
    whole = clip("h264")
    units = [at for at in range(len(whole)) if whole.startswith(b"\0\0\1\x41", at)]
    first, next_ = units[10], units[11]
    assert walked(raw.h264_hole, whole[:first] + whole[next_:]) is not None


class TestGif:
    def test_codes_stand_for_the_pixels_of_an_image(self) -> None:
        # clear, 1, 1 + what is defined next (two pixels), stop, of three bits each
        codes = 4 | 1 << 3 | 6 << 6 | 5 << 9
        assert gif.pixels(struct.pack("<H", codes), 2) == 3
        undefined = 4 | 7 << 3 | 5 << 6
        assert gif.pixels(struct.pack("<H", undefined), 2) == -1

    def test_an_image_without_some_of_its_pixels_is_a_hole(self) -> None:
        whole = clip("gif")
        at = whole.index(b"\x21\xf9", len(whole) // 2) + 8
        width = struct.unpack_from("<H", whole, at + 5)[0]
        data = whole[: at + 5] + struct.pack("<H", width - 1) + whole[at + 7 :]
        hole = walked(gif.find_hole, data)
        assert hole == Hole(at, at)

    def test_a_missing_trailer_is_doubtful(self) -> None:
        hole = walked(gif.find_hole, clip("gif")[:-1])
        assert hole is not None
        assert hole.doubt == "it has no trailer"


def test_a_file_that_becomes_shorter_ends_no_process(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(bytes(1 << 20))
    with path.open("rb", buffering=0) as file:
        data = FileBytes(file)
        assert data.read(0, 10) == bytes(10)
        os.truncate(path, 100)
        with pytest.raises(EOFError):
            data.read(1 << 19, 10)


@pytest.mark.parametrize("kind", ["mp4", "mov"])
def test_zeros_in_the_header_are_one(kind: str) -> None:
    # ffmpeg reads on with what it has, here without packets of audio.
    whole = clip(kind)
    start = len(whole) * 94 // 100
    assert walked(mp4.find_hole, whole[:start] + bytes(len(whole) - start))
