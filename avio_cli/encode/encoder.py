"""Encoder: frames in, a finished file out, with the source's other streams."""

import logging
from array import array
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from avio_cli.closing import ClosedOnExit
from avio_cli.demux.packet_times import line_of_frames
from avio_cli.encode.color_signal import as_filtered
from avio_cli.encode.command import plan_encode
from avio_cli.encode.ending import lost_ending
from avio_cli.encode.expected import times_with_frames
from avio_cli.encode.hdr import hdr_losses, of_source
from avio_cli.encode.limits import check_options_used
from avio_cli.encode.pipe.carried import CarriedFrames
from avio_cli.encode.pixel_format import piping_losses
from avio_cli.encode.prepare import range_subtitles
from avio_cli.encode.settings import EncodeSettings, PipedVideo
from avio_cli.encode.video_params import (
    VideoParams,
    nut_audio_stream,
    nut_video_stream,
    raw_video_stream,
    shape_of,
    shift_for,
)
from avio_cli.errors import FFmpegError, OutputError, UsageError
from avio_cli.ffmpeg.clock import clock_of
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.nut.writer import NutWriter
from avio_cli.ffmpeg.process.process import Process
from avio_cli.media.frame import AudioBlock, Frame
from avio_cli.media.info import AudioStream, MediaInfo, VideoStream
from avio_cli.mux.command import EncodePlan
from avio_cli.mux.compared import compare_written
from avio_cli.mux.expected_result import timed_streams
from avio_cli.mux.run import MuxLog
from avio_cli.mux.sidecars import extract_cover_art
from avio_cli.mux.verify import (
    bytes_written,
    packets_written,
    total_seconds,
    verify_file,
)
from avio_cli.output.target import OutputTarget

LOG = logging.getLogger("avio.encoder")

_ROUNDING = Fraction(1, 1000)
"""Seconds by which a first frame may seem to precede its source's start."""


