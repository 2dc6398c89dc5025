"""Find ffmpeg, and the ffprobe that belongs to it."""

import os
import shutil
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from avio_cli.errors import AvioError

Origin = Literal["AVIO_FFMPEG", "PATH", "imageio-ffmpeg"]


@dataclass(frozen=True, slots=True)
class FFmpeg:
    """A binary, and where it was found."""

    path: str
    origin: Origin
    ffprobe: str = ""
    """The ffprobe in the same folder; empty where there is none.

    One from elsewhere is not used: it could be of another version, with other codecs.
    """


def locate_ffmpeg() -> FFmpeg:
    """Find ffmpeg: ``AVIO_FFMPEG``, then PATH, then the one imageio-ffmpeg ships.

    Raises:
        AvioError: there is none, or ``AVIO_FFMPEG`` points to nothing usable.
    """
    if named := os.environ.get("AVIO_FFMPEG"):
        return _named(Path(named).expanduser())
    if found := shutil.which("ffmpeg"):
        return _with_ffprobe(Path(found), "PATH")
    return _bundled()


def _named(path: Path) -> FFmpeg:
    binary = path / _executable("ffmpeg") if path.is_dir() else path
    if not binary.is_file() or not os.access(binary, os.X_OK):
        raise AvioError(
            f"AVIO_FFMPEG is {path}, but there is no executable ffmpeg",
            hint="set it to the binary or its folder, or unset it",
        )
    return _with_ffprobe(binary, "AVIO_FFMPEG")


def _bundled() -> FFmpeg:
    try:
        import imageio_ffmpeg

        return _with_ffprobe(Path(imageio_ffmpeg.get_ffmpeg_exe()), "imageio-ffmpeg")
    except (ImportError, RuntimeError):
        raise AvioError(
            "there is no ffmpeg", hint="install ffmpeg, or set AVIO_FFMPEG to it"
        ) from None


def _with_ffprobe(binary: Path, origin: Origin) -> FFmpeg:
    sibling = binary.absolute().with_name(_executable("ffprobe"))
    if not sibling.is_file():  # a link in PATH may lead to a folder that has both
        sibling = binary.resolve().with_name(_executable("ffprobe"))
    found = sibling.is_file() and os.access(sibling, os.X_OK)
    return FFmpeg(str(binary.absolute()), origin, str(sibling) if found else "")


def _executable(name: str) -> str:
    return f"{name}.exe" if sys.platform == "win32" else name


def version_text(ffmpeg: FFmpeg) -> str:
    """What a binary says of itself: version, compiler, options, libraries.

    Raises:
        FFmpegError: it cannot be started.
    """
    from avio_cli.ffmpeg.process.run import run  # finding a binary needs none of it

    return run([ffmpeg.path, "-version"]).stdout.decode(errors="replace")


def has_filter(ffmpeg: FFmpeg, name: str) -> bool:
    """Whether a binary has a filter; each is asked for once, which takes 0.05 s."""
    return _has(ffmpeg.path, "filter", name)


def has_decoder(ffmpeg: FFmpeg, name: str) -> bool:
    """Whether a binary has a decoder, asked for in the same way."""
    return _has(ffmpeg.path, "decoder", name)


@cache
def _has(binary: str, kind: str, name: str) -> bool:
    from avio_cli.ffmpeg.process.run import run  # finding a binary needs none of it

    done = run([binary, "-hide_banner", "-h", f"{kind}={name}"])
    said = done.stdout.decode(errors="replace") + done.stderr
    return f"{kind.title()} {name}" in said
