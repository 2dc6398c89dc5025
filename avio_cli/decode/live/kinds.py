"""Kinds of live sources: which end, which come in parts, and how each is decoded."""

from dataclasses import dataclass
from fractions import Fraction

from avio_cli.decode.live.options import Latency
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.media.info import VideoStream

SEGMENTED = frozenset({"hls", "dash"})
"""Demuxers of playlists whose parts come one by one, many frames at once."""
_ENDLESS = SEGMENTED | {"mpjpeg"}
"""Demuxers of cameras, and of playlists whose parts come one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveRules:
    """What a source is, and what is wanted of it."""

    name: str = "the stream"
    """Credentials masked."""
    ends: bool = False
    """Whether it ends where a connection ends in order."""
    newest: bool = False
    """Whether frames that wait are dropped for newer ones."""
    timeout: float | None = None
    """Seconds after which it is given up when it is lost; None: never."""
    length: Fraction | None = None
    """Seconds after the first frame, without video the first audio, at which it ends;
    None: at its own end."""
    by_arrival: bool = False
    """Whether it states no times: those of arrival are used."""
    video: bool = True
    audio: bool = False


def is_one_body(source: MediaSource) -> bool:
    """Whether it is the body of one HTTP response: it ends where the server ends it.

    A file may come without its length, and would start again with a new connection.
    """
    names = source.container.split(",")
    return source.address.lower().startswith("http") and _ENDLESS.isdisjoint(names)


def newest_if_paced(source: MediaSource) -> Latency:
    """``newest`` for what is sent as fast as it is shown; of a body nobody knows."""
    return "complete" if is_read_once(source) else "newest"


def is_read_once(source: MediaSource) -> bool:
    """Whether it may be a file: it ends, and is sent as fast as it is read."""
    return source.url.kind == "stdin" or is_one_body(source)


def live_inputs(source: MediaSource) -> tuple[str, ...]:
    """Input options for a live source; none for others.

    Segments come as fast as they are shown: else the newest frame would always be the
    last one of a segment. And ffmpeg looks at a stream that may gain further ones for
    a second, instead of for five in which no frame comes (5.1, 9.0).
    """
    if not source.is_live:
        return ()
    short = ("-analyzeduration", "1000000") if source.url.kind == "url" else ()
    parts = not SEGMENTED.isdisjoint(source.info.container.split(","))
    return (*short, "-re") if parts else short


def fitted(source: MediaSource, video: VideoStream) -> str:
    """A filter that gives every frame the size of the first ones, its shape kept.

    A camera may be set to another size while it is read, and all that receives its
    frames was planned for the first one. Else ffmpeg changes their shape (5.1, 9.0).

    Returns:
        Empty where the size cannot change, or is odd: ``pad`` would round it.
    """
    width, height = video.width, video.height
    if not source.is_live or width % 2 or height % 2 or not width or not height:
        return ""
    shape = video.display_sample_aspect_ratio or 1
    same = f"eq(iw,{width})*eq(ih,{height})"
    # The shape of the whole frame in pixels of the first size.
    ratio = f"dar/{float(shape):.6f}"
    wide = f"min({width},2*round({height}*{ratio}/2))"
    tall = f"min({height},2*round({width}/({ratio})/2))"
    return (
        f"scale=w='if({same},{width},{wide})':h='if({same},{height},{tall})',"
        f"pad={width}:{height}:(ow-iw)/2:(oh-ih)/2"
    )
