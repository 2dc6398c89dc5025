"""Cut exactly: encode only the frames at both ends, and copy the middle."""

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import IO

from avio_cli.demux.cut_points import (
    CutRange,
    last_duration,
    packets_around,
    presentation_time,
)
from avio_cli.demux.h264 import (
    is_idr,
    parameter_set_ids,
    parameter_sets,
    strip_parameter_sets,
    to_annex_b,
)
from avio_cli.demux.packet_reader import PacketReader
from avio_cli.demux.packet_times import line_of_frames
from avio_cli.demux.timeline import Timeline
from avio_cli.encode.video_params import color_arguments, nominal_rate
from avio_cli.errors import FFmpegError, InputError, StreamError
from avio_cli.ffmpeg.command import Command, Output
from avio_cli.ffmpeg.nut.reader import NutPacket, NutReader, NutStream
from avio_cli.ffmpeg.nut.writer import NutWriter
from avio_cli.ffmpeg.process.process import Process
from avio_cli.jobs.trim.audio import loses_start
from avio_cli.jobs.trim.damage import pieces_damage
from avio_cli.jobs.trim.job import TrimJob, TrimResult, require_video
from avio_cli.jobs.trim.range_plan import CopiedRange, compare_copy, plan_range
from avio_cli.jobs.trim.segments import SmartCutPlan, plan_smart_cut
from avio_cli.jobs.trim.stream_copy import (
    ProgressCallback,
    plan_copy,
    range_end,
    trim_result,
)
from avio_cli.media.containers import file_container
from avio_cli.media.info import VideoStream
from avio_cli.mux.remux import RemuxResult, remux
from avio_cli.mux.verify import check_decoding, check_video_metadata
from avio_cli.output.file import FileOutput, open_file_output
from avio_cli.output.special import refuse_unstreamable
from avio_cli.progress import Progress

_QUALITY = "16"
"""x264's CRF: these few frames must look like the copied ones."""
_SETS = range(1, 32)
"""Ids that x264 accepts for its parameter sets."""
_BEFORE = Fraction(1, 5)
"""Seconds before the first frame at which decoding starts."""


def plan(job: TrimJob) -> SmartCutPlan:
    """Divide the video, or say why all of it must be encoded."""
    video = require_video(job)
    reason = _encode_reason(job, video)
    if reason:
        return SmartCutPlan(reason=reason)
    bounds = job.bounds
    window = packets_around(job.source, video, bounds)
    pieces = plan_smart_cut(window, bounds)
    return replace(pieces, reaches_end=not any(map(bounds.is_past, window)))


def _encode_reason(job: TrimJob, video: VideoStream) -> str:
    """Why the output of two encoders may not fit together; empty: it does."""
    if video.codec != "h264":
        return f"the video is {video.codec}, not h264"
    if video.pixel_format not in ("yuv420p", "yuvj420p"):
        return f"its pixel format is {video.pixel_format or 'unknown'}"
    if video.field_order != "progressive":
        return "it is interlaced, or may be"
    if job.preset.container not in ("mp4", "mov", "matroska"):
        return f"{job.preset.container} may not hold two kinds of H.264"
    if not video.is_upright:
        return "it is rotated or mirrored by a tag"
    if len(job.source.info.videos) > 1:
        return "there are several video streams"
    if not job.source.info.container.startswith(("mov", "matroska")):
        return f"its container ({job.source.info.container}) has no exact seeking"
    if loses_start(job):
        return "an edit list hides some of its audio"
    return ""


@dataclass(frozen=True, slots=True)
class EncodedSegment:
    """Encoded packets, and the header of their stream."""

    packets: tuple[NutPacket, ...]
    stream: NutStream


