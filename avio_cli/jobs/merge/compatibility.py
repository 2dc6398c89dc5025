"""Check whether the streams of all parts can be joined without encoding."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from fractions import Fraction

from avio_cli.demux.packet_reader import PacketReader
from avio_cli.encode.audio.changing import first_change, says_each
from avio_cli.errors import AvioError
from avio_cli.ffmpeg.nut.reader import NutStream
from avio_cli.jobs.merge.inputs import AudioSpan, MergeInput
from avio_cli.media.container import Container
from avio_cli.media.info import AudioStream, VideoStream


@dataclass(frozen=True, slots=True)
class Compatibility:
    """Why something cannot be copied; empty where it can."""

    video_mismatch: str
    audio_mismatch: str
    streams: tuple[NutStream, ...] = ()
    """Headers of video and audio, where both are copied; of the video alone, where only
    it is."""


def check_compatibility(
    parts: Sequence[MergeInput], container: Container
) -> Compatibility:
    """Compare all parts with the first one."""
    video = next(_video_mismatches(parts, container), "")
    audio = next(_audio_mismatches(parts, container), "")
    audio = audio or _changing_audio(parts, container)
    if video:
        alone = video if parts[0].video is None else "the video is encoded, too"
        return Compatibility(video, audio or alone)
    try:
        headers = [_headers(part, audio=not audio) for part in parts]
    except AvioError as error:
        return Compatibility(error.message, error.message)
    for part, streams in zip(parts, headers, strict=True):
        differ = [a != b for a, b in zip(streams, headers[0], strict=True)]
        if differ[0]:
            return Compatibility(f"{_name(part)} is encoded differently", audio)
        if any(differ):
            audio = f"the audio of {_name(part)} is encoded differently"
    count = 1 if audio else len(headers[0])
    return Compatibility("", audio, headers[0][:count])


def _changing_audio(parts: Sequence[MergeInput], container: Container) -> str:
    """Why the audio cannot be copied though all parts have it alike; empty: it can.

    Raises:
        InputError: a part cannot be read.
    """
    if says_each(container):
        return ""
    for part in parts:
        source = part.source
        changed = first_change(source, part.audios, source.origin, None)
        if changed is not None:
            when = f"{float(changed - source.origin):.3f} s"
            return f"the audio of {_name(part)} changes its rate or channels at {when}"
    return ""


def _headers(part: MergeInput, *, audio: bool) -> tuple[NutStream, ...]:
    """Stream headers: what decoders get before the first packet."""
    streams = [*part.source.info.videos[:1], *(part.audios if audio else ())]
    with ExitStack() as stack:
        reader = stack.enter_context(PacketReader(part.source, streams))
        return tuple(_comparable(stream) for stream in reader.streams)


def _comparable(stream: NutStream) -> NutStream:
    return replace(stream, time_base=Fraction(1), frame_rate=None)


def _video_mismatches(
    parts: Sequence[MergeInput], container: Container
) -> Iterator[str]:
    first = parts[0].video
    if first is None:
        yield "there is no video"
        return
    if container.video and first.codec not in container.video:
        yield f"{container.muxer} cannot hold {first.codec}"
    for part in parts:
        if part.video is not None:
            yield from _difference(
                _name(part), _video_properties(part.video), _video_properties(first)
            )
        if part.video is not None and not part.video.is_upright:
            # The pipe (NUT) does not transmit the display matrix.
            what = "rotated" if part.video.rotation else "mirrored"
            yield f"{_name(part)} is {what} by a tag"
        if part.video is not None and part.video.alpha_apart:
            # Nor side data, which the alpha of VP9 is.
            yield f"{_name(part)} has an alpha channel"
        if part.copy_obstacle:
            yield f"{_name(part)}: {part.copy_obstacle}"


def _video_properties(video: VideoStream) -> dict[str, object]:
    return {
        "codec": video.codec,
        "size": f"{video.coded_width}x{video.coded_height}",
        "pixel format": video.pixel_format,
        "profile": video.profile,
        "rotation": str(video.rotation),
        "sample aspect ratio": video.sample_aspect_ratio,
        "field order": video.field_order if video.is_interlaced else "progressive",
        "HDR data": ", ".join(video.hdr) or "none",
        "colour": video.color,
    }


def _difference(
    name: str, properties: dict[str, object], wanted: dict[str, object]
) -> Iterator[str]:
    for key, value in properties.items():
        if value != wanted[key]:
            if key == "colour":
                yield f"{name} has other colour tags"
            else:
                yield f"{name} has the {key} {value or '?'}, not {wanted[key] or '?'}"


def _audio_mismatches(
    parts: Sequence[MergeInput], container: Container
) -> Iterator[str]:
    first = parts[0].audios
    for stream in first:
        if stream.codec not in container.audio:
            yield f"{container.muxer} cannot hold {stream.codec}"
    for number, part in enumerate(parts):
        name = _name(part)
        if len(part.audios) != len(first):
            yield f"{name} has {len(part.audios)} audio tracks, not {len(first)}"
            return
        for stream, wanted in zip(part.audios, first, strict=True):
            yield from _difference(
                name, _audio_properties(stream), _audio_properties(wanted)
            )
        for span in part.spans:
            first_part = number == 0 and container.audio_times
            yield from _audio_gap(part, span, number == len(parts) - 1, first_part)
            if span is not None and span.pauses and not container.audio_times:
                yield f"the audio of {name} has gaps"


def _audio_properties(stream: AudioStream) -> dict[str, object]:
    return {
        "audio codec": stream.codec,
        "sample rate": stream.sample_rate,
        "channels": stream.channels,
        "channel layout": stream.layout,
        "audio profile": stream.profile,
    }


def _audio_gap(
    part: MergeInput, span: AudioSpan | None, last: bool, first: bool
) -> Iterator[str]:
    """Why a part's audio would leave a gap next to its video."""
    name = _name(part)
    if span is None:
        yield f"{name} has an empty audio track"
        return
    early, late = span.start - part.start, span.end - part.start - part.length
    if early > span.packet and not first:
        yield f"the audio of {name} starts {float(early):.3f} s late"
    # Longer audio loses its surplus packets.
    if late < -span.packet and not last:
        yield f"the audio of {name} ends {float(-late):.3f} s before its video"


def _name(part: MergeInput) -> str:
    return part.source.name
