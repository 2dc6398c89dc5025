"""NUT as ffmpeg writes and reads it: every sample and every tick, both ways."""

import io
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.nut.packets import INFO, SYNCPOINT
from avio_cli.ffmpeg.nut.reader import FOURCCS, NutPacket, NutReader, NutStream
from avio_cli.ffmpeg.nut.writer import NutWriter
from avio_cli.ffmpeg.process.run import run
from avio_cli.media.frame import PIXEL_FORMATS

TEN_HOURS = 36_000
"""Seconds."""
TIME_BASES = (
    Fraction(1, 90000),
    Fraction(1001, 30000),
    Fraction(1, 30000),
    Fraction(1, 25),
    Fraction(1, 1000),
    Fraction(1, 15360),
    Fraction(1, 1_000_000),
)
VARIABLE = "setpts='(N*N*3+N+1)/TB/10'"
"""Steps that grow from 0.4 s on."""


@dataclass(frozen=True)
class Seen:
    """One packet: who, when (seconds, exact), and what."""

    stream: int
    time: Fraction
    size: int
    adler: int


def framecrc(table: str) -> list[Seen]:
    """Read ffmpeg's list of packets: stream, dts, pts, duration, size, Adler-32."""
    bases: dict[int, Fraction] = {}
    seen = []
    for line in table.splitlines():
        if line.startswith("#tb "):
            stream, base = line[4:].split(": ")
            bases[int(stream)] = Fraction(base)
        elif line.strip() and not line.startswith("#"):
            stream, _, pts, _, size, adler = line.split(",")[:6]
            time = int(pts) * bases[int(stream)]
            seen.append(Seen(int(stream), time, int(size), int(adler, 16)))
    return seen


def summary(packets: Iterable[NutPacket], streams: Sequence[NutStream]) -> list[Seen]:
    return [
        Seen(
            packet.stream,
            packet.pts * streams[packet.stream].time_base,
            packet.payload.size,
            zlib.adler32(packet.payload.data, 0),
        )
        for packet in packets
    ]


def from_ffmpeg(
    ffmpeg: FFmpeg, folder: Path, *options: str, muxer: Sequence[str] = ()
) -> tuple[bytes, list[Seen]]:
    """What ffmpeg sends as NUT, and what it says that it sent.

    Args:
        ffmpeg: which one.
        folder: for its list.
        options: for the inputs; then ``--``; then for both outputs.
        muxer: for NUT alone.
    """
    table = folder / "sent.txt"
    middle = options.index("--")
    inputs, outputs = options[:middle], options[middle + 1 :]
    argv = [ffmpeg.path, "-v", "warning", "-nostdin", "-y", *inputs]
    argv += [*outputs, *muxer, "-f", "nut", "pipe:1"]
    argv += [*outputs, "-f", "framecrc", f"file:{table}"]
    done = run(argv)
    assert done.status == 0, done.stderr
    return done.stdout, framecrc(table.read_text())


def check(data: bytes, sent: list[Seen]) -> tuple[NutStream, ...]:
    """Check that the reader sees what was sent; returns the streams."""
    assert sent
    reader = NutReader(io.BytesIO(data))
    seen = summary(reader, reader.streams)
    for index in range(len(reader.streams)):
        ours = [item for item in seen if item.stream == index]
        assert ours == [item for item in sent if item.stream == index]
    return reader.streams


def video_source(size: str, rate: str = "25", seconds: str = "0.4") -> list[str]:
    # testsrc2 would round odd sizes down.
    return ["-f", "lavfi", "-i", f"testsrc=s={size}:r={rate}:d={seconds}"]


RAW = ("-fps_mode", "passthrough", "-c:v", "rawvideo")


@pytest.mark.parametrize("name", [*PIXEL_FORMATS, "yuvj420p"])
def test_every_pixel_format_is_read(ffmpeg: FFmpeg, tmp_path: Path, name: str) -> None:
    data, sent = from_ffmpeg(
        ffmpeg, tmp_path, *video_source("65x37"), "--", *RAW, "-pix_fmt", name
    )
    (stream,) = check(data, sent)
    assert stream.format == name.replace("yuvj", "yuv")
    assert (stream.width, stream.height) == (65, 37)
    assert stream.packet_size == sent[0].size
    assert stream.frame_rate == 25


