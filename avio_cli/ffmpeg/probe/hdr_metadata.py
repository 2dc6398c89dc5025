"""HDR10 metadata: mastering display and content light level of the first frame."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from avio_cli.errors import FFmpegError
from avio_cli.ffmpeg.command import Command, Output, guard_options, source_input
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.process.run import run
from avio_cli.ffmpeg.url import MediaUrl

PQ = "smpte2084"
"""ffmpeg's name of the transfer function that HDR10 uses."""
_POINTS = ("green", "blue", "red", "white_point")
_SECONDS = 20
_SHOWN = re.compile(
    r"side data - ((?:mastering display|content light).*)", re.IGNORECASE
)
_DISPLAY = re.compile(
    r" r\(([\d.]+)[, ]+([\d.]+)\) g\(([\d.]+)[, ]+([\d.]+)\) "
    r"b\(([\d.]+)[, ]+([\d.]+)\) wp\(([\d.]+)[, ]+([\d.]+)\) "
    r"min_luminance=([\d.]+), max_luminance=([\d.]+)"
)
_LEVEL = re.compile(r"MaxCLL=(\d+), MaxFALL=(\d+)")


@dataclass(frozen=True, slots=True)
class HdrMetadata:
    """HDR10 metadata of a video."""

    primaries_and_white_point: tuple[Fraction, ...] = ()
    """x and y of green, blue, red and white; empty where unspecified."""
    mastering_luminance: tuple[Fraction, Fraction] = (Fraction(0), Fraction(0))
    """Brightest and darkest, in candela a square metre."""
    content_light_level: tuple[int, int] = (0, 0)
    """Of the brightest pixel, and the brightest frame average; 0: unspecified."""

    def as_x265(self) -> str:
        """For ``-x265-params``."""
        scaled = [str(round(value * 50000)) for value in self.primaries_and_white_point]
        levels = [str(round(value * 10000)) for value in self.mastering_luminance]
        params = ["hdr10=1", *self._display("master-display", scaled, levels)]
        return ":".join([*params, *self._level("max-cll")])

    def as_svt(self) -> str:
        """For ``-svtav1-params``."""
        scaled = [f"{float(value):.5f}" for value in self.primaries_and_white_point]
        levels = [f"{float(value):.4f}" for value in self.mastering_luminance]
        params = self._display("mastering-display", scaled, levels)
        return ":".join([*params, *self._level("content-light")])

    def _display(
        self, name: str, points: Sequence[str], levels: Sequence[str]
    ) -> list[str]:
        if not points:
            return []
        pairs = [",".join(points[i : i + 2]) for i in range(0, 8, 2)]
        green, blue, red, white = pairs
        value = f"G({green})B({blue})R({red})WP({white})L({','.join(levels)})"
        return [f"{name}={value}"]

    def _level(self, name: str) -> list[str]:
        return (
            [f"{name}={self.content_light_level[0]},{self.content_light_level[1]}"]
            if any(self.content_light_level)
            else []
        )


def read_hdr_metadata(ffmpeg: FFmpeg, url: MediaUrl) -> HdrMetadata | None:
    """Read that of the first frame; None where it has none, or cannot be read."""
    if not url.can_reopen:
        return None
    found = _by_ffprobe if ffmpeg.ffprobe else _by_ffmpeg
    try:
        return _hdr_metadata(found(ffmpeg, url))
    except (FFmpegError, ValueError):
        return None


def _by_ffprobe(ffmpeg: FFmpeg, url: MediaUrl) -> list[Mapping[str, Any]]:
    argv = [ffmpeg.ffprobe, "-v", "error", "-of", "json", *guard_options(url)]
    argv += ["-select_streams", "V:0", "-read_intervals", "%+#1"]
    argv += ["-show_frames", "-show_streams", url.url]
    found = json.loads(run(argv, timeout=_SECONDS).stdout or b"{}")
    rows = [*found.get("frames", []), *found.get("streams", [])]
    return [entry for row in rows for entry in row.get("side_data_list", [])]


def _by_ffmpeg(ffmpeg: FFmpeg, url: MediaUrl) -> Iterator[Mapping[str, Any]]:
    """What ffmpeg says of the first frame, as ffprobe would name it."""
    shown = ("-map", "0:V:0", "-vf", "showinfo", "-frames:v", "1", "-f", "null")
    options = ("-hide_banner", "-nostdin", "-loglevel", "info")
    command = Command((source_input(url),), (Output("-", shown),), options)
    log = run(command.argv(ffmpeg.path), timeout=_SECONDS).stderr
    for line in _SHOWN.findall(log):
        if display := _DISPLAY.search(line):
            points = "red green blue white_point".split()
            names = [f"{point}_{axis}" for point in points for axis in "xy"]
            names += ["min_luminance", "max_luminance"]
            pairs = zip(names, display.groups(), strict=True)
            yield {"side_data_type": line, **dict(pairs)}
        elif level := _LEVEL.search(line):
            most, average = level.groups()
            yield {"side_data_type": line, "max_content": most, "max_average": average}


def _hdr_metadata(found: Iterable[Mapping[str, Any]]) -> HdrMetadata | None:
    entries = list(found)
    display = _entry(entries, "mastering display")
    level = _entry(entries, "content light level")
    if not display and not level:
        return None
    has_primaries = "red_x" in display
    points = (
        [Fraction(display[f"{p}_{a}"]) for p in _POINTS for a in "xy"]
        if has_primaries
        else []
    )
    brightest = Fraction(display.get("max_luminance", 0))
    darkest = Fraction(display.get("min_luminance", 0))
    content = int(level.get("max_content", 0)), int(level.get("max_average", 0))
    return HdrMetadata(tuple(points), (brightest, darkest), content)


def _entry(entries: Sequence[Mapping[str, Any]], name: str) -> Mapping[str, Any]:
    types = ((entry, str(entry.get("side_data_type", ""))) for entry in entries)
    return next((e for e, kind in types if kind.lower().startswith(name)), {})
