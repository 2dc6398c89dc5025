"""avio doctor lists what can be named as a live input."""

import sys
from pathlib import Path

import pytest

from avio_cli.ffmpeg.devices import found
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.jobs.doctor.devices import about_capture, about_devices

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="Linux shows devices")


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One of Linux with a camera, a microphone and no screen."""
    folder = tmp_path / "sys" / "video2"
    folder.mkdir(parents=True)
    (folder / "name").write_text("HD Webcam\n")
    (tmp_path / "video2").touch()
    (tmp_path / "pcm").write_text(
        "00-00: ALC257 Analog : ALC257 Analog : playback 1 : capture 1\n"
        "00-03: HDMI 0 : HDMI 0 : playback 1\n"
    )
    monkeypatch.setattr(found, "SYSTEM_CAMERAS", tmp_path / "sys")
    monkeypatch.setattr(found, "NODES", tmp_path)
    monkeypatch.setattr(found, "AUDIO", tmp_path / "pcm")
    for name in ("DISPLAY", "PULSE_SERVER", "XDG_RUNTIME_DIR"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@linux_only
def test_each_kind_is_listed_by_the_name_that_inputs_have(machine: Path) -> None:
    rows = [(row.name, row.state, row.detail) for row in about_devices()]
    assert rows == [
        ("camera:2", "ok", "HD Webcam"),
        ("screens", "missing", "none found: no X11 display in DISPLAY"),
        ("audio=hw:0,0", "ok", "ALC257 Analog"),
    ]


@linux_only
def test_a_camera_of_another_group_is_a_warning_with_the_command(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.access", lambda path, mode: False)
    camera = next(iter(about_devices()))
    assert camera.state == "warning"
    assert "usermod -aG video" in camera.hint


@linux_only
def test_what_ffmpeg_can_capture_is_asked_of_it(ffmpeg: FFmpeg) -> None:
    finding = about_capture(ffmpeg)
    assert finding.state in ("ok", "missing")
    assert "v4l2, x11grab" in finding.detail
