"""What becomes of each source stream in a container: copied, converted or left out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from avio_cli.errors import InputError, UsageError
from avio_cli.media import (
    AudioStream,
    MediaInfo,
    OtherStream,
    Stream,
    SubtitleStream,
    VideoStream,
)

Action = Literal["encode", "copy", "convert", "attach"]
UNKNOWN = ("unknown", "none")
"""What a stream's codec is called that ffmpeg has no name for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """What a muxer can hold; codecs by ffmpeg's names."""

    muxer: str
    video: frozenset[str] = frozenset()
    """Copied as they are; empty: all."""
    audio: frozenset[str] = frozenset()
    subtitles: frozenset[str] = frozenset()
    text_subtitles: str = ""
    """What other text subtitles become; empty: they cannot be held."""
    covers: frozenset[str] = frozenset()
    attached_covers: bool = False
    """Whether cover art is an attachment: ffmpeg would store it as a film."""
    attachments: bool = False
    options: tuple[str, ...] = ()
    """Muxer options that are always wanted."""
    own_timescale: bool = False
    """Whether the muxer takes the ticks of video and film as options (mov, mp4)."""


def _names(words: str) -> frozenset[str]:
    return frozenset(words.split())


_MOV = Container(
    muxer="mov",
    video=_names(
        "h264 hevc av1 vp9 mpeg4 mpeg2video mpeg1video mjpeg prores dnxhd vvc"
    ),
    audio=_names("aac mp3 mp2 ac3 eac3 alac opus flac dts"),
    subtitles=frozenset({"mov_text", "dvd_subtitle"}),
    text_subtitles="mov_text",
    covers=frozenset({"mjpeg", "png", "bmp"}),
    options=("-movflags", "+faststart"),
    own_timescale=True,
)
_MATROSKA = Container(
    muxer="matroska",
    audio=_names(
        "aac mp1 mp2 mp3 ac3 eac3 dts truehd mlp flac alac vorbis opus tta wavpack "
        "pcm_s16le pcm_s24le pcm_s32le pcm_u8 pcm_f32le pcm_f64le pcm_s16be "
        "pcm_s24be pcm_s32be adpcm_ms wmav1 wmav2 wmapro"
    ),
    subtitles=_names(
        "subrip ass ssa webvtt hdmv_pgs_subtitle dvd_subtitle dvb_subtitle"
    ),
    text_subtitles="subrip",
    covers=frozenset({"mjpeg", "png"}),
    attached_covers=True,
    attachments=True,
)
_WEBM = Container(
    muxer="webm",
    video=frozenset({"vp8", "vp9", "av1"}),
    audio=frozenset({"opus", "vorbis"}),
    subtitles=frozenset({"webvtt"}),
    text_subtitles="webvtt",
)
CONTAINERS: Mapping[str, Container] = {
    "mp4": replace(_MOV, muxer="mp4"),
    "mov": _MOV,
    "matroska": _MATROSKA,
    "webm": _WEBM,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamChoice:
    """Which of the source's streams are wanted."""

    video: bool = True
    audio: bool = True
    subtitles: bool = True
    audio_track: str = ""
    """A number counted from 0, or a language; empty: all."""
    subtitle_track: str = ""
    audio_copy: tuple[str, ...] = ("any",)
    """Sound codecs left as they are; ``any``: all that the container can hold."""
    remux: bool = False
    """Copy everything; a stream that the container cannot hold is an error."""


@dataclass(frozen=True, slots=True)
class Carried:
    """One source stream on its way into the result."""

    stream: Stream
    action: Action
    codec: str = ""
    """Encoder for ``convert``; empty else."""


@dataclass(frozen=True, slots=True)
class StreamPlan:
    """Everything that goes into the result: in the source's order, then cover art."""

    carried: tuple[Carried, ...]
    """All but what is attached."""
    attached: tuple[VideoStream, ...] = ()
    """Cover art that becomes attachments."""
    left_out: tuple[str, ...] = field(default=())
    """One sentence for each stream that cannot be kept."""


def container_for(muxer: str) -> Container:
    """The row of a muxer.

    Raises:
        UsageError: avio does not write that container.
    """
    if muxer not in CONTAINERS:
        raise UsageError(
            f"unknown container {muxer!r}", hint=f"known: {', '.join(CONTAINERS)}"
        )
    return CONTAINERS[muxer]


