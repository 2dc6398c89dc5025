"""Whether films and sounds are so alike that they can be joined as they are."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from fractions import Fraction

from avio_cli.demux.packet_reader import PacketReader
from avio_cli.errors import AvioError
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.nut.reader import NutStream
from avio_cli.jobs.merge.inputs import AudioSpan, MergeInput
from avio_cli.media.containers import Container
from avio_cli.media.info import AudioStream, VideoStream


@dataclass(frozen=True, slots=True)
class Compatibility:
    """Why something cannot be copied; empty where it can."""

    video_mismatch: str
    audio_mismatch: str
    streams: tuple[NutStream, ...] = ()
    """What is in the packets of the film and of the sounds, where both are copied;
    of the film alone, where only it is."""


def check_compatibility(
    ffmpeg: FFmpeg, parts: Sequence[MergeInput], container: Container
) -> Compatibility:
    """Compare all parts with the first one."""
    film = next(_video_mismatches(parts, container), "")
    sound = next(_audio_mismatches(parts, container), "")
    if film:
        alone = film if parts[0].video is None else "the film is encoded, too"
        return Compatibility(film, sound or alone)
    try:
        headers = [_headers(ffmpeg, part, sounds=not sound) for part in parts]
    except AvioError as error:
        return Compatibility(error.message, error.message)
    for part, streams in zip(parts, headers, strict=True):
        differ = [a != b for a, b in zip(streams, headers[0], strict=True)]
        if differ[0]:
            return Compatibility(f"{_name(part)} is coded in another way", sound)
        if any(differ):
            sound = f"the sound of {_name(part)} is coded in another way"
    count = 1 if sound else len(headers[0])
    return Compatibility("", sound, headers[0][:count])


def _headers(
    ffmpeg: FFmpeg, part: MergeInput, *, sounds: bool
) -> tuple[NutStream, ...]:
    """What decoders are told of the streams before the first packet."""
    streams = [*part.info.videos[:1], *(part.audios if sounds else ())]
    with ExitStack() as stack:
        reader = stack.enter_context(
            PacketReader(ffmpeg, part.address, part.info, streams)
        )
        return tuple(_comparable(stream) for stream in reader.streams)


def _comparable(stream: NutStream) -> NutStream:
    return replace(stream, time_base=Fraction(1), frame_rate=None)


def _video_mismatches(
    parts: Sequence[MergeInput], container: Container
) -> Iterator[str]:
    first = parts[0].video
    if first is None:
        yield "there is no film"
        return
    if container.video and first.codec not in container.video:
        yield f"{container.muxer} cannot hold {first.codec}"
    for part in parts:
        if part.video is not None:
            yield from _difference(
                _name(part), _video_properties(part.video), _video_properties(first)
            )
        if part.video is not None and part.video.rotation:
            # The pipe that carries packets cannot tell it.
            yield f"{_name(part)} is turned by a tag"
        if part.copy_obstacle:
            yield f"{_name(part)}: {part.copy_obstacle}"


def _video_properties(film: VideoStream) -> dict[str, object]:
    return {
        "codec": film.codec,
        "size": f"{film.coded_width}x{film.coded_height}",
        "pixel format": film.pixel_format,
        "profile": film.profile,
        "rotation": film.rotation,
        "shape of pixels": film.sample_aspect_ratio,
        "colour": film.color,
    }


def _difference(
    name: str, facts: dict[str, object], wanted: dict[str, object]
) -> Iterator[str]:
    for key, value in facts.items():
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
            yield f"{name} has {len(part.audios)} sound tracks, not {len(first)}"
            return
        for stream, wanted in zip(part.audios, first, strict=True):
            yield from _difference(
                name, _audio_properties(stream), _audio_properties(wanted)
            )
        for span in part.spans:
            yield from _audio_gap(part, span, number == len(parts) - 1, number == 0)


def _audio_properties(stream: AudioStream) -> dict[str, object]:
    return {
        "sound": stream.codec,
        "rate of sound": stream.sample_rate,
        "channels": stream.channels,
        "layout": stream.layout,
        "profile": stream.profile,
    }


def _audio_gap(
    part: MergeInput, span: AudioSpan | None, last: bool, first: bool
) -> Iterator[str]:
    """Why a part's sound would leave a gap beside its picture."""
    name = _name(part)
    if span is None:
        yield f"{name} has an empty sound track"
        return
    early, late = span.start - part.start, span.end - part.start - part.length
    if early > span.packet and not first:
        yield f"the sound of {name} begins {float(early):.3f} s late"
    # Longer sound loses the packets that are too many.
    if late < -span.packet and not last:
        yield f"the sound of {name} ends {float(-late):.3f} s before its picture"


def _name(part: MergeInput) -> str:
    return part.info.source
