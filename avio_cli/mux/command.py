"""What the command lines for encoding and remuxing share: options of a muxed output."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from pathlib import Path

from avio_cli.ffmpeg.command import Command
from avio_cli.ffmpeg.probe.terms import own_tag
from avio_cli.media.color import Video
from avio_cli.media.container import Container
from avio_cli.media.info import AudioStream, Stream, VideoStream
from avio_cli.media.metadata import language_in
from avio_cli.mux.streams import StreamPlan
from avio_cli.output.growing import GrowingFile
from avio_cli.output.parts.part import PlannedPart
from avio_cli.output.target import OutputTarget

DISPOSITIONS = frozenset(
    "default dub original comment lyrics karaoke forced hearing_impaired "
    "visual_impaired clean_effects attached_pic captions descriptions dependent "
    "metadata".split()
)
"""Values of ``-disposition`` that both ffmpeg 5.1 and 9.0 accept."""
COVER_FILES = {
    "mjpeg": ("image/jpeg", "cover.jpg"),
    "png": ("image/png", "cover.png"),
}
"""MIME type and name of attached cover art: Matroska players look for these names."""
MAX_TIMESCALE = 6_000_000
"""Ticks a second at most. A frame is decoded before it is shown, by a number of ticks
that must stay below 2**28: ffmpeg 5.1 to 9.0 and players on top of it ignore larger
ones, and show the frames in the order in which they are coded. That makes 44 seconds
here, and 5 minutes from one frame to the next (31 bits)."""
_MICROSECONDS = 1_000_000
"""Ticks a second where not all time bases can be exact."""
_MAX_MOVIE_TIMESCALE = 1_000_000
"""Not finer than a microsecond: the length of a day still fits 32 bits twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedStream:
    """How the packets of a video or audio stream of the output are made."""

    stream: VideoStream | AudioStream
    """Where they come from."""
    copied: bool
    tick: Fraction | None = None
    """To which the encoder rounds times; None: nothing is encoded, or not rounded."""
    rate: Fraction | None = None
    """The constant rate that frames are given; None: they keep their times."""
    filtered: bool = False
    """Whether a filter of the user may have changed times."""
    made: Video | None = None
    """The frames of a video as they are encoded; None: they are copied."""
    filled: bool = False
    """Whether silence fills what there is no audio for, from the start on."""


@dataclass(frozen=True, slots=True)
class EncodePlan:
    """A command, its warnings and its output streams."""

    command: Command
    warnings: tuple[str, ...]
    """For the user: losses, changes of size."""
    video_outputs: tuple[int, ...]
    """Output indices of the video streams (not cover art)."""
    audio_outputs: tuple[int, ...]
    """Output indices of the audio streams."""
    outputs_with_empty_last_packet: tuple[int, ...] = ()
    """Those of the audio streams whose last packet is empty."""
    streams: tuple[PlannedStream, ...] = ()
    """Video streams, then audio, as the file has them."""
    mapped: tuple[Stream, ...] = ()
    """All streams of the source that the file has."""
    covers: tuple[tuple[VideoStream, Path], ...] = ()
    """Cover art, and the files it must be extracted to before the command runs."""

    @property
    def keeps_frames(self) -> bool:
        """Whether no frame of the first video is repeated or dropped for its rate."""
        return not self.streams or self.streams[0].rate is None


def muxing_plan(
    command: Command,
    streams: StreamPlan,
    output: OutputTarget,
    warnings: tuple[str, ...],
    empty_ends: tuple[int, ...] = (),
    encoded: Mapping[int, PlannedStream] | None = None,
) -> EncodePlan:
    """Say which output streams a command writes.

    Args:
        command: maps all streams of the plan in their order.
        streams: what is mapped and attached.
        output: where it is written.
        warnings: for the user.
        empty_ends: output indices of audio streams whose last packet is empty.
        encoded: how streams are encoded, by output index; all others are copied.
    """
    mapped = [entry.stream for entry in streams.mapped]
    videos = tuple(i for i, stream in enumerate(mapped) if is_video(stream))
    audios = tuple(i for i, s in enumerate(mapped) if isinstance(s, AudioStream))
    made = {i: _copied(mapped[i]) for i in (*videos, *audios)} | dict(encoded or {})
    return EncodePlan(
        command,
        warnings,
        videos,
        audios,
        empty_ends,
        tuple(made[i] for i in (*videos, *audios)),
        tuple(mapped),
        tuple((cover, output.sidecar(cover.index)) for cover in streams.attached),
    )


def _copied(stream: Stream) -> PlannedStream:
    if not isinstance(stream, VideoStream | AudioStream):
        raise TypeError(f"a {type(stream).__name__} has no frames")
    return PlannedStream(stream=stream, copied=True)


