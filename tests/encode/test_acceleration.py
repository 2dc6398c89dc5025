"""Devices: used where they work, replaced where they may be, never silently."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from avio_cli.cli.main import run
from avio_cli.decode.acceleration import (
    AccelerationRequest,
    check_choice,
    choose_decoder,
)
from avio_cli.decode.reader import MediaReader
from avio_cli.decode.settings import DetectorView, ReaderSettings
from avio_cli.encode.acceleration import accelerate
from avio_cli.encode.command import plan_encode
from avio_cli.encode.settings import EncodeSettings, VideoOptions
from avio_cli.errors import AvioError, UsageError
from avio_cli.ffmpeg.hardware.capabilities import Capabilities
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.url import MediaUrl, parse_url
from avio_cli.media.info import Color, MediaInfo, VideoStream
from avio_cli.output.file import FileOutput
from avio_cli.presets import find_preset
from tests.clips import Clip, indices, make_clip, read_index
from tests.conftest import BOTH_FFMPEGS
from tests.devices import stand_in

VIDEO = VideoStream(
    index=0,
    codec="h264",
    time_base=Fraction(1, 25),
    coded_width=64,
    coded_height=48,
    pixel_format="yuv420p",
    nominal_rate=Fraction(25),
)
NO_CARD = not Path("/dev/dri").exists() and not Path("/dev/nvidia0").exists()


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AVIO_CACHE_DIR", str(tmp_path / "cache"))


@pytest.fixture
def clip(tmp_path: Path) -> Clip:
    return make_clip(tmp_path / "in.mp4", frames=20, width=160)


def use(monkeypatch: pytest.MonkeyPatch, ffmpeg: FFmpeg) -> None:
    monkeypatch.setenv("AVIO_FFMPEG", ffmpeg.path)


def transcode(clip: Clip, output: Path, *more: str) -> int:
    return run(["transcode", str(clip.path), str(output), *more])


def request(clip: Clip, ffmpeg: FFmpeg, wanted: str) -> AccelerationRequest:
    source = MediaSource.probe(ffmpeg, parse_url(clip.path))
    return AccelerationRequest(wanted=wanted, source=source)


class TestCommandLines:
    """The options of each family; most of them run on no machine here."""

    WORDS = (
        (
            "mp4-h264",
            "nvenc",
            "-c:0 h264_nvenc -pix_fmt:0 nv12 -filter:0 format=nv12",
            "-preset:0 p5 -tune:0 hq -spatial-aq:0 1 -temporal-aq:0 1 -rc:0 vbr -b:0 0 "
            "-cq:0 23",
        ),
        (
            "mp4-hevc",
            "qsv",
            "-c:0 hevc_qsv -pix_fmt:0 nv12 -filter:0 format=nv12",
            "-preset:0 medium -global_quality:0 25 -tag:0 hvc1",
        ),
        (
            "mp4-av1",
            "vaapi",
            "-c:0 av1_vaapi -filter:0 format=p010le,hwupload",
            "-rc_mode:0 CQP -global_quality:0 110",
        ),
        (
            "mp4-hevc",
            "videotoolbox",
            "-c:0 hevc_videotoolbox -pix_fmt:0 nv12 -filter:0 format=nv12",
            "-q:0 60 -tag:0 hvc1",
        ),
        (
            "hls",
            "amf",
            "-c:0 h264_amf -pix_fmt:0 nv12 -filter:0 format=nv12",
            "-quality:0 quality -rc:0 cqp -qp_i:0 23 -qp_p:0 23 -force_key_frames:0",
        ),
        (
            "stream-rtmp",
            "nvenc",
            "-c:0 h264_nvenc -pix_fmt:0 nv12 -filter:0 format=nv12",
            "expr:if(isnan(prev_forced_t),1,gte(t,prev_forced_t+2)) -forced-idr:0 1",
        ),
        (
            "webm-vp9",
            "vaapi",
            "-c:0 vp9_vaapi -filter:0 format=nv12,hwupload",
            "-rc_mode:0 CQP -global_quality:0 100",
        ),
    )

    @pytest.mark.parametrize(("preset", "family", "start", "options"), WORDS)
    def test_a_variant_uses_the_options_of_its_family(
        self, preset: str, family: str, start: str, options: str
    ) -> None:
        command = self.command(preset, family)
        assert f"-map 0:0 {start} -fps_mode:0" in command
        assert f" {options} " in command

    def command(self, name: str, family: str, **video: object) -> str:
        preset = find_preset(name)
        assert preset.video is not None
        variant = preset.video.hardware[family]
        changed = replace(
            preset.video,
            encoder=variant.encoder,
            quality=variant.quality,
            options=variant.options,
        )
        settings = EncodeSettings(
            preset=replace(preset, video=changed), decoder=str(video.pop("decoder", ""))
        )
        video_stream = replace(VIDEO, **video)  # type: ignore[arg-type]
        info = MediaInfo(source="in.mp4", container="mov", streams=(video_stream,))
        target = FileOutput(Path("/out.x"), dry_run=True)
        source = MediaUrl("file", "file:/in.mp4", "in.mp4")
        return " ".join(
            plan_encode(settings, target, source, info).command.argv("ffmpeg")
        )

    def test_the_device_is_opened_before_the_input(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AVIO_RENDER_NODE", "/dev/dri/renderD128")
        command = self.command("mp4-h264", "vaapi", decoder="vaapi")
        before = command.partition(" -i file:/in.mp4")[0]
        device = "-init_hw_device vaapi=hw:/dev/dri/renderD128 -filter_hw_device hw"
        assert before.count(device) == 1
        assert "-hwaccel vaapi -hwaccel_device hw" in before

    def test_frames_are_downloaded_by_ffmpeg_itself(self) -> None:
        command = self.command("mp4-h264", "nvenc", decoder="cuda")
        assert (
            "-hwaccel cuda -protocol_whitelist" in command
            or "-hwaccel cuda " in command
        )
        assert "-hwaccel_output_format" not in command

    def test_full_range_is_declared_again_for_the_device(self) -> None:
        command = self.command("mp4-h264", "nvenc", color=Color(range="pc"))
        assert "format=yuv420p,scale=in_range=pc:out_range=pc,format=nv12" in command

    def test_ten_bits_go_to_the_device_as_ten_bits(self) -> None:
        command = self.command("mp4-hevc", "nvenc", pixel_format="yuv420p10le")
        assert "-pix_fmt:0 p010le -filter:0 format=p010le" in command


class TestHere:
    """This machine has no device: a stated fallback, or an error with its reason."""

    pytestmark = pytest.mark.skipif(not NO_CARD, reason="there is a graphics card")

    def test_auto_says_that_software_does_it(
        self,
        clip: Clip,
        ffmpeg: FFmpeg,
        tmp_path: Path,
        capfd: pytest.CaptureFixture[str],
    ) -> None:
        output = tmp_path / "out.mp4"
        assert transcode(clip, output, "--hwaccel", "auto", "-v") == 0
        log = capfd.readouterr().err
        assert "no device could be used: everything runs in software" in log
        assert "cuda does not decode: there is no NVIDIA driver" in log
        assert "vaapi does not encode: there is no VA-API device" in log
        assert indices(output, clip.width, clip.height) == list(range(20))

    @pytest.mark.parametrize("name", ["cuda", "vaapi", "qsv", "videotoolbox"])
    def test_a_named_device_that_is_not_there_is_an_error(
        self,
        name: str,
        clip: Clip,
        ffmpeg: FFmpeg,
        tmp_path: Path,
        capfd: pytest.CaptureFixture[str],
    ) -> None:
        output = tmp_path / "out.mp4"
        assert transcode(clip, output, "--hwaccel", name) == 1
        log = capfd.readouterr().err
        assert f"avio: error: {name} cannot decode" in log
        assert "hint: --hwaccel auto uses what works" in log
        assert not output.exists()

    def test_a_named_encoder_that_does_not_work_is_an_error(
        self,
        clip: Clip,
        ffmpeg: FFmpeg,
        tmp_path: Path,
        capfd: pytest.CaptureFixture[str],
    ) -> None:
        output = tmp_path / "out.mp4"
        assert transcode(clip, output, "--video-codec", "h264_nvenc") == 1
        log = capfd.readouterr().err
        assert "h264_nvenc does not work here: there is no NVIDIA driver" in log

    def test_tracking_says_so_before_it_loads_a_model(
        self, clip: Clip, bundled_ffmpeg: FFmpeg, capfd: pytest.CaptureFixture[str]
    ) -> None:
        assert run(["track", str(clip.path), "--hwaccel", "cuda"]) == 1
        assert "cuda cannot decode" in capfd.readouterr().err


class TestWithACard:
    """A stand-in does what a card would do, and fails as one would."""

    @BOTH_FFMPEGS
    def test_auto_decodes_and_encodes_on_it(
        self, clip: Clip, ffmpeg: FFmpeg, tmp_path: Path
    ) -> None:
        card = stand_in(tmp_path, ffmpeg)
        settings = EncodeSettings(preset=find_preset("mp4-h264"))
        wanted = request(clip, card, "auto")
        faster = accelerate(Capabilities(card), wanted, settings)
        assert faster.decoder == "cuda"
        assert faster.preset.video is not None
        assert faster.preset.video.encoder == "h264_nvenc"

    @BOTH_FFMPEGS
    def test_the_result_is_whole(
        self,
        clip: Clip,
        ffmpeg: FFmpeg,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        use(monkeypatch, stand_in(tmp_path, ffmpeg))
        output = tmp_path / "out.mp4"
        assert transcode(clip, output, "--hwaccel", "cuda") == 0
        assert indices(output, clip.width, clip.height) == list(range(20))

    @BOTH_FFMPEGS
    def test_a_failing_run_starts_again_in_software(
        self,
        clip: Clip,
        ffmpeg: FFmpeg,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capfd: pytest.CaptureFixture[str],
    ) -> None:
        use(monkeypatch, stand_in(tmp_path, ffmpeg, fails_after=5))
        output = tmp_path / "out.mp4"
        assert transcode(clip, output, "--hwaccel", "auto") == 0
        assert indices(output, clip.width, clip.height) == list(range(20))
        log = capfd.readouterr().err
        assert "hardware failed, starting again in software" in log
        assert "the card has fallen off the bus" in log

    @BOTH_FFMPEGS
    def test_a_failing_run_that_was_requested_by_name_fails(
        self,
        clip: Clip,
        ffmpeg: FFmpeg,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        use(monkeypatch, stand_in(tmp_path, ffmpeg, fails_after=5))
        output = tmp_path / "out.mp4"
        assert transcode(clip, output, "--hwaccel", "cuda") == 1
        assert not output.exists()

    def test_a_card_without_encoder_still_decodes(
        self, clip: Clip, bundled_ffmpeg: FFmpeg, tmp_path: Path
    ) -> None:
        card = stand_in(tmp_path, bundled_ffmpeg, encodes=False)
        settings = EncodeSettings(preset=find_preset("mp4-h264"))
        capabilities = Capabilities(card)
        faster = accelerate(capabilities, request(clip, card, "auto"), settings)
        assert faster == replace(settings, decoder="cuda")
        with pytest.raises(
            AvioError, match="this NVIDIA card has no encoder"
        ) as caught:
            accelerate(capabilities, request(clip, card, "cuda"), settings)
        assert "--video-codec libx264" in caught.value.hint
        named = replace(settings, video=VideoOptions(encoder="libx264"))
        assert (
            accelerate(capabilities, request(clip, card, "cuda"), named).decoder
            == "cuda"
        )

    def test_a_preset_without_variant_is_encoded_in_software_and_says_so(
        self,
        clip: Clip,
        bundled_ffmpeg: FFmpeg,
        tmp_path: Path,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        card = stand_in(tmp_path, bundled_ffmpeg)
        settings = EncodeSettings(preset=find_preset("mkv-ffv1"))
        faster = accelerate(Capabilities(card), request(clip, card, "cuda"), settings)
        assert faster == replace(settings, decoder="cuda")
        assert "mkv-ffv1 has no variant for it" in caplog.text

    def test_a_quality_is_converted(
        self, clip: Clip, bundled_ffmpeg: FFmpeg, tmp_path: Path
    ) -> None:
        card = stand_in(tmp_path, bundled_ffmpeg)
        settings = EncodeSettings(
            preset=find_preset("mp4-h264"), video=VideoOptions(quality=51)
        )
        faster = accelerate(Capabilities(card), request(clip, card, "auto"), settings)
        assert faster.preset.video is not None
        assert faster.preset.video.quality == 51
        assert faster.video.quality is None

    @BOTH_FFMPEGS
    def test_with_a_callback_auto_encodes_in_software(
        self,
        clip: Clip,
        ffmpeg: FFmpeg,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capfd: pytest.CaptureFixture[str],
    ) -> None:
        """It cannot start again; the decoder can, and no frame is lost or repeated."""
        use(monkeypatch, stand_in(tmp_path, ffmpeg, fails_after=7))
        seen = tmp_path / "seen.py"
        seen.write_text("def see(frame):\n    print(frame.index)\n")
        output = tmp_path / "out.mp4"
        callback = ("--callback", f"{seen}:see")
        assert transcode(clip, output, "--hwaccel", "auto", *callback) == 0
        assert indices(output, clip.width, clip.height) == list(range(20))
        printed = capfd.readouterr()
        assert printed.out.split() == [str(index) for index in range(20)]
        assert "cuda failed, continuing in software" in printed.err


class TestReading:
    VIEW = DetectorView(width=64, height=64)

    @pytest.mark.parametrize("start", [0, Fraction(2, 5)])
    @pytest.mark.parametrize("fails_after", [None, 0, 3, 12])
    @pytest.mark.sampled(4)
    def test_no_frame_is_lost_and_none_comes_twice(
        self,
        fails_after: int | None,
        start: Fraction,
        clip: Clip,
        bundled_ffmpeg: FFmpeg,
        tmp_path: Path,
    ) -> None:
        card = stand_in(tmp_path, bundled_ffmpeg, fails_after=fails_after)
        settings = ReaderSettings(
            pixel_format="gray",
            start=Fraction(start),
            hardware="cuda",
            may_fall_back=True,
        )
        source = MediaSource.probe(card, parse_url(clip.path))
        with MediaReader(source, settings) as reader:
            frames = list(reader)
            assert reader.damage() == ""
        first = int(start * 25)
        assert [read_index(f.planes[0]) for f in frames] == list(range(first, 20))
        assert [f.index for f in frames] == list(range(20 - first))

    def test_a_view_is_scaled_on_the_card(
        self, clip: Clip, bundled_ffmpeg: FFmpeg, tmp_path: Path
    ) -> None:
        card = stand_in(tmp_path, bundled_ffmpeg)
        settings = ReaderSettings(view=self.VIEW, hardware="cuda")
        source = MediaSource.probe(card, parse_url(clip.path))
        with MediaReader(source, settings) as reader:
            frames = list(reader)
        assert [read_index(f.view[:38]) for f in frames] == list(range(20))
        assert frames[0].view.shape == (64, 64, 3)
        assert set(frames[0].view[40:].ravel()) == {114}


class TestChoosing:
    def test_none_tries_nothing(self, clip: Clip, bundled_ffmpeg: FFmpeg) -> None:
        nothing = FFmpeg("/nowhere", "PATH")
        wanted = request(clip, bundled_ffmpeg, "none")
        assert choose_decoder(Capabilities(nothing), wanted) == ""

    def test_a_wrong_name_gets_the_nearest_as_hint(self) -> None:
        with pytest.raises(UsageError, match="unknown hardware 'cuba'") as caught:
            check_choice("cuba")
        assert caught.value.hint == "did you mean cuda?"
        with pytest.raises(UsageError) as caught:
            check_choice("xyz")
        assert "videotoolbox" in caught.value.hint
