"""Decide for each source stream: copy, encode, convert or drop."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from avio_cli.errors import InputError, UsageError
from avio_cli.ffmpeg.probe.terms import own_tag
from avio_cli.media.container import Container
from avio_cli.media.info import (
    AudioStream,
    MediaInfo,
    OtherStream,
    Stream,
    SubtitleStream,
    VideoStream,
)
from avio_cli.media.languages import same_language

StreamAction = Literal["encode", "copy", "convert", "attach"]
UNKNOWN = ("unknown", "none")
"""The codec name of a stream that ffmpeg has no codec for."""


@dataclass(frozen=True, slots=True)
class AddedSubtitles:
    """A file of subtitles that becomes a track: shown by default, and can be hidden."""

    path: Path
    """ASS; its times count from the start of the source."""
    title: str
    """What players call the track."""

    @property
    def format(self) -> tuple[str, ...]:
        """Options that say what kind of file it is."""
        return ("-f", "ass")

    def mapping(self, index: int, number: int) -> Iterator[str]:
        """Options that copy it.

        Args:
            index: of the output stream.
            number: of the file among the inputs.
        """
        yield from ("-map", f"{number}:0", f"-c:{index}", "copy")
        yield from (f"-metadata:s:{index}", f"title={self.title}")
        yield from (f"-disposition:{index}", "default")


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamSelection:
    """Which of the source's streams to map."""

    video: bool = True
    audio: bool = True
    subtitles: bool = True
    audio_track: str = ""
    """A number counted from 0, or a language; empty: all."""
    subtitle_track: str = ""
    only_video: bool = False
    """Leave out cover art and all videos but the first: they may show what the first
    one hides."""
    audio_copy: tuple[str, ...] = ("any",)
    """Audio codecs to copy; ``any``: all that the container can hold."""
    must_copy_audio: bool = False
    """Whether the user wants audio to be copied, not only the preset."""
    remux: bool = False
    """Copy everything; a stream that the container cannot hold is an error."""
    lenient: bool = False
    """With `remux`: an error only for video or audio; others are dropped."""
    added: tuple[AddedSubtitles, ...] = ()
    """Tracks that the source does not have."""


@dataclass(frozen=True, slots=True)
class MappedStream:
    """One source stream that is mapped to the output."""

    stream: Stream
    action: StreamAction
    codec: str = ""
    """Encoder for ``convert``; empty else."""


@dataclass(frozen=True, slots=True)
class StreamPlan:
    """All streams of the output: in the source's order, then cover art."""

    mapped: tuple[MappedStream, ...]
    """All but attachments."""
    attached: tuple[VideoStream, ...] = ()
    """Cover art that becomes attachments."""
    dropped: tuple[str, ...] = field(default=())
    """One warning for each stream that cannot be kept."""
    added: tuple[AddedSubtitles, ...] = ()
    """Tracks from files, behind those that are mapped."""


def plan_streams(
    info: MediaInfo, container: Container, choice: StreamSelection
) -> StreamPlan:
    """Decide for each source stream whether and how it is mapped.

    Raises:
        InputError: a selected track is missing, or no stream would be left.
        UsageError: with ``remux``, a stream does not fit the container.
    """
    kept, dropped = [], []
    wanted = tuple(_is_selected(info, choice))
    over_limit = _over_stream_limit(wanted, container)
    for stream in wanted:
        action = None if stream in over_limit else _decide(stream, container, choice)
        if action is not None:
            kept.append(action)
        elif choice.lenient and _is_essential(stream):
            raise UsageError(
                f"{container.title} cannot hold {_name(stream)} as it is",
                hint="choose another extension, or --exact to encode it",
            )
        elif not _is_expected_drop(stream, info):
            dropped.append(_drop_warning(stream, container, stream in over_limit))
    if choice.remux and dropped and not choice.lenient:
        raise UsageError(dropped[0], hint="omit --copy, or choose another extension")
    if not any(isinstance(c.stream, VideoStream | AudioStream) for c in kept):
        raise InputError(f"{info.source}: no video and no audio to write")
    attached = tuple(
        c.stream
        for c in kept
        if c.action == "attach" and isinstance(c.stream, VideoStream)
    )
    mapped = tuple(c for c in kept if c.action != "attach")
    return StreamPlan(mapped, attached, tuple(dropped), choice.added)


def copyable_streams(info: MediaInfo, container: Container) -> tuple[Stream, ...]:
    """The streams that a container can hold without encoding any."""
    choice = StreamSelection(remux=True)
    return tuple(s for s in info.streams if _decide(s, container, choice) is not None)


def _is_selected(info: MediaInfo, choice: StreamSelection) -> Iterator[Stream]:
    audios = _pick(info, "audio", list(info.audios), choice.audio_track)
    subtitles = _pick(info, "subtitle", list(info.subtitles), choice.subtitle_track)
    for stream in info.streams:
        if isinstance(stream, VideoStream):
            beside = choice.only_video and stream not in info.videos[:1]
            if (choice.video or stream.is_cover_art) and not beside:
                yield stream
        elif isinstance(stream, AudioStream):
            if choice.audio and stream in audios:
                yield stream
        elif isinstance(stream, SubtitleStream):
            if choice.subtitles and stream in subtitles:
                yield stream
        else:
            yield stream