def stream_metadata(
    index: int, stream: Stream, source: int, container: Container
) -> Iterator[str]:
    """Copy a stream's own metadata.

    Args:
        index: of the output stream.
        stream: where the metadata comes from.
        source: index of its file among the inputs.
        container: of the output.
    """
    yield from (f"-map_metadata:s:{index}", f"{source}:s:{stream.index}")
    if stream.title and own_tag(stream.metadata, "name") == stream.title:
        # 9.0 reads a track's title as name, and writes it only as title.
        title = f"title={stream.title}"
        yield from (f"-metadata:s:{index}", title, f"-metadata:s:{index}", "name=")
    language = language_in(container.muxer, stream.language)
    if language and language != stream.language:
        yield from (f"-metadata:s:{index}", f"language={language}")


def given_metadata(index: int, stream: Stream, container: Container) -> Iterator[str]:
    """Set the title and language of a stream that comes from no file.

    Args:
        index: of the output stream.
        stream: what it is called.
        container: of the output.
    """
    language = language_in(container.muxer, stream.language)
    for key, value in (("title", stream.title), ("language", language)):
        if value:
            yield from (f"-metadata:s:{index}", f"{key}={value}")


def disposition(index: int, stream: Stream) -> Iterator[str]:
    """Give output stream `index` the dispositions of its source, and no other."""
    kept = "+".join(sorted(stream.dispositions & DISPOSITIONS))
    yield from (f"-disposition:{index}", kept or "0")


def codec_tag(index: int, codec: str, container: Container) -> Iterator[str]:
    """Tag HEVC for Apple's players: they need its parameter sets in the header, hvc1.

    Args:
        index: of the output stream.
        codec: the codec's name, or that of the encoder.
        container: of the output.
    """
    hevc = codec.startswith(("hevc", "libx265"))
    if hevc and container.sets_timescale:
        yield from (f"-tag:{index}", "hvc1")


def copied_header(
    index: int, stream: Stream, output: OutputTarget, container: Container
) -> Iterator[str]:
    """Take the header of copied AAC from its first packet, where a file grows.

    There the muxer writes its own header before it has seen one (5.1, 9.0); AAC that
    has a header already is left as it is. MPEG-TS has one in each packet.
    """
    has_header = container.muxer not in ("mpegts", "adts")
    if (
        stream.codec == "aac"
        and isinstance(output, GrowingFile | PlannedPart)
        and has_header
    ):
        yield from (f"-bsf:{index}", "aac_adtstoasc")


def added_subtitles(streams: StreamPlan, first: int) -> Iterator[str]:
    """Map the subtitles that are added, behind all streams of the source.

    Args:
        streams: what is mapped.
        first: index of their first file among the inputs.
    """
    for number, added in enumerate(streams.added):
        yield from added.mapping(len(streams.mapped) + number, first + number)


def attached_covers(streams: StreamPlan, output: OutputTarget) -> Iterator[str]:
    """Attach the cover art, from its sidecar files, behind all mapped streams."""
    first = len(streams.mapped) + len(streams.added)
    for index, cover in enumerate(streams.attached, first):
        mime, name = COVER_FILES[cover.codec]
        yield from ("-attach", str(output.sidecar(cover.index)))
        yield from (f"-metadata:s:{index}", f"mimetype={mime}")
        yield from (f"-metadata:s:{index}", f"filename={name}")


def timescales(
    container: Container, video: Sequence[Fraction], audio: Sequence[Fraction] = ()
) -> Iterator[str]:
    """Options for the timescales of a container that has them.

    A track's start is stored in movie ticks: coarse ones shift it (60 video ticks with
    ffmpeg 5.1 and its default of 1000).

    Args:
        container: of the output.
        video: time bases of the video streams; without any, ffmpeg's defaults stay.
        audio: those of audio streams whose start must be exact, too, if possible.
    """
    if not container.sets_timescale or not video:
        return
    scale = timescale(video)
    movie = lcm(scale, *(base.denominator for base in audio))
    yield from ("-video_track_timescale", str(scale))
    yield "-movie_timescale"
    yield str(movie if movie <= _MAX_MOVIE_TIMESCALE else scale)


def timescale(bases: Sequence[Fraction]) -> int:
    """A timescale that is exact for all time bases, and neither coarse nor too fine.

    Where there is none, it is exact for the first of them, and others are right to a
    microsecond.
    """
    scale, exact = 1, True
    for base in bases:
        exact = exact and lcm(scale, base.denominator) <= MAX_TIMESCALE
        scale = _joined(scale, base.denominator)
    if not exact:
        scale = _joined(scale, _MICROSECONDS)
    while scale < (10_000 if exact else _MICROSECONDS):
        scale *= 2
    return scale


def _joined(scale: int, denominator: int) -> int:
    """A timescale that is exact for another time base, too, if it can be."""
    both = lcm(scale, denominator)
    return both if both <= MAX_TIMESCALE else scale


def is_video(stream: Stream) -> bool:
    """Whether a stream is video, and not cover art."""
    return isinstance(stream, VideoStream) and not stream.is_cover_art
