"""A local input opens no other file; and all usual kinds of file do open."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import imageio_ffmpeg
import pytest

from avio_cli.errors import InputError
from avio_cli.ffmpeg.command import LOCAL_FORMATS, guard_options
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.probe.probe import probe
from avio_cli.ffmpeg.process.run import run
from avio_cli.ffmpeg.url import parse_url

USUAL = (
    "wav mp3 flac ogg opus m4a aac ac3 aiff mka wma mp4 mov mkv webm avi ts m2ts mpg "
    "vob flv wmv asf 3gp mxf nut y4m h264 hevc ivf gif apng mjpeg m4v png jpg bmp tiff "
    "webp ppm jp2 tga srt ass vtt"
).split()

PLAYLISTS = {
    "hls": "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:1,\na.ts\n#EXT-X-ENDLIST\n",
    "ffconcat": "ffconcat version 1.0\nfile a.ts\n",
    "dash": (
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
        'mediaPresentationDuration="PT1S" profiles="urn:mpeg:dash:profile:full:2011">'
        '<Period><AdaptationSet mimeType="video/mp2t"><Representation id="1" '
        'bandwidth="1"><BaseURL>a.ts</BaseURL><SegmentBase/></Representation>'
        "</AdaptationSet></Period></MPD>"
    ),
    "sdp": "v=0\nc=IN IP4 127.0.0.1\nm=video 9 RTP/AVP 96\na=rtpmap:96 H264/90000\n",
    "imf": (
        '<?xml version="1.0"?><CompositionPlaylist '
        'xmlns="http://www.smpte-ra.org/schemas/2067-3/2016"></CompositionPlaylist>'
    ),
    "vobsub": "# VobSub index file, v7\nid: en, index: 0\n",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One short file of each usual kind, made by one ffmpeg."""
    folder = tmp_path_factory.mktemp("usual")
    (folder / "v.srt").write_text("1\n00:00:00,000 --> 00:00:00,500\nHello\n\n")
    inputs = "-f lavfi -i testsrc2=s=176x144:r=25:d=0.2 -f lavfi -i sine=r=48000:d=0.2"
    argv = [
        imageio_ffmpeg.get_ffmpeg_exe(),
        *"-nostdin -loglevel error".split(),
        *inputs.split(),
    ]
    argv += ["-i", str(folder / "v.srt")]
    for extension in set(USUAL) - {"srt"}:
        argv += [*_options(extension), str(folder / f"v.{extension}")]
    done = run(argv)
    assert done.status == 0, done.stderr
    return folder


def _options(extension: str) -> Iterator[str]:
    words = {
        "3gp": "-c:v mpeg4 -c:a aac",
        "m2ts": "-c:v mpeg2video -c:a ac3",
        "mxf": "-s 720x576 -c:v mpeg2video -b:v 9M",
        "webm": "-c:v libvpx -c:a libopus -cpu-used 8 -deadline realtime",
        "webp": "-frames:v 1 -c:v libwebp",
        "hevc": "-c:v libx265 -preset ultrafast",
        "ivf": "-c:v libvpx -cpu-used 8 -deadline realtime",
        "ass": "-map 2",
        "vtt": "-map 2",
    }
    images = "png jpg bmp tiff ppm jp2 tga".split()
    still = "-frames:v 1 -update 1" if extension in images else ""
    yield from words.get(extension, still).split()


def ways(ffmpeg: FFmpeg) -> list[FFmpeg]:
    return [ffmpeg, replace(ffmpeg, ffprobe="")] if ffmpeg.ffprobe else [ffmpeg]


def opened_files(ffmpeg: FFmpeg, file: Path, *guard: str) -> list[str]:
    """The files that ffmpeg says it opens."""
    argv = [ffmpeg.path, "-nostdin", "-loglevel", "debug", *guard]
    log = run([*argv, "-i", f"file:{file}"]).stderr
    lines = (line.partition("Opening '")[2] for line in log.splitlines())
    return [line.partition("' for reading")[0] for line in lines if line]


def test_usual_files_open(ffmpeg: FFmpeg, folder: Path) -> None:
    argv = [ffmpeg.path, "-hide_banner", "-nostdin"]
    for extension in USUAL:
        address = parse_url(folder / f"v.{extension}")
        argv += [*guard_options(address), "-i", address.url]
    log = run(argv).stderr
    opened = [line for line in log.splitlines() if line.startswith("Input #")]
    assert len(opened) == len(USUAL), log