def _over_stream_limit(
    wanted: tuple[Stream, ...], container: Container
) -> list[Stream]:
    """Streams beyond the container's limit: all but the default track, or the first."""
    out: list[Stream] = []
    for kind, room in (
        (VideoStream, container.max_video_streams),
        (AudioStream, container.max_audio_streams),
    ):
        there = [s for s in wanted if isinstance(s, kind) and not _is_cover(s)]
        first = [s for s in there if "default" in s.dispositions][:1]
        kept = (first or there)[:room] if room is not None else there
        out += [s for s in there if s not in kept]
    return out


def _pick(
    info: MediaInfo, kind: str, streams: list[Stream], track: str
) -> list[Stream]:
    if not track:
        return streams
    if track.isdigit():
        matches = streams[int(track) : int(track) + 1]
    else:
        matches = [s for s in streams if same_language(s.language, track)]
    if not matches:
        raise InputError(
            f"{info.source} has no {kind} track {track!r}",
            hint=_there_are(kind, streams),
        )
    return matches


def _there_are(kind: str, streams: list[Stream]) -> str:
    """``it has 2 audio tracks: 0 (eng), 1 (language unknown)``."""
    if not streams:
        return f"it has no {kind} track at all"
    unknown = "language unknown"
    each = (f"{i} ({s.language or unknown})" for i, s in enumerate(streams))
    plural = "s" if len(streams) > 1 else ""
    return f"it has {len(streams)} {kind} track{plural}: {', '.join(each)}"


def _decide(
    stream: Stream, container: Container, choice: StreamSelection
) -> MappedStream | None:
    if stream.codec in UNKNOWN and not _is_attachment(stream):
        return None
    if isinstance(stream, VideoStream):
        return _decide_video(stream, container, choice)
    if isinstance(stream, AudioStream):
        return _decide_audio(stream, container, choice)
    if isinstance(stream, SubtitleStream):
        return _decide_subtitle(stream, container)
    fits = _is_attachment(stream) and container.attachments
    return MappedStream(stream, "copy") if fits else None


def _decide_video(
    stream: VideoStream, container: Container, choice: StreamSelection
) -> MappedStream | None:
    if _is_cover(stream):
        action: StreamAction = "attach" if container.attached_covers else "copy"
        return (
            MappedStream(stream, action)
            if stream.codec in container.cover_codecs
            else None
        )
    if not choice.remux:
        return MappedStream(stream, "encode")
    fits = not container.video or stream.codec in container.video
    return MappedStream(stream, "copy") if fits else None


def _decide_audio(
    stream: AudioStream, container: Container, choice: StreamSelection
) -> MappedStream | None:
    fits = stream.codec in container.audio
    wanted = "any" in choice.audio_copy or stream.codec in choice.audio_copy
    if fits and (wanted or choice.remux):
        return MappedStream(stream, "copy")
    return None if choice.remux else MappedStream(stream, "encode")


def _decide_subtitle(
    stream: SubtitleStream, container: Container
) -> MappedStream | None:
    if stream.codec in container.subtitles:
        return MappedStream(stream, "copy")
    if stream.is_text and container.text_subtitles:
        return MappedStream(stream, "convert", container.text_subtitles)
    return None


def _is_cover(stream: Stream) -> bool:
    return isinstance(stream, VideoStream) and stream.is_cover_art


def _is_attachment(stream: Stream) -> bool:
    return isinstance(stream, OtherStream) and stream.kind == "attachment"


def _is_essential(stream: Stream) -> bool:
    if isinstance(stream, VideoStream):
        return not stream.is_cover_art
    return isinstance(stream, AudioStream) and stream.codec not in UNKNOWN


def _is_expected_drop(stream: Stream, info: MediaInfo) -> bool:
    if isinstance(stream, VideoStream) and stream.repeats_video:
        return True
    # A timecode track is a tag to ffmpeg: see `avio_cli.mux.timecode`.
    if isinstance(stream, OtherStream) and own_tag(stream.metadata, "timecode"):
        return True
    # mov stores chapter titles as a text track; they are mapped as chapters.
    return stream.codec in ("bin_data", "text") and bool(info.chapters)


def _name(stream: Stream) -> str:
    kind = {VideoStream: "video", AudioStream: "audio", SubtitleStream: "subtitle"}
    name = kind.get(type(stream), getattr(stream, "kind", "data"))
    if _is_cover(stream):
        name = "cover art"
    return f"{name} stream #{stream.index} ({stream.codec})"


def _drop_warning(stream: Stream, container: Container, over_limit: bool) -> str:
    reason = f"{container.title} cannot hold it"
    if over_limit and container.max_audio_streams:
        reason = f"{container.title} holds only one"
    if stream.codec in UNKNOWN and not _is_attachment(stream):
        reason = "ffmpeg does not know what it is"
    return f"{_name(stream)} is dropped: {reason}"
