"""Encoder: frames in, a finished file out, with everything else of the source."""

import logging
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from avio_cli.encode.command import plan_encode
from avio_cli.encode.settings import EncodeSettings, PipedVideo, RemuxSource
from avio_cli.encode.video_params import VideoParams
from avio_cli.errors import FFmpegError, OutputError, UsageError
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.nut.reader import FOURCCS, NutStream
from avio_cli.ffmpeg.nut.writer import NutWriter
from avio_cli.ffmpeg.process.process import Process
from avio_cli.ffmpeg.progress import MuxerStats
from avio_cli.media.frame import AudioBlock, Frame
from avio_cli.media.info import AudioStream, MediaInfo, VideoStream
from avio_cli.mux.command import EncodePlan
from avio_cli.mux.sidecars import extract_cover_art
from avio_cli.mux.verify import packets_written, verify_file
from avio_cli.output.target import OutputTarget

if TYPE_CHECKING:
    from types import TracebackType


LOG = logging.getLogger("avio.encoder")

_ROUNDING = Fraction(1, 1000)
"""Seconds by which a first frame may seem to lie before its source's start."""


class Encoder:
    """Writes frames with their times into a file; a `Sink`.

    The child starts with the first frame, whose size and pixel format hold for all.
    The file appears under its name in `finish`; `close` without it leaves nothing.

    Args:
        ffmpeg: the binary to run.
        target: where the result goes; the encoder commits or discards it.
        settings: how it shall be.
        source: what else goes into the result; None: only the frames.
        like: without a source, the film whose frames these are: tells what their
            colours mean, and the shape of a pixel.
        sound: without a source, the sound that `write_sound` will bring; its index
            is 1, its codec pcm_s16le.

    Raises:
        UsageError: the preset holds no picture.
    """

    def __init__(
        self,
        ffmpeg: FFmpeg,
        target: OutputTarget,
        settings: EncodeSettings,
        source: RemuxSource | None = None,
        *,
        like: VideoStream | None = None,
        sound: AudioStream | None = None,
    ) -> None:
        if settings.preset.video is None:
            target.discard()
            raise UsageError(
                f"{settings.preset.name} holds no picture",
                hint="--preset names another; `avio presets` lists them",
            )
        self._ffmpeg, self._target = ffmpeg, target
        self._like, self._piped_audio = like, sound
        self._settings, self._source = settings, source
        self._process: Process | None = None
        self._writer: NutWriter | None = None
        self._stats = MuxerStats()
        self._first: Frame | None = None
        self._previous: int | None = None
        self._shift = 0
        self._job: EncodePlan | None = None
        self.frames_written = 0

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the user should know of losses; known after the first frame."""
        return self._job.warnings if self._job else ()

    def write(self, frame: Frame) -> None:
        """Encode one frame.

        Raises:
            OutputError: the encoder failed, or the frame does not follow the ones
                before it in time, size or pixel format.
            InputError: the source to carry from has not what is asked for.
        """
        writer = self._writer or self._start(frame)
        self._check_frame(frame)
        ticks = frame.pts + int(self._shift / frame.time_base)
        try:
            writer.write(0, ticks, *frame.planes)
        except (BrokenPipeError, ConnectionResetError):
            raise self._failure() from None
        except ValueError as error:
            raise OutputError(f"frame {frame.index}: {error}") from error
        self._previous = frame.pts
        self.frames_written += 1

    def write_audio(self, block: AudioBlock) -> None:
        """Encode a stretch of sound; only after the first frame.

        Raises:
            OutputError: the encoder failed.
            ValueError: no sound was announced, or no frame has been written.
        """
        sound, writer = self._piped_audio, self._writer
        if sound is None or writer is None:
            raise ValueError("sound follows a frame, where it was announced")
        ticks = round((block.time + self._shift) / sound.time_base)
        try:
            writer.write(1, ticks, block.samples)
        except (BrokenPipeError, ConnectionResetError):
            raise self._failure() from None

    def finish(self) -> None:
        """Wait for the encoder, verify the file, and give it its name.

        Raises:
            OutputError: no frame was written, or the result is not complete.
        """
        process, job = self._process, self._job
        if process is None or job is None:
            raise OutputError(
                f"no frame to write into {self._target.display_name}",
                hint="every frame was dropped, or none lies in the given time",
            )
        try:
            process.finish()
        except FFmpegError as error:
            raise self._explain(error) from error
        written = packets_written(self._stats, job)
        if written and written[0] != self.frames_written:
            raise OutputError(
                f"the encoder took {self.frames_written} frames and wrote {written[0]}"
            )
        if (finished := self._target.readback_path) is not None:
            verify_file(self._ffmpeg, finished, written, self._settings.verify)
        self._target.commit()

    def close(self) -> None:
        """Stop the encoder; what is not finished is removed. Safe to call twice."""
        if self._process is not None:
            self._process.stop()
            self._process = None
        self._target.discard()

    def __enter__(self) -> "Encoder":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: "TracebackType | None",
    ) -> None:
        self.close()

    def _start(self, frame: Frame) -> NutWriter:
        video = self._video()
        picture = VideoParams.of_frame(frame, video)
        self._first = frame
        self._shift = _shift_for(frame)
        piped = PipedVideo(params=picture, shift=self._shift)
        info = self._source.info if self._source else self._frames_only(picture)
        if frame.time < (info.start or 0) - _ROUNDING and not self._settings.start:
            info = replace(info, start=frame.time)  # what lies before 0 is not shown
        self._job = plan_encode(
            self._settings,
            self._target,
            self._source.address if self._source else None,
            info,
            piped,
        )
        if self._source is not None:
            extract_cover_art(self._ffmpeg, self._source.address, self._job.covers)
        self._process = Process(
            self._job.command.argv(self._ffmpeg.path),
            stdin="pipe",
            watch=self._stats.feed,
        )
        for note in self._job.warnings:
            LOG.warning("%s", note)
        try:
            sounds = [] if self._piped_audio is None else [self._piped_audio]
            streams = [_nut_video_stream(picture), *map(_nut_audio_stream, sounds)]
            self._writer = NutWriter(self._process.stdin, streams)
        except (BrokenPipeError, ConnectionResetError):
            raise self._failure() from None
        except ValueError as error:  # no pixels, or ticks beyond all measure
            raise OutputError(f"frame {frame.index}: {error}") from error
        return self._writer

    def _video(self) -> VideoStream | None:
        if self._source is None or not self._source.info.videos:
            return self._like
        return self._source.info.videos[0]

    def _frames_only(self, picture: VideoParams) -> MediaInfo:
        """What a source would look like that holds what is piped and nothing else."""
        sounds = () if self._piped_audio is None else (self._piped_audio,)
        streams = (_raw_video_stream(picture), *sounds)
        return MediaInfo(source="frames", container="nut", streams=streams)

    def _check_frame(self, frame: Frame) -> None:
        first = self._first or frame
        if _shape(frame) != _shape(first):
            raise OutputError(
                f"frame {frame.index} is {_shape(frame)}, "
                f"the first one was {_shape(first)}",
                hint="all frames of a film must be alike",
            )
        if self._previous is not None and frame.pts <= self._previous:
            raise OutputError(
                f"frame {frame.index} has the time {frame.seconds:.6f} s, which is not "
                "after the frame before it",
                hint="a callback may move times, but not back or onto each other",
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
            f"cannot write {self._target.display_name}: {error.message}",
            hint=error.hint,
        )


def _shape(frame: Frame) -> str:
    size = f"{frame.width}x{frame.height} {frame.pixel_format}"
    return f"{size} with ticks of {frame.time_base} s"


def _shift_for(frame: Frame) -> int:
    """Whole seconds, a whole number of ticks, that make the first time positive."""
    if frame.pts >= 0:
        return 0
    step = frame.time_base.numerator
    return -(frame.time // step) * step


def _nut_video_stream(picture: VideoParams) -> NutStream:
    return NutStream(
        kind="video",
        fourcc=FOURCCS[picture.pixel_format],
        time_base=picture.time_base,
        width=picture.width,
        height=picture.height,
        sample_aspect_ratio=picture.sample_aspect_ratio,
        frame_rate=picture.rate,
    )


def _nut_audio_stream(sound: AudioStream) -> NutStream:
    return NutStream(
        kind="audio",
        fourcc=FOURCCS[sound.codec],
        time_base=sound.time_base,
        sample_rate=sound.sample_rate,
        channels=sound.channels,
    )


def _raw_video_stream(picture: VideoParams) -> VideoStream:
    return VideoStream(
        index=0,
        codec="rawvideo",
        time_base=picture.time_base,
        coded_width=picture.width,
        coded_height=picture.height,
        pixel_format=picture.pixel_format,
        sample_aspect_ratio=Fraction(1),
        dispositions=frozenset({"default"}),
    )
