"""What of a source that is read once goes into a result: video and one audio track."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from avio_cli.decode.settings import AudioFormat, select_video
from avio_cli.encode.live.output import is_sent_once
from avio_cli.encode.settings import EncodeSettings
from avio_cli.encode.video import encoder_options, prompt_encoder_options
from avio_cli.encode.video_params import nominal_rate
from avio_cli.errors import UsageError
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.media.container import Container
from avio_cli.media.info import AudioStream, MediaInfo, Stream, VideoStream
from avio_cli.media.metadata import plain_key, tags_of_file, written_by_people
from avio_cli.mux.streams import StreamSelection, plan_streams
from avio_cli.output.growing import IN_ORDER

USUAL_RATE = Fraction(25)
"""Frames a second where the source declares none."""


def needs_one_reading(source: MediaSource) -> bool:
    """Whether a second child cannot read the same: a camera, a pipe."""
    return source.is_live or not source.can_reopen


@dataclass(frozen=True, slots=True, kw_only=True)
class PipedStreams:
    """What is decoded of a source, and how the encoder gets it."""

    video: VideoStream
    audio: AudioStream | None
    """As it is piped; None for none."""
    format: AudioFormat | None
    """As it is decoded."""
    settings: EncodeSettings
    """Of the encoder: nothing is left to be cut or copied there."""
    dropped: tuple[str, ...]
    """A warning for each thing that is not kept."""


def plan_piped(source: MediaSource, settings: EncodeSettings) -> PipedStreams:
    """Decide what of a source is decoded for a result.

    Raises:
        InputError: a requested stream is missing.
        UsageError: what is asked for needs the source itself.
    """
    info, container = source.info, settings.container
    plan = plan_streams(info, container, settings.streams)
    kept = [mapped.stream for mapped in plan.mapped]
    audio = _audio_of(kept)
    if audio is not None and settings.streams.must_copy_audio:
        raise UsageError(
            f"--audio-codec copy: {source.name} is read once, and its audio decoded",
            hint="omit it",
        )
    dropped = (*plan.dropped, *_left_out(kept, audio), *_lost(info, container))
    tags = dict(_tags(info, container)) | dict(settings.metadata)
    video = settings.video
    if is_sent_once(source):
        prompt = _prompt(settings, select_video(info, 0))
        video = replace(video, options={**IN_ORDER, **prompt, **video.options})
    return PipedStreams(
        video=select_video(info, 0),
        audio=None if audio is None else _piped(audio),
        format=None if audio is None else _format(info, audio),
        settings=replace(
            settings,
            video=video,
            streams=StreamSelection(audio_copy=()),
            start=Fraction(0),
            end=None,
            metadata=tags,
        ),
        dropped=dropped,
    )


def _prompt(settings: EncodeSettings, video: VideoStream) -> dict[str, str]:
    preset = settings.preset.video
    encoder = settings.video.encoder or (preset.encoder if preset else "")
    given = encoder_options(preset, settings.video) if preset else {}
    if given.get("tune") == "zerolatency":  # it looks not ahead at all
        return {}
    return prompt_encoder_options(encoder, nominal_rate(video) or USUAL_RATE, given)


def _audio_of(kept: list[Stream]) -> AudioStream | None:
    """The default track, or the first one, of those that are wanted."""
    audios = [s for s in kept if isinstance(s, AudioStream) and s.sample_rate]
    default = [audio for audio in audios if "default" in audio.dispositions]
    return next(iter((*default, *audios)), None)


def _piped(audio: AudioStream) -> AudioStream:
    return AudioStream(
        index=1,
        codec="pcm_s16le",
        time_base=Fraction(1, audio.sample_rate),
        sample_rate=audio.sample_rate,
        channels=audio.channels,
        layout=audio.layout,
        language=audio.language,
        title=audio.title,
        dispositions=audio.dispositions or frozenset({"default"}),
    )


def _format(info: MediaInfo, audio: AudioStream) -> AudioFormat:
    return AudioFormat(
        sample_rate=audio.sample_rate,
        channels=audio.channels,
        track=info.audios.index(audio),
    )


def _left_out(kept: list[Stream], audio: AudioStream | None) -> Iterator[str]:
    videos = 0
    for stream in kept:
        videos += isinstance(stream, VideoStream)
        first = isinstance(stream, VideoStream) and videos == 1
        if not first and stream is not audio:
            kind = type(stream).__name__.removesuffix("Stream").lower()
            yield (
                f"{kind} stream #{stream.index} ({stream.codec}) is dropped: of what "
                "is read once, the video and one audio track are kept"
            )


def _tags(info: MediaInfo, container: Container) -> Iterator[tuple[str, str]]:
    tags, _ = tags_of_file(info)
    for key in written_by_people(tags):
        if container.tags is None or plain_key(key) in container.tags:
            yield key, tags[key]


def _lost(info: MediaInfo, container: Container) -> Iterator[str]:
    """Chapters and tags that are not kept."""
    tags: Mapping[str, str] = tags_of_file(info)[0]
    kept = dict(_tags(info, container))
    lost = [key for key in written_by_people(tags) if key not in kept]
    if lost:
        yield f"{', '.join(lost)}: dropped, {container.title} has no such tags"
    if info.chapters:
        yield f"{len(info.chapters)} chapters are dropped: the source is read once"
