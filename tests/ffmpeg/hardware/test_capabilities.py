"""What works is tried, never assumed; why it does not is reported and cached."""

import json
import time
from pathlib import Path

import pytest

from avio_cli.ffmpeg.command import Input
from avio_cli.ffmpeg.hardware import capabilities
from avio_cli.ffmpeg.hardware import results_cache as trials
from avio_cli.ffmpeg.hardware.accelerators import ACCELERATORS, FAMILIES
from avio_cli.ffmpeg.hardware.capabilities import (
    Capabilities,
    decoder_test_command,
    encoder_test_command,
    reason_of,
)
from avio_cli.ffmpeg.hardware.results_cache import Support, SupportCache
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.url import MediaUrl, parse_url
from tests.clips import make_clip


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AVIO_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(capabilities, "SECONDS", 60)  # machines of tests are busy
    return tmp_path / "cache" / "hardware.json"


class TestHere:
    """This machine has no device: each trial must say so, and soon."""

    @pytest.mark.parametrize("deep", [False, True])
    def test_a_software_encoder_works(self, deep: bool, ffmpeg: FFmpeg) -> None:
        assert Capabilities(ffmpeg).encoder("libx265", deep=deep) == Support(True)

    def test_an_encoder_that_is_not_there_is_named(self, ffmpeg: FFmpeg) -> None:
        trial = Capabilities(ffmpeg).encoder("libnothing")
        assert trial == Support(False, "this ffmpeg has no encoder libnothing")

    @pytest.mark.skipif(Path("/dev/dri").exists(), reason="there is a graphics card")
    @pytest.mark.parametrize("family", FAMILIES)
    def test_each_family_is_refused_with_a_reason(
        self, family: str, ffmpeg: FFmpeg
    ) -> None:
        trial = Capabilities(ffmpeg).encoder(f"hevc_{family}")
        assert not trial
        assert trial.reason.startswith(("there is no ", "this ffmpeg has no "))

    @pytest.mark.skipif(Path("/dev/dri").exists(), reason="there is a graphics card")
    @pytest.mark.parametrize("name", ACCELERATORS)
    def test_each_decoder_is_refused_with_a_reason(
        self, name: str, ffmpeg: FFmpeg, tmp_path: Path
    ) -> None:
        able = Capabilities(ffmpeg)
        clip = make_clip(tmp_path / "clip.mp4", frames=3)
        for trial in (able.decoder(name), able.decodes(name, parse_url(clip.path))):
            assert not trial
            assert trial.reason.startswith(("there is no ", "this ffmpeg is built "))

    def test_what_can_be_read_only_once_is_not_tried(self, ffmpeg: FFmpeg) -> None:
        trial = Capabilities(ffmpeg).decodes("cuda", MediaUrl("stdin", "pipe:0", "-"))
        assert "only once" in trial.reason


