"""Every preset: a video goes in; codecs, tags, frames, times and audio come out."""

import itertools
import socket
import threading
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pytest

from avio_cli.cli.main import run
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.process.process import Process
from avio_cli.presets import find_preset, preset_paths
from tests.clips import Clip, indices, make_clip
from tests.conftest import BOTH_FFMPEGS
from tests.reference import packets, streams, timeline

FRAMES, RATE = 12, Fraction(25)
MILLISECOND = Fraction(1, 1000)


@dataclass(frozen=True)
class Promise:
    """What a preset makes of a video with stereo audio."""

    video: str = ""
    pixels: str = ""
    tag: str = ""
    audio: str = ""
    rounding: Fraction = Fraction(0)
    """How far a frame may be from its time: the container's own ticks."""


PROMISES = {
    "mp4-h264": Promise("h264", "yuv420p", "avc1", "aac"),
    "mp4-hevc": Promise("hevc", "yuv420p", "hvc1", "aac"),
    "mp4-av1": Promise("av1", "yuv420p10le", "av01", "aac"),
    "mov-h264": Promise("h264", "yuv420p", "avc1", "aac"),
    "mov-prores": Promise("prores", "yuv422p10le", "apch", "pcm_s16le"),
    "webm-vp9": Promise("vp9", "yuv420p", "", "opus", MILLISECOND),
    "webm-av1": Promise("av1", "yuv420p10le", "", "opus", MILLISECOND),
    "mkv-h264": Promise("h264", "yuv420p", "", "pcm_s16le", MILLISECOND),
    "mkv-ffv1": Promise("ffv1", "yuv420p", "", "pcm_s16le", MILLISECOND),
    "avi-mpeg4": Promise("mpeg4", "yuv420p", "FMP4", "mp3"),
    "gif": Promise("gif", "bgra", "", ""),
    "hls": Promise("h264", "yuv420p", "", "aac", Fraction(1, 90_000)),
    "ts-h264": Promise("h264", "yuv420p", "", "aac", Fraction(1, 90_000)),
    "audio-mp3": Promise(audio="mp3"),
    "audio-aac": Promise(audio="aac"),
    "audio-opus": Promise(audio="opus"),
    "audio-flac": Promise(audio="flac"),
    "audio-wav": Promise(audio="pcm_s16le"),
}
EXTENSIONS = {"mp4": ".mp4", "mov": ".mov", "matroska": ".mkv", "webm": ".webm"}


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    path = tmp_path_factory.mktemp("clip") / "in.mkv"
    audio = ("-c:a", "pcm_s16le", "-ac", "2")
    return make_clip(path, frames=FRAMES, rate=RATE, width=128, audios=1, audio=audio)


def output_of(name: str, folder: Path) -> Path:
    preset = find_preset(name)
    extension = (
        preset.extensions[0] if preset.extensions else EXTENSIONS[preset.container]
    )
    return folder / f"out{extension}"


def test_every_preset_is_promised_something() -> None:
    assert {*PROMISES, "stream-rtmp"} == set(preset_paths())


