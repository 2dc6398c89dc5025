"""Checks of ffmpeg: which one is used, its version, which codecs really work."""

import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from avio_cli.errors import AvioError, FFmpegError
from avio_cli.ffmpeg.command import QUIET
from avio_cli.ffmpeg.hardware.accelerators import ACCELERATORS
from avio_cli.ffmpeg.hardware.capabilities import Capabilities
from avio_cli.ffmpeg.hardware.results_cache import Support
from avio_cli.ffmpeg.locate import FFmpeg, locate_ffmpeg
from avio_cli.ffmpeg.process.run import run
from avio_cli.jobs.doctor.ffmpeg_versions import (
    OLDEST,
    Version,
    open_vulnerabilities,
    read_version,
)
from avio_cli.jobs.doctor.findings import Finding, State

_WHY = {
    "AVIO_FFMPEG": "named by AVIO_FFMPEG",
    "PATH": "the first in PATH",
    "imageio-ffmpeg": "bundled with imageio-ffmpeg; there is none in PATH",
}
_ENCODERS = (
    ("libx264", "H.264: mp4-h264, mkv-h264"),
    ("libx265", "HEVC"),
    ("libsvtav1", "AV1"),
    ("libvpx-vp9", "VP9: webm-vp9"),
    ("ffv1", "lossless"),
    ("prores_ks", "ProRes"),
)
_AUDIO_CODECS = (
    ("aac", "AAC"),
    ("libopus", "Opus"),
    ("libmp3lame", "MP3"),
    ("flac", "FLAC"),
)
_CODECS = ("h264", "hevc", "av1")
"""What hardware encoders make."""
INSTALL = {
    "linux": "install ffmpeg from your distribution (Debian: sudo apt install ffmpeg)",
    "darwin": "brew install ffmpeg",
    "win32": "winget install Gyan.FFmpeg",
}


def install_hint() -> str:
    """How to install a full ffmpeg on this system."""
    return INSTALL.get(sys.platform, "install ffmpeg")


def find_ffmpeg() -> tuple[FFmpeg | None, list[Finding]]:
    """Locate ffmpeg and check its version."""
    try:
        ffmpeg = locate_ffmpeg()
        version = read_version(_banner(ffmpeg))
    except AvioError as error:
        hint = error.hint or install_hint()
        return None, [_finding("ffmpeg", "broken", error.message, hint, essential=True)]
    where = f"{ffmpeg.path} ({_WHY[ffmpeg.origin]})"
    found = [_finding("ffmpeg", "ok", where, essential=True)]
    found += [_version(version), _ffprobe(ffmpeg)]
    found += [
        _finding(
            advisory.name,
            "warning",
            f"{advisory.effect}; {_fix_unknown(version)}",
            advice,
        )
        for advisory, advice in open_vulnerabilities(version, _decoders(ffmpeg))
    ]
    return ffmpeg, found


def try_codecs(ffmpeg: FFmpeg) -> list[Finding]:
    """Try software and hardware codecs with a few frames, several at a time."""
    capabilities = Capabilities(ffmpeg, remember=False)
    jobs: list[Callable[[], Finding]] = []
    for name, use in _ENCODERS:
        jobs.append(_encoder(capabilities, name, use))
    for name, use in _AUDIO_CODECS:
        jobs.append(_audio(ffmpeg, name, use))
    for row in ACCELERATORS.values():
        if sys.platform in row.platforms:
            jobs.append(_decoder(capabilities, row.name))
    for family in _families():
        jobs += [
            _hardware_encoder(capabilities, f"{codec}_{family}") for codec in _CODECS
        ]
    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(lambda job: job(), jobs))


def _families() -> list[str]:
    rows = [row for row in ACCELERATORS.values() if sys.platform in row.platforms]
    found = list(dict.fromkeys(row.family for row in rows))
    return [*found, "amf"] if sys.platform == "win32" else found


def _banner(ffmpeg: FFmpeg) -> str:
    done = run([ffmpeg.path, "-version"], timeout=10)
    if done.status:
        raise AvioError(f"{ffmpeg.path} does not run", hint=install_hint())
    return done.stdout.decode(errors="replace")


def _decoders(ffmpeg: FFmpeg) -> frozenset[str]:
    done = run([ffmpeg.path, "-hide_banner", "-decoders"], timeout=10)
    rows = (line.split() for line in done.stdout.decode(errors="replace").splitlines())
    return frozenset(row[1] for row in rows if len(row) > 1)


def _version(version: Version) -> Finding:
    if version.too_old:
        oldest = ".".join(map(str, OLDEST))
        detail = f"{version.text} is older than {oldest}"
        return _finding("version", "broken", detail, install_hint(), essential=True)
    return _finding("version", "ok", version.text, essential=True)


def _fix_unknown(version: Version) -> str:
    if version.numbers is None:
        return f"whether {version.text} has the fix is unknown"
    if version.distribution:
        return f"{version.text} is older than the fix, which may have been backported"
    return f"{version.text} is older than the fix"


def _ffprobe(ffmpeg: FFmpeg) -> Finding:
    if ffmpeg.ffprobe:
        return _finding("ffprobe", "ok", ffmpeg.ffprobe)
    detail = "none next to ffmpeg; ffmpeg's own report is read instead"
    return _finding("ffprobe", "missing", detail, install_hint())


def _encoder(capabilities: Capabilities, name: str, use: str) -> Callable[[], Finding]:
    return lambda: _tried("codecs", name, use, capabilities.encoder(name))


def _hardware_encoder(capabilities: Capabilities, name: str) -> Callable[[], Finding]:
    return lambda: _tried("hardware", name, "encodes", capabilities.encoder(name), "")


def _decoder(capabilities: Capabilities, name: str) -> Callable[[], Finding]:
    return lambda: _tried(
        "hardware", f"{name} decoder", "decodes", capabilities.decoder(name), ""
    )


def _audio(ffmpeg: FFmpeg, name: str, use: str) -> Callable[[], Finding]:
    words = ("-f", "lavfi", "-i", "sine=frequency=440:duration=0.1")
    argv = [ffmpeg.path, *QUIET, *words, "-c:a", name, "-f", "null", "-"]
    return lambda: _tried("codecs", name, use, _works(argv))


def _works(argv: Sequence[str]) -> Support:
    try:
        done = run(argv, timeout=10)
    except FFmpegError as error:
        return Support(False, error.message)
    return Support(done.status == 0, "this ffmpeg has no such encoder")


def _tried(
    section: str, name: str, use: str, trial: Support, hint: str | None = None
) -> Finding:
    return Finding(
        section=section,
        name=name,
        state="ok" if trial else "missing",
        detail=use if trial else trial.reason,
        hint="" if trial else (install_hint() if hint is None else hint),
    )


def _finding(
    name: str,
    state: State,
    detail: str,
    hint: str = "",
    *,
    essential: bool = False,
) -> Finding:
    return Finding(
        section="ffmpeg",
        name=name,
        state=state,
        detail=detail,
        hint=hint,
        essential=essential,
    )