class TestMemory:
    def test_a_result_is_kept_between_runs(
        self, cache: Path, bundled_ffmpeg: FFmpeg, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        first = Capabilities(bundled_ffmpeg).encoder("h264_nvenc")
        monkeypatch.setattr(capabilities, "run", None)
        assert Capabilities(bundled_ffmpeg).encoder("h264_nvenc") == first
        (machine,) = json.loads(cache.read_text()).values()
        assert list(machine) == ["encoder h264_nvenc"]

    def test_another_binary_is_tried_again(
        self, cache: Path, bundled_ffmpeg: FFmpeg, tmp_path: Path
    ) -> None:
        SupportCache(cache, bundled_ffmpeg).put("encoder x", Support(False, "broken"))
        other = tmp_path / "ffmpeg"
        other.touch()
        assert SupportCache(cache, FFmpeg(str(other), "PATH")).get("encoder x") is None
        kept = SupportCache(cache, bundled_ffmpeg).get("encoder x")
        assert kept == Support(False, "broken")

    def test_a_new_driver_is_seen(
        self, cache: Path, bundled_ffmpeg: FFmpeg, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        SupportCache(cache, bundled_ffmpeg).put("encoder x", Support(True))
        monkeypatch.setenv("LIBVA_DRIVER_NAME", "iHD")
        assert SupportCache(cache, bundled_ffmpeg).get("encoder x") is None

    def test_after_a_day_it_is_tried_again(
        self, cache: Path, bundled_ffmpeg: FFmpeg, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store = SupportCache(cache, bundled_ffmpeg)
        store.put("encoder x", Support(True))
        assert store.get("encoder x")
        late = time.time() + trials.MAX_AGE_SECONDS + 1
        monkeypatch.setattr(trials.time, "time", lambda: late)
        assert store.get("encoder x") is None

    def test_what_is_asked_not_to_be_remembered_is_not(
        self, cache: Path, bundled_ffmpeg: FFmpeg
    ) -> None:
        Capabilities(bundled_ffmpeg, remember=False).encoder("libx264")
        assert not cache.exists()

    @pytest.mark.parametrize("text", ["", "[]", "{", '{"a": 1}', '{"KEY": {"x": 1}}'])
    def test_a_broken_memory_is_none(
        self, text: str, cache: Path, bundled_ffmpeg: FFmpeg
    ) -> None:
        cache.parent.mkdir()
        cache.write_text(text.replace("KEY", trials.fingerprint(bundled_ffmpeg)))
        store = SupportCache(cache, bundled_ffmpeg)
        assert store.get("x") is None
        store.put("x", Support(True))
        assert store.get("x")

    def test_a_busy_device_is_tried_again(self, cache: Path, tmp_path: Path) -> None:
        script = tmp_path / "ffmpeg"
        message = "[error] OpenEncodeSessionEx failed: out of memory (10)"
        script.write_text(f"#!/bin/sh\necho '{message}' >&2; exit 1\n")
        script.chmod(0o755)
        trial = Capabilities(FFmpeg(str(script), "PATH")).encoder("h264_nvenc")
        assert "busy" in trial.reason
        assert not cache.exists()

    def test_few_machines_are_remembered(self, cache: Path, tmp_path: Path) -> None:
        for number in range(12):
            binary = tmp_path / f"ffmpeg{number}"
            binary.touch()
            store = SupportCache(cache, FFmpeg(str(binary), "PATH"))
            store.put("encoder x", Support(True))
        assert len(json.loads(cache.read_text())) == 8


COMMANDS = {
    "libx264": "-vf format=yuv420p -c:v libx264 -f null -",
    "h264_nvenc": "-vf format=nv12 -c:v h264_nvenc -rc:v vbr -b:v 0 -cq:v 30 -f null -",
    "h264_qsv": "-vf format=nv12 -c:v h264_qsv -global_quality:v 30 -f null -",
    "h264_vaapi": "-vf format=nv12,hwupload -c:v h264_vaapi -rc_mode:v CQP "
    "-global_quality:v 30 -f null -",
}


@pytest.mark.parametrize("encoder", COMMANDS)
def test_an_encoder_is_tried_by_the_chain_of_its_family(encoder: str) -> None:
    assert encoder_test_command(encoder).display().endswith(COMMANDS[encoder])


def test_ten_bits_are_tried_with_ten_bits() -> None:
    assert (
        "format=p010le,hwupload"
        in encoder_test_command("hevc_vaapi", deep=True).display()
    )
    assert "format=yuv420p10le" in encoder_test_command("libx265", deep=True).display()


def test_a_decoder_may_not_be_helped_by_software() -> None:
    command = decoder_test_command(
        ACCELERATORS["cuda"], Input("file:/a.mp4"), 1
    ).display()
    assert "-hwaccel cuda -hwaccel_output_format cuda -i file:/a.mp4" in command
    assert "-map 0:V:1 -vf hwdownload,format=nv12 -frames:v 3 -f null -" in command
    deep = decoder_test_command(ACCELERATORS["cuda"], Input("file:/a.mp4"), deep=True)
    assert "hwdownload,format=p010le" in deep.display()


REASONS = [
    (
        "[h264_nvenc @ 0x1] [error] Cannot load libcuda.so.1",
        "there is no NVIDIA driver",
    ),
    (
        "[h264_nvenc @ 0x1] [error] OpenEncodeSessionEx failed: unsupported device (2)",
        "this NVIDIA card has no encoder",
    ),
    (
        "[h264_nvenc @ 0x1] [error] Driver does not support the required nvenc API "
        "version. Required: 12.1 Found: 11.1",
        "the NVIDIA driver is too old",
    ),
    (
        "[error] OpenEncodeSessionEx failed: out of memory (10)",
        "the NVIDIA card is busy",
    ),
    ("[error] Something new went wrong.", "Something new went wrong"),
]


@pytest.mark.parametrize(("line", "reason"), REASONS)
def test_a_reason_is_in_plain_words(line: str, reason: str) -> None:
    assert reason_of(1, [line]).startswith(reason)


def test_a_number_is_no_reason() -> None:
    lines = ["[error] Device creation failed: -542398533.", "[fatal] Giving up"]
    assert reason_of(187, lines) == "there is no such device"


def test_the_first_error_is_the_cause() -> None:
    lines = ["[error] No such thing.", "[error] Giving up", "[fatal] All is lost"]
    assert reason_of(1, lines) == "No such thing"
