"""Both ways of probing, with real files and both ffmpegs."""

import dataclasses
import os
import shutil
import socket
import sys
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from avio_cli.errors import FFmpegError, InputError
from avio_cli.ffmpeg.locate import FFmpeg, locate_ffmpeg
from avio_cli.ffmpeg.probe.probe import probe
from avio_cli.ffmpeg.process.run import Completed, run
from avio_cli.ffmpeg.url import parse_url
from avio_cli.media.info import MediaInfo, Stream, VideoStream
from tests.clips import make_clip
from tests.conftest import missing

FILES = (
    "TUD-Campus.mp4 car_with_audio.mp4 people_with_tone.mp4 vtest.avi "
    "edge/SAR-2by3.mp4 edge/bbb_800x640_768kbps_30fps_avc_2b_firstpts_10_sec.mp4 "
    "edge/bear-vp9-odd-dimensions.webm edge/corrupted.mp4 "
    "edge/edit_list_positive_shift.mp4 edge/h264-png.mp4 edge/h265_10bits.mp4 "
    "edge/hdr10-av1.mp4 edge/interlaced.mp4 edge/invalid-bitstream.webm "
    "edge/mov_text.mp4 edge/multi-track.mp4 edge/nasa_13013.mp4 edge/sample.avi "
    "edge/sample_android_slow_motion.mp4 edge/sample_audio_only.mp4 "
    "edge/sample_fragmented.mp4 edge/sample_h264.ts edge/sample_missing_stsd.mp4 "
    "edge/sample_with_srt.mkv edge/testsrc_with_attachment.mkv edge/truncated.mp4 "
    "edge/var_fps_video.mp4 edge/video_180.mov edge/video_90.mov"
).split()

ONLY_FFPROBE = frozenset({"start_pts", "duration", "frame_count"})
"""What of a stream the report may omit; ffmpeg 9 prints some starts."""


def ways(ffmpeg: FFmpeg) -> list[FFmpeg]:
    """With ffprobe, where there is one, and by ffmpeg's own report."""
    return [ffmpeg, replace(ffmpeg, ffprobe="")] if ffmpeg.ffprobe else [ffmpeg]


@pytest.fixture
def system_ffmpeg(monkeypatch: pytest.MonkeyPatch) -> FFmpeg:
    """One that has an ffprobe to compare with."""
    binary = os.environ.get("AVIO_TEST_SYSTEM_FFMPEG", "/usr/bin/ffmpeg")
    if not Path(binary).with_name("ffprobe").exists():
        missing(f"the ffprobe next to {binary}")
    monkeypatch.setenv("AVIO_FFMPEG", binary)
    return locate_ffmpeg()


