"""An exact cut that encodes only what it must: both ends, and copies the middle."""

import io
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
from avio_cli.encode.video_params import color_arguments, nominal_rate
from avio_cli.errors import FFmpegError, InputError, StreamError
from avio_cli.ffmpeg.command import Command, Output, source_input
from avio_cli.ffmpeg.nut.reader import NutPacket, NutReader, NutStream
from avio_cli.ffmpeg.nut.writer import NutWriter
from avio_cli.ffmpeg.process.process import Process
from avio_cli.jobs.trim.job import TrimJob, TrimResult, require_video
from avio_cli.jobs.trim.segments import SmartCutPlan, plan_smart_cut
from avio_cli.jobs.trim.stream_copy import (
    ProgressCallback,
    plan_copy,
    range_remux_plan,
    trim_result,
)
from avio_cli.media.info import VideoStream
from avio_cli.mux.remux import remux
from avio_cli.mux.verify import check_decoding, check_times, check_video_metadata
from avio_cli.output.file import open_file_output
from avio_cli.progress import Progress

_QUALITY = "16"
"""x264's scale: a few frames may cost bits, but must not be seen to differ."""
_SETS = range(1, 32)
"""Numbers that x264 takes for its parameter sets."""
_BEFORE = Fraction(1, 5)
"""Seconds before the first frame from which on all are decoded."""


def plan(job: TrimJob) -> SmartCutPlan:
    """Divide the film, or say why all of it must be encoded."""
    film = require_video(job)
    reason = _refusal(job, film)
    if reason:
        return SmartCutPlan(reason=reason)
    bounds = job.bounds
    window = packets_around(job.ffmpeg, job.address, job.info, film, bounds)
    return plan_smart_cut(window, bounds)


def _refusal(job: TrimJob, film: VideoStream) -> str:
    """Where parts of two encoders are not known to fit together."""
    if film.codec != "h264":
        return f"the film is {film.codec}, not h264"
    if film.pixel_format not in ("yuv420p", "yuvj420p"):
        return f"its pixel format is {film.pixel_format or 'unknown'}"
    if film.field_order != "progressive":
        return "it is interlaced, or may be"
    if job.preset.container not in ("mp4", "mov", "matroska"):
        return f"{job.preset.container} may not hold two kinds of H.264"
    if film.rotation:
        return "it is turned by a tag"
    if len(job.info.videos) > 1:
        return "there are several films"
    if not job.info.container.startswith(("mov", "matroska")):
        return f"its container ({job.info.container}) cannot be searched exactly"
    return ""


@dataclass(frozen=True, slots=True)
class EncodedSegment:
    """Packets that were encoded, or copied, and what a decoder must know of them."""

    packets: tuple[NutPacket, ...]
    stream: NutStream


def smart_cut(
    job: TrimJob, pieces: SmartCutPlan, on_progress: ProgressCallback | None
) -> TrimResult:
    """Make the result of three pieces.

    Raises:
        AvioError: they do not fit together; nothing is then left of it.
    """
    film, times = require_video(job), pieces.times
    plan, cut = plan_copy(job), _cut(job, film, pieces)
    total = float(cut.end - cut.start) if cut.end is not None else None
    with open_file_output(job.output, job.address, force=job.force) as target:
        feed = _SegmentWriter(job, film, pieces)

        def write(pipe: IO[bytes]) -> None:
            for count, time in enumerate(feed.write(pipe), 1):
                if on_progress is not None and count % 25 == 0:
                    done = float(time - cut.start)
                    on_progress(Progress(count, done, total))

        remux(
            job.ffmpeg,
            range_remux_plan(job, plan, cut, target, piped=film),
            target,
            feed=write,
            verify=job.verify,
        )
        expected = [time * film.time_base for time in times]
        check_times(job.ffmpeg, target.temporary, expected)
        check_video_metadata(job.ffmpeg, target.temporary, film)
        check_decoding(job.ffmpeg, target.temporary, len(times))
        size = target.temporary.stat().st_size
        target.commit()
    encoded = len(pieces.head) + len(pieces.tail)
    return trim_result(job, cut, copied=len(pieces.middle), encoded=encoded, size=size)


