"""Frames in, a finished file out: the same times, the same frames, or one error."""

import os
import signal
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from avio_cli.encode.encoder import Encoder
from avio_cli.encode.settings import EncodeSettings
from avio_cli.errors import OutputError, UsageError
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.probe.probe import probe
from avio_cli.ffmpeg.process.run import run
from avio_cli.ffmpeg.url import parse_url
from avio_cli.media.frame import PIXEL_FORMATS, AudioBlock, Frame
from avio_cli.output.file import FileOutput
from tests.clips import indices, make_clip
from tests.decode.reading import make
from tests.encode.making import encode, encoder, flat, frames, left, noise
from tests.reference import packets_hash, stream_kinds, timeline

UNEVEN = (0, 1, 3, 4, 9, 10, 11, 17, 30, 31)
SCRIPT = """
import resource, signal, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))
from avio_cli.errors import AvioError
from avio_cli.ffmpeg.locate import locate_ffmpeg
from tests.encode.making import encode, noise
try:
    encode(locate_ffmpeg(), Path(sys.argv[1]), noise(60))
except AvioError as error:
    print(error.message, "|", error.hint)
"""


class TestTimes:
    @pytest.mark.parametrize("extension", [".mp4", ".mkv"])
    @pytest.mark.parametrize(
        ("base", "pts"),
        [
            ("1001/30000", UNEVEN),
            ("1/90000", tuple(tick * 3003 + tick % 3 for tick in UNEVEN)),
            ("1/30000", (0, 1001, 2002, 3003)),
            ("1/25", (-40, -39, -37, -30, -5, 2)),
            ("1/1000", (0, 40, 600_040, 600_080)),  # ten minutes of nothing
        ],
        ids=["uneven", "90 kHz", "29.97", "negative", "gap"],
    )
    @pytest.mark.sampled(4)
    def test_they_are_kept_to_the_tick(
        self,
        base: str,
        pts: tuple[int, ...],
        extension: str,
        ffmpeg: FFmpeg,
        tmp_path: Path,
    ) -> None:
        path = tmp_path / f"a{extension}"
        time_base = Fraction(base)
        sink = encode(ffmpeg, path, frames(pts, time_base))
        assert sink.frames_written == len(pts)
        written = timeline(path)
        tick = written.tick if extension == ".mkv" else Fraction(0)
        expected = [(tick_ - pts[0]) * time_base for tick_ in pts]
        for actual, wanted in zip(written.relative, expected, strict=True):
            assert abs(actual - wanted) <= tick
        assert indices(path, 64, 32) == list(range(len(pts)))
        assert left(tmp_path) == [path.name]

    def test_one_frame(self, ffmpeg: FFmpeg, tmp_path: Path) -> None:
        encode(ffmpeg, tmp_path / "a.mp4", frames([7]))
        assert len(timeline(tmp_path / "a.mp4").times) == 1


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A video with audio, and cover art."""
    folder = tmp_path_factory.mktemp("remuxed")
    clip = make_clip(folder / "video.mp4", width=64, height=32, audios=1).path
    return make(
        folder / "source.mp4",
        f"-i {clip} -f lavfi -i color=red:s=32x32:d=0.1 -map 0 -map 1 "
        "-c copy -c:v:1 mjpeg -frames:v:1 1 -disposition:v:1 attached_pic "
        "-metadata title=Mine",
    )


class TestRemuxing:
    @pytest.mark.parametrize("extension", [".mp4", ".mkv"])
    def test_all_but_the_video_comes_from_the_source(
        self, extension: str, source: Path, ffmpeg: FFmpeg, tmp_path: Path
    ) -> None:
        remux_source = MediaSource.probe(ffmpeg, parse_url(source))
        path = tmp_path / f"a{extension}"
        given = frames(range(25), Fraction(1, 25))
        sink = encode(ffmpeg, path, given, source=remux_source)
        assert sink.warnings == ()
        assert sorted(kind for kind, _ in stream_kinds(path)) == [
            *("audio", "cover", "video"),
        ]
        assert packets_hash(path, "a:0") == packets_hash(source, "a:0")
        assert probe(ffmpeg, parse_url(path)).metadata["title"] == "Mine"
        assert left(tmp_path) == [path.name]

    def test_warnings_are_empty_before_the_first_frame(
        self, bundled_ffmpeg: FFmpeg, tmp_path: Path
    ) -> None:
        with encoder(bundled_ffmpeg, tmp_path / "a.mp4") as sink:
            assert sink.warnings == ()
            sink.write(next(frames([0], size=(63, 32))))
            assert "the edge is repeated" in sink.warnings[0]

    def test_frames_moved_before_the_sources_start_are_still_shown(
        self, source: Path, bundled_ffmpeg: FFmpeg, tmp_path: Path
    ) -> None:
        remux_source = MediaSource.probe(bundled_ffmpeg, parse_url(source))
        path = tmp_path / "a.mp4"
        encode(bundled_ffmpeg, path, frames(range(-5, 20)), source=remux_source)
        video, audio = timeline(path), timeline(path, "a:0", first_only=True)
        assert len(video.times) == 25
        priming = Fraction(1024, 48000)  # of AAC; silent
        assert abs(audio.times[0] - video.times[0] - Fraction(1, 5)) < 2 * priming

    def test_a_source_of_audio_alone_gets_no_video(
        self, bundled_ffmpeg: FFmpeg, tmp_path: Path
    ) -> None:
        audio = make(tmp_path / "a.wav", "-f lavfi -i sine=d=0.2")
        remux_source = MediaSource.probe(bundled_ffmpeg, parse_url(audio))
        with pytest.raises(OutputError, match="ended before the last frame"):
            encode(bundled_ffmpeg, tmp_path / "o.mp4", noise(300), source=remux_source)


class TestPixels:
    @pytest.mark.parametrize("pixel_format", PIXEL_FORMATS)
    @pytest.mark.sampled(4)
    def test_every_format_is_encoded_without_loss(
        self, pixel_format: str, bundled_ffmpeg: FFmpeg, tmp_path: Path
    ) -> None:
        path = tmp_path / "a.mkv"
        given = flat(pixel_format)
        for plane in given.planes:
            plane[:] = np.arange(plane.size).reshape(plane.shape) % 200
        encode(bundled_ffmpeg, path, [given], preset="mkv-ffv1")
        argv = [bundled_ffmpeg.path, "-v", "error", "-i", str(path), "-f", "rawvideo"]
        data = run([*argv, "-pix_fmt", pixel_format, "-"]).stdout
        if pixel_format not in ("bgr24", "rgb24"):  # they become YUV
            assert data == b"".join(plane.tobytes() for plane in given.planes)

    def test_cropped_planes_are_taken(
        self, bundled_ffmpeg: FFmpeg, tmp_path: Path
    ) -> None:
        big = next(frames([0], size=(128, 64))).planes[0]
        view = Frame((big[:32, 10:74],), "bgr24", 0, 0, Fraction(1, 25))
        assert not view.planes[0].flags.c_contiguous
        encode(bundled_ffmpeg, tmp_path / "a.mp4", [view])


class TestWrongFrames:
    @pytest.mark.parametrize(
        ("second", "message"),
        [
            (
                next(frames([5], size=(32, 32))),
                "frame 0 is 32x32 bgr24 with ticks of 1/25 s, the first one was 64x32",
            ),
            (flat("gray", index=5), "is 64x32 gray with"),
            (next(frames([5], Fraction(1, 50))), "bgr24 with ticks of 1/50 s, the"),
            (next(frames([3])), r"has the time 0\.120000 s, which is not after"),
            (next(frames([2])), "which is not after the frame before it"),
        ],
        ids=["size", "format", "ticks", "equal time", "earlier"],
    )
    def test_what_does_not_follow_is_refused_and_leaves_no_file(
        self, second: Frame, message: str, bundled_ffmpeg: FFmpeg, tmp_path: Path
    ) -> None:
        def write() -> None:
            with encoder(bundled_ffmpeg, tmp_path / "a.mp4") as sink:
                sink.write(next(frames([3])))
                sink.write(second)

        with pytest.raises(OutputError, match=message):
            write()
        assert left(tmp_path) == []

    @pytest.mark.parametrize(
        "first",
        [
            Frame((np.zeros((0, 0, 3), np.uint8),), "bgr24", 0, 0, Fraction(1, 25)),
            next(frames([0], Fraction(1, 2**40))),
            next(frames([2**60])),
        ],
        ids=["empty", "ticks", "time"],
    )
    def test_what_cannot_be_written_is_refused(
        self, first: Frame, bundled_ffmpeg: FFmpeg, tmp_path: Path
    ) -> None:
        with (
            encoder(bundled_ffmpeg, tmp_path / "a.mp4") as sink,
            pytest.raises(OutputError, match="frame 0: "),
        ):
            sink.write(first)
        assert left(tmp_path) == []


class TestFailures:
    def test_no_frame_at_all(self, bundled_ffmpeg: FFmpeg, tmp_path: Path) -> None:
        with pytest.raises(OutputError, match=r"no frame to write into .*a\.mp4"):
            encode(bundled_ffmpeg, tmp_path / "a.mp4", [])
        assert left(tmp_path) == []

    @pytest.mark.parametrize("count", [1, 300])
    def test_an_unknown_option_is_named(
        self, count: int, ffmpeg: FFmpeg, tmp_path: Path
    ) -> None:
        with pytest.raises(OutputError) as caught:
            encode(ffmpeg, tmp_path / "a.mp4", noise(count), options={"nosuch": "5"})
        assert caught.value.message.startswith(f"cannot write {tmp_path / 'a.mp4'}: ")
        assert "nosuch" in caught.value.message
        assert left(tmp_path) == []

    def test_a_wrong_value_is_named(self, ffmpeg: FFmpeg, tmp_path: Path) -> None:
        with pytest.raises(OutputError, match="nope"):
            encode(ffmpeg, tmp_path / "a.mp4", noise(100), options={"preset": "nope"})
        assert left(tmp_path) == []

    def test_a_frame_that_ffmpeg_drops_is_noticed(
        self, bundled_ffmpeg: FFmpeg, tmp_path: Path
    ) -> None:
        with pytest.raises(OutputError, match="took 5 frames and wrote 3"):
            encode(
                *(bundled_ffmpeg, tmp_path / "a.mp4", frames(range(5))),
                start=Fraction(2, 25),
            )
        assert left(tmp_path) == []

    @pytest.mark.parametrize("when", ["write", "finish"])
    def test_killed_midway_is_one_error_and_no_file(
        self, when: str, ffmpeg: FFmpeg, tmp_path: Path
    ) -> None:
        def kill(sink: Encoder) -> None:
            assert sink._process is not None
            os.kill(sink._process.pid, signal.SIGKILL)

        def write() -> None:
            with encoder(ffmpeg, tmp_path / "a.mp4") as sink:
                for frame in noise(200):
                    sink.write(frame)
                    if frame.index == 20:
                        kill(sink)
                        if when == "finish":
                            break
                sink.finish()

        with pytest.raises(OutputError, match="SIGKILL"):
            write()
        assert left(tmp_path) == []

    @pytest.mark.skipif(sys.platform != "linux", reason="mounts a tmpfs")
    @pytest.mark.parametrize("extension", [".mp4", ".mkv"])
    def test_a_full_disk_is_named_and_left_clean(
        self, extension: str, ffmpeg: FFmpeg, small_disk: Path
    ) -> None:
        """ffmpeg 5.1 ends with status 0 over a Matroska file it could not finish."""
        with pytest.raises(OutputError, match="no space left on device") as caught:
            encode(ffmpeg, small_disk / f"a{extension}", noise(60), verify="none")
        assert caught.value.hint == "free some space"
        assert left(small_disk) == []

    @pytest.mark.skipif(sys.platform == "win32", reason="has no such limit")
    def test_a_file_grown_past_the_limit_is_named(
        self, ffmpeg: FFmpeg, tmp_path: Path
    ) -> None:
        folder = tmp_path / "out"
        folder.mkdir()
        done = run([sys.executable, "-c", SCRIPT, str(folder / "a.mp4")], timeout=60)
        assert b"the file grew past the size limit | see `ulimit -f`" in done.stdout
        assert left(folder) == []

    def test_an_exception_in_the_middle_leaves_nothing(
        self, bundled_ffmpeg: FFmpeg, tmp_path: Path
    ) -> None:
        def write() -> None:
            with encoder(bundled_ffmpeg, tmp_path / "a.mp4") as sink:
                for frame in noise(5):
                    sink.write(frame)
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            write()
        assert left(tmp_path) == []

    def test_a_name_taken_meanwhile_is_not_overwritten(
        self, bundled_ffmpeg: FFmpeg, tmp_path: Path
    ) -> None:
        def write() -> None:
            with encoder(bundled_ffmpeg, tmp_path / "a.mp4") as sink:
                sink.write(next(frames([0])))
                (tmp_path / "a.mp4").write_bytes(b"someone else's")
                sink.finish()

        with pytest.raises(OutputError, match="appeared while it was being made"):
            write()
        assert left(tmp_path) == ["a.mp4"]
        assert (tmp_path / "a.mp4").read_bytes() == b"someone else's"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 200 kB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    argv = ["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", str(folder)]
    if os.geteuid() != 0 or run(argv).status != 0:
        pytest.skip("only root may mount a small disk")
    yield folder
    run(["umount", str(folder)])


class TestSink:
    """What every Sink must do."""

    def test_closing_without_finishing_leaves_nothing(
        self, bundled_ffmpeg: FFmpeg, tmp_path: Path
    ) -> None:
        sink = encoder(bundled_ffmpeg, tmp_path / "a.mp4")
        sink.write(next(frames([0])))
        sink.close()
        sink.close()
        assert left(tmp_path) == []

    def test_closing_before_the_first_frame_leaves_nothing(
        self, bundled_ffmpeg: FFmpeg, tmp_path: Path
    ) -> None:
        encoder(bundled_ffmpeg, tmp_path / "a.mp4").close()
        assert left(tmp_path) == []

    def test_closing_after_finishing_keeps_the_result(
        self, bundled_ffmpeg: FFmpeg, tmp_path: Path
    ) -> None:
        sink = encoder(bundled_ffmpeg, tmp_path / "a.mp4")
        sink.write(next(frames([0])))
        sink.finish()
        sink.close()
        sink.close()
        assert left(tmp_path) == ["a.mp4"]

    def test_a_frame_is_not_read_after_the_call(
        self, bundled_ffmpeg: FFmpeg, tmp_path: Path
    ) -> None:
        with encoder(bundled_ffmpeg, tmp_path / "a.mp4") as sink:
            for frame in frames(range(5)):
                sink.write(frame)
                frame.planes[0][:] = 0
            sink.finish()
        assert indices(tmp_path / "a.mp4", 64, 32) == list(range(5))

    def test_an_output_may_replace_an_existing_file(
        self, bundled_ffmpeg: FFmpeg, tmp_path: Path
    ) -> None:
        from avio_cli.presets import find_preset

        (tmp_path / "a.mp4").write_bytes(b"old")
        settings = EncodeSettings(preset=find_preset("mp4-h264"))
        target = FileOutput(tmp_path / "a.mp4", force=True)
        with Encoder(bundled_ffmpeg, target, settings) as sink:
            sink.write(next(frames([0])))
            sink.finish()
        assert indices(tmp_path / "a.mp4", 64, 32) == [0]


def test_a_preset_of_audio_alone_takes_no_frames(
    bundled_ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="audio-mp3 has no video"):
        encoder(bundled_ffmpeg, tmp_path / "a.mp3", preset="audio-mp3")
    assert left(tmp_path) == []


def test_audio_follows_a_frame_and_needs_a_stream(
    bundled_ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    block = AudioBlock(np.zeros((10, 1), np.int16), 48000, 0, Fraction(1, 48000))
    with encoder(bundled_ffmpeg, tmp_path / "a.mp4") as sink:
        with pytest.raises(ValueError, match="audio needs an audio stream"):
            sink.write_audio(block)
        sink.write(next(frames([0])))
        with pytest.raises(ValueError, match="audio needs an audio stream"):
            sink.write_audio(block)
