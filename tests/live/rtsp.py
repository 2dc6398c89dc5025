"""Starts real RTSP servers, for the fixture `rtsp_server`."""

import functools
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from avio_cli.ffmpeg.process.process import Process
from avio_cli.ffmpeg.process.run import run
from tests.clips import make_clip
from tests.live.proxy import Proxy

PYTHON = os.environ.get("AVIO_TEST_RTSP_PYTHON", "/usr/bin/python3")
"""One that has GStreamer's bindings, which are no package of an index."""
SCRIPT = Path(__file__).with_name("rtsp_server.py")
CAMERA = "-c:v libx264 -preset veryfast -crf 20 -pix_fmt yuv420p -bf 0 -g 25".split()
"""As cameras encode: no frame waits for a later one, a keyframe each second."""
BEEPS = "aevalsrc=if(lt(mod(t\\,1)\\,0.1)\\,0.5*sin(2000*PI*t)\\,0):s=48000"
"""A tenth of a second of 1000 Hz at each whole second."""


@functools.cache
def works() -> bool:
    """Whether this machine has GStreamer, its RTSP server and the bindings."""
    return Path(PYTHON).exists() and run([PYTHON, str(SCRIPT), "--help"]).status == 0


@dataclass
class RtspServer:
    """A running server."""

    process: Process
    port: int
    url: str
    """Of its stream, with the password where it wants one."""

    def stop(self) -> None:
        """End it; its clients are cut off."""
        self.process.stop()


class RtspServers:
    """Starts servers, and proxies before them; all end with the block.

    Args:
        stack: what ends them.
        folder: for the clip.
        binary: the ffmpeg that makes it.
    """

    def __init__(self, stack: ExitStack, folder: Path, binary: str) -> None:
        self._stack, self._folder, self._binary = stack, folder, binary

    def __call__(
        self,
        clip: Path | None = None,
        *,
        user: str = "",
        password: str = "",
        port: int = 0,
        tcp: bool = False,
    ) -> RtspServer:
        """Serve a clip for ever.

        Args:
            clip: a Matroska file with H.264 or HEVC, and AAC or PCMU; None for 320x192
                numbered frames, 25 a second, that begin again after 4 seconds, and a
                beep at each second.
            user: whom it lets in; empty for all.
            password: likewise.
            port: 0 for any.
            tcp: whether it refuses UDP, past which a proxy cannot see.
        """
        words = [PYTHON, str(SCRIPT), str(clip or self.camera_clip())]
        words += ["--port", str(port), *(["--tcp"] if tcp else [])]
        words += ["--user", user, "--password", password] if user else []
        server = Process(words, stdin="pipe", stdout=True)
        self._stack.callback(server.stop)
        line = server.stdout.readline()
        assert line, server.log.lines
        login = f"{user}:{password}@" if user else ""
        found = int(line)
        return RtspServer(server, found, f"rtsp://{login}127.0.0.1:{found}/live")

    def behind_proxy(self, server: RtspServer) -> tuple[str, Proxy]:
        """A URL of a server, of which a proxy may drop, mute and resume clients."""
        proxy = self._stack.enter_context(Proxy(server.port))
        return server.url.replace(f":{server.port}/", f":{proxy.port}/"), proxy

    def camera_clip(self) -> Path:
        """Make the clip that is served by default, once."""
        path = self._folder / "camera.mkv"
        if not path.exists():
            video = path.with_suffix(".mp4")
            make_clip(video, frames=100, width=320, height=192, video=CAMERA)
            inputs = ["-i", str(video), "-f", "lavfi", "-t", "4", "-i", BEEPS]
            words = [*inputs, "-c:v", "copy", "-c:a", "aac", str(path)]
            assert run([self._binary, "-v", "error", *words]).status == 0
        return path


@contextmanager
def rtsp_servers(folder: Path, binary: str) -> Iterator[RtspServers]:
    """Servers that end with the block."""
    with ExitStack() as stack:
        yield RtspServers(stack, folder, binary)
