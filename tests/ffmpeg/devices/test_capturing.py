"""Each platform's row: what ffmpeg gets for a device as a user names it."""

import pytest

from avio_cli.errors import InputError
from avio_cli.ffmpeg.devices.capturing import DeviceInput, device_input
from avio_cli.ffmpeg.devices.naming import device_name

TOGETHER = ("-thread_queue_size", "512", "-isync", "0")


@pytest.mark.parametrize(
    ("platform", "named", "url", "options"),
    [
        ("linux", "/dev/video7", "/dev/video7", "-f v4l2 -ts abs"),
        (
            "linux",
            "/dev/video7?size=1280x720&rate=30000/1001&format=mjpeg",
            "/dev/video7",
            "-f v4l2 -ts abs -video_size 1280x720 -framerate 30000/1001 "
            "-input_format mjpeg",
        ),
        ("linux", "screen::1", ":1", "-f x11grab -framerate 30"),
        (
            "linux",
            "screen::1?size=640x360&rate=15&offset=10,20",
            ":1",
            "-f x11grab -framerate 15 -video_size 640x360 -grab_x 10 -grab_y 20",
        ),
        ("darwin", "camera:", "0:none", "-f avfoundation -framerate 30"),
        (
            "darwin",
            "camera:FaceTime?audio=default&rate=60",
            "FaceTime:default",
            "-f avfoundation -framerate 60",
        ),
        (
            "darwin",
            "screen:1",
            "Capture screen 1:none",
            "-f avfoundation -capture_cursor 1 -framerate 30",
        ),
        (
            "win32",
            "camera:HD Webcam?audio=Microphone (HD)&format=nv12",
            "video=HD Webcam:audio=Microphone (HD)",
            "-f dshow -rtbufsize 256M -pixel_format nv12",
        ),
        (
            "win32",
            "screen:?offset=0,100&size=800x600",
            "desktop",
            "-f gdigrab -framerate 30 -offset_x 0 -offset_y 100 -video_size 800x600",
        ),
    ],
)
def test_a_device_is_what_the_platform_calls_it(
    platform: str, named: str, url: str, options: str
) -> None:
    device = device_name(named)
    assert device is not None
    found = device_input(device, platform)
    assert found == DeviceInput(url, tuple(options.split(" ")))


@pytest.mark.parametrize(
    ("heard", "demuxer"),
    [("default", "pulse"), ("alsa_input.usb", "pulse"), ("hw:1,0", "alsa")],
)
def test_a_microphone_on_linux_is_a_second_input_in_step(
    heard: str, demuxer: str
) -> None:
    device = device_name(f"/dev/video0?audio={heard}")
    assert device is not None
    found = device_input(device, "linux")
    assert found.microphone == (*TOGETHER, "-f", demuxer, heard)
    assert found.options[2:4] == TOGETHER[:2]


@pytest.mark.parametrize(
    ("platform", "named"),
    [
        ("darwin", "screen:?size=640x480"),
        ("win32", "screen:?audio=default"),
        ("linux", "screen::1?format=mjpeg"),
        ("linux", "/dev/video0?offset=1,2"),
        ("freebsd", "camera:0"),
    ],
)
def test_what_would_be_ignored_is_refused(platform: str, named: str) -> None:
    device = device_name(named)
    assert device is not None
    with pytest.raises(InputError, match=r"has no option|opens no camera"):
        device_input(device, platform)
