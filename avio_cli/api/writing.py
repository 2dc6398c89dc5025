"""Write video from Python: `create_video`, and the `VideoWriter` that it gives."""

import os
import weakref
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avio_cli.api.hints import in_python
from avio_cli.api.options import (
    Output,
    Rate,
    Time,
    exact_options,
    one_of,
    one_of_these,
    time_range,
)
from avio_cli.api.sources import Source, opened_source, output_text
from avio_cli.demux.known_jumps import with_known_jumps
from avio_cli.encode.audio.changing import with_whole_audio
from avio_cli.encode.copies.edit_list import with_hidden_audio
from avio_cli.encode.encoder import Encoder
from avio_cli.encode.ending import with_ending
from avio_cli.encode.settings import EncodeSettings, VideoOptions
from avio_cli.encode.timing import with_cadences
from avio_cli.errors import InputError, UsageError
from avio_cli.ffmpeg.limits import Limits
from avio_cli.ffmpeg.locate import locate_ffmpeg
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.url import MediaUrl
from avio_cli.jobs.transcode.options import TranscodeOptions
from avio_cli.media.frame import PIXEL_FORMATS, Frame
from avio_cli.media.time_text import exact_rate
from avio_cli.mux.verify import Verification
from avio_cli.output.target import open_output, parse_output, refuse_source


@in_python()
def create_video(
    output: Output,
    *,
    rate: Rate | None = None,
    source: Source | None = None,
    start: Time = 0,
    end: Time | None = None,
    pixel_format: str = "bgr24",
    preset: str = "",
    video_options: VideoOptions | None = None,
    verify: Verification = "quick",
    force: bool = False,
    limits: Limits | None = None,
    picture: VideoOptions | None = None,
) -> "VideoWriter":
    """Open a video to write its frames.

    Args:
        output: the file; it appears under this name when it is complete.
        rate: frames a second, exact, for arrays without a time.
        source: a file whose audio, subtitles, chapters and metadata are remuxed;
            its first video stream is replaced by what is written.
        start: where in the source the result starts, as given to `open_video`.
        end: likewise, where it ends.
        pixel_format: of arrays (H, W, 3): ``bgr24`` or ``rgb24``.
        preset: one of ``avio presets``; by default from the extension of `output`.
        video_options: size, quality, encoder and filters other than the preset's.
        verify: how the result is verified before it gets its name.
        force: whether an existing file may be replaced.
        limits: how large the source may be; see `probe`.
        picture: the old name of `video_options`.

    Raises:
        InputError: the source cannot be opened.
        OutputError: the file exists, or cannot be written.
        UsageError: there is no such preset, or none for the extension.
    """
    _check_array_format(pixel_format)
    text = output_text(output)
    path, (first, last) = parse_output(text), time_range(start, end)
    settings = TranscodeOptions(
        output=text,
        preset=preset,
        video_options=exact_options(one_of(video_options, picture, "picture")),
        start=first,
        end=last,
        verify=one_of_these("verify", verify, Verification),
    ).settings
    arrays = _Arrays(None if rate is None else exact_rate("rate", rate), pixel_format)
    with ExitStack() as stack:
        remuxed = None if source is None else _with_video(source, limits, stack, path)
        opened = open_output(path, settings.container, force=force)
        stack.callback(opened.discard)  # does nothing once all is done
        if remuxed is not None:
            settings = _settings_for(settings, remuxed)
        encoder = Encoder(locate_ffmpeg(), opened, settings, remuxed)
        stack.callback(encoder.close)
        return VideoWriter(encoder, arrays, stack.pop_all())


def _check_array_format(pixel_format: str) -> None:
    if getattr(PIXEL_FORMATS.get(pixel_format), "channels", 1) != 3:
        raise UsageError(
            f"arrays cannot be written as {pixel_format!r}", hint="bgr24 or rgb24"
        )


def _with_video(
    source: Source, limits: Limits | None, stack: ExitStack, output: Path | MediaUrl
) -> MediaSource:
    opened = with_known_jumps(stack.enter_context(opened_source(source, limits)))
    refuse_source(output, opened.url)
    if not opened.info.videos:
        raise InputError(f"{opened.name} has no video stream to replace")
    return opened


