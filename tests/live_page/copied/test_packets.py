"""The source's own video over real connections: who gets it, when, and what is left."""

import io
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from avio_cli.decode.reader import MediaReader
from avio_cli.decode.settings import ReaderSettings
from avio_cli.demux.packet_list import list_packets
from avio_cli.ffmpeg.live.opening import open_live
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.process.process import Process
from avio_cli.ffmpeg.url import parse_url
from avio_cli.live_page.copied.file_packets import FilePackets
from avio_cli.live_page.copied.fragments import Fragment, Header, read_fragments
from avio_cli.live_page.copied.live_packets import LivePackets
from avio_cli.live_page.copied.muxing import LATER
from avio_cli.live_page.copied.packets import not_copied
from avio_cli.live_page.copied.store import PacketStore
from avio_cli.media.frame import Frame
from tests.clips import groups, make_clip
from tests.live.camera import Camera
from tests.live_page.pages import Run, opened_run, wait_for
from tests.live_page.pages import frame as made_frame
from tests.live_page.pages import libraries as libraries
from tests.live_page.pages import wsproto as wsproto
from tests.live_page.sockets import ask, head, received

pytestmark = pytest.mark.usefixtures("libraries", "wsproto")
SIZE = (160, 96)
COPIED = "avio_cli.live_page.copied"
BASE = Fraction(1, 12800)
LIMIT_SECONDS = 60


@pytest.fixture
def source(tmp_path: Path, bundled_ffmpeg: FFmpeg) -> MediaSource:
    clip = make_clip(tmp_path / "in.mp4", frames=250, video=groups(25, 2)).path
    return MediaSource.probe(bundled_ffmpeg, parse_url(str(clip)))


@pytest.fixture
def run() -> Iterator[Run]:
    with opened_run() as opened:
        yield opened


def show(run: Run, number: int) -> Frame:
    """A frame of the clip was tracked."""
    frame = made_frame(number, SIZE, [1])
    frame.pts, frame.time_base = number * 512, BASE
    run.page.show_boxes(frame)
    return frame


def packets_of(run: Run) -> FilePackets:
    packets = run.page._packets
    assert isinstance(packets, FilePackets)
    return packets


def test_a_viewer_gets_header_packets_and_boxes(run: Run, source: MediaSource) -> None:
    assert run.page.offer(source, source.info.videos[0]) is None
    show(run, 60)
    with ask(run) as viewer:
        assert " 101 " in head(viewer)
        found = received(viewer)
        assert next(found)["type"].startswith('video/mp4; codecs="avc1.')
        assert next(found)[4:8] == b"ftyp"
        assert next(found)[4:8] == b"moof"
        show(run, 61)
        boxes = next(message for message in found if isinstance(message, list))[0]
    assert boxes["media"] == LATER + 61 / 25
    assert (boxes["pts"], boxes["frame"]) == (61 * 512, 62)
    assert boxes["boxes"][0]["id"] == 1


def test_a_reader_runs_only_while_somebody_looks(run: Run, source: MediaSource) -> None:
    run.page.offer(source, source.info.videos[0])
    show(run, 0)
    assert packets_of(run)._process is None
    before = set(threading.enumerate())
    with ask(run) as viewer:
        head(viewer)
        next(received(viewer))
        process = packets_of(run)._process
        wait_for(lambda: newest(run) > LATER)
    wait_for(lambda: not run.page._store._items)
    assert process is not None
    wait_for(lambda: not process.running)
    wait_for(lambda: set(threading.enumerate()) <= before)
    with ask(run) as another:
        head(another)
        assert next(received(another))["type"].startswith("video/mp4")


def test_it_reads_no_further_than_the_run(run: Run, source: MediaSource) -> None:
    run.page.offer(source, source.info.videos[0])
    show(run, 30)
    with ask(run) as viewer:
        head(viewer)
        next(received(viewer))
        store = run.page._store
        wait_for(lambda: newest(run) > LATER + 30 / 25 + 1.9)
        show(run, 31)
        assert newest(run) <= LATER + 31 / 25 + 2.1
        assert store.is_watched