@pytest.mark.parametrize("name", PROMISES)
@pytest.mark.sampled(6)
def test_a_video_becomes_what_is_promised(
    name: str, clip: Clip, ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    output, promise = output_of(name, tmp_path), PROMISES[name]
    arguments = ["transcode", str(clip.path), str(output), "--preset", name]
    assert run([*arguments, "--verify", "decode"]) == 0
    videos = [s for s in streams(output) if s.kind == "video"]
    audios = [s for s in streams(output) if s.kind == "audio"]
    assert [s.codec for s in videos] == [promise.video] * bool(promise.video)
    assert [s.codec for s in audios] == [promise.audio] * bool(promise.audio)
    if promise.audio:
        assert audios[0].channels == 2
        assert abs(seconds(output, "a:0") - FRAMES / RATE) < Fraction(6, 100)
    if promise.video:
        assert videos[0].video.pixel_format == promise.pixels
        assert promise.tag in ("", videos[0].fourcc)
        assert_frames(output, clip, promise.rounding)


def assert_frames(output: Path, clip: Clip, rounding: Fraction) -> None:
    """All frames are there, each shows its number, each at its time."""
    assert indices(output, clip.width, clip.height) == list(range(FRAMES))
    times = timeline(output).relative
    assert len(times) == FRAMES
    for time, wanted in zip(times, clip.times, strict=True):
        assert abs(time - wanted) <= rounding


def seconds(path: Path, stream: str) -> Fraction:
    """How long the packets of a stream last."""
    return sum((p.duration for p in packets(path, stream)), Fraction(0))


CHANNELS = {
    "mp4-h264": 6,
    "webm-vp9": 6,
    "mov-prores": 6,
    "avi-mpeg4": 2,
    "hls": 2,
    "audio-mp3": 2,
    "audio-aac": 6,
    "audio-opus": 6,
    "audio-flac": 6,
    "audio-wav": 6,
    "ts-h264": 6,
}


@pytest.mark.parametrize("name", CHANNELS)
@pytest.mark.sampled(4)
def test_surround_stays_where_the_preset_has_room_for_it(
    name: str, bundled_ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    around = "aformat=channel_layouts=5.1(side)"
    audio = ("-filter:a", around, "-c:a", "pcm_s16le")
    source = make_clip(tmp_path / "in.mkv", frames=5, audios=1, audio=audio)
    output = output_of(name, tmp_path)
    assert run(["transcode", str(source.path), str(output), "--preset", name]) == 0
    found = [s.channels for s in streams(output) if s.kind == "audio"]
    assert found == [CHANNELS[name]]


DEPTHS = [
    ("pcm_s16le", "pcm_s16le"),
    ("pcm_s24be", "pcm_s24le"),
    ("flac -sample_fmt s32 -bits_per_raw_sample 24", "pcm_s24le"),
    ("pcm_s32be", "pcm_s32le"),
    ("pcm_f32le", "pcm_f32le"),
    ("pcm_u8", "pcm_u8"),
    ("aac", "pcm_s16le"),
]


@pytest.mark.parametrize(("source", "result"), DEPTHS)
@pytest.mark.sampled(4)
def test_wav_keeps_the_depth_of_the_samples(
    source: str, result: str, ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    audio = ("-c:a", *source.split(), "-ar", "44100")
    extension = ".mov" if source.endswith("be") else ".mkv"
    clip = make_clip(tmp_path / f"in{extension}", frames=5, audios=1, audio=audio)
    assert run(["transcode", str(clip.path), str(tmp_path / "out.wav")]) == 0
    (audio_stream,) = streams(tmp_path / "out.wav")
    assert audio_stream.codec == result
    assert timeline(tmp_path / "out.wav", "a:0").tick == Fraction(1, 44100)


@pytest.mark.parametrize("how", ["--copy", ""])
def test_ts_keeps_every_audio_track_and_names_what_it_cannot_hold(
    how: str, ffmpeg: FFmpeg, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    tagged = ("-metadata", "title=A title")
    clip = make_clip(tmp_path / "in.mkv", frames=FRAMES, audios=2, extra=tagged)
    output = tmp_path / "out.ts"
    words = ["transcode", str(clip.path), str(output), *filter(None, [how])]
    assert run(words) == 0
    assert [s.codec for s in streams(output)] == ["h264", "aac", "aac"]
    assert_frames(output, clip, Fraction(1, 1000))
    assert "title: dropped, MPEG-TS holds no metadata" in capfd.readouterr().err


@BOTH_FFMPEGS
@pytest.mark.parametrize("name", ["gif", "avi-mpeg4"])
def test_irregular_times_become_what_the_container_can_store(
    name: str, ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    ticks = [0, 3000, 9000, 12000, 24000, 27000]  # of 30 a second: 0 1 3 4 8 9
    source = make_clip(tmp_path / "in.mp4", ticks=ticks)
    output = output_of(name, tmp_path)
    assert run(["transcode", str(source.path), str(output), "--preset", name]) == 0
    shown = dict(zip(timeline(output).relative, indices(output, 160, 96), strict=True))
    tick = Fraction(1, 100) if name == "gif" else Fraction(1, 30)
    # The last one lasts a moment only: at a constant rate it may be dropped.
    for index, time in enumerate(source.times[: None if name == "gif" else -1]):
        nearest = min(shown, key=lambda there: abs(there - time))
        assert abs(nearest - time) <= tick / 2
        assert shown[nearest] == index
    if name == "gif":
        assert len(shown) == len(ticks)


@BOTH_FFMPEGS
def test_a_gif_drops_what_browsers_would_slow_down(
    ffmpeg: FFmpeg, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    source = make_clip(tmp_path / "in.mp4", frames=24, rate=Fraction(120))
    assert run(["transcode", str(source.path), str(tmp_path / "out.gif")]) == 0
    times = timeline(tmp_path / "out.gif").relative
    steps = {b - a for a, b in itertools.pairwise(times)}
    assert steps == {Fraction(1, 50)}
    assert "frames are dropped: gif shows 50 a second" in capfd.readouterr().err


@BOTH_FFMPEGS
class TestParts:
    def make(self, source: Path, folder: Path, *more: str) -> int:
        output = str(folder / "100%d video.m3u8")
        return run(["transcode", str(source), output, *more])

    def names(self, folder: Path) -> list[str]:
        return sorted(p.name for p in folder.iterdir() if p.name.startswith("100"))

    def test_segments_are_cut_at_keyframes_and_named_after_the_list(
        self, ffmpeg: FFmpeg, tmp_path: Path
    ) -> None:
        source = make_clip(tmp_path / "in.mp4", frames=20, rate=Fraction(2), audios=1)
        assert self.make(source.path, tmp_path) == 0
        assert self.names(tmp_path) == [
            "100%d video.m3u8",
            "100_d video-5191b842_00000.ts",
            "100_d video-5191b842_00001.ts",
        ]
        text = (tmp_path / "100%d video.m3u8").read_text()
        assert text.count("#EXTINF:") == 2
        assert text.rstrip().endswith("#EXT-X-ENDLIST")
        assert str(tmp_path) not in text
        second = tmp_path / "100_d video-5191b842_00001.ts"
        assert indices(second, 160, 96) == list(range(12, 20))

    def test_they_are_replaced_only_by_force_and_none_is_left_over(
        self, ffmpeg: FFmpeg, tmp_path: Path, capfd: pytest.CaptureFixture[str]
    ) -> None:
        source = make_clip(tmp_path / "in.mp4", frames=4, rate=Fraction(2))
        old = tmp_path / "100_d video-5191b842_00007.ts"
        old.write_text("old")
        assert self.make(source.path, tmp_path) == 1
        assert "100_d video-5191b842_00007.ts exists" in capfd.readouterr().err
        assert self.make(source.path, tmp_path, "-y") == 0
        assert not old.exists()
        assert self.make(source.path, tmp_path) == 1

    def test_what_is_not_finished_does_not_stay(
        self, ffmpeg: FFmpeg, tmp_path: Path
    ) -> None:
        source = make_clip(tmp_path / "in.mp4", frames=4)
        wrong = ("--encoder-option", "profile=none")
        assert self.make(source.path, tmp_path, *wrong) == 1
        assert self.names(tmp_path) == []


class TestServer:
    """A video is sent to a server, which here is another ffmpeg."""

    def test_a_video_arrives_whole(
        self, clip: Clip, ffmpeg: FFmpeg, tmp_path: Path
    ) -> None:
        url = f"rtmp://127.0.0.1:{free_port()}/live/key"
        received = tmp_path / "received.mkv"
        argv = [ffmpeg.path, "-v", "error", "-listen", "1", "-i", url, "-c", "copy"]
        with Process([*argv, str(received)]) as server:
            status = send(clip.path, url)
            server.finish(timeout=20)
        assert status == 0
        assert indices(received, clip.width, clip.height) == list(range(FRAMES))
        assert {stream.codec for stream in streams(received)} == {"h264", "aac"}

    @BOTH_FFMPEGS
    def test_a_key_in_the_address_is_never_shown(
        self, clip: Clip, ffmpeg: FFmpeg, capfd: pytest.CaptureFixture[str]
    ) -> None:
        url = f"rtmp://me:secret@127.0.0.1:{free_port()}/live"
        assert run(["transcode", str(clip.path), url, "-v"]) == 1
        message = capfd.readouterr().err
        assert "avio: error: cannot make rtmp://***@127.0.0.1" in message
        assert "secret" not in message

    @pytest.mark.parametrize(
        ("output", "preset", "message"),
        [
            ("rtmp://h/live", "mp4-h264", "mp4 cannot be sent to rtmp://h/live"),
            ("out.flv", "stream-rtmp", "is sent to a server, not into out.flv"),
            ("http://h/out.mp4", "mp4-h264", "avio only reads http://"),
            ("gopher://h/out.mp4", "mp4-h264", "avio does not know gopher://"),
        ],
    )
    def test_what_cannot_be_sent_is_refused(
        self,
        output: str,
        preset: str,
        message: str,
        clip: Clip,
        bundled_ffmpeg: FFmpeg,
        capfd: pytest.CaptureFixture[str],
    ) -> None:
        arguments = ["transcode", str(clip.path), output, "--preset", preset]
        assert run(arguments) != 0
        assert message in capfd.readouterr().err


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def send(source: Path, url: str) -> int:
    """Send until the server listens: it needs a moment, and does not report when."""
    pause = threading.Event()
    for _ in range(40):
        if run(["transcode", str(source), url, "--quiet"]) == 0:
            return 0
        pause.wait(0.2)
    return 1