@pytest.mark.parametrize("base", TIME_BASES)
def test_irregular_times_are_read_to_the_tick(
    ffmpeg: FFmpeg, tmp_path: Path, base: Fraction
) -> None:
    literal = f"{base.numerator}/{base.denominator}"
    late = f"settb={literal},{VARIABLE},setpts=PTS+{TEN_HOURS}/TB"
    options = (*RAW, "-enc_time_base:v", literal, "-pix_fmt", "gray")
    data, sent = from_ffmpeg(
        ffmpeg, tmp_path, "-copyts", *video_source("16x8"), "--", "-vf", late, *options
    )
    (stream,) = check(data, sent)
    assert len(sent) == 10
    assert sent[-1].time > TEN_HOURS
    # ffmpeg refines time bases that are coarser than 1/48000.
    assert (base / stream.time_base).denominator == 1


@pytest.mark.parametrize("rate", ["30000/1001", "60", "1/3"])
def test_constant_rates_are_read(ffmpeg: FFmpeg, tmp_path: Path, rate: str) -> None:
    data, sent = from_ffmpeg(
        ffmpeg,
        tmp_path,
        *video_source("16x8", rate, "9"),
        "--",
        *RAW,
        "-pix_fmt",
        "gray",
    )
    (stream,) = check(data, sent)
    assert stream.frame_rate == Fraction(rate)
    assert len(sent) == len({item.time for item in sent})


def test_two_sizes_of_one_frame_are_read(ffmpeg: FFmpeg, tmp_path: Path) -> None:
    data, sent = from_ffmpeg(
        ffmpeg,
        tmp_path,
        *video_source("161x90", "30000/1001"),
        "--",
        *("-map", "0:v", "-pix_fmt:v:0", "yuv420p"),
        *("-map", "0:v", "-filter:v:1", "scale=32:32", "-pix_fmt:v:1", "bgr24"),
        *RAW,
        *("-enc_time_base:v", "1001/30000"),
    )
    large, small = check(data, sent)
    assert (large.format, small.format) == ("yuv420p", "bgr24")
    packets = [(p.stream, p.pts) for p in NutReader(io.BytesIO(data))]
    pairs = list(zip(packets[::2], packets[1::2], strict=True))
    assert len(pairs) == 12
    assert all(one[1] == other[1] for one, other in pairs)


@pytest.mark.parametrize(
    ("codec", "rate"), [("pcm_s16le", 8000), ("pcm_s16le", 44100), ("pcm_f32le", 48000)]
)
def test_audio_is_read(ffmpeg: FFmpeg, tmp_path: Path, codec: str, rate: int) -> None:
    source = ["-f", "lavfi", "-i", f"sine=r={rate}:d=1.5"]
    data, sent = from_ffmpeg(ffmpeg, tmp_path, *source, "--", "-c:a", codec, "-ac", "2")
    (stream,) = check(data, sent)
    assert (stream.kind, stream.format) == ("audio", codec)
    assert (stream.sample_rate, stream.channels) == (rate, 2)
    assert stream.time_base == Fraction(1, rate)
    width = 2 * FOURCCS[codec][3] // 8
    assert sum(item.size for item in sent) == 1.5 * rate * width


def test_audio_between_frames_is_read(ffmpeg: FFmpeg, tmp_path: Path) -> None:
    audio = ["-f", "lavfi", "-i", "sine=r=48000:d=2"]
    data, sent = from_ffmpeg(
        ffmpeg,
        tmp_path,
        *video_source("320x180", "24000/1001", "2"),
        *audio,
        "--",
        *RAW,
        *("-pix_fmt", "yuv420p", "-c:a", "pcm_s16le"),
    )
    video, audio = check(data, sent)
    assert (video.kind, audio.kind) == ("video", "audio")
    assert data.count(SYNCPOINT) > 40


