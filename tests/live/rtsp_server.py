"""A real RTSP server, GStreamer's: run by a Python that has its bindings, no test.

Usage: rtsp_server.py CLIP [--port N] [--user NAME --password WORD] [--tcp]

It serves a Matroska file at /live without end: after the last packet comes the first
one again, with times that go on. Each client gets it from its first packet. The port is
printed once clients can connect; the end of standard input ends it.
"""

import argparse
import sys
import threading
from typing import Any

import gi

for _name in ("Gst", "GstApp", "GstRtsp", "GstRtspServer"):
    gi.require_version(_name, "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402

PARSERS = {
    "video/x-h264": (
        "h264parse config-interval=-1 ! video/x-h264,stream-format=byte-stream",
        "rtph264pay config-interval=-1",
    ),
    "video/x-h265": (
        "h265parse config-interval=-1 ! video/x-h265,stream-format=byte-stream",
        "rtph265pay config-interval=-1",
    ),
    "audio/mpeg": ("aacparse", "rtpmp4gpay"),
    "audio/x-mulaw": ("identity", "rtppcmupay"),
}
"""By the name of a stream's format: what makes packets of it, and what sends them."""


class Track:
    """The packets of one stream, repeated for ever.

    Args:
        samples: its packets.
        length: nanoseconds from one repetition to the next.
    """

    def __init__(self, samples: list[Any], length: int) -> None:
        buffers = [sample.get_buffer() for sample in samples]
        self.caps, self.length = samples[0].get_caps(), length
        # A copied buffer would share its times with the original (PyGObject 3.42).
        self.packets = [
            (buffer.extract_dup(0, buffer.get_size()), buffer.pts)
            for buffer in buffers
            if buffer.pts + buffer.duration // 2 < length
        ]

    def packet(self, number: int) -> Any:
        turn, place = divmod(number, len(self.packets))
        data, pts = self.packets[place]
        packet = Gst.Buffer.new_wrapped(data)
        packet.pts = pts + turn * self.length
        return packet


def read(path: str) -> list[tuple[str, Track]]:
    """All packets of a file: the format of each stream, and its packets."""
    names = formats_of(path)
    branches = (
        f"d. ! queue max-size-bytes=0 max-size-buffers=0 max-size-time=0 ! "
        f"{PARSERS[name][0]} ! appsink name=a{number} sync=false"
        for number, name in enumerate(names)
    )
    whole = f"filesrc name=f ! matroskademux name=d {' '.join(branches)}"
    pipeline = Gst.parse_launch(whole)
    pipeline.get_by_name("f").set_property("location", path)
    pipeline.set_state(Gst.State.PLAYING)
    found = [samples_of(pipeline.get_by_name(f"a{i}")) for i in range(len(names))]
    pipeline.set_state(Gst.State.NULL)
    last = found[0][-1].get_buffer()
    length = last.pts + last.duration - found[0][0].get_buffer().pts
    return [
        (name, Track(samples, length))
        for name, samples in zip(names, found, strict=True)
    ]


def formats_of(path: str) -> list[str]:
    pipeline = Gst.parse_launch("filesrc name=f ! matroskademux name=d")
    pipeline.get_by_name("f").set_property("location", path)
    names: list[str] = []
    known = threading.Event()
    demuxer = pipeline.get_by_name("d")
    demuxer.connect(
        "pad-added",
        lambda _, pad: names.append(pad.get_current_caps().get_structure(0).get_name()),
    )
    demuxer.connect("no-more-pads", lambda _: known.set())
    pipeline.set_state(Gst.State.PAUSED)
    known.wait(10)
    pipeline.set_state(Gst.State.NULL)
    return names


def samples_of(sink: Any) -> list[Any]:
    samples = []
    while (sample := sink.emit("pull-sample")) is not None:
        samples.append(sample)
    return samples


class Repeating(GstRtspServer.RTSPMediaFactory):
    """Makes the media of each client, which begins with the first packet."""

    def __init__(self, tracks: list[tuple[str, Track]]) -> None:
        super().__init__()
        self.tracks = tracks
        payloads = (
            f"appsrc name=s{i} is-live=true format=time max-bytes=65536 ! "
            f"{PARSERS[name][1]} name=pay{i} pt={96 + i}"
            for i, (name, _) in enumerate(tracks)
        )
        self.set_launch(f"( {' '.join(payloads)} )")
        self.set_latency(0)

    def fill(self, media: Any) -> None:
        for i, (_, track) in enumerate(self.tracks):
            source = media.get_element().get_child_by_name(f"s{i}")
            source.set_property("caps", track.caps)
            source.connect("need-data", self.give, track, [0])

    @staticmethod
    def give(source: Any, _length: int, track: Track, sent: list[int]) -> None:
        source.emit("push-buffer", track.packet(sent[0]))
        sent[0] += 1


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("clip")
    parser.add_argument("--port", default="0")
    parser.add_argument("--user")
    parser.add_argument("--password")
    parser.add_argument("--tcp", action="store_true")
    wanted = parser.parse_args()
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(wanted.port)
    factory = Repeating(read(wanted.clip))
    factory.connect("media-configure", lambda made, media: made.fill(media))
    if wanted.tcp:
        factory.set_protocols(GstRtsp.RTSPLowerTrans.TCP)
    if wanted.user:
        protect(server, factory, wanted.user, wanted.password)
    server.get_mount_points().add_factory("/live", factory)
    loop = GLib.MainLoop()
    server.attach(None)
    sys.stdout.write(f"{server.get_bound_port()}\n")
    sys.stdout.flush()
    watch = threading.Thread(target=lambda: (sys.stdin.read(), loop.quit()))
    watch.daemon = True
    watch.start()
    loop.run()


def protect(server: Any, factory: Any, user: str, password: str) -> None:
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "viewer")
    auth = GstRtspServer.RTSPAuth()
    auth.add_basic(GstRtspServer.RTSPAuth.make_basic(user, password), token)
    server.set_auth(auth)
    allowed = GstRtspServer.RTSPPermissions()
    for right in ("access", "construct"):
        allowed.add_permission_for_role("viewer", f"media.factory.{right}", True)
    factory.set_permissions(allowed)


if __name__ == "__main__":
    main()
