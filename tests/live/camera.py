"""A camera on the loopback: MPEG-TS over TCP that can be dropped, muted and changed."""

import contextlib
import socket
import threading
from types import TracebackType
from typing import Any

from avio_cli.ffmpeg.process.process import Process


class Camera:
    """Serves one live stream to each client, as a camera does: from now on.

    Args:
        ffmpeg: the binary that makes the stream.
        size: width and height, for the connections to come.
        rate: frames a second.
        audio: whether there is audio.
        clock: seconds at which the times of the next connection begin.
        video: the encoder and its options.
    """

    def __init__(
        self,
        ffmpeg: str,
        *,
        size: str = "160x120",
        rate: int = 25,
        audio: bool = False,
        clock: float = 0.0,
        video: str = "mpeg4 -q:v 5",
    ) -> None:
        self._ffmpeg, self._video = ffmpeg, video.split()
        self.size, self.rate, self.audio, self.clock = size, rate, audio, clock
        self.parts: list[tuple[str, float]] = []
        """Sizes and clocks of what follows in a connection, after two seconds each."""
        self.connections = 0
        self.refusing = self.muted = self._closed = False
        self._leaps = 0
        self._muted_clients: set[socket.socket] = set()
        self._clients: list[socket.socket] = []
        self._children: list[Process] = []
        self._threads: list[threading.Thread] = []
        self._server = socket.create_server(("127.0.0.1", 0))
        self._server.settimeout(0.2)
        self._start(self._accept)

    @property
    def url(self) -> str:
        """Where it is."""
        return f"tcp://127.0.0.1:{self._server.getsockname()[1]}"

    def drop(self) -> None:
        """Close all connections."""
        for client in self._clients:
            with contextlib.suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)
        self._clients.clear()

    def mute(self) -> None:
        """Send nothing more in the connections that there are."""
        self._muted_clients = set(self._clients)

    def leap(self, *, size: str, clock: float) -> None:
        """Go on with another size, or from another time, in the same connections."""
        self.size, self.clock = size, clock
        self._leaps += 1
        for child in list(self._children):
            child.ask()

    def close(self) -> None:
        """End it, and all children."""
        self._closed = True
        self.drop()
        self._server.close()
        for child in list(self._children):
            child.kill()
        for thread in self._threads:
            thread.join(5)

    def __enter__(self) -> "Camera":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _start(self, work: Any, *arguments: Any) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._closed:
            try:
                client, _ = self._server.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            if self.refusing:
                client.close()
                continue
            self.connections += 1
            self._clients.append(client)
            self._start(self._serve, client)

    def _serve(self, client: socket.socket) -> None:
        leaps = self._leaps
        with contextlib.suppress(OSError), client:
            for size, clock, seconds in self._plan():
                self._send(client, self._argv(size, clock, seconds))
            while leaps != self._leaps and not self._closed:
                leaps = self._leaps
                self._send(client, self._argv(self.size, self.clock, 0.0))
        with contextlib.suppress(ValueError):
            self._clients.remove(client)

    def _plan(self) -> list[tuple[str, float, float]]:
        """What is sent in a connection: size, first time, and seconds (0: no end)."""
        parts = [(self.size, self.clock), *self.parts]
        return [(*part, 2.0) for part in parts[:-1]] + [(*parts[-1], 0.0)]

    def _send(self, client: socket.socket, argv: list[str]) -> None:
        child = Process(argv, stdout=True)
        self._children.append(child)
        try:
            while data := child.stdout.read(1 << 16):
                if not self.muted and client not in self._muted_clients:
                    client.sendall(data)
        finally:
            child.kill()
            child.stop()
            self._children.remove(child)

    def _argv(self, size: str, clock: float, seconds: float) -> list[str]:
        end = ["-t", str(seconds)] if seconds else []
        words = [self._ffmpeg, "-nostdin", "-v", "error"]
        words += ["-re", "-f", "lavfi", "-i", f"testsrc2=s={size}:r={self.rate}"]
        if self.audio:
            words += ["-re", "-f", "lavfi", "-i", "sine=r=48000", "-c:a", "mp2"]
        words += ["-c:v", *self._video, "-g", "12", "-muxdelay", "0", *end]
        words += ["-output_ts_offset", str(clock), "-flush_packets", "1"]
        return [*words, "-f", "mpegts", "-"]