def _cut(job: TrimJob, film: VideoStream, pieces: SmartCutPlan) -> CutRange:
    base, times = film.time_base, [time * film.time_base for time in pieces.times]
    if job.end is None:
        return CutRange(start=times[0], end=None, packets=len(times))
    last = max(pieces.middle, key=presentation_time)
    lasts = last_duration(last, times, nominal_rate(film), base)
    return CutRange(start=times[0], end=times[-1] + lasts, packets=len(times))


def _matching_x264_params(stream: NutStream) -> str:
    """Parameters that make x264's packets fit to those of a stream.

    Its parameter sets get a free number. A decoder holds back as many pictures as in
    the copied part: else ffmpeg guesses decoding times wrong where the parts meet, in
    Matroska, which does not store them.
    """
    taken = parameter_set_ids(stream.codec_data)
    number = next(number for number in _SETS if number not in taken)
    order = ("bframes=0", "bframes=2:b-pyramid=none", "bframes=3:b-pyramid=normal")
    return f"sps-id={number}:{order[min(stream.decode_delay, 2)]}"


class _SegmentWriter:
    """Encodes the ends, and writes all pieces as one film."""

    def __init__(self, job: TrimJob, film: VideoStream, pieces: SmartCutPlan) -> None:
        self._job, self._video, self._segments = job, film, pieces

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
        seek = presentation_time(first) * self._video.time_base - (job.info.start or 0)
        seeking = ("-ss", f"{float(seek):.6f}") if seek > 0 else ()
        return PacketReader(job.ffmpeg, job.address, job.info, [self._video], seeking)

    def _copied(self, reader: PacketReader) -> Iterator[NutPacket]:
        """The packets of the middle, each compared with what was listed."""
        ratio = reader.streams[0].time_base / self._video.time_base
        listed = list(map(presentation_time, self._segments.middle))
        count = 0
        for packet in reader:
            moved = replace(packet, pts=round(packet.pts * ratio))
            if count == 0 and moved.pts != listed[0]:
                continue  # the demuxer was sent to an earlier keyframe
            if count == 0 and not is_idr(packet.payload.tobytes()):
                raise InputError("its keyframes are not closed")
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
        with Process(command.argv(self._job.ffmpeg.path), stdout=True) as process:
            buffer = io.BufferedReader(process.stdout, 8192)  # type: ignore[type-var]
            try:
                reader = NutReader(buffer)
                packets = tuple(reader)
                process.finish(timeout=60)
            except (FFmpegError, StreamError) as error:
                raise InputError(f"its ends cannot be encoded: {error}") from error
        stream = reader.streams[0]
        late = int(shift / self._video.time_base)
        ratio = stream.time_base / self._video.time_base
        moved = tuple(replace(p, pts=round(p.pts * ratio) - late) for p in packets)
        if sorted(packet.pts for packet in moved) != list(times):
            raise InputError("frames are not where they were listed")
        return EncodedSegment(moved, stream)

    def _command(self, times: Sequence[int], coding: str, shift: int) -> Command:
        film, base = self._video, self._video.time_base
        first = times[0] * base - base / 2
        last = times[-1] * base + base / 2
        seek = times[0] * base - (self._job.info.start or 0) - _BEFORE
        seeking = ("-ss", f"{float(seek):.6f}") if seek > 0 else ()
        chosen = f"select='between(t,{float(first):.9f},{float(last):.9f})'"
        words = ["-map", f"0:{film.index}", "-vf", chosen, "-fps_mode", "passthrough"]
        words += ["-enc_time_base", f"{base.numerator}/{base.denominator}"]
        words += ["-frames:v", str(len(times)), "-c:v", "libx264", "-crf", _QUALITY]
        words += ["-pix_fmt", film.pixel_format, "-x264-params", coding]
        words += color_arguments(film.color, "")
        words += ["-output_ts_offset", str(shift), "-map_metadata", "-1"]
        words += ["-map_chapters", "-1", "-write_index", "0", "-f", "nut"]
        source = source_input(self._job.address, (*seeking, "-copyts"))
        return Command((source,), (Output("pipe:1", tuple(words)),))