def plan_streams(
    info: MediaInfo, container: Container, choice: StreamChoice
) -> StreamPlan:
    """Decide for every source stream whether and how it is carried.

    Raises:
        InputError: a wanted track is not there, or nothing at all would be left.
        UsageError: ``remux`` is asked for and a stream does not fit the container.
    """
    carried, left_out = [], []
    for stream in _wanted(info, choice):
        action = _decide(stream, container, choice)
        if action is not None:
            carried.append(action)
        elif not _is_silent_loss(stream, info):
            left_out.append(_sentence(stream, container))
    if choice.remux and left_out:
        raise UsageError(left_out[0], hint="leave out --copy, or choose another suffix")
    if not any(isinstance(c.stream, VideoStream | AudioStream) for c in carried):
        raise InputError(f"{info.source}: no picture and no sound to write")
    attached = tuple(
        c.stream
        for c in carried
        if c.action == "attach" and isinstance(c.stream, VideoStream)
    )
    mapped = tuple(c for c in carried if c.action != "attach")
    return StreamPlan(mapped, attached, tuple(left_out))


def copyable_streams(info: MediaInfo, container: Container) -> tuple[Stream, ...]:
    """The streams that a container can hold without encoding any."""
    choice = StreamChoice(remux=True)
    return tuple(s for s in info.streams if _decide(s, container, choice) is not None)


def _wanted(info: MediaInfo, choice: StreamChoice) -> Iterator[Stream]:
    audios = _pick(info, "audio", list(info.audios), choice.audio_track)
    subtitles = _pick(info, "subtitle", list(info.subtitles), choice.subtitle_track)
    for stream in info.streams:
        if isinstance(stream, VideoStream):
            if choice.video or stream.attached_picture:
                yield stream
        elif isinstance(stream, AudioStream):
            if choice.audio and stream in audios:
                yield stream
        elif isinstance(stream, SubtitleStream):
            if choice.subtitles and stream in subtitles:
                yield stream
        else:
            yield stream


def _pick(
    info: MediaInfo, kind: str, streams: list[Stream], track: str
) -> list[Stream]:
    if not track:
        return streams
    if track.isdigit():
        found = streams[int(track) : int(track) + 1]
    else:
        found = [s for s in streams if s.language.lower() == track.lower()]
    if not found:
        there = ", ".join(f"{i} ({s.language or '?'})" for i, s in enumerate(streams))
        raise InputError(
            f"{info.source} has no {kind} track {track!r}",
            hint=f"it has {there}" if there else f"it has no {kind} track at all",
        )
    return found


def _decide(
    stream: Stream, container: Container, choice: StreamChoice
) -> Carried | None:
    if stream.codec in UNKNOWN and not _is_attachment(stream):
        return None
    if isinstance(stream, VideoStream):
        return _decide_video(stream, container, choice)
    if isinstance(stream, AudioStream):
        return _decide_audio(stream, container, choice)
    if isinstance(stream, SubtitleStream):
        return _decide_subtitle(stream, container)
    fits = _is_attachment(stream) and container.attachments
    return Carried(stream, "copy") if fits else None


def _decide_video(
    stream: VideoStream, container: Container, choice: StreamChoice
) -> Carried | None:
    if stream.attached_picture:
        action: Action = "attach" if container.attached_covers else "copy"
        return Carried(stream, action) if stream.codec in container.covers else None
    if not choice.remux:
        return Carried(stream, "encode")
    fits = not container.video or stream.codec in container.video
    return Carried(stream, "copy") if fits else None


def _decide_audio(
    stream: AudioStream, container: Container, choice: StreamChoice
) -> Carried | None:
    fits = stream.codec in container.audio
    wanted = "any" in choice.audio_copy or stream.codec in choice.audio_copy
    if fits and (wanted or choice.remux):
        return Carried(stream, "copy")
    return None if choice.remux else Carried(stream, "encode")


def _decide_subtitle(stream: SubtitleStream, container: Container) -> Carried | None:
    if stream.codec in container.subtitles:
        return Carried(stream, "copy")
    if stream.is_text and container.text_subtitles:
        return Carried(stream, "convert", container.text_subtitles)
    return None


def _is_attachment(stream: Stream) -> bool:
    return isinstance(stream, OtherStream) and stream.kind == "attachment"


def _is_silent_loss(stream: Stream, info: MediaInfo) -> bool:
    # mov keeps chapter titles as a text track; they are carried as chapters.
    return stream.codec in ("bin_data", "text") and bool(info.chapters)


def _sentence(stream: Stream, container: Container) -> str:
    kind = {VideoStream: "video", AudioStream: "audio", SubtitleStream: "subtitle"}
    name = kind.get(type(stream), getattr(stream, "kind", "data"))
    if isinstance(stream, VideoStream) and stream.attached_picture:
        name = "cover art"
    reason = f"{container.muxer} cannot hold it"
    if stream.codec in UNKNOWN and not _is_attachment(stream):
        reason = "ffmpeg does not know what it is"
    return f"{name} stream #{stream.index} ({stream.codec}) is left out: {reason}"