def smart_cut(
    job: TrimJob, pieces: SmartCutPlan, on_progress: ProgressCallback | None
) -> TrimResult:
    """Write the three pieces of a plan as one file.

    Raises:
        AvioError: they do not fit together; no output file is left.
    """
    video, plan = require_video(job), plan_copy(job)
    cut = _cut(job, video, pieces)
    total = float(cut.end - cut.start) if cut.end is not None else None
    refuse_unstreamable(job.output, file_container(job.preset.container))
    with open_file_output(job.output, job.source.url, force=job.force) as output:
        feed = _SegmentWriter(job, video, pieces)

        def write(pipe: IO[bytes]) -> None:
            for count, time in enumerate(feed.write(pipe), 1):
                if on_progress is not None:
                    done = float(time - cut.start)
                    on_progress(Progress(count, done, total))

        copied = plan_range(job, plan, cut, output, piped=video)
        made = remux(copied.plan, output, feed=write, verify=job.verify)
        if made.tracks:
            _verify(job, _with_video(copied, video, pieces, cut), made, output)
        damage = pieces_damage(job, pieces, made.watch)
        size = output.temporary.stat().st_size
        output.commit()
    encoded = len(pieces.head) + len(pieces.tail)
    return trim_result(
        job,
        cut,
        copied=len(pieces.middle),
        encoded=encoded,
        size=size,
        damage=damage,
    )


def _with_video(
    copied: CopiedRange, video: VideoStream, pieces: SmartCutPlan, cut: CutRange
) -> CopiedRange:
    """The same range with the frames of all pieces as its video."""
    ticks = array("q", pieces.times)
    line = line_of_frames(video.index, video.time_base, ticks, cut.end)
    listed = copied.times.timeline or Timeline(())
    times = replace(copied.times, timeline=listed.with_lines([line]))
    return replace(copied, times=times)


def _verify(
    job: TrimJob, copied: CopiedRange, made: RemuxResult, output: FileOutput
) -> None:
    """Compare the result with its source, and decode it: its pieces may not fit.

    Raises:
        OutputError: it differs, or cannot be decoded.
    """
    video, ffmpeg = require_video(job), job.source.ffmpeg
    compare_copy(job, copied, made, output)
    check_video_metadata(job.source, output.temporary, video)
    line = copied.times.timeline and copied.times.timeline.of(video)
    check_decoding(ffmpeg, output.temporary, len(line or ()))


def _cut(job: TrimJob, video: VideoStream, pieces: SmartCutPlan) -> CutRange:
    base, times = video.time_base, [time * video.time_base for time in pieces.times]
    if job.end is None:
        return CutRange(start=times[0], end=None, packets=len(times))
    last = max(pieces.middle, key=presentation_time)
    lasts = last_duration(last, times, nominal_rate(video), base)
    end = range_end(job, video, pieces.times[-1], times[-1] + lasts)
    return CutRange(start=times[0], end=end, packets=len(times))


def _matching_x264_params(stream: NutStream) -> str:
    """Parameters that make x264's packets fit those of a stream.

    Its parameter sets get a free id. The decoder delay is that of the copied part: else
    ffmpeg guesses decoding timestamps wrong where the parts meet, in Matroska, which
    does not store them.
    """
    taken = parameter_set_ids(stream.codec_data)
    free_id = next(number for number in _SETS if number not in taken)
    order = ("bframes=0", "bframes=2:b-pyramid=none", "bframes=3:b-pyramid=normal")
    return f"sps-id={free_id}:{order[min(stream.decode_delay, 2)]}"