@pytest.fixture(scope="module")
def rich_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Chapters, texts with traps, several languages, dispositions, an attachment."""
    import imageio_ffmpeg

    folder = tmp_path_factory.mktemp("rich")
    (folder / "meta.txt").write_text(
        ";FFMETADATA1\ntitle=Line one\\\nline two: x\n"
        "comment=see rtsp://bob:secret@camera/x\n"
        "[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=333\ntitle=Intro \\=1\n"
        "[CHAPTER]\nTIMEBASE=1/1000\nSTART=333\nEND=600\ntitle=Two\\\nlines\n"
    )
    (folder / "s.srt").write_text("1\n00:00:00,000 --> 00:00:00,500\nHello\n\n")
    (folder / "font.txt").write_text("no font")
    words = "-f lavfi -i testsrc2=s=64x48:r=30000/1001:d=0.6 -f lavfi -i sine=d=0.6"
    words += " -i s.srt -i meta.txt -map 0 -map 1 -map 1 -map 2"
    words += " -map_metadata 3 -map_chapters 3 -c:v mpeg4 -c:a ac3 -ac:a:1 6"
    words += " -metadata:s:a:0 language=deu -metadata:s:a:1 language=fra"
    words += " -disposition:a:1 comment+hearing_impaired -disposition:s:0 forced"
    argv = [imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-nostdin", *words.split()]
    argv += ["-metadata:s:a:1", "title=Talk, (forced) 5 fps"]
    argv += ["-attach", "font.txt", "-metadata:s:t", "mimetype=text/plain", "rich.mkv"]
    argv = [str(folder / word) if (folder / word).exists() else word for word in argv]
    argv[-1] = str(folder / "rich.mkv")
    done = run(argv)
    assert done.status == 0, done.stderr
    return folder / "rich.mkv"


@pytest.mark.parametrize("name", FILES)
def test_report_and_ffprobe_agree(
    system_ffmpeg: FFmpeg, bundled_ffmpeg: FFmpeg, shared: Path, name: str
) -> None:
    address = parse_url(shared / "media" / name)
    by_ffprobe, by_report = (probe(way, address) for way in ways(system_ffmpeg))
    assert differences(by_ffprobe, by_report) == []
    assert len(by_ffprobe.streams) == len(by_report.streams)
    for expected, read in zip(by_ffprobe.streams, by_report.streams, strict=True):
        assert differences(expected, read) == []
    check_other_version(by_ffprobe, probe(bundled_ffmpeg, address))


def check_other_version(expected: MediaInfo, read: MediaInfo) -> None:
    """Another ffmpeg computes other durations, but the same for decoding."""
    assert expected.container == read.container
    for stream, other in zip(expected.streams, read.streams, strict=True):
        found = {name for name, *_ in differences(stream, other)}
        assert found <= {"metadata", "bit_rate", "color"}


def differences(
    expected: MediaInfo | Stream, read: MediaInfo | Stream
) -> list[tuple[str, object, object]]:
    """Fields in which the report says something else than ffprobe."""
    assert type(expected) is type(read)
    names = [field.name for field in dataclasses.fields(expected)]
    pairs = ((name, getattr(expected, name), getattr(read, name)) for name in names)
    return [found for found in pairs if not agree(*found)]


def agree(name: str, expected: object, read: object) -> bool:
    if name == "streams" or expected == read:
        return True
    if name in ONLY_FFPROBE and read is None:
        return True
    if name == "duration":  # printed in hundredths of a second
        return abs(expected - read) <= Fraction(1, 200)
    if name == "bit_rate" and expected is not None:  # printed in thousands
        return read == (expected // 1000 * 1000 or None)
    if name in ("average_rate", "nominal_rate"):  # printed with two decimals
        return abs(expected - read) <= Fraction(1, 200)
    if name == "metadata":  # control characters are printed as question marks
        return {k: v.replace("\x1f", "?") for k, v in expected.items()} == read
    return False


def test_what_only_ffprobe_reports(system_ffmpeg: FFmpeg, shared: Path) -> None:
    address = parse_url(shared / "media/edge/var_fps_video.mp4")
    by_ffprobe, by_report = (probe(way, address) for way in ways(system_ffmpeg))
    video, same_video = by_ffprobe.videos[0], by_report.videos[0]
    assert by_ffprobe.duration == Fraction("14.934")
    assert by_report.duration == Fraction("14.93")
    assert video.average_rate == Fraction(1125, 56)
    assert same_video.average_rate == Fraction("20.09")
    assert (video.frame_count, same_video.frame_count) == (300, None)
    assert (video.start_pts, same_video.start_pts) == (0, None)
    assert video.duration == Fraction(229376, 15360)
    assert same_video.duration is None


@pytest.mark.parametrize(
    ("name", "rotation", "size"),
    [
        ("video_90.mov", 90, (320, 568)),
        ("video_180.mov", 180, (568, 320)),
    ],
)
def test_rotation_is_clockwise_and_turns_the_size(
    ffmpeg: FFmpeg, shared: Path, name: str, rotation: int, size: tuple[int, int]
) -> None:
    address = parse_url(shared / "media/edge" / name)
    for way in ways(ffmpeg):
        video = probe(way, address).videos[0]
        assert (video.rotation, (video.width, video.height)) == (rotation, size)


def test_cover_art_is_no_video(ffmpeg: FFmpeg, shared: Path) -> None:
    address = parse_url(shared / "media/edge/h264-png.mp4")
    for way in ways(ffmpeg):
        info = probe(way, address)
        assert [video.codec for video in info.videos] == ["h264"]
        assert [cover.codec for cover in info.covers] == ["png"]


def test_attachment_has_its_name_and_type(ffmpeg: FFmpeg, shared: Path) -> None:
    address = parse_url(shared / "media/edge/testsrc_with_attachment.mkv")
    for way in ways(ffmpeg):
        (attached,) = probe(way, address).attachments
        assert attached.filename == "test_attachment.txt"
        assert attached.mime_type == "text/plain"
        assert attached.metadata == {}


def test_unknown_length_of_a_fragmented_file_is_not_believed(
    ffmpeg: FFmpeg, shared: Path
) -> None:
    address = parse_url(shared / "media/edge/sample_fragmented.mp4")
    for way in ways(ffmpeg):
        info = probe(way, address)
        assert info.duration is None or info.duration < 2
        assert all(s.duration is None or s.duration < 2 for s in info.streams)


def test_chapters_languages_titles_and_dispositions(
    ffmpeg: FFmpeg, rich_file: Path
) -> None:
    for way in ways(ffmpeg):
        info = probe(way, parse_url(rich_file))
        assert [(c.start, c.end, c.title) for c in info.chapters] == [
            (0, Fraction(333, 1000), "Intro =1"),
            (Fraction(333, 1000), Fraction(3, 5), "Two\nlines"),
        ]
        first, second = info.audios
        assert (first.language, second.language) == ("deu", "fra")
        assert (first.channels, second.channels) == (1, 6)
        assert second.title == "Talk, (forced) 5 fps"
        assert second.dispositions == {"comment", "hearing_impaired"}
        assert info.subtitles[0].dispositions == {"forced"}
        assert info.videos[0].average_rate == Fraction(30000, 1001)
        assert info.videos[0].duration == Fraction(3, 5)
        assert info.metadata["title"] == "Line one\nline two: x"


def test_video_with_a_timecode_track_is_seen(ffmpeg: FFmpeg, tmp_path: Path) -> None:
    """ffmpeg 9.0 lists both as a group of streams."""
    for extension in (".mov", ".mp4"):
        clip = make_clip(
            tmp_path / f"camera{extension}",
            audios=1,
            extra=("-timecode", "10:00:00:00"),
        )
        for way in ways(ffmpeg):
            info = probe(way, parse_url(clip.path))
            assert [stream.index for stream in info.streams] == [0, 1, 2]
            assert (info.videos[0].width, info.videos[0].height) == (160, 96)
            assert info.videos[0].metadata["timecode"] == "10:00:00:00"
            assert (len(info.audios), len(info.data)) == (1, 1)


def test_stream_that_the_report_hides_is_an_error(
    bundled_ffmpeg: FFmpeg, rich_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A result without it would lack what nobody knew of."""
    log = "[info] Input #0, avi, from 'x.avi':\n[info]   Stream #0:1, 1, 1/25: "
    log += "Audio: mp3, 48000 Hz, stereo, fltp\n"
    monkeypatch.setattr(
        "avio_cli.ffmpeg.probe.probe.run", lambda *_, **__: Completed(1, b"", log)
    )
    with pytest.raises(FFmpegError, match="does not say what stream 0 of"):
        probe(bundled_ffmpeg, parse_url(rich_file))


