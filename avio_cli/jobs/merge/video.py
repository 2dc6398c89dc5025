"""Decode the video of all parts, make it alike, and encode it as one."""

import logging
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from avio_cli.decode.reader import MediaReader
from avio_cli.decode.settings import BWDIF_INTERLACED, ReaderSettings
from avio_cli.demux.packet_reader import to_ticks
from avio_cli.encode.encoder import Encoder
from avio_cli.encode.settings import EncodeSettings
from avio_cli.jobs.merge.conform import (
    conform_filters,
    levels,
    pipe_format,
    result_video,
)
from avio_cli.jobs.merge.gamut import require_filters
from avio_cli.jobs.merge.inputs import MergeInput
from avio_cli.jobs.merge.losses import (
    hdr_metadata,
    warn_of_conversions,
)
from avio_cli.media.containers import file_container
from avio_cli.media.frame import Frame
from avio_cli.media.info import MediaInfo, VideoStream
from avio_cli.mux.streams import StreamPlan
from avio_cli.output.file import FileOutput
from avio_cli.presets import Preset

LOG = logging.getLogger("avio.merge")
_ROUNDING = Fraction(1, 1000)
"""Seconds by which a frame's time may differ from that of its packet."""


@dataclass(slots=True)
class EncodedVideo:
    """What was written, and what could not be read."""

    base: Fraction
    """Time base of the frames."""
    rate: Fraction | None = None
    """Its constant rate; None: frames keep their times."""
    ticks: list[int] = field(default_factory=list)
    """When each frame is shown."""
    damage: list[str] = field(default_factory=list)
    """What could not be read of the parts, one clause for each."""

    @property
    def times(self) -> list[Fraction]:
        """When each frame is shown, in seconds."""
        return [tick * self.base for tick in self.ticks]

    def place(self, frame: Frame, part: MergeInput) -> bool:
        """Give a frame its time in the result, always after the one before.

        Filters round times: those of the packets are taken.

        Returns:
            Whether it is another one than that of a packet.
        """
        time, exact = nearest(part.times, frame.time)
        wanted = to_ticks(time + part.shift, self.base)
        last = self.ticks[-1] if self.ticks else None
        tick = wanted if last is None or wanted > last else last + 1
        self.ticks.append(tick)
        frame.time_base, frame.pts = self.base, tick
        return not exact or tick != wanted


def encode_video(
    parts: Sequence[MergeInput],
    base: Fraction,
    preset: Preset,
    output: FileOutput,
    on_frame: Callable[[Fraction], None],
) -> EncodedVideo:
    """Encode the frames of all parts into one video file, whose first frame is at 0.

    Args:
        parts: in their order; the first one decides size, aspect ratio and colours.
        base: time base of the result.
        preset: how to encode.
        output: where to write.
        on_frame: called with the time of each frame.

    Raises:
        AvioError: a part cannot be read, or not be converted to be like the first.
    """
    result = _flat(result_video(parts), base)
    metadata = hdr_metadata(parts[0], result)
    info = MediaInfo(source=parts[0].source.name, container="", streams=(result,))
    source = replace(parts[0].source, info=info)
    settings = EncodeSettings(
        preset=_from_zero(preset),
        hdr_metadata=metadata,
        ending=parts[-1].shifted_ending,
    )
    readings = [_reading(part, parts, result) for part in parts]
    warn_of_conversions(parts, result, readings[0].pixel_format)
    encoded = EncodedVideo(base)
    with Encoder(source.ffmpeg, output, settings, source) as encoder:
        for part, reading in zip(parts, readings, strict=True):
            for frame in _frames(part, reading, encoded):
                encoder.write(frame)
                on_frame(frame.time)
        encoder.finish()
        encoded.rate = encoder.rate
    return encoded


def _from_zero(preset: Preset) -> Preset:
    """The preset, for a file whose first frame is at 0: in MPEG-TS it is at 1.5 s."""
    delayed = file_container(preset.container).delayed
    return replace(preset, container="mp4") if delayed else preset


def _flat(video: VideoStream, base: Fraction) -> VideoStream:
    """The stream that the encoder gets: rotated, in the time base of the result."""
    return replace(
        video,
        index=0,
        metadata={},  # that of the result is copied from the first part itself
        time_base=base,
        rotation=0,
        mirror="",
        coded_width=video.width,
        coded_height=video.height,
        sample_aspect_ratio=video.display_sample_aspect_ratio,
    )


def _reading(
    part: MergeInput, parts: Sequence[MergeInput], result: VideoStream
) -> ReaderSettings:
    video = part.video
    if video is None:
        raise ValueError("a part without video")
    filters = conform_filters(video, result)
    used = [name for name in ("zscale", "tonemap") if f"{name}=" in filters]
    require_filters(part.source.ffmpeg, used, f"the conversion of {part.source.name}")
    return ReaderSettings(
        pixel_format=pipe_format(parts, result),
        video_filter=filters,
        video_range=levels(result) if filters else "",
        # Raw frames have no field order: the result is progressive.
        deinterlace=BWDIF_INTERLACED if video.is_interlaced else "",
    )


def _frames(
    part: MergeInput, reading: ReaderSettings, encoded: EncodedVideo
) -> Iterator[Frame]:
    """The frames of a part, with their times in the result."""
    moved = 0
    with MediaReader(part.source, reading, ending=lambda: part.ending) as reader:
        for frame in reader:
            moved += encoded.place(frame, part)
            yield frame
        if damage := reader.damage():
            encoded.damage.append(damage)
    if moved:
        LOG.warning(
            "%s: %d frames have no time of their own after the frame before: each is "
            "shown as soon after it as it can be",
            part.source.name,
            moved,
        )


def nearest(times: Sequence[Fraction], time: Fraction) -> tuple[Fraction, bool]:
    """The time in an ordered sequence that is nearest to another.

    Returns:
        It and True; the other time itself and False where none is near.
    """
    index = bisect_left(times, time)
    around = times[max(0, index - 1) : index + 1]
    found = min(around, key=lambda other: abs(other - time))
    near = abs(found - time) <= _ROUNDING
    return (found, True) if near else (time, False)


def with_video(plan: StreamPlan, base: Fraction, coding: str) -> StreamPlan:
    """The same plan with the time base of the result's video, and its codec.

    Args:
        plan: of the first part's streams.
        base: of the result.
        coding: the encoder's name; empty: the codec is that of the first part.
    """
    mapped = (
        replace(
            c,
            stream=replace(c.stream, time_base=base, codec=coding or c.stream.codec),
        )
        if isinstance(c.stream, VideoStream) and not c.stream.is_cover_art
        else c
        for c in plan.mapped
    )
    return replace(plan, mapped=tuple(mapped))