def _settings_for(settings: EncodeSettings, remuxed: MediaSource) -> EncodeSettings:
    settings = with_hidden_audio(settings, remuxed)
    settings = with_whole_audio(settings, remuxed)
    return with_cadences(with_ending(settings, remuxed), remuxed)


@dataclass(frozen=True, slots=True)
class _Arrays:
    """How arrays become frames."""

    rate: Fraction | None
    pixel_format: str

    def frame(self, array: Any, like: Frame | None, index: int) -> Frame:
        """Make a frame of an array; see `VideoWriter.write`."""
        pts, time_base = index, Fraction(1)
        if like is not None:
            pts, time_base = like.pts, like.time_base
        elif self.rate is not None:
            time_base = 1 / self.rate
        else:
            raise UsageError(
                "an array has no time of its own",
                hint="give create_video(rate=…), or write(array, like=frame)",
            )
        try:
            pixel_format = "gray" if array.ndim == 2 else self.pixel_format
            if not array.size:
                raise ValueError(f"an array of {array.shape} has no pixels")
            return Frame((array,), pixel_format, index, pts, time_base)
        except (AttributeError, ValueError) as error:
            raise UsageError(f"frame {index} cannot be written: {error}") from error


def _abandon(held: ExitStack, owner: int) -> None:
    """Close a writer that nobody closed, but not in a fork of its process."""
    if os.getpid() == owner:
        held.close()


class VideoWriter:
    """Writes frames or arrays into a file; made by `create_video`.

    Use it as a context manager. Leaving the block finishes, verifies and renames the
    file to its final name; an exception leaves no file, nor does a writer that is never
    closed.
    """

    def __init__(self, encoder: Encoder, arrays: _Arrays, held: ExitStack) -> None:
        self._encoder, self._arrays, self._held = encoder, arrays, held
        self._owner = os.getpid()
        self._ended = self._finished = False
        weakref.finalize(self, _abandon, held, self._owner)

    @property
    def frames_written(self) -> int:
        """Frames written so far."""
        return self._encoder.frames_written

    @in_python()
    def write(
        self, frame: Frame | NDArray[np.uint8], like: Frame | None = None
    ) -> None:
        """Write one frame.

        Args:
            frame: a `Frame`, written at its own time; or a uint8 array: (H, W, 3),
                in the order that `create_video` was given, or (H, W) grey.
            like: the frame whose time an array gets; without it the time follows
                from the rate that `create_video` was given.

        Raises:
            OutputError: the encoder failed, or the frame does not follow the ones
                before it in time, size or pixel format.
            UsageError: it is not an image array, or has no time; the writer has ended,
                or this process is a fork of the one that opened it.
        """
        self._check_owner()
        self._refuse_ended()
        if not isinstance(frame, Frame):
            frame = self._arrays.frame(frame, like, self.frames_written)
        self._encoder.write(frame)

    @in_python()
    def finish(self) -> None:
        """Wait for the encoder, verify the file, and give it its name.

        Safe to call twice.

        Raises:
            OutputError: no frame was written, or the result is not complete.
        """
        self._check_owner()
        if not self._finished:
            self._refuse_ended()
            self._ended = True
            self._encoder.finish()
            self._finished = True

    def close(self) -> None:
        """Stop; what is not finished is removed. Safe to call twice.

        A fork of the process that opened it closes nothing.
        """
        self._ended = True
        _abandon(self._held, self._owner)

    def _refuse_ended(self) -> None:
        if self._ended:
            raise UsageError(
                "the writer is finished or closed", hint="use it in its with block"
            )

    def _check_owner(self) -> None:
        if os.getpid() != self._owner:
            raise UsageError(
                "this writer belongs to the process that forked this one",
                hint="open one of its own in each process, and end a fork by os._exit",
            )

    def __enter__(self) -> "VideoWriter":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if kind is None and not self._ended:
                self.finish()
        finally:
            self.close()