def newest(run: Run) -> float:
    store = run.page._store
    with store._lock:
        times = [item.fragment.time for item in store._items if item.fragment]
    return float(max(times, default=Fraction(0)))


def test_one_that_reads_nothing_delays_neither_run_nor_viewers(
    run: Run, source: MediaSource
) -> None:
    run.page.offer(source, source.info.videos[0])
    show(run, 0)
    with ask(run) as frozen, ask(run) as viewer:
        head(viewer)
        found = received(viewer)
        next(found)
        for number in range(1, 250):
            show(run, number)  # returns, though one reads nothing
        wait_for(lambda: any(f["frame"] == 250 for f in boxes_in(next(found))))
        assert frozen.recv(4) == b"HTTP"


def boxes_in(message: object) -> list[dict[str, int]]:
    return message if isinstance(message, list) else []


def test_one_that_takes_nothing_is_cut(
    run: Run, source: MediaSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("avio_cli.live_page.connections.PATIENCE", 0.2)
    run.page.offer(source, source.info.videos[0])
    frame = show(run, 0)
    connections = run.page._server._server.server_state.connections
    with socket.socket() as frozen:
        frozen.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        frozen.settimeout(20)
        frozen.connect(("127.0.0.1", run.port))
        words = ("Upgrade: websocket", "Connection: Upgrade")
        words += ("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",)
        lines = (f"GET {run.path}packets HTTP/1.1", f"Host: 127.0.0.1:{run.port}")
        lines += (*words, "Sec-WebSocket-Version: 13", "", "")
        frozen.sendall("\r\n".join(lines).encode())
        wait_for(lambda: run.page._store.is_watched)
        end = time.monotonic() + LIMIT_SECONDS
        while connections:  # though this end has not closed it
            run.page._store.show(packets_of(run).time_of(frame), b"9" * 100_000)
            assert time.monotonic() < end
            time.sleep(0.005)


def test_a_viewer_without_the_secret_or_of_another_site_is_refused(run: Run) -> None:
    own = f"127.0.0.1:{run.port}"
    for headers in (
        {"Origin": "http://evil.example"},
        {"Host": "evil.example", "Origin": "http://evil.example"},
    ):
        with ask(run, **headers) as refused:
            assert " 403 " in head(refused)
    with ask(run, "../packets") as stranger:
        assert " 403 " in head(stranger)
    with ask(run, Origin=f"http://{own}") as viewer:
        assert " 101 " in head(viewer)


def test_the_end_is_said(source: MediaSource) -> None:
    with opened_run() as run:
        run.page.offer(source, source.info.videos[0])
        show(run, 0)
        viewer = ask(run)
        head(viewer)
        found = received(viewer)
        next(found)
    with viewer:
        assert list(found)[-1] == {"end": ""}


def test_a_reader_that_fails_is_named(run: Run, source: MediaSource) -> None:
    """Viewers then see images."""
    broken = replace(source, ffmpeg=replace(source.ffmpeg, path="/nowhere/ffmpeg"))
    run.page.offer(broken, source.info.videos[0])
    show(run, 0)
    with ask(run) as viewer:
        head(viewer)
        (said,) = received(viewer)
    assert said["end"].startswith("the source is read no further: cannot start")


def test_a_viewer_who_is_back_while_the_reader_ends_gets_packets(
    run: Run, source: MediaSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page that is loaded again: the old reader is not to be waited for."""

    class Ending(Process):
        def __exit__(self, *failure: Any) -> None:
            super().__exit__(*failure)
            run.page._store.enter()

    monkeypatch.setattr(f"{COPIED}.file_packets.Process", Ending)
    run.page.offer(source, source.info.videos[0])
    show(run, 30)
    store = run.page._store
    store.enter()
    wait_for(lambda: newest(run) > LATER)
    store.leave()
    wait_for(lambda: store.is_watched)
    show(run, 200)
    wait_for(lambda: newest(run) > LATER + 200 / 25)


def test_a_fast_run_does_not_overtake_its_reader(
    source: MediaSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It tracks 4 seconds between two looks at it, and packets are there before."""
    store, missing = PacketStore(), []
    packets = FilePackets.__new__(FilePackets)
    packets._store, packets._ahead = store, 2.0

    class Looks(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            missing.append(store.shown + 4 - float(time))
            store.show(store.shown + 4, b"")
            return False

    packets._closed = Looks()
    store.enter()
    store.show(0.0, b"")
    for number in range(25 * 100):
        time = Fraction(number, 25)
        assert packets._add(Fragment(b"", time, is_key=False))
    assert len(missing) > 10
    assert max(missing[2:]) <= 0


@pytest.mark.parametrize("error", [KeyError("x"), AttributeError("x")])
def test_an_error_that_nobody_expects_is_named_to_viewers(
    run: Run, source: MediaSource, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(f"{COPIED}.file_packets.read_fragments", fail)
    run.page.offer(source, source.info.videos[0])
    show(run, 0)
    with ask(run) as viewer:
        head(viewer)
        (said,) = received(viewer)
    assert said["end"].startswith("the source is read no further: ")


@contextmanager
def read_live(run: Run, ffmpeg: FFmpeg, url: str) -> Iterator[Iterator[Frame]]:
    """Frames of a live source whose packets are passed on."""
    source = open_live(ffmpeg, parse_url(url))
    tap = run.page.offer(source, source.info.videos[0])
    assert tap is not None
    settings = ReaderSettings(pixel_format="gray", packets=tap)
    with MediaReader(source, settings) as reader:
        yield iter(reader)


def test_a_live_source_is_opened_once_and_its_packets_have_the_times_of_frames(
    run: Run, tmp_path: Path, bundled_ffmpeg: FFmpeg
) -> None:
    with (
        Camera(bundled_ffmpeg.path) as camera,
        read_live(run, bundled_ffmpeg, camera.url) as frames,
    ):
        packets = run.page._packets
        assert isinstance(packets, LivePackets)
        times = []
        for frame in frames:
            if (at := packets.time_of(frame)) is not None:
                times.append(round(at, 5))
                run.page.show_boxes(frame)
            if len(times) == 30:
                break
        sent = tmp_path / "sent.mp4"
        wait_for(lambda: set(times) <= stored_times(run, sent, bundled_ffmpeg))
        assert camera.connections == 1
        process = packets._process
    run.page.close()
    assert process is not None
    assert not process.running


def stored_times(run: Run, path: Path, ffmpeg: FFmpeg) -> set[float]:
    """When what is in the store is shown."""
    store = run.page._store
    with store._lock:
        parts = [item.data for item in store._items if item.fragment]
        path.write_bytes(store._header + b"".join(parts))
    with closing(list_packets(ffmpeg, parse_url(str(path)), 0)) as packets:
        return {round(p.pts / 90_000, 5) for p in packets if p.pts is not None}


H264 = "libx264 -preset ultrafast -tune zerolatency"


@contextmanager
def seen_live(
    run: Run, ffmpeg: FFmpeg
) -> Iterator[tuple[Camera, threading.Thread, threading.Event]]:
    """A camera of H.264 whose frames a thread tracks; the event ends that."""
    enough = threading.Event()

    def track() -> None:
        with read_live(run, ffmpeg, camera.url) as frames:
            for frame in frames:
                run.page.show_boxes(frame)
                if enough.is_set():
                    return

    with Camera(ffmpeg.path, video=H264) as camera:
        thread = threading.Thread(target=track)
        thread.start()
        try:
            yield camera, thread, enough
        finally:
            enough.set()
            thread.join()


def test_a_live_source_is_seen_from_a_keyframe_on_to_its_end(
    run: Run, bundled_ffmpeg: FFmpeg
) -> None:
    with seen_live(run, bundled_ffmpeg) as (camera, thread, ended):
        wait_for(lambda: run.page._store.shown > 0)
        with ask(run, "../no-token/packets") as stranger:
            assert " 403 " in head(stranger)
        with ask(run) as viewer:
            head(viewer)
            found = received(viewer)
            assert next(found)["type"].startswith('video/mp4; codecs="avc1.')
            header = next(found)
            first = next(message for message in found if isinstance(message, bytes))
            begin, key = islice(read_fragments(io.BytesIO(header + first)), 2)
            assert isinstance(begin, Header)
            assert isinstance(key, Fragment)
            assert key.is_key
            tracked = (boxes for message in found for boxes in boxes_in(message))
            assert next(boxes for boxes in tracked if boxes["media"] >= key.time)
            assert camera.connections == 1
            ended.set()
            thread.join()
            run.page.close()
            assert list(found)[-1] == {"end": ""}


def test_a_dead_child_is_named_to_viewers(run: Run, bundled_ffmpeg: FFmpeg) -> None:
    store = run.page._store
    with seen_live(run, bundled_ffmpeg) as (camera, _, _):
        wait_for(lambda: store.shown > 0)
        packets = run.page._packets
        assert isinstance(packets, LivePackets)
        assert packets._process is not None
        with ask(run) as viewer:
            head(viewer)
            packets._process.kill()
            said = list(received(viewer))[-1]
        assert said["end"].startswith("the source is not passed on: ffmpeg ")
        before = store.shown
        wait_for(lambda: store.shown > before + 0.5)  # the run goes on
        assert camera.connections == 1


@pytest.mark.parametrize("error", [KeyError("x"), IndexError("x")])
def test_the_pipe_of_the_decoder_stays_open_whatever_happens(
    source: MediaSource,
    bundled_ffmpeg: FFmpeg,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(f"{COPIED}.live_packets.read_fragments", fail)
    store = PacketStore()
    packets = LivePackets(bundled_ffmpeg, source.info.videos[0], store)
    _, descriptor = packets.open(0)
    with os.fdopen(descriptor, "wb") as pipe:
        pipe.write(bytes(4 << 20))
    wait_for(lambda: store.failure)
    packets.close()


@pytest.mark.parametrize("program", ["", "/nowhere/ffmpeg"])
def test_what_the_decoder_writes_is_read_though_no_child_does(
    program: str, source: MediaSource, bundled_ffmpeg: FFmpeg
) -> None:
    """More than a pipe holds: of no NUT, or for a child that does not start."""
    before, store = set(threading.enumerate()), PacketStore()
    ffmpeg = replace(bundled_ffmpeg, path=program or bundled_ffmpeg.path)
    packets = LivePackets(ffmpeg, source.info.videos[0], store)
    _, descriptor = packets.open(0)
    with os.fdopen(descriptor, "wb") as pipe:
        pipe.write(bytes(4 << 20))
    wait_for(lambda: store.failure or not program)  # viewers then see images
    packets.close()
    assert set(threading.enumerate()) <= before


@pytest.mark.parametrize(
    ("name", "rotation", "video", "why"),
    [
        ("a.mp4", 0, "-c:v libx264", ""),
        ("a.mp4", 90, "-c:v libx264", "the source is rotated, and shown as it is seen"),
        ("a.mp4", 0, "-c:v mpeg4", "browsers do not play mpeg4"),
        ("a.ts", 0, "-c:v libx264", "mpegts is not searched exactly"),
    ],
)
def test_what_is_not_copied_says_why(
    name: str,
    rotation: int,
    video: str,
    why: str,
    tmp_path: Path,
    bundled_ffmpeg: FFmpeg,
) -> None:
    options = [*video.split(), "-pix_fmt", "yuv420p"]
    clip = make_clip(tmp_path / name, frames=5, video=options, rotation=rotation)
    source = MediaSource.probe(bundled_ffmpeg, parse_url(str(clip.path)))
    assert not_copied(source, source.info.videos[0]) == why