def test_source_without_streams_is_an_error(ffmpeg: FFmpeg, tmp_path: Path) -> None:
    file = tmp_path / "nothing.mp4"
    header = b"\0\0\0\x6cmvhd" + bytes(12) + b"\0\0\x03\xe8" + bytes(84)
    file.write_bytes(b"\0\0\0\x10ftypisom\0\0\2\0\0\0\0\x74moov" + header)
    assert refusals(ffmpeg, file) == {
        f"cannot open {file}: ffmpeg finds no stream in it"
    }


def test_passwords_in_metadata_are_masked(ffmpeg: FFmpeg, rich_file: Path) -> None:
    for way in ways(ffmpeg):
        info = probe(way, parse_url(rich_file))
        assert info.metadata["COMMENT"] == "see rtsp://***@camera/x"
        assert "secret" not in repr(info)


@pytest.mark.parametrize(
    "name",
    ["-x.mkv", "a:b.mkv", "new\nline.mkv", "%d a*b?.mkv", "b\udcffd.mkv", "é'.mkv"],
)
def test_any_file_name_is_only_a_name(
    ffmpeg: FFmpeg,
    rich_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    shutil.copy(rich_file, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    for way in ways(ffmpeg):
        info = probe(way, parse_url(name))
        assert len(info.streams) == 5
        assert info.source.isprintable()


def test_standard_input_is_read_by_the_child(ffmpeg: FFmpeg, rich_file: Path) -> None:
    code = (
        "from avio_cli.ffmpeg.locate import FFmpeg\n"
        "from avio_cli.ffmpeg.url import parse_url\n"
        "from avio_cli.ffmpeg.probe.probe import probe\n"
        "info = probe({!r}, parse_url('-'))\n"
        "print(info.source, len(info.streams), info.size)"
    )
    for way in ways(ffmpeg):
        argv = [sys.executable, "-c", code.format(way)]
        done = run(argv, input=rich_file.read_bytes())
        assert done.stdout.decode().split() == ["stdin", "5", "None"], done.stderr


def test_options_for_the_source_reach_both_programs(
    ffmpeg: FFmpeg, rich_file: Path
) -> None:
    address = parse_url(rich_file)
    assert probe(ffmpeg, address, ("-f", "matroska")) == probe(ffmpeg, address)
    with pytest.raises(InputError):
        probe(ffmpeg, address, ("-f", "avi"))


def test_text_named_mp4_is_no_media(ffmpeg: FFmpeg, tmp_path: Path) -> None:
    file = tmp_path / "notes.mp4"
    file.write_text("just some notes\n" * 40)
    assert refusals(ffmpeg, file) == {
        f"cannot open {file}: it is not a media file that ffmpeg can read"
    }


def test_text_named_png_is_no_image(ffmpeg: FFmpeg, tmp_path: Path) -> None:
    file = tmp_path / "notes.png"
    file.write_text("just some notes\n" * 40)
    assert refusals(ffmpeg, file) == {
        f"cannot open {file}: it is not an image that this ffmpeg can read"
    }


def test_mp4_without_its_index_is_cut_off(ffmpeg: FFmpeg, tmp_path: Path) -> None:
    file = tmp_path / "cut.mp4"
    file.write_bytes(b"\0\0\0\x18ftypisom\0\0\2\0isommp42\0\0\x10\0mdat" + bytes(3000))
    assert refusals(ffmpeg, file) == {
        f"cannot open {file}: the file has no index (moov atom): "
        "it is cut off or was never finished"
    }


def test_refused_connection_names_no_password(ffmpeg: FFmpeg) -> None:
    address = parse_url("rtsp://bob:secret@127.0.0.1:9/x?token=abc")
    for way in ways(ffmpeg):
        with pytest.raises(InputError) as caught:
            probe(way, address)
        assert caught.value.message == (
            "cannot open rtsp://***@127.0.0.1:9/x?token=***: the connection was refused"
        )


def test_program_that_does_not_start_is_not_the_files_fault(
    rich_file: Path, tmp_path: Path
) -> None:
    with pytest.raises(FFmpegError, match="cannot start"):
        probe(FFmpeg(str(tmp_path / "none"), "PATH"), parse_url(rich_file))


def test_damaged_files_still_report_what_they_hold(
    ffmpeg: FFmpeg, shared: Path
) -> None:
    for name, width in (("truncated.mp4", 768), ("invalid-bitstream.webm", 320)):
        for way in ways(ffmpeg):
            info = probe(way, parse_url(shared / "media/edge" / name))
            assert isinstance(info.streams[0], VideoStream)
            assert info.streams[0].width == width


def refusals(ffmpeg: FFmpeg, file: Path) -> set[str]:
    """What each way says of a file that cannot be opened."""
    messages = set()
    for way in ways(ffmpeg):
        with pytest.raises(InputError) as caught:
            probe(way, parse_url(file))
        messages.add(caught.value.message)
    return messages


class Answer(BaseHTTPRequestHandler):
    """Answers with the status that the path names."""

    def do_GET(self) -> None:
        self.send_error(int(self.path.strip("/")))

    def log_message(self, *words: object) -> None:
        return


@pytest.fixture
def server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as running:
        thread = Thread(target=running.serve_forever)
        thread.start()
        yield f"http://bob:secret@127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("status", "cause"),
    [
        (401, "the server asks for a login"),
        (403, "the server refuses (403)"),
        (404, "the server has no such file (404)"),
        (503, "the server refuses (5XX)"),
    ],
)
def test_servers_answer_is_reported(
    ffmpeg: FFmpeg, server: str, status: int, cause: str
) -> None:
    for way in ways(ffmpeg):
        with pytest.raises(InputError) as caught:
            probe(way, parse_url(f"{server}/{status}"))
        shown = server.replace("bob:secret", "***")
        assert caught.value.message == f"cannot open {shown}/{status}: {cause}"


@pytest.fixture
def animated(tmp_path: Path) -> Path:
    """A WebP of several frames."""
    import imageio_ffmpeg

    path = tmp_path / "animated.webp"
    words = "-v error -f lavfi -i testsrc2=s=64x48:r=10:d=0.4 -c:v libwebp_anim".split()
    argv = [imageio_ffmpeg.get_ffmpeg_exe(), *words, str(path)]
    assert run(argv, timeout=60).status == 0
    return path


@pytest.mark.parametrize("name", ["animated.webp", "100%d.webp", "wrong.png"])
def test_animated_webp_is_read_or_refused_by_its_name(
    ffmpeg: FFmpeg, animated: Path, name: str
) -> None:
    path = animated.rename(animated.with_name(name))
    if "webp_anim" in _demuxers(ffmpeg):
        for way in ways(ffmpeg):
            assert probe(way, parse_url(path)).container == "webp_anim"
        return
    cause = "this ffmpeg cannot read animated WebP"
    assert refusals(ffmpeg, path) == {f"cannot open {path}: {cause}"}


def _demuxers(ffmpeg: FFmpeg) -> str:
    done = run([ffmpeg.path, "-hide_banner", "-demuxers"], timeout=60)
    return done.stdout.decode()


def test_silent_server_is_given_up(
    bundled_ffmpeg: FFmpeg, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("avio_cli.ffmpeg.probe.probe.PROBE_SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = parse_url(f"http://127.0.0.1:{silent.getsockname()[1]}/x")
        with pytest.raises(InputError, match=r"no answer within 0\.5 seconds"):
            probe(bundled_ffmpeg, address)
