"""Build the output of a merge step by step."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction

from avio_cli.encode.audio.arguments import (
    audio_arguments,
    audio_encoder,
    audio_warnings,
    ends_with_empty_packet,
)
from avio_cli.encode.audio.layout import usual_layout
from avio_cli.encode.ending import last_duration_filter, packet_bases
from avio_cli.encode.settings import AudioOptions
from avio_cli.errors import (
    DamagedInputError,
    InputError,
    OutputError,
    StreamError,
    UsageError,
)
from avio_cli.ffmpeg.command import Input
from avio_cli.ffmpeg.damage import check_damage
from avio_cli.ffmpeg.url import file_url
from avio_cli.jobs.merge.audio import concat_audio, output_tracks
from avio_cli.jobs.merge.compatibility import (
    Compatibility,
    check_compatibility,
)
from avio_cli.jobs.merge.expected import joined_times, with_rate
from avio_cli.jobs.merge.inputs import (
    MergeInput,
    output_texts,
    part_damage,
)
from avio_cli.jobs.merge.job import MergeJob, NotCopiedError
from avio_cli.jobs.merge.joined import (
    ADDED,
    is_known,
    merged_chapters,
    merged_cues,
    tags_of_added,
)
from avio_cli.jobs.merge.packet_feed import PacketFeed, common_base, pipe_offset
from avio_cli.jobs.merge.video import EncodedVideo, encode_video, with_video
from avio_cli.media.containers import file_container
from avio_cli.media.info import (
    AudioStream,
    MediaInfo,
    SubtitleStream,
)
from avio_cli.mux.compared import compare_result
from avio_cli.mux.remux import RemuxPlan, RemuxResult, remux
from avio_cli.mux.streams import StreamPlan, StreamSelection, plan_streams
from avio_cli.mux.subtitles import (
    overlap_warning,
    write_cues,
)
from avio_cli.mux.timecode import plan_timecode
from avio_cli.mux.verify import check_video_metadata
from avio_cli.output.file import FileOutput
from avio_cli.progress import Progress

LOG = logging.getLogger("avio.merge")

Listener = Callable[[Progress], None]
_SUBTITLES, _AUDIO, _VIDEO = 2000, 3000, 3001
"""Numbers of sidecar files: subtitles, audio, video."""


class MergeBuilder:
    """One merge: collects inputs and maps of the final remux, step by step."""

    def __init__(
        self,
        job: MergeJob,
        parts: tuple[MergeInput, ...],
        output: FileOutput,
        on_progress: Listener | None,
    ) -> None:
        self._job, self._inputs, self._output = job, parts, output
        self._on_progress, self._frames = on_progress, 0
        self._container = file_container(job.preset.container)
        self.tracks = output_tracks(parts)
        self.compatibility = self._check_compatibility()
        self._copies_video = not self.compatibility.video_mismatch
        self._copies_audio = self._copies_video and not (
            self.compatibility.audio_mismatch
        )
        self._lead = Fraction(0)
        self._encoded: EncodedVideo | None = None
        self._extras: list[Input] = []
        self._maps: dict[int, str] = {}
        self._options: dict[int, tuple[str, ...]] = {}
        self._empty_ends: set[int] = set()

    def make(self) -> None:
        """Write everything under the temporary name of the output."""
        video = self._inputs[0].video
        plan, info = self._plan()
        base = common_base(self._inputs) if video else Fraction(1, 1000)
        # All inputs are delayed like the packets in the pipe, then shifted back.
        self._lead = pipe_offset(base) if self._copies_video else Fraction(0)
        if video is not None:
            self._add_video(video.index, base)
        self._add_audio(info)
        self._add_subtitles(plan)
        timecode = plan_timecode(
            self._inputs[0].source.info,
            [mapped.stream for mapped in plan.mapped],
            self._container,
        )
        for warning in timecode.warnings:
            LOG.warning("%s", warning)
        assembly = RemuxPlan(
            container=self._container,
            source=self._inputs[0].source,
            plan=with_video(plan, base, self._video_coding()),
            piped=self._copies_video,
            extras=tuple(self._extras),
            maps=self._maps,
            options=self._options,
            metadata=timecode.options,
            filters=self._filters(base),
            empty_ends=frozenset(self._empty_ends),
            chapters=tuple(merged_chapters(self._inputs)),
            offset=self._lead,
        )
        try:
            self._assemble(assembly, base)
        except (OutputError, InputError, StreamError) as error:
            if self._copies_video and not isinstance(error, DamagedInputError):
                raise NotCopiedError(error.message, hint=error.hint) from error
            raise

    def _filters(self, base: Fraction) -> dict[int, str]:
        """What gives the last frame its duration, where pipes and copies lose it."""
        video, ending = self._inputs[0].video, self._inputs[-1].shifted_ending
        if video is None or ending is None:
            return {}
        late = replace(ending, time=ending.time + self._lead)
        bases = packet_bases(self._container, base)
        return {video.index: last_duration_filter(late, bases)}

    def _assemble(self, assembly: RemuxPlan, base: Fraction) -> None:
        made = remux(
            assembly,
            self._output,
            feed=self._feed(base) if self._copies_video else None,
            verify=self._job.verify,
        )
        if made.tracks and not self._is_damaged():
            self._verify(assembly.plan, made)

    def _check_compatibility(self) -> Compatibility:
        if self._job.encode:
            return Compatibility(self._job.reason, self._job.reason)
        return check_compatibility(self._inputs, self._container)

    def _plan(self) -> tuple[StreamPlan, MediaInfo]:
        """Plan the streams of the result, as if the first part had all tracks."""
        first = self._inputs[0].source.info
        further_videos = first.videos[1:]
        added = (
            replace(track, index=ADDED + number, dispositions=frozenset())
            for number, track in enumerate(self._missing())
        )
        kept = (s for s in first.streams if s not in further_videos and is_known(s))
        info = replace(first, streams=(*kept, *added))
        plan = plan_streams(info, self._container, StreamSelection())
        for warning in plan.dropped:
            LOG.warning("%s", warning)
        return plan, info

    def _missing(self) -> Iterator[AudioStream | SubtitleStream]:
        """The tracks that the first part lacks, and others have."""
        first = self._inputs[0]
        yield from self.tracks[len(first.audios) :]
        yield from output_texts(self._inputs)[len(first.texts) :]

    def _add_video(self, index: int, base: Fraction) -> None:
        self._options[index] = ("-c:{}", "copy")
        if self._copies_video:
            self._maps[index] = "0:0"
            return
        path = self._output.sidecar(_VIDEO)
        self._encoded = encode_video(
            self._inputs,
            base,
            self._job.preset,
            FileOutput(path),
            self._report_frame,
        )
        for clause in self._encoded.damage:
            check_damage(clause, allowed=self._job.allow_damaged, kept="joined")
        self._maps[index] = self._add_input(Input(file_url(path)), 0)

    def _video_coding(self) -> str:
        """The encoder of the video; empty where it is copied."""
        preset = self._job.preset.video
        return "" if self._copies_video or preset is None else preset.encoder

    def _add_audio(self, info: MediaInfo) -> None:
        audios = [s for s in info.audios if is_known(s)]
        copied = self._copies_audio
        if not audios:
            return
        if not copied:
            path = self._output.sidecar(_AUDIO)
            joined = concat_audio(self._inputs, path)
            late = ("-itsoffset", str(self._lead)) if self._lead else ()
            joined = replace(joined, options=(*late, *joined.options))
        for number, stream in enumerate(audios):
            if copied:
                self._maps[stream.index] = f"0:{number + 1}"
                self._options[stream.index] = ("-c:{}", "copy")
            else:
                self._maps[stream.index] = self._add_input(joined, number)
                self._options[stream.index] = self._audio_options(stream)

    def _audio_options(self, stream: AudioStream) -> tuple[str, ...]:
        preset = self._job.preset.audio
        if preset is None:
            raise UsageError(f"the preset {self._job.preset.name} has no audio")
        # The joined audio has this layout already.
        layout = usual_layout(stream.channels, stream.layout)
        joined, choice = replace(stream, layout=layout), AudioOptions()
        encoder = audio_encoder(joined, self._container, preset, choice)
        for warning in audio_warnings(joined, encoder, preset, choice):
            LOG.warning("%s", warning)
        if ends_with_empty_packet(encoder):
            self._empty_ends.add(stream.index)
        coding = audio_arguments("{}", joined, encoder, preset, choice, self._container)
        return (*coding, *tags_of_added(stream))

    def _add_subtitles(self, plan: StreamPlan) -> None:
        """Text subtitles: the first tracks of all parts as one, and so on."""
        number = 0
        for mapped in plan.mapped:
            stream = mapped.stream
            if isinstance(stream, SubtitleStream):
                path = self._output.sidecar(_SUBTITLES + number)
                cues = [
                    cue
                    for part in self._inputs
                    for cue in merged_cues(part, number, self._lead)
                ]
                spans = [(cue.start, cue.end) for cue in cues]
                codec = self._container.text_subtitles
                if warning := overlap_warning(stream, codec, spans):
                    LOG.warning("%s", warning)
                self._maps[stream.index] = self._add_input(write_cues(path, cues), 0)
                self._options[stream.index] = ("-c:{}", codec, *tags_of_added(stream))
                number += 1

    def _add_input(self, extra: Input, stream: int) -> str:
        """Add an input, once; returns the map of one of its streams."""
        if extra not in self._extras:
            self._extras.append(extra)
        number = int(self._copies_video) + 1 + self._extras.index(extra)
        return f"{number}:{stream}"

    def _feed(self, base: Fraction) -> PacketFeed:
        return PacketFeed(
            self._inputs,
            self.compatibility.streams,
            base,
            self._report_frame,
        )

    def _report_frame(self, time: Fraction) -> None:
        self._frames += 1
        if self._on_progress is not None:
            last = self._inputs[-1]
            total = float(last.offset + last.length)
            self._on_progress(Progress(self._frames, float(time), total))

    def _is_damaged(self) -> bool:
        """Whether something that could not be read of the parts is missing."""
        lost = self._encoded.damage if self._encoded else []
        return bool(lost) or any(part_damage(part) for part in self._inputs)

    def _verify(self, plan: StreamPlan, made: RemuxResult) -> None:
        """Compare all streams with the packets of the parts."""
        source, path = self._inputs[0].source, self._output.temporary
        times = joined_times(
            self._inputs, plan, self._encoded, copies_audio=self._copies_audio
        )
        rated = with_rate(made.plan, self._encoded.rate if self._encoded else None)
        compare_result(source, path, rated, self._container, times, made.tracks)
        if (video := self._inputs[0].video) and self._copies_video:
            check_video_metadata(source, path, video)