def test_every_allowed_format_is_known_to_some_ffmpeg() -> None:
    binaries = [imageio_ffmpeg.get_ffmpeg_exe()]
    if Path("/usr/bin/ffmpeg").exists():
        binaries.append("/usr/bin/ffmpeg")
    known = {name for binary in binaries for name in demuxers(binary)}
    formats = LOCAL_FORMATS.split(",")
    assert set(formats) <= known
    assert len(formats) == len(set(formats))


def demuxers(binary: str) -> Iterator[str]:
    listing = run([binary, "-hide_banner", "-demuxers"]).stdout.decode()
    for line in listing.splitlines():
        words = line.split()
        if len(words) > 1 and words[0].startswith("D"):
            yield from words[1].split(",")


@pytest.mark.parametrize(
    "name",
    "avisynth concat dash hls image2 imf lavfi mlv rtsp sap sdp svg_pipe tee tty "
    "vapoursynth vobsub webm_dash_manifest".split(),
)
def test_formats_that_follow_names_are_not_allowed(name: str) -> None:
    assert name not in LOCAL_FORMATS.split(",")


@pytest.mark.parametrize("kind", PLAYLISTS)
def test_disguised_playlist_opens_no_other_file(
    ffmpeg: FFmpeg, folder: Path, tmp_path: Path, kind: str
) -> None:
    shutil.copy(folder / "v.ts", tmp_path / "a.ts")
    shutil.copy(folder / "v.mpg", tmp_path / "x.sub")
    file = tmp_path / ("x.idx" if kind == "vobsub" else "x.mp4")
    file.write_text(PLAYLISTS[kind])
    guard = guard_options(parse_url(file))
    assert opened_files(ffmpeg, file, *guard) == [f"file:{file}"]
    for way in ways(ffmpeg):
        with pytest.raises(InputError, match=f"^cannot open {file}: it is "):
            probe(way, parse_url(file))


@pytest.mark.parametrize("kind", ["hls", "ffconcat"])
def test_a_playlist_is_called_one(ffmpeg: FFmpeg, tmp_path: Path, kind: str) -> None:
    file = tmp_path / "video.mp4"
    file.write_text(PLAYLISTS[kind])
    for way in ways(ffmpeg):
        with pytest.raises(InputError, match="perhaps a playlist"):
            probe(way, parse_url(file))


def test_without_the_guard_the_other_file_would_be_opened(
    ffmpeg: FFmpeg, folder: Path, tmp_path: Path
) -> None:
    shutil.copy(folder / "v.ts", tmp_path / "a.ts")
    file = tmp_path / "x.mp4"
    file.write_text(PLAYLISTS["ffconcat"])
    assert any(name.endswith("a.ts") for name in opened_files(ffmpeg, file))


@pytest.mark.parametrize(
    "name",
    [
        "shot50%.png",
        "a*b.png",
        "s%03d.jpg",
        "a{b,c}.png",
        "q?.gif",
        "[1].webp",
        "%d.tga",
    ],
)
def test_image_with_a_pattern_for_a_name_is_that_one_file(
    ffmpeg: FFmpeg, folder: Path, tmp_path: Path, name: str
) -> None:
    extension = name.rpartition(".")[2]
    file = tmp_path / name
    shutil.copy(folder / f"v.{extension}", file)
    for other in ("axb", "s001", "ab", "q1", "1", "10"):  # what the patterns fit
        (tmp_path / f"{other}.{extension}").write_bytes(b"not to be read")
    for way in ways(ffmpeg):
        (video,) = probe(way, parse_url(file)).videos
        assert (video.width, video.height) == (176, 144)
    guard = guard_options(parse_url(file))
    assert opened_files(ffmpeg, file, *guard) == [f"file:{file}"]


def test_folder_with_a_pattern_for_a_name(
    ffmpeg: FFmpeg, folder: Path, tmp_path: Path
) -> None:
    file = tmp_path / "50% {x}" / "v.png"
    file.parent.mkdir()
    shutil.copy(folder / "v.png", file)
    for way in ways(ffmpeg):
        assert probe(way, parse_url(file)).videos[0].width == 176


def test_unusual_image_with_a_pattern_for_a_name_is_refused(
    ffmpeg: FFmpeg, folder: Path, tmp_path: Path
) -> None:
    shutil.copy(folder / "v.jpg", tmp_path / "a1.jps")
    file = tmp_path / "a%d.jps"
    shutil.copy(folder / "v.jpg", file)
    for way in ways(ffmpeg):
        with pytest.raises(InputError):
            probe(way, parse_url(file))