def test_coded_packets_are_read_with_their_elided_prefixes(
    ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    audio = ["-f", "lavfi", "-i", "sine=r=44100:d=1"]
    data, sent = from_ffmpeg(
        ffmpeg,
        tmp_path,
        *video_source("64x36", "25", "1"),
        *audio,
        "--",
        *("-c:v", "mpeg4", "-bf", "2", "-g", "7", "-c:a", "mp2"),
        *("-flags", "+global_header", "-avoid_negative_ts", "make_non_negative"),
    )
    video, audio = check(data, sent)
    assert (video.fourcc, video.packet_size) == (b"FMP4", None)
    assert audio.format == ""


def test_chapters_and_tags_are_skipped(ffmpeg: FFmpeg, tmp_path: Path) -> None:
    tags = tmp_path / "tags.txt"
    chapter = "[CHAPTER]\nTIMEBASE=1/{}\nSTART={}\nEND={}\ntitle=c{}\n"
    chapters = [chapter.format(n, n * 3, n * 3 + 5, n) for n in (7, 1000)]
    tags.write_text(";FFMETADATA1\ntitle=" + "long " * 2000 + "\n" + "".join(chapters))
    data, sent = from_ffmpeg(
        ffmpeg,
        tmp_path,
        *video_source("64x36"),
        *("-f", "ffmetadata", "-i", f"file:{tags}"),
        "--",
        *("-map", "0:v", "-map_metadata", "1", "-map_chapters", "1"),
        *("-metadata:s:v", "language=ger", *RAW, "-pix_fmt", "bgr24"),
    )
    (stream,) = check(data, sent)
    assert stream.frame_rate == 25
    assert data.count(INFO) == 4


@pytest.mark.parametrize("mode", ["none", "timestamped"])
def test_version_4_is_read(ffmpeg: FFmpeg, tmp_path: Path, mode: str) -> None:
    data, sent = from_ffmpeg(
        ffmpeg,
        tmp_path,
        *video_source("320x180", "30000/1001", "0.5"),
        *("-f", "lavfi", "-i", "sine=r=48000:d=0.5"),
        "--",
        *(*RAW, "-pix_fmt", "yuv420p", "-c:a", "pcm_s16le"),
        muxer=["-syncpoints", mode, "-strict", "experimental"],
    )
    check(data, sent)
    assert (data.count(SYNCPOINT) == 1) == (mode == "none")


def test_an_index_is_no_packet_and_may_be_omitted(
    ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    options = (*video_source("64x36", "25", "2"), "--", *RAW, "-pix_fmt", "bgr24")
    whole, sent = from_ffmpeg(ffmpeg, tmp_path, *options)
    check(whole, sent)
    short, sent = from_ffmpeg(ffmpeg, tmp_path, *options, muxer=["-write_index", "0"])
    check(short, sent)
    assert len(short) < len(whole)


def to_ffmpeg(
    ffmpeg: FFmpeg, data: bytes, *options: str, codec: str = "rawvideo"
) -> list[Seen]:
    """What ffmpeg reads from a NUT stream; it must not have one word to say.

    Only that NUT stores no channel layout is beyond us.
    """
    argv = [ffmpeg.path, "-v", "warning", "-nostdin", "-xerror", "-copyts"]
    argv += ["-f", "nut", "-i", "pipe:0", *options, "-fps_mode", "passthrough"]
    done = run([*argv, "-c:v", codec, "-f", "framecrc", "pipe:1"], input=data)
    words = [line for line in done.stderr.splitlines() if "Guessed" not in line]
    assert (done.status, words) == (0, [])
    return framecrc(done.stdout.decode())


def written(
    streams: Sequence[NutStream],
    packets: Sequence[tuple[int, int, bytes]],
    *,
    endless: bool = False,
) -> bytes:
    sink = io.BytesIO()
    writer = NutWriter(sink, streams, endless=endless)
    for stream, pts, data in packets:
        writer.write(stream, pts, data)
    return sink.getvalue()


def expected(
    streams: Sequence[NutStream], packets: Sequence[tuple[int, int, bytes]]
) -> list[Seen]:
    return [
        Seen(stream, pts * streams[stream].time_base, len(data), zlib.adler32(data, 0))
        for stream, pts, data in packets
    ]


def video(name: str, base: Fraction, width: int = 34, height: int = 18) -> NutStream:
    return NutStream(
        kind="video",
        fourcc=FOURCCS[name],
        time_base=base,
        width=width,
        height=height,
        sample_aspect_ratio=Fraction(1),
        frame_rate=Fraction(30000, 1001),
    )


def noise(stream: NutStream, seed: int) -> bytes:
    """A frame; 10-bit samples keep to their 10 bits."""
    layout = PIXEL_FORMATS[stream.format]
    count = layout.size(stream.width, stream.height) // np.dtype(layout.dtype).itemsize
    random = np.random.default_rng(seed)
    return random.integers(0, 1 << layout.bits, count).astype(layout.dtype).tobytes()


def base_option(base: Fraction, stream: int = 0) -> tuple[str, str]:
    return f"-enc_time_base:v:{stream}", f"{base.numerator}/{base.denominator}"


@pytest.mark.parametrize("name", PIXEL_FORMATS)
def test_ffmpeg_reads_every_pixel_format(ffmpeg: FFmpeg, name: str) -> None:
    stream = video(name, Fraction(1, 90000), 33, 17)
    packets = [(0, pts * 3003, noise(stream, pts)) for pts in range(4)]
    seen = to_ffmpeg(ffmpeg, written([stream], packets), *base_option(stream.time_base))
    assert seen == expected([stream], packets)


@pytest.mark.parametrize(
    ("base", "endless", "codec"),
    [
        *((base, False, "rawvideo") for base in TIME_BASES),
        *((base, False, "copy") for base in TIME_BASES[:2]),
        *((base, True, "rawvideo") for base in TIME_BASES[:2]),
    ],
)
def test_ffmpeg_reads_irregular_times_to_the_tick(
    ffmpeg: FFmpeg, base: Fraction, endless: bool, codec: str
) -> None:
    stream = video("yuv420p", base, 320, 180)
    seconds = [Fraction(n * n * 7 + n, 10) for n in range(9)]
    seconds += [gap + seconds[-1] for gap in (Fraction(1, 2), Fraction(600))]
    seconds += [TEN_HOURS + second + 1 for second in seconds]
    ticks = sorted({int(second / base) for second in seconds})
    packets = [(0, pts, noise(stream, index)) for index, pts in enumerate(ticks)]
    data = written([stream], packets, endless=endless)
    seen = to_ffmpeg(ffmpeg, data, *base_option(base), codec=codec)
    assert seen == expected([stream], packets)


@pytest.mark.parametrize("endless", [False, True])
def test_ffmpeg_reads_several_streams(ffmpeg: FFmpeg, endless: bool) -> None:
    audio = NutStream(
        kind="audio",
        fourcc=FOURCCS["pcm_s16le"],
        time_base=Fraction(1, 48000),
        sample_rate=48000,
        channels=1,
    )
    bases = (Fraction(1001, 30000), Fraction(1, 90000))
    streams = [video("yuv420p", bases[0]), video("bgr24", bases[1], 8, 8), audio]
    packets = []
    for index in range(20):
        packets.append((0, index, noise(streams[0], index)))
        packets.append((1, index * 3003, noise(streams[1], index)))
        packets.append((2, index * 1600, bytes([index]) * 3200))
    data = written(streams, packets, endless=endless)
    maps = ("-map", "0", *base_option(bases[0]), *base_option(bases[1], 1))
    seen = to_ffmpeg(ffmpeg, data, *maps, "-c:a", "pcm_s16le")
    for index in range(3):
        ours = [item for item in seen if item.stream == index]
        theirs = [item for item in expected(streams, packets) if item.stream == index]
        if index < 2:
            assert ours == theirs
        else:
            assert ours[0].time == 0
            assert sum(item.size for item in ours) == 20 * 3200


def test_ffmpeg_learns_the_frame_rate_and_pixel_shape(ffmpeg: FFmpeg) -> None:
    stream = NutStream(
        kind="video",
        fourcc=FOURCCS["gray"],
        time_base=Fraction(1, 90000),
        width=32,
        height=16,
        sample_aspect_ratio=Fraction(4, 3),
        frame_rate=Fraction(24000, 1001),
    )
    packets = [(0, n * 7200, noise(stream, n)) for n in range(3)]
    argv = [ffmpeg.path, "-hide_banner", "-nostdin", "-f", "nut", "-i", "pipe:0"]
    done = run([*argv, "-f", "null", "-"], input=written([stream], packets))
    assert "32x16 [SAR 4:3 DAR 8:3]" in done.stderr
    assert "23.98 tbr, 90k tbn" in done.stderr


def test_what_ffmpeg_sends_can_be_sent_back(ffmpeg: FFmpeg, tmp_path: Path) -> None:
    base = "1/90000"
    options = (*RAW, "-enc_time_base:v", base, "-pix_fmt", "yuv420p10le")
    shaped = ("-vf", f"settb={base},{VARIABLE}")
    data, sent = from_ffmpeg(
        ffmpeg, tmp_path, *video_source("65x37"), "--", *shaped, *options
    )
    reader = NutReader(io.BytesIO(data))
    sink = io.BytesIO()
    writer = NutWriter(sink, reader.streams)
    for packet in reader:
        writer.write(packet.stream, packet.pts, packet.payload)
    assert to_ffmpeg(ffmpeg, sink.getvalue(), *base_option(Fraction(base))) == sent