class Encoder(ClosedOnExit):
    """Encodes frames with their timestamps into a file; a `Sink`.

    ffmpeg starts with the first frame; all others must match its size and pixel
    format. `finish` renames the file to its final name; `close` without it removes
    the file.

    Args:
        ffmpeg: the binary to run.
        output: where the file is written; the encoder commits or discards it.
        settings: what to encode and how.
        source: what the frames replace the first video stream of; its other streams
            are copied, so it must be a file that can be read again. None: only the
            frames.
        like: without a source, the video stream that the frames were decoded from:
            it declares their colours and sample aspect ratio.
        audio: without a source, the audio stream that `write_audio` writes; its
            index is 1, its codec pcm_s16le.
        endless: whether it may run for days: see `NutWriter`.

    Raises:
        UsageError: the preset has no video.
    """

    def __init__(
        self,
        ffmpeg: FFmpeg,
        output: OutputTarget,
        settings: EncodeSettings,
        source: MediaSource | None = None,
        *,
        like: VideoStream | None = None,
        audio: AudioStream | None = None,
        endless: bool = False,
    ) -> None:
        if settings.preset.video is None:
            output.discard()
            raise UsageError(
                f"{settings.preset.name} has no video",
                hint="--preset names another; `avio presets` lists them",
            )
        self._ffmpeg, self._output = ffmpeg, output
        self._like, self._piped_audio, self._endless = like, audio, endless
        self._settings, self._source = of_source(settings, source), source
        self._process: Process | None = None
        self._writer: NutWriter | None = None
        self._carried: CarriedFrames
        self._log = MuxLog()
        self._first: Frame | None = None
        self._times = array("q")
        self._origin = Fraction(0)
        self._shift = 0
        self._job: EncodePlan | None = None
        self.frames_written = 0
        self.seconds: float | None = None
        """Length of the verified file; None where it is not known."""

    @property
    def rate(self) -> Fraction | None:
        """The constant rate that frames are given; None: they keep their times."""
        return self._job.streams[0].rate if self._job else None

    @property
    def warnings(self) -> tuple[str, ...]:
        """Losses to report to the user; known after the first frame."""
        return self._job.warnings if self._job else ()

    def write(self, frame: Frame) -> None:
        """Encode one frame.

        Raises:
            OutputError: the encoder failed, or the frame does not follow the ones
                before it in time, size or pixel format.
            InputError: the source lacks a requested stream.
            UsageError: the encoder does not have an option of the settings.
        """
        writer = self._writer or self._start(frame)
        self._check_frame(frame)
        ticks = frame.pts + int(self._shift / frame.time_base)
        try:
            writer.write(0, ticks, *self._carried.planes(frame))
        except (BrokenPipeError, ConnectionResetError):
            raise self._failure() from None
        except ValueError as error:
            raise OutputError(f"frame {frame.index}: {error}") from error
        check_options_used(self._settings, self._log.ignored)
        self._times.append(frame.pts)
        self.frames_written += 1

    def write_audio(self, block: AudioBlock) -> None:
        """Encode a block of audio; only after the first frame.

        Raises:
            OutputError: the encoder failed.
            ValueError: no audio stream was given, or no frame has been written.
        """
        audio, writer = self._piped_audio, self._writer
        if audio is None or writer is None:
            raise ValueError("audio needs an audio stream, and a frame before it")
        ticks = round((block.time + self._shift) / audio.time_base)
        try:
            writer.write(1, ticks, block.samples)
        except (BrokenPipeError, ConnectionResetError):
            raise self._failure() from None

    def finish(self, verified: Callable[[Path | None], None] = lambda _: None) -> None:
        """Wait for the encoder, verify the file, pass it on, and give it its name.

        Raises:
            OutputError: no frame was written, or the result is not complete.
        """
        process, job = self._process, self._job
        if process is None or job is None:
            raise OutputError(
                f"no frame to write into {self._output.display_name}",
                hint="every frame was dropped, or none is in the given range",
            )
        try:
            process.finish()
        except FFmpegError as error:
            raise self._explain(error) from error
        check_options_used(self._settings, self._log.ignored)
        written = packets_written(self._log.stats, job)
        counted = written[0] if written else self.frames_written
        if not job.keeps_frames:
            self.frames_written = counted
        if counted != self.frames_written:
            raise OutputError(
                f"the encoder took {self.frames_written} frames and wrote {counted}"
            )
        if (finished := self._output.readback_path) is not None:
            self._verify(finished, job, written)
        verified(finished)
        self._output.commit()

    def _verify(self, finished: Path, job: EncodePlan, written: Sequence[int]) -> None:
        """Read the result back: the frames as written, the rest as in the source."""
        settings = self._settings
        known = self._ffmpeg, finished, written, settings.verify
        found = verify_file(*known, sizes=bytes_written(self._log.stats, job))
        self.seconds = float(total_seconds(found)) or None
        for loss in hdr_losses(self._ffmpeg, self._video(), settings, self._output):
            LOG.warning("%s", loss)
        if not found or self._first is None:
            return
        index = job.streams[0].stream.index
        frames = line_of_frames(index, self._first.time_base, self._times)
        others = timed_streams(job)[1:]
        times = times_with_frames(frames, self._origin, settings, self._source, others)
        compare_written(self._ffmpeg, finished, job, settings.container, times, found)
        info = self._source.info if self._source else None
        if info and (lost := lost_ending(settings, info, found)):
            LOG.warning("%s", lost)

    def close(self) -> None:
        """Stop the encoder; what is not finished is removed. Safe to call twice."""
        if self._process is not None:
            self._process.stop()
            self._process = None
        self._output.discard()

    def _start(self, frame: Frame) -> NutWriter:
        video = self._video()
        seen = as_filtered(video, self._settings.filtered, frame)
        self._carried = CarriedFrames.of(frame, seen, self._settings)
        params = self._carried.params
        self._first = frame
        self._shift = shift_for(frame)
        first = frame.time + self._shift
        piped = PipedVideo(params=params, shift=self._shift, first=first)
        info = self._source.info if self._source else self._frames_only(params)
        early = frame.time < info.origin - _ROUNDING and not self._settings.start
        if early and not clock_of(info).continues:
            info = replace(info, start=frame.time)  # times before 0 are not shown
        self._origin = info.origin
        source, texts = self._source, None
        if source is not None:
            texts = range_subtitles(self._settings, source, self._output)
        url = source.url if source else None
        self._job = plan_encode(self._settings, self._output, url, info, piped, texts)
        if self._source is not None:
            extract_cover_art(self._source, self._job.covers)
        self._process = Process(
            self._job.command.argv(self._ffmpeg.path),
            stdin="pipe",
            watch=self._log.feed,
        )
        losses = *self._job.warnings, *piping_losses(video, frame, self._source)
        for loss in losses:
            LOG.warning("%s", loss)
        try:
            audio = [] if self._piped_audio is None else [self._piped_audio]
            streams = [nut_video_stream(params), *map(nut_audio_stream, audio)]
            stdin, endless = self._process.stdin, self._endless
            self._writer = NutWriter(stdin, streams, endless=endless)
        except (BrokenPipeError, ConnectionResetError):
            raise self._failure() from None
        except ValueError as error:  # no pixels, or an unusable time base
            raise OutputError(f"frame {frame.index}: {error}") from error
        return self._writer

    def _video(self) -> VideoStream | None:
        if self._source is None or not self._source.info.videos:
            return self._like
        return self._source.info.videos[0]

    def _frames_only(self, params: VideoParams) -> MediaInfo:
        """Describe the piped streams as a source that contains nothing else."""
        audio = () if self._piped_audio is None else (self._piped_audio,)
        streams = (raw_video_stream(params), *audio)
        return MediaInfo(source="frames", container="nut", streams=streams)

    def _check_frame(self, frame: Frame) -> None:
        first = self._first or frame
        if shape_of(frame) != shape_of(first):
            raise OutputError(
                f"frame {frame.index} is {shape_of(frame)}, "
                f"the first one was {shape_of(first)}",
                hint="all frames of a video must have one size, format and time base",
            )
        if self._times and frame.pts <= self._times[-1]:
            raise OutputError(
                f"frame {frame.index} has the time {frame.seconds:.6f} s, which is not "
                "after the frame before it",
                hint="a callback may change times, but they must increase",
            )

    def _failure(self) -> OutputError:
        """Say why the encoder closed its pipe."""
        if self._process is None:
            return OutputError("the encoder ended too early")
        try:
            self._process.finish(timeout=10)
        except FFmpegError as error:
            return self._explain(error)
        return OutputError("the encoder ended before the last frame was written")

    def _explain(self, error: FFmpegError) -> OutputError:
        return OutputError(
            f"cannot write {self._output.display_name}: {error.message}",
            hint=error.hint,
        )
