"""Names of devices are understood, and errors say which devices there are."""

import sys
from pathlib import Path

import pytest

from avio_cli.errors import InputError
from avio_cli.ffmpeg.devices import found
from avio_cli.ffmpeg.devices.finding import find_device
from avio_cli.ffmpeg.devices.found import Device, parse_listing
from avio_cli.ffmpeg.devices.naming import DeviceName, device_name
from avio_cli.ffmpeg.limits import Limits
from avio_cli.ffmpeg.url import parse_url

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="Linux shows devices")

AVFOUNDATION = """\
[AVFoundation indev @ 0x1] AVFoundation video devices:
[AVFoundation indev @ 0x1] [0] FaceTime HD Camera
[AVFoundation indev @ 0x1] [1] Capture screen 0
[AVFoundation indev @ 0x1] AVFoundation audio devices:
[AVFoundation indev @ 0x1] [0] MacBook Pro Microphone
: Input/output error"""
DSHOW = """\
[dshow @ 0x1] "Integrated Camera" (video)
[dshow @ 0x1]   Alternative name "@device_pnp_\\\\?\\usb#vid_04f2"
[dshow @ 0x1] "Microphone Array" (audio)
dummy: Immediate exit requested"""
OLD_DSHOW = """\
[dshow @ 0x1] DirectShow video devices (some may be both video and audio devices)
[dshow @ 0x1]  "Integrated Camera"
[dshow @ 0x1] DirectShow audio devices
[dshow @ 0x1]  "Microphone Array\""""


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two cameras, the first with a second node that has only metadata."""
    nodes = tmp_path / "dev"
    nodes.mkdir()
    for number, index, title in (
        (0, 0, "HD Webcam"),
        (1, 1, "HD Webcam"),
        (10, 0, "X"),
    ):
        folder = tmp_path / "sys" / f"video{number}"
        folder.mkdir(parents=True)
        (folder / "index").write_text(f"{index}\n")
        (folder / "name").write_text(f"{title}\n")
        (nodes / f"video{number}").touch()
    monkeypatch.setattr(found, "SYSTEM_CAMERAS", tmp_path / "sys")
    monkeypatch.setattr(found, "NODES", nodes)
    return nodes


def opened(text: str) -> str:
    device = device_name(text)
    assert device is not None
    return find_device(device).url


class TestNames:
    @pytest.mark.parametrize("text", ["camera:0", "0", "camera:", "webcam:0"])
    def test_the_first_camera_has_many_names(
        self, text: str, machine: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sys, "platform", "linux")
        assert opened(text) == str(machine / "video0")

    def test_a_part_of_what_it_is_called_is_enough(self, machine: Path) -> None:
        device = DeviceName("camera", "webcam")
        assert find_device(device, "linux").url == str(machine / "video0")

    @pytest.mark.parametrize(
        "text", ["video.mp4", "cameras:0", "screenshot.png", "1234", "rtsp://host/0"]
    )
    def test_other_names_are_no_devices(self, text: str) -> None:
        assert device_name(text) is None

    def test_a_file_with_such_a_name_is_the_file(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        for name in ("0", "camera:0", "screen:"):
            Path(name).write_bytes(b"x")
            assert parse_url(name).kind == "file"

    @pytest.mark.parametrize(
        ("text", "message", "hint"),
        [
            ("camera:0?sise=1", "a device has no option 'sise'", "did you mean size?"),
            ("camera:0?size=large", "size cannot be 'large'", "such as 1280x720"),
            ("0?rate=0", "rate cannot be '0'", "such as 30"),
            ("screen:?offset=1", "offset cannot be '1'", "such as 100,200"),
        ],
    )
    def test_a_wrong_option_is_named(self, text: str, message: str, hint: str) -> None:
        with pytest.raises(InputError) as caught:
            device_name(text)
        assert message in caught.value.message
        assert hint in caught.value.hint

    def test_safe_mode_opens_no_device(self) -> None:
        with pytest.raises(InputError, match="safe mode opens no device"):
            parse_url("screen::9", Limits.safe())


class TestErrors:
    def test_a_missing_camera_names_those_there_are(self, machine: Path) -> None:
        with pytest.raises(InputError) as caught:
            find_device(DeviceName("camera", "3"), "linux")
        assert f"there is no {machine / 'video3'}" in caught.value.message
        assert caught.value.hint == "there are camera:0 (HD Webcam), camera:10 (X)"

    @linux_only
    def test_a_camera_of_others_names_the_group(
        self, machine: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("os.access", lambda path, mode: False)
        with pytest.raises(InputError, match="you may not use") as caught:
            find_device(DeviceName("camera", "0"), "linux")
        assert "usermod -aG video" in caught.value.hint

    @pytest.mark.parametrize(
        ("variables", "message"),
        [({}, "there is no display"), ({"WAYLAND_DISPLAY": "wayland-0"}, "Wayland")],
    )
    def test_without_a_display_there_is_no_screen(
        self,
        variables: dict[str, str],
        message: str,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        for name in ("DISPLAY", "WAYLAND_DISPLAY"):
            monkeypatch.delenv(name, raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(InputError, match=message):
            find_device(DeviceName("screen", ""), "linux")


@pytest.mark.parametrize(
    ("log", "devices"),
    [
        (
            AVFOUNDATION,
            [
                Device("camera", "0", "FaceTime HD Camera"),
                Device("camera", "1", "Capture screen 0"),
                Device("microphone", "0", "MacBook Pro Microphone"),
            ],
        ),
        *(
            (
                log,
                [
                    Device("camera", "Integrated Camera", "Integrated Camera"),
                    Device("microphone", "Microphone Array", "Microphone Array"),
                ],
            )
            for log in (DSHOW, OLD_DSHOW)
        ),
    ],
)
def test_what_ffmpeg_lists_is_read(log: str, devices: list[Device]) -> None:
    assert list(parse_listing(log)) == devices
