"""What the log of a relay says, beyond what all reports do."""

from fractions import Fraction

from avio_cli.ffmpeg.live.report import driver_changes, media_from_relay
from avio_cli.ffmpeg.url import MediaUrl
from avio_cli.media.info import AudioStream, VideoStream

CAMERA = MediaUrl("device", "/dev/video0", "camera:0", microphone=("-f", "pulse", "x"))
LOG = """\
[v4l2 @ 0x1] [info] The V4L2 driver changed the video from 640x500 to 640x480
[v4l2 @ 0x1] [debug] The V4L2 driver changed the pixel format from 0x1 to 0x2
[v4l2 @ 0x1] [warning] The driver changed the time per frame from 1/60 to 1/30
[debug] After avformat_find_stream_info() pos: 0
[info] Input #0, video4linux2,v4l2, from '/dev/video0':
[info]   Duration: N/A, start: 1796004274.854000, bitrate: 147456 kb/s
[info]   Stream #0:0, 1, 1/1000000: Video: rawvideo (YUY2), yuyv422, 640x480, \
30 fps, 30 tbr, 1000k tbn
[debug] After avformat_find_stream_info() pos: 0
[info] Input #1, pulse, from 'default':
[info]   Duration: N/A, start: 1796004274.954000, bitrate: 1536 kb/s
[info]   Stream #1:0, 1, 1/1000000: Audio: pcm_s16le, 48000 Hz, stereo, s16, 1536 kb/s
[info] Stream mapping:"""


def test_a_microphone_is_a_stream_of_its_camera() -> None:
    info = media_from_relay(LOG, CAMERA)
    assert info is not None
    video, audio = info.streams
    assert isinstance(video, VideoStream)
    assert isinstance(audio, AudioStream)
    assert (video.width, video.height, video.average_rate) == (640, 480, 30)
    assert (audio.index, audio.sample_rate, audio.channels) == (1, 48000, 2)
    assert (info.start, info.duration) == (Fraction(0), None)


def test_what_a_camera_does_not_have_is_named() -> None:
    assert driver_changes(LOG) == [
        "the video from 640x500 to 640x480",
        "the time per frame from 1/60 to 1/30",
    ]
