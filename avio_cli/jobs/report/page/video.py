"""The video of a page: linked where browsers play it, else a proxy that they do."""

import base64
import os
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from urllib.parse import quote

from avio_cli.decode.settings import select_video
from avio_cli.encode.job import EncodeJob
from avio_cli.encode.run import encode
from avio_cli.encode.settings import EncodeSettings, VideoOptions
from avio_cli.encode.video import fast_encoder_options
from avio_cli.errors import UsageError
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.url import parse_url
from avio_cli.jobs.report.page.playable import (
    AT_ONCE,
    CONTAINERS,
    is_sought_exactly,
    start_of,
    unplayable,
)
from avio_cli.media.info import MediaInfo
from avio_cli.mux.streams import StreamSelection
from avio_cli.output.file import FileOutput
from avio_cli.presets import find_preset
from avio_cli.progress import Progress
from avio_cli.temporary import TemporaryFolder

_PRESET = "mp4-h264"
_PROXY_HEIGHT = 1080
_EMBEDDED_HEIGHT = 720
_EMBEDDED_QUALITY = 27
_AS_IT_IS = 24 << 20
"""Bytes of a file that is embedded without being encoded again."""
_MOST = 300 << 20
"""Bytes: browsers hold no text of twice the length."""

OnProgress = Callable[[Progress], None] | None


@dataclass(frozen=True, slots=True)
class PageVideo:
    """What the page plays."""

    link: str = ""
    """Relative to the page; empty: it is embedded."""
    embedded: str = ""
    """Base64."""
    kind: str = "video/mp4"
    offset: float = 0.0
    """Seconds that browsers count more than the page."""
    note: str = ""
    """For the user, where it is not the video itself."""


@dataclass(frozen=True, slots=True)
class Part:
    """Which frames of a video a page has, in seconds after its start."""

    first: Fraction
    end: Fraction | None
    """When the first one after them is shown; None: there is none."""
    video_first: Fraction
    """When the video has its first frame."""


def proxy_path(output: Path) -> Path:
    """Where the proxy of a page goes."""
    return output.with_name(f"{output.stem}.proxy.mp4")


def needs_proxy(source: MediaSource, *, embed: bool) -> str:
    """Why a page cannot link the source itself; empty where it can, or embeds."""
    if embed:
        return ""
    if source.url.kind != "file" or source.url.demuxer_options:
        return f"{source.name} is no file that a page could link"
    why = unplayable(source.info, source.url.path)
    if not why and not is_sought_exactly(source):
        why = "browsers seek it inexactly: its rate varies, and it has B-frames"
    return why


def linked(source: MediaSource, part: Part, output: Path) -> PageVideo:
    """The video itself, as a page links it.

    Args:
        source: what was tracked; a page can play it, see `needs_proxy`.
        part: what the page has of it.
        output: the page.
    """
    offset = start_of(source.info) - float(part.video_first)
    return PageVideo(link=_link(source.url.path, output), offset=offset)


def _probed(proxy: Path, source: MediaSource) -> MediaInfo:
    return MediaSource.probe(source.ffmpeg, parse_url(proxy)).info


def _link(path: Path, output: Path) -> str:
    try:
        link = os.path.relpath(path.absolute(), output.absolute().parent)
    except ValueError:  # another drive of Windows
        return path.absolute().as_uri()
    return quote(os.fsencode(Path(link).as_posix()))


def encode_proxy(
    source: MediaSource,
    part: Part,
    proxy: FileOutput,
    output: Path,
    on_progress: OnProgress = None,
) -> PageVideo:
    """Encode a proxy under its temporary name; the caller puts it in its place.

    Args:
        source: what was tracked.
        part: what the page has of it; the proxy has the same.
        proxy: where it goes.
        output: the page.
        on_progress: of the encoder.

    Raises:
        AvioError: it cannot be made.
    """
    height = min(_PROXY_HEIGHT, select_video(source.info, 0).height)
    options = VideoOptions(height=height, options=_options())
    encode(_job(source, part, proxy.temporary, options, force=True), on_progress)
    offset = start_of(_probed(proxy.temporary, source)) - float(part.first)
    return PageVideo(link=_link(proxy.path, output), offset=offset)


def embedded(
    source: MediaSource, part: Part, on_progress: OnProgress = None
) -> PageVideo:
    """The video as a part of a page: itself where it is small, else a small proxy.

    Args:
        source: what was tracked.
        part: what the page has of it; a proxy has the same.
        on_progress: of the proxy.

    Raises:
        AvioError: it cannot be encoded, or is too long to be embedded.
    """
    if not needs_proxy(source, embed=False):
        path = source.url.path
        if path.stat().st_size <= _AS_IT_IS:
            kind = f"video/{CONTAINERS[path.suffix.lower()]}"
            return PageVideo(
                "", _base64(path), kind, start_of(source.info) - float(part.video_first)
            )
    height = min(_EMBEDDED_HEIGHT, select_video(source.info, 0).height)
    options = VideoOptions(height=height, quality=_EMBEDDED_QUALITY, options=_options())
    with TemporaryFolder() as folder:
        proxy = folder / "proxy.mp4"
        size = encode(_job(source, part, proxy, options), on_progress).size
        if size > _MOST:
            raise UsageError(
                f"{size >> 20} MiB of video are too much for --embed",
                hint="without it the page links the video",
            )
        note = f"embedded as H.264 of {height} rows, {size / 2**20:.1f} MiB"
        offset = start_of(_probed(proxy, source)) - float(part.first)
        return PageVideo(embedded=_base64(proxy), offset=offset, note=note)


def _job(
    source: MediaSource,
    part: Part,
    output: Path,
    video: VideoOptions,
    *,
    force: bool = False,
) -> EncodeJob:
    """Encode the first video, and the first audio where there is some."""
    track = "0" if source.info.audios else ""
    streams = StreamSelection(only_video=True, subtitles=False, audio_track=track)
    settings = EncodeSettings(
        preset=find_preset(_PRESET),
        video=video,
        streams=streams,
        start=part.first if part.first > AT_ONCE else Fraction(0),
        end=part.end,
    )
    return EncodeJob(source=source, output=output, settings=settings, force=force)


def _options() -> dict[str, str]:
    """For each frame at its time in browsers: B-frames would not be, see `playable`."""
    return {**fast_encoder_options(find_preset(_PRESET)), "bf": "0"}


def _base64(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode("ascii")
