"""A whole encoding job: settings, and the one ffmpeg command they become."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction

from avio_cli.encode.settings import EncodeSettings, PipedVideo, VideoOptions
from avio_cli.encode.video import plan_video
from avio_cli.encode.video_params import VideoParams, color_arguments
from avio_cli.ffmpeg.command import VERBOSE_LOG, Command, Input, Output, source_input
from avio_cli.ffmpeg.hardware.accelerators import ACCELERATORS, family_of
from avio_cli.ffmpeg.probe.hdr_metadata import HdrMetadata
from avio_cli.ffmpeg.seeking import EXACT_SEEK_DEMUXERS, SEEK_MARGIN
from avio_cli.ffmpeg.url import MediaUrl
from avio_cli.media.info import AudioStream, MediaInfo, Stream, VideoStream
from avio_cli.mux.command import (
    COVER_FILES,
    DISPOSITIONS,
    EncodePlan,
    is_video,
    timescale,
)
from avio_cli.mux.streams import MappedStream, StreamPlan, plan_streams
from avio_cli.output.target import OutputTarget

MAX_CHANNELS = 64
USER_METADATA = frozenset(
    "title artist album date comment description genre copyright".split()
)
"""Metadata that people write; the rest is for programs."""
DEFAULT_RATE = Fraction(25)
"""Frames a second where the source tells none and the container needs one."""


def plan_encode(
    settings: EncodeSettings,
    target: OutputTarget,
    address: MediaUrl | None,
    info: MediaInfo,
    piped: PipedVideo | None = None,
) -> EncodePlan:
    """Build the command that makes a result.

    Args:
        settings: how it shall be.
        target: where it goes.
        address: the source to carry streams from; None for none.
        info: what the source holds; without a source, only the piped film.
        piped: where the first film's pictures come from us instead of the source.

    Raises:
        InputError: the source has not what is asked for.
        UsageError: settings contradict each other.
    """
    container, streams = settings.container, settings.streams
    if settings.preset.video is None:
        streams = replace(streams, video=False)
    plan = plan_streams(info, container, streams)
    inputs = tuple(_inputs(settings, address, info, piped))
    arguments = _OutputArguments(settings, target, info, plan, len(inputs) - 1, piped)
    options = tuple(arguments.build())
    films = (i for i, c in enumerate(plan.mapped) if is_video(c.stream))
    sounds = (i for i, c in enumerate(plan.mapped) if isinstance(c.stream, AudioStream))
    return EncodePlan(
        Command(
            inputs,
            (Output(target.url, options),),
            (*VERBOSE_LOG, *_devices(settings, plan), "-y"),
        ),
        (*plan.dropped, *arguments.warnings),
        tuple(films),
        tuple(sounds),
        tuple(arguments.empty_ends),
        tuple((cover, target.sidecar(cover.index)) for cover in plan.attached),
    )


def _inputs(
    settings: EncodeSettings,
    address: MediaUrl | None,
    info: MediaInfo,
    piped: PipedVideo | None,
) -> Iterator[Input]:
    if piped is not None:
        # Raw pictures lose their colour tags on the way: say them again.
        options = (
            *color_arguments(piped.params.color, ""),
            *(("-itsoffset", str(-piped.shift)) if piped.shift else ()),
        )
        live = settings.container.form == "stream"
        yield Input("pipe:0", (*options, *(("-re",) if live else ()), "-f", "nut"))
    if address is not None:
        before = (*_decoding(settings, piped), *_seeking(settings, info))
        yield source_input(address, before)


def _decoding(settings: EncodeSettings, piped: PipedVideo | None) -> Iterator[str]:
    if settings.decoder and piped is None and not settings.streams.remux:
        yield from ACCELERATORS[settings.decoder].input_options()
    if settings.container.form == "stream" and piped is None:
        yield "-re"  # a server takes what is sent as fast as it shall be shown


def _devices(settings: EncodeSettings, plan: StreamPlan) -> tuple[str, ...]:
    """Global options that open what decoder and encoder work on."""
    if not any(c.action == "encode" for c in plan.mapped if is_video(c.stream)):
        return ()
    preset = settings.preset.video
    encoder = settings.video.encoder or (preset.encoder if preset else "")
    if family := family_of(encoder):
        return family.device_options()
    if settings.decoder:
        return ACCELERATORS[settings.decoder].device_options()
    return ()


def _seeking(settings: EncodeSettings, info: MediaInfo) -> Iterator[str]:
    exact = info.container.startswith(EXACT_SEEK_DEMUXERS)
    seek = settings.start - (0 if exact else SEEK_MARGIN)
    if seek > 0:
        yield from ("-ss", f"{float(seek):.6f}")


@dataclass(slots=True)
class _OutputArguments:
    """Writes the output's options, stream by stream, and collects notes."""

    settings: EncodeSettings
    target: OutputTarget
    info: MediaInfo
    plan: StreamPlan
    source: int
    """Number of the input that is the source."""
    piped: PipedVideo | None
    warnings: list[str] = field(default_factory=list)
    empty_ends: list[int] = field(default_factory=list)
    _bases: list[Fraction] = field(default_factory=list)

    def build(self) -> Iterator[str]:
        piped = self.piped
        for index, carried in enumerate(self.plan.mapped):
            from_pipe = piped is not None and carried.stream is self._first_video()
            yield from ("-map", "0:0" if from_pipe else self._source_map(carried))
            yield from self._stream(index, carried, piped if from_pipe else None)
            yield from self._tags(index, carried.stream)
        yield from self._attachments()
        yield from ("-copyts", "-map_metadata", str(self.source))
        yield from self._chapters()
        for key, value in self.settings.metadata.items():
            yield from ("-metadata", f"{key}={value}")
        yield from self._timing()
        yield from self._muxer()

    def _chapters(self) -> Iterator[str]:
        holds = self.settings.container.chapters
        yield from ("-map_chapters", str(self.source) if holds else "-1")
        if self.info.chapters and not holds:
            title = self.settings.container.title
            self.warnings.append(f"chapters are left out: {title} cannot hold them")
        told = USER_METADATA & {key.lower() for key in self.info.metadata}
        if told and not self.settings.container.metadata:
            title = self.settings.container.title
            names = ", ".join(sorted(told))
            self.warnings.append(f"{names}: left out, {title} holds no metadata")

    def _attachments(self) -> Iterator[str]:
        first = len(self.plan.mapped)
        for index, cover in enumerate(self.plan.attached, first):
            mime, name = COVER_FILES[cover.codec]
            yield from ("-attach", str(self.target.sidecar(cover.index)))
            yield from (f"-metadata:s:{index}", f"mimetype={mime}")
            yield from (f"-metadata:s:{index}", f"filename={name}")

    def _first_video(self) -> Stream | None:
        return self.info.videos[0] if self.info.videos else None

    def _source_map(self, carried: MappedStream) -> str:
        return f"{self.source}:{carried.stream.index}"

    def _stream(
        self, index: int, carried: MappedStream, piped: PipedVideo | None
    ) -> Iterator[str]:
        stream = carried.stream
        if carried.action == "copy":
            yield from (f"-c:{index}", "copy")
            if self.settings.start and isinstance(stream, AudioStream):
                # Else the sound would begin at the keyframe that was sought.
                yield from (f"-copypriorss:{index}", "0")
            if isinstance(stream, VideoStream) and stream.codec == "hevc":
                yield from self._tag(index, "hevc")
        elif carried.action == "convert":
            yield from (f"-c:{index}", carried.codec)
        elif isinstance(stream, VideoStream):
            yield from self._video(index, stream, piped)
        elif isinstance(stream, AudioStream):
            yield from self._audio(index, stream)

    def _video(
        self, index: int, video: VideoStream, piped: PipedVideo | None
    ) -> Iterator[str]:
        preset, choice = self.settings.preset.video, self.settings.video
        if preset is None:
            return
        picture = piped.params if piped else VideoParams.of_stream(video)
        choice, tick = self._frame_timing(picture, video, choice)
        choice = _with_hdr_options(
            choice, choice.encoder or preset.encoder, self.settings.hdr_metadata
        )
        coding = plan_video(picture, preset, choice, tick)
        self.warnings += coding.warnings
        self._bases.append(coding.time_base)
        yield from coding.arguments(index, preset, choice)
        yield from self._tag(index, choice.encoder or preset.encoder)

    def _frame_timing(
        self, picture: VideoParams, video: VideoStream, choice: VideoOptions
    ) -> tuple[VideoOptions, Fraction | None]:
        """Fit the film's times to what the container can tell."""
        container = self.settings.container
        if not container.constant_rate:
            return choice, container.tick
        rate = choice.rate or picture.rate or DEFAULT_RATE
        steady = video.average_rate is None or video.average_rate == video.nominal_rate
        if not choice.rate and not (steady and picture.rate):
            choice = replace(choice, rate=rate)
            self.warnings.append(
                f"{container.title} holds a constant rate: frames are repeated or "
                f"left out ({float(rate):.4g} a second)"
            )
        return choice, 1 / rate

    def _tag(self, index: int, codec: str) -> Iterator[str]:
        # Apple's players want HEVC's parameters in the header, and it said so.
        hevc = codec.startswith(("hevc", "libx265"))
        if hevc and self.settings.container.sets_timescale:
            yield from (f"-tag:{index}", "hvc1")

    def _audio(self, index: int, stream: AudioStream) -> Iterator[str]:
        preset, choice = self.settings.preset.audio, self.settings.audio
        encoder = choice.encoder or (preset.encoder if preset else "")
        yield from (f"-c:{index}", encoder)
        if encoder == "flac":
            self.empty_ends.append(index)  # it ends with news for the header
        most = preset.max_channels if preset else None
        channels = min(stream.channels or 1, most or MAX_CHANNELS)
        if most and stream.channels > most:
            yield from (f"-ac:{index}", str(most))
        if preset and encoder == preset.encoder and preset.bit_rate_per_channel:
            rate = preset.bit_rate_per_channel * channels
            yield from (f"-b:{index}", str(rate))
        filters = [choice.filters] if choice.filters else []
        if encoder == "libopus" and "(side)" in stream.layout:
            # libopus refuses 5.1(side), the layout of most DVD and Blu-ray sound.
            filters.append(
                f"aformat=channel_layouts={stream.layout.removesuffix('(side)')}"
            )
        if filters:
            yield from (f"-filter:{index}", ",".join(filters))

    def _tags(self, index: int, stream: Stream) -> Iterator[str]:
        yield from (
            f"-map_metadata:s:{index}",
            f"{self.source}:s:{stream.index}",
        )
        kept = "+".join(sorted(stream.dispositions & DISPOSITIONS))
        yield from (f"-disposition:{index}", kept or "0")

    def _timing(self) -> Iterator[str]:
        """Begin the result at 0: with ``-copyts`` all times are still the source's."""
        settings = self.settings
        origin = (self.info.start or Fraction(0)) + settings.start
        if settings.keyframe_preroll:
            yield from self._copy_timing(origin)
        elif settings.start or settings.end is not None:
            # A microsecond early, so that rounding never drops the first frame.
            begin = max(origin - Fraction(1, 1_000_000), Fraction(0))
            if begin:
                yield from ("-ss", f"{float(begin):.6f}")
            if settings.end is not None:
                yield from ("-t", f"{float(settings.end - settings.start):.6f}")
        elif origin:
            yield from ("-output_ts_offset", f"{float(-origin):.6f}")

    def _copy_timing(self, origin: Fraction) -> Iterator[str]:
        settings = self.settings
        begin = max(
            origin - settings.keyframe_preroll - Fraction(1, 1_000_000), Fraction(0)
        )
        if begin:
            yield from ("-ss", f"{float(begin):.6f}")
        yield from ("-output_ts_offset", f"{float(begin - origin):.6f}")
        if settings.end is not None:
            length = settings.end - settings.start + origin - begin
            yield from ("-t", f"{float(length):.6f}")

    def _muxer(self) -> Iterator[str]:
        container = self.settings.container
        if container.sets_timescale and self._bases:
            scale = timescale(self._bases)
            yield from ("-video_track_timescale", str(scale))
            # Where a film begins is told in film ticks: coarse ones shift it
            # (60 video ticks with ffmpeg 5.1 and its default of 1000).
            yield from ("-movie_timescale", str(scale))
        yield from (*container.options, *self.target.options)
        yield from ("-f", container.muxer)


def _with_hdr_options(
    choice: VideoOptions, encoder: str, light: HdrMetadata | None
) -> VideoOptions:
    """Tell an encoder of a film's light: ffmpeg does that itself only from 7.1 on."""
    if light is None or encoder not in ("libx265", "libsvtav1"):
        return choice
    x265 = encoder == "libx265"
    key = "x265-params" if x265 else "svtav1-params"
    told = light.as_x265() if x265 else light.as_svt()
    own = choice.options.get(key, "")
    joined = ":".join(filter(None, (told, own)))
    return replace(choice, options={**choice.options, key: joined})