class _SegmentWriter:
    """Encodes the ends, and writes all pieces as one video."""

    def __init__(self, job: TrimJob, video: VideoStream, pieces: SmartCutPlan) -> None:
        self._job, self._video, self._segments = job, video, pieces

    def write(self, pipe: IO[bytes]) -> Iterator[Fraction]:
        """Write everything; yields the time of each packet.

        Raises:
            InputError: a piece is not what was expected.
        """
        base, pieces = self._video.time_base, self._segments
        with self._middle() as middle:
            stream = middle.streams[0]
            coding = _matching_x264_params(stream)
            head = self._encode(pieces.head, coding)
            tail = self._encode(pieces.tail, coding)
            sets = parameter_sets(stream.codec_data)
            for piece in (head, tail):
                if piece is not None:
                    sets += parameter_sets(piece.stream.codec_data)
            whole = replace(stream, time_base=base, codec_data=to_annex_b(sets))
            writer = NutWriter(pipe, [whole])
            for part in (
                head.packets if head else (),
                self._copied(middle),
                tail.packets if tail else (),
            ):
                for packet in part:
                    data = strip_parameter_sets(packet.payload.tobytes(), sets)
                    writer.write(0, packet.pts, data, key=packet.key)
                    yield packet.pts * base

    def _middle(self) -> PacketReader:
        job, first = self._job, self._segments.middle[0]
        seek = presentation_time(first) * self._video.time_base - job.source.origin
        return PacketReader(job.source, [self._video], self._job.source.seek(seek))

    def _copied(self, reader: PacketReader) -> Iterator[NutPacket]:
        """The packets of the middle, each compared with what was listed."""
        ratio = reader.streams[0].time_base / self._video.time_base
        listed = list(map(presentation_time, self._segments.middle))
        count = 0
        for packet in reader:
            moved = replace(packet, pts=round(packet.pts * ratio))
            if count == 0 and moved.pts != listed[0]:
                continue  # the demuxer has seeked to an earlier keyframe
            if count == 0 and not is_idr(packet.payload.tobytes()):
                raise InputError("its GOPs are not closed")
            if moved.pts != listed[count]:
                raise InputError("packets are not where they were listed")
            yield moved
            count += 1
            if count == len(listed):
                return
        raise InputError("packets are missing")

    def _encode(self, times: Sequence[int], coding: str) -> EncodedSegment | None:
        """Encode the frames of these times."""
        if not times:
            return None
        shift = self._video.time_base.numerator
        command = self._command(times, coding, shift)
        argv = command.argv(self._job.source.ffmpeg.path)
        with Process(argv, stdout=True) as process:
            try:
                reader = NutReader.open(process.stdout)
                packets = tuple(reader or ())
                process.finish(timeout=60)
            except (FFmpegError, StreamError) as error:
                raise InputError(f"its ends cannot be encoded: {error}") from error
        if reader is None:
            raise InputError("its ends cannot be encoded: no packet came")
        stream = reader.streams[0]
        late = int(shift / self._video.time_base)
        ratio = stream.time_base / self._video.time_base
        moved = tuple(replace(p, pts=round(p.pts * ratio) - late) for p in packets)
        if sorted(packet.pts for packet in moved) != list(times):
            raise InputError("frames are not where they were listed")
        return EncodedSegment(moved, stream)

    def _command(self, times: Sequence[int], coding: str, shift: int) -> Command:
        video, base = self._video, self._video.time_base
        first = times[0] * base - base / 2
        last = times[-1] * base + base / 2
        source = self._job.source
        seek = times[0] * base - source.origin - _BEFORE
        chosen = f"select='between(t,{float(first):.9f},{float(last):.9f})'"
        words = ["-map", f"0:{video.index}", "-vf", chosen, "-fps_mode", "passthrough"]
        words += ["-enc_time_base", f"{base.numerator}/{base.denominator}"]
        words += ["-frames:v", str(len(times)), "-c:v", "libx264", "-crf", _QUALITY]
        words += ["-pix_fmt", video.pixel_format, "-x264-params", coding]
        words += color_arguments(video.color, "")
        words += ["-output_ts_offset", str(shift), "-map_metadata", "-1"]
        words += ["-map_chapters", "-1", "-write_index", "0", "-f", "nut"]
        inputs = (source.input((*source.seek(seek), "-copyts")),)
        return Command(inputs, (Output("pipe:1", tuple(words)),))
