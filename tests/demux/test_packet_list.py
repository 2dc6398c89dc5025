"""Packets listed by ffprobe, and by ffmpeg where there is none."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest

from avio_cli.demux.packet_list import Packet, list_copied_packets, list_packets
from avio_cli.demux.timeline import list_timeline
from avio_cli.errors import InputError
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.process.run import run
from avio_cli.ffmpeg.url import parse_url
from tests.clips import make_clip


def ways(ffmpeg: FFmpeg) -> list[FFmpeg]:
    return [ffmpeg, replace(ffmpeg, ffprobe="")] if ffmpeg.ffprobe else [ffmpeg]


def listed(ffmpeg: FFmpeg, file: Path, stream: int = 0) -> list[Packet]:
    return [p for p in list_packets(ffmpeg, parse_url(file)) if p.stream == stream]


def test_each_way_lists_every_packet(ffmpeg: FFmpeg, shared: Path) -> None:
    for way in ways(ffmpeg):
        found = listed(way, shared / "media/edge/SAR-2by3.mp4")
        assert len(found) == 60
        assert [p.pts for p in found[:4]] == [0, 2048, 1024, 512]
        assert [p.dts for p in found[:4]] == [-1024, -512, 0, 512]
        assert [p.size for p in found[:4]] == [5499, 615, 89, 55]
        assert [p.key for p in found[:4]] == [True, False, False, False]
        assert {p.duration for p in found} == {512}
        assert found[1].seconds == pytest.approx(0.133333)


def test_packet_before_the_edit_is_marked(ffmpeg: FFmpeg, shared: Path) -> None:
    for way in ways(ffmpeg):
        first, second, *_ = listed(way, shared / "media/edge/SAR-2by3.mp4", stream=1)
        assert (first.pts, first.discard) == (-1024, True)
        assert (second.pts, second.discard) == (0, False)


@pytest.mark.parametrize(
    "name", ["nasa_13013.mp4", "sample.avi", "sample_h264.ts", "sample_with_srt.mkv"]
)
def test_both_ways_agree(ffmpeg: FFmpeg, shared: Path, name: str) -> None:
    address = parse_url(shared / "media/edge" / name)
    reference, *others = [
        sorted(list_packets(way, address), key=lambda packet: packet.stream)
        for way in ways(ffmpeg)
    ]
    for found in others:
        assert [comparable(p) for p in found] == [comparable(p) for p in reference]


def comparable(packet: Packet) -> Packet:
    """Without what ffmpeg fills in, or does not know."""
    return replace(packet, position=None, dts=None, seconds=None)


def test_what_ffmpeg_fills_in_and_what_only_ffprobe_knows(
    ffmpeg: FFmpeg, shared: Path
) -> None:
    file = shared / "media/edge/sample_with_srt.mkv"
    if ffmpeg.ffprobe:
        first = listed(ffmpeg, file)[0]
        assert (first.dts, first.position) == (None, 1183)
    first = listed(replace(ffmpeg, ffprobe=""), file)[0]
    assert (first.dts, first.position) == (-2, None)


def test_stream_without_parameters_is_omitted_by_ffmpeg_only(
    ffmpeg: FFmpeg, shared: Path
) -> None:
    address = parse_url(shared / "media/edge/sample_missing_stsd.mp4")
    for way in ways(ffmpeg):
        streams = {packet.stream for packet in list_packets(way, address)}
        assert streams == ({0, 1} if way.ffprobe else {0})


def test_attachment_does_not_shift_the_numbers(ffmpeg: FFmpeg, shared: Path) -> None:
    address = parse_url(shared / "media/edge/testsrc_with_attachment.mkv")
    for way in ways(ffmpeg):
        assert {packet.stream for packet in list_packets(way, address)} == {0, 1}


def test_no_stream_has_no_packets(ffmpeg: FFmpeg, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", audios=1)
    source = MediaSource.probe(ffmpeg, parse_url(clip.path))
    assert list(list_copied_packets(source, [])) == []
    assert len(list(list_copied_packets(source, source.info.videos))) == clip.count


def test_stopping_early_leaves_no_child(ffmpeg: FFmpeg, shared: Path) -> None:
    for way in ways(ffmpeg):
        iterator = list_packets(way, parse_url(shared / "media/vtest.avi"))
        assert isinstance(iterator, Iterator)
        assert len(list(islice(iterator, 3))) == 3
        iterator.close()  # type: ignore[attr-defined]  # a generator, said or not


def test_no_media_is_an_error(ffmpeg: FFmpeg, tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("just some notes\n" * 40)
    for way in ways(ffmpeg):
        with pytest.raises(InputError, match=r"^cannot open .*notes\.txt: it is"):
            list(list_packets(way, parse_url(file)))


def test_standard_input(ffmpeg: FFmpeg, shared: Path) -> None:
    code = (
        "from avio_cli.ffmpeg.locate import FFmpeg\n"
        "from avio_cli.ffmpeg.url import parse_url\n"
        "from avio_cli.demux.packet_list import list_packets\n"
        "print(len(list(list_packets({!r}, parse_url('-')))))"
    )
    data = (shared / "media/edge/sample_h264.ts").read_bytes()
    for way in ways(ffmpeg):
        done = run([sys.executable, "-c", code.format(way)], input=data)
        assert done.stdout == b"30\n", done.stderr


def test_a_stream_of_unknown_rate_does_not_hide_the_others(
    bundled_ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    """A broken sample description: framecrc refuses to list that stream."""
    clip = make_clip(tmp_path / "clip.mp4", frames=10, audios=1)
    source = MediaSource.probe(bundled_ffmpeg, parse_url(clip.path))
    unknown = replace(source.info.audios[0], sample_rate=0)
    video = source.info.videos[0]

    found = list(list_copied_packets(source, [unknown, video]))

    assert [packet.stream for packet in found] == [video.index] * 10
    assert [line.index for line in list_timeline(source, [unknown, video]).streams] == [
        video.index
    ]
    assert list(list_copied_packets(source, [unknown])) == []
