"""Build the ffmpeg command of an encoding job from its settings."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction

from avio_cli.encode.hdr import with_hdr_options
from avio_cli.encode.settings import EncodeSettings, PipedVideo, VideoOptions
from avio_cli.encode.video import plan_video
from avio_cli.encode.video_params import VideoParams, color_arguments
from avio_cli.ffmpeg.command import VERBOSE_LOG, Command, Input, Output, source_input
from avio_cli.ffmpeg.hardware.accelerators import ACCELERATORS, family_of
from avio_cli.ffmpeg.seeking import seek_margin, seek_options
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
"""Metadata that people write; other keys are written by programs."""
DEFAULT_RATE = Fraction(25)
"""Frame rate for a container that needs one where the source declares none."""


def plan_encode(
    settings: EncodeSettings,
    output: OutputTarget,
    url: MediaUrl | None,
    info: MediaInfo,
    piped: PipedVideo | None = None,
) -> EncodePlan:
    """Build the command that encodes the output.

    Args:
        settings: what to encode and how.
        output: where it is written.
        url: the source of the mapped streams; None for none.
        info: what the source contains; without a source, only the piped video.
        piped: set where the frames of the first video stream come from a pipe
            instead of the source.

    Raises:
        InputError: the source lacks a requested stream.
        UsageError: settings contradict each other.
    """
    container, streams = settings.container, settings.streams
    if settings.preset.video is None:
        streams = replace(streams, video=False)
    plan = plan_streams(info, container, streams)
    inputs = tuple(_inputs(settings, url, info, piped))
    arguments = _OutputArguments(settings, output, info, plan, len(inputs) - 1, piped)
    options = tuple(arguments.build())
    videos = (i for i, c in enumerate(plan.mapped) if is_video(c.stream))
    audios = (i for i, c in enumerate(plan.mapped) if isinstance(c.stream, AudioStream))
    return EncodePlan(
        Command(
            inputs,
            (Output(output.url, options),),
            (*VERBOSE_LOG, *_devices(settings, plan), "-y"),
        ),
        (*plan.dropped, *arguments.warnings),
        tuple(videos),
        tuple(audios),
        tuple(arguments.empty_ends),
        tuple((cover, output.sidecar(cover.index)) for cover in plan.attached),
    )


def _inputs(
    settings: EncodeSettings,
    url: MediaUrl | None,
    info: MediaInfo,
    piped: PipedVideo | None,
) -> Iterator[Input]:
    if piped is not None:
        # Raw frames carry no colour tags: set them again.
        options = (
            *color_arguments(piped.params.color, ""),
            *(("-itsoffset", str(-piped.shift)) if piped.shift else ()),
        )
        live = settings.container.form == "stream"
        yield Input("pipe:0", (*options, *(("-re",) if live else ()), "-f", "nut"))
    if url is not None:
        seeking = seek_options(settings.start - seek_margin(info))
        yield source_input(url, (*_decoding(settings, piped), *seeking))


def _decoding(settings: EncodeSettings, piped: PipedVideo | None) -> Iterator[str]:
    if settings.decoder and piped is None and not settings.streams.remux:
        yield from ACCELERATORS[settings.decoder].input_options()
    if settings.container.form == "stream" and piped is None:
        yield "-re"  # a server expects data at the speed of playback


def _devices(settings: EncodeSettings, plan: StreamPlan) -> tuple[str, ...]:
    """Global options that open the device of the decoder and encoder."""
    if not any(c.action == "encode" for c in plan.mapped if is_video(c.stream)):
        return ()
    preset = settings.preset.video
    encoder = settings.video.encoder or (preset.encoder if preset else "")
    if family := family_of(encoder):
        return family.device_options()
    if settings.decoder:
        return ACCELERATORS[settings.decoder].device_options()
    return ()


@dataclass(slots=True)
class _OutputArguments:
    """Builds the output's options, stream by stream, and collects warnings."""

    settings: EncodeSettings
    output: OutputTarget
    info: MediaInfo
    plan: StreamPlan
    source: int
    """Index of the source among the inputs."""
    piped: PipedVideo | None
    warnings: list[str] = field(default_factory=list)
    empty_ends: list[int] = field(default_factory=list)
    _bases: list[Fraction] = field(default_factory=list)

    def build(self) -> Iterator[str]:
        piped = self.piped
        for index, mapped in enumerate(self.plan.mapped):
            from_pipe = piped is not None and mapped.stream is self._first_video()
            yield from ("-map", "0:0" if from_pipe else self._source_map(mapped))
            yield from self._stream(index, mapped, piped if from_pipe else None)
            yield from self._tags(index, mapped.stream)
        yield from self._attachments()
        yield from ("-copyts", "-map_metadata", str(self.source))
        yield from self._chapters()
        for key, value in self.settings.metadata.items():
            yield from ("-metadata", f"{key}={value}")
        yield from self._timing()
        yield from self._muxer()

    def _chapters(self) -> Iterator[str]:
        supported = self.settings.container.chapters
        yield from ("-map_chapters", str(self.source) if supported else "-1")
        if self.info.chapters and not supported:
            title = self.settings.container.title
            self.warnings.append(f"chapters are dropped: {title} cannot hold them")
        tags = USER_METADATA & {key.lower() for key in self.info.metadata}
        if tags and not self.settings.container.metadata:
            title = self.settings.container.title
            names = ", ".join(sorted(tags))
            self.warnings.append(f"{names}: dropped, {title} holds no metadata")

    def _attachments(self) -> Iterator[str]:
        first = len(self.plan.mapped)
        for index, cover in enumerate(self.plan.attached, first):
            mime, name = COVER_FILES[cover.codec]
            yield from ("-attach", str(self.output.sidecar(cover.index)))
            yield from (f"-metadata:s:{index}", f"mimetype={mime}")
            yield from (f"-metadata:s:{index}", f"filename={name}")

    def _first_video(self) -> Stream | None:
        return self.info.videos[0] if self.info.videos else None

    def _source_map(self, mapped: MappedStream) -> str:
        return f"{self.source}:{mapped.stream.index}"

    def _stream(
        self, index: int, mapped: MappedStream, piped: PipedVideo | None
    ) -> Iterator[str]:
        stream = mapped.stream
        if mapped.action == "copy":
            yield from (f"-c:{index}", "copy")
            if self.settings.start and isinstance(stream, AudioStream):
                # Otherwise the audio would start at the keyframe that was sought.
                yield from (f"-copypriorss:{index}", "0")
            if isinstance(stream, VideoStream) and stream.codec == "hevc":
                yield from self._tag(index, "hevc")
        elif mapped.action == "convert":
            yield from (f"-c:{index}", mapped.codec)
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
        params = piped.params if piped else VideoParams.of_stream(video)
        choice, tick = self._frame_timing(params, video, choice)
        choice = with_hdr_options(
            choice, choice.encoder or preset.encoder, self.settings.hdr_metadata
        )
        coding = plan_video(params, preset, choice, tick)
        self.warnings += coding.warnings
        self._bases.append(coding.time_base)
        yield from coding.arguments(index, preset, choice)
        yield from self._tag(index, choice.encoder or preset.encoder)

    def _frame_timing(
        self, params: VideoParams, video: VideoStream, choice: VideoOptions
    ) -> tuple[VideoOptions, Fraction | None]:
        """Fit the video's timestamps to what the container can store."""
        container = self.settings.container
        if not container.constant_rate:
            return choice, container.tick
        rate = choice.rate or params.rate or DEFAULT_RATE
        steady = video.average_rate is None or video.average_rate == video.nominal_rate
        if not choice.rate and not (steady and params.rate):
            choice = replace(choice, rate=rate)
            self.warnings.append(
                f"{container.title} holds a constant rate: frames are repeated or "
                f"dropped ({float(rate):.4g} a second)"
            )
        return choice, 1 / rate

    def _tag(self, index: int, codec: str) -> Iterator[str]:
        # Apple's players need HEVC's parameter sets in the header: tag hvc1.
        hevc = codec.startswith(("hevc", "libx265"))
        if hevc and self.settings.container.sets_timescale:
            yield from (f"-tag:{index}", "hvc1")

    def _audio(self, index: int, stream: AudioStream) -> Iterator[str]:
        preset, choice = self.settings.preset.audio, self.settings.audio
        encoder = choice.encoder or (preset.encoder if preset else "")
        yield from (f"-c:{index}", encoder)
        if encoder == "flac":
            self.empty_ends.append(index)  # its last packet only updates the header
        most = preset.max_channels if preset else None
        channels = min(stream.channels or 1, most or MAX_CHANNELS)
        if most and stream.channels > most:
            yield from (f"-ac:{index}", str(most))
        if preset and encoder == preset.encoder and preset.bit_rate_per_channel:
            rate = preset.bit_rate_per_channel * channels
            yield from (f"-b:{index}", str(rate))
        filters = [choice.filters] if choice.filters else []
        if encoder == "libopus" and "(side)" in stream.layout:
            # libopus refuses 5.1(side), the layout of most DVD and Blu-ray audio.
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
        """Start the output at 0: with ``-copyts`` all times are still the source's."""
        settings = self.settings
        origin = self.info.origin + settings.start
        if settings.keyframe_preroll:
            yield from self._copy_timing(origin)
        elif settings.start or settings.end is not None:
            # A microsecond early, so that rounding never drops the first frame.
            start = max(origin - Fraction(1, 1_000_000), Fraction(0))
            if start:
                yield from ("-ss", f"{float(start):.6f}")
            if settings.end is not None:
                yield from ("-t", f"{float(settings.end - settings.start):.6f}")
        elif origin:
            yield from ("-output_ts_offset", f"{float(-origin):.6f}")

    def _copy_timing(self, origin: Fraction) -> Iterator[str]:
        settings = self.settings
        start = max(
            origin - settings.keyframe_preroll - Fraction(1, 1_000_000), Fraction(0)
        )
        if start:
            yield from ("-ss", f"{float(start):.6f}")
        yield from ("-output_ts_offset", f"{float(start - origin):.6f}")
        if settings.end is not None:
            length = settings.end - settings.start + origin - start
            yield from ("-t", f"{float(length):.6f}")

    def _muxer(self) -> Iterator[str]:
        container = self.settings.container
        if container.sets_timescale and self._bases:
            scale = timescale(self._bases)
            yield from ("-video_track_timescale", str(scale))
            # A track's start is stored in movie ticks: coarse ones shift it
            # (60 video ticks with ffmpeg 5.1 and its default of 1000).
            yield from ("-movie_timescale", str(scale))
        yield from (*container.options, *self.output.options)
        yield from ("-f", container.muxer)
