"""Build the ffmpeg command of an encoding job from its settings."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction

from avio_cli.encode import timing
from avio_cli.encode.audio.arguments import (
    Fill,
    audio_arguments,
    audio_encoder,
    audio_warnings,
    ends_with_empty_packet,
)
from avio_cli.encode.copies.range import copied_range, end_filter
from avio_cli.encode.ending import (
    copied_ending_filter,
    ending_options,
    last_keyframe_options,
)
from avio_cli.encode.hdr import with_hdr_options
from avio_cli.encode.limits import unused_warnings
from avio_cli.encode.pixel_format import keeps_alpha_tag, lost_alpha
from avio_cli.encode.reading import Reading, devices
from avio_cli.encode.settings import EncodeSettings, PipedVideo
from avio_cli.encode.timing import (
    copied_timing,
    frame_timing,
    late_start,
    output_origin,
    output_range,
    tick_filters,
)
from avio_cli.encode.video import plan_video
from avio_cli.encode.video_params import VideoParams
from avio_cli.ffmpeg.command import VERBOSE_LOG, Command, Output
from avio_cli.ffmpeg.time_order import increasing_times
from avio_cli.ffmpeg.url import MediaUrl
from avio_cli.media.info import AudioStream, Ending, MediaInfo, Stream, VideoStream
from avio_cli.mux.command import (
    MAX_TIMESCALE,
    EncodePlan,
    PlannedStream,
    added_subtitles,
    attached_covers,
    codec_tag,
    copied_header,
    disposition,
    given_metadata,
    is_video,
    muxing_plan,
    stream_metadata,
    timescales,
)
from avio_cli.mux.cut_subtitles import CutSubtitles
from avio_cli.mux.metadata import FileMetadata
from avio_cli.mux.sidecars import lost_chapters
from avio_cli.mux.streams import MappedStream, StreamPlan, plan_streams
from avio_cli.mux.timecode import plan_timecode
from avio_cli.output.target import OutputTarget


def plan_encode(
    settings: EncodeSettings,
    output: OutputTarget,
    url: MediaUrl | None,
    info: MediaInfo,
    piped: PipedVideo | None = None,
    subtitles: CutSubtitles | None = None,
) -> EncodePlan:
    """Build the command that encodes the output.

    Args:
        settings: what to encode and how.
        output: where it is written.
        url: the source of the mapped streams; None for none.
        info: what the source contains; without a source, only the piped video.
        piped: set where the frames of the first video stream come from a pipe
            instead of the source.
        subtitles: tracks that come from files instead of the source.

    Raises:
        InputError: the source lacks a requested stream.
        UsageError: settings contradict each other.
    """
    container, streams = settings.container, settings.streams
    if settings.preset.video is None:
        streams = replace(streams, video=False)
    plan = plan_streams(info, container, streams)
    reading = Reading.of(settings, url, info, piped)
    inputs = tuple(reading.inputs())
    texts = subtitles or CutSubtitles()
    arguments = _OutputArguments(
        settings, output, info, plan, len(inputs) - 1, piped, texts, reading.origin
    )
    inputs += tuple(reading.timed(texts))
    muxed = Output(output.url, tuple(arguments.build()))
    options = (*VERBOSE_LOG, *devices(settings, plan), *reading.clock.options, "-y")
    command = Command(inputs, (muxed, *reading.clock.outputs), options)
    warnings = (*plan.dropped, *arguments.warnings, *unused_warnings(settings, plan))
    ends = tuple(arguments.empty_ends)
    return muxing_plan(command, plan, output, warnings, ends, arguments.encoded)


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
    texts: CutSubtitles
    origin: Fraction
    """When the source starts inside the command."""
    warnings: list[str] = field(default_factory=list)
    empty_ends: list[int] = field(default_factory=list)
    encoded: dict[int, PlannedStream] = field(default_factory=dict)
    """How streams are encoded, by output index."""
    _bases: list[Fraction] = field(default_factory=list)

    def build(self) -> Iterator[str]:
        piped = self.piped
        for index, mapped in enumerate(self.plan.mapped):
            from_pipe = piped is not None and mapped.stream is self._first_video()
            yield from ("-map", "0:0" if from_pipe else self._source_map(mapped))
            yield from self._stream(index, mapped, piped if from_pipe else None)
            yield from stream_metadata(
                index, mapped.stream, self.source, self.settings.container
            )
            if piped is not None and not self.source:
                container = self.settings.container
                yield from given_metadata(index, mapped.stream, container)
            if not keeps_alpha_tag(mapped, self.settings, from_pipe=from_pipe):
                yield from (f"-metadata:s:{index}", "alpha_mode=")
                self.warnings += lost_alpha(mapped, self.settings)
            yield from disposition(index, mapped.stream)
        yield from added_subtitles(self.plan, self.source + 1 + len(self.texts.inputs))
        yield from attached_covers(self.plan, self.output)
        kept = FileMetadata(self.info, self.settings.container, self.plan)
        yield from kept.options(self.source)
        yield from self._timecode()
        yield from self._chapters()
        self.warnings += kept.warnings()
        for key, value in self.settings.metadata.items():
            yield from ("-metadata", f"{key}={value}")
        yield from output_range(self.settings, self.origin)
        yield from self._muxer()

    def _timecode(self) -> Iterator[str]:
        timecode = plan_timecode(
            self.info,
            [mapped.stream for mapped in self.plan.mapped],
            self.settings.container,
            self.settings.start,
            None if self.settings.streams.remux else self.settings.video.rate,
            at_frame=self.settings.streams.remux,
        )
        self.warnings += timecode.warnings
        yield from timecode.options

    def _chapters(self) -> Iterator[str]:
        supported = self.settings.container.chapters
        yield from ("-map_chapters", str(self.source) if supported else "-1")
        self.warnings += lost_chapters(self.info, self.settings.container)

    def _first_video(self) -> Stream | None:
        return self.info.videos[0] if self.info.videos else None

    def _source_map(self, mapped: MappedStream) -> str:
        if mapped.stream.index in self.texts.inputs:
            number = list(self.texts.inputs).index(mapped.stream.index)
            return f"{self.source + 1 + number}:0"
        return f"{self.source}:{mapped.stream.index}"

    def _stream(
        self, index: int, mapped: MappedStream, piped: PipedVideo | None
    ) -> Iterator[str]:
        stream, container = mapped.stream, self.settings.container
        if stream.index in self.texts.options:
            options = self.texts.options[stream.index]
            yield from (word.replace("{}", str(index)) for word in options)
        elif mapped.action == "copy":
            yield from (f"-c:{index}", "copy")
            yield from copied_range(self.settings, index, stream)
            yield from copied_header(index, stream, self.output, container)
            yield from codec_tag(index, stream.codec, container)
            self._add_copied(stream)
            self.warnings += late_start(self.settings, stream.index)
            self.warnings += copied_timing(container, [stream])
            if isinstance(stream, VideoStream):
                yield from self._copied_times(index, stream)
        elif mapped.action == "convert":
            yield from (f"-c:{index}", mapped.codec)
        elif isinstance(stream, VideoStream):
            yield from self._video(index, stream, piped)
        elif isinstance(stream, AudioStream):
            yield from self._audio(index, stream)

    def _copied_times(self, index: int, stream: Stream) -> Iterator[str]:
        """The bitstream filters for the times and the end of a copied video."""
        chosen = [end_filter(self.settings, stream)]
        if stream is self._first_video() and not self.settings.start:
            ending, container = self._timed_ending(), self.settings.container
            lasts = copied_ending_filter(stream, ending, container)
            chosen += [self.settings.pts_filter, lasts]
        if used := ",".join(filter(None, chosen)):
            yield from (f"-bsf:{index}", used)

    def _add_copied(self, stream: Stream) -> None:
        """Take the time base of a copied video into account where it is too fine.

        An mp4 that is copied into another keeps its own: it could be read.
        """
        fine = is_video(stream) and stream.time_base.denominator > MAX_TIMESCALE
        if fine and not self.info.container.startswith("mov"):
            self._bases.append(stream.time_base)

    def _video(
        self, index: int, video: VideoStream, piped: PipedVideo | None
    ) -> Iterator[str]:
        preset = self.settings.preset.video
        if preset is None:
            return
        there = "" if self.settings.decoder else self.info.container
        params = piped.params if piped else VideoParams.of_stream(video, there)
        choice, tick, warnings = frame_timing(self.settings, params, video)
        self.warnings += warnings
        encoder = choice.encoder or preset.encoder
        choice = with_hdr_options(choice, encoder, self.settings.hdr_metadata)
        muxer, ending = self.settings.container.muxer, self._ending_inside()
        after = None if piped else self.settings.filtered
        coding = plan_video(params, preset, choice, tick, muxer, ending, after)
        if self.settings.moves_frames and not (piped or coding.rate):
            order = increasing_times(timing.least_step(self.settings), video)
            coding = replace(coding, filters=(order, *coding.filters))
        if self.settings.container.constant_rate and not (
            coding.rate or choice.filters  # they may change rate and times
        ):
            moved = tick_filters(1 / coding.time_base, self.settings, self.origin)
            coding = replace(coding, filters=(*coding.filters, *moved))
        self.warnings += coding.warnings
        self._bases.append(coding.time_base)
        self.encoded[index] = PlannedStream(
            stream=video,
            copied=False,
            tick=coding.time_base,
            rate=coding.rate,
            filtered=bool(choice.filters),
            made=None if choice.filters else coding,
        )
        yield from coding.arguments(index, preset, choice)
        yield from codec_tag(index, encoder, self.settings.container)
        if video is not self._first_video():
            return
        if coding.rate is None:
            yield from self._ending(index, encoder, coding.time_base)

    def _ending(self, index: int, encoder: str, base: Fraction) -> Iterator[str]:
        ending, container = self._timed_ending(), self.settings.container
        yield from ending_options(index, ending, container, base)
        yield from last_keyframe_options(index, ending, container, encoder)

    def _timed_ending(self) -> Ending | None:
        """The last frame, with the time that it has for encoders and muxers."""
        start = output_origin(self.settings, self.origin)
        ending = self._ending_inside()
        return ending and replace(ending, time=ending.time - start)

    def _ending_inside(self) -> Ending | None:
        """The last frame, with the time that it has inside the command."""
        ending, shift = self.settings.ending, self.origin - self.info.origin
        return ending and replace(ending, time=ending.time + shift)

    def _audio(self, index: int, stream: AudioStream) -> Iterator[str]:
        preset, choice = self.settings.preset.audio, self.settings.audio
        container = self.settings.container
        encoder = audio_encoder(stream, container, preset, choice)
        if ends_with_empty_packet(encoder):
            self.empty_ends.append(index)
        self.encoded[index] = PlannedStream(
            stream=stream,
            copied=False,
            filtered=bool(choice.filters),
            filled=not container.audio_times,
        )
        self.warnings += audio_warnings(stream, encoder, preset, choice)
        fill = Fill(self.origin + self.settings.start, self.settings.audio_changes)
        yield from audio_arguments(
            index, stream, encoder, preset, choice, container, fill
        )

    def _muxer(self) -> Iterator[str]:
        container = self.settings.container
        yield from timescales(container, self._bases)
        yield from (*container.options, *self.output.options)
        yield from ("-f", container.muxer)
